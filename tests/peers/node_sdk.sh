#!/bin/bash
# SPDX-License-Identifier: MIT
# Registers apps against the sandbox over TLS with the official Node SDK, a client of another author.
#
#   node_sdk.sh LARK_SANDBOX FOLDER
#
# LARK_SANDBOX: the program. FOLDER: where the SDK is installed from the npm registry, if it is not there yet.
# Needs node 18 or newer and npm. Ends with 0 if all went well.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
sandbox=$(realpath "$1")
mkdir -p "$2"
folder=$(realpath "$2")
sdk=@larksuiteoapi/node-sdk@1.74.0

if [[ ! -e $folder/node_modules/@larksuiteoapi/node-sdk/package.json ]]; then
    echo "Installing $sdk"
    (cd "$folder" && echo '{"private":true}' >package.json && npm install --no-audit --no-fund --ignore-scripts --loglevel=error "$sdk")
fi

# play STORY [SANDBOX OPTION…]: a sandbox of its own, and one registration.
play() {
    local story=$1 ready ca_file status=0
    shift
    coproc box { exec env --default-signal=INT "$sandbox" --tls --json --interval 1 "$@"; }
    # shellcheck disable=SC2154  # set by coproc
    local pid=$box_PID
    if ! read -r -t 10 ready <&"${box[0]}"; then
        echo "$story: the sandbox does not start" >&2
        return 1
    fi
    ca_file=$(node -p 'JSON.parse(process.argv[1]).ca_file' "$ready")
    NODE_EXTRA_CA_CERTS=$ca_file NODE_PATH=$folder/node_modules node "$here/node_sdk.cjs" "$story" "$ready" || status=$?
    kill -INT "$pid"
    wait "$pid" || status=$?
    ((status == 0)) && echo "ok: $story"
    return "$status"
}

# What the guide shows, as it stands there but for the ports: the block after the heading Node.
play_guide() {
    local ready status=0 ca_file
    coproc box { exec env --default-signal=INT "$sandbox" --tls --json --interval 1 --approve-after 1; }
    local pid=$box_PID
    read -r -t 10 ready <&"${box[0]}"
    ca_file=$(node -p 'JSON.parse(process.argv[1]).ca_file' "$ready")
    node -e '
        const [guide, ready, program] = process.argv.slice(1);
        const { readFileSync, writeFileSync } = require("node:fs");
        const box = JSON.parse(ready);
        const block = /### Node[^]*?```text\n([^]*?)```/.exec(readFileSync(guide, "utf8"))[1];
        const ported = block.replace("127.0.0.1:8443", new URL(box.domain).host)
            .replace("127.0.0.1:40213", new URL(box.lark_domain).host);
        writeFileSync(program, ported);
    ' "$here/../../docs/sandbox.md" "$ready" "$folder/register.mjs"
    NODE_EXTRA_CA_CERTS=$ca_file node "$folder/register.mjs" | grep -x 'cli_.*' >/dev/null || status=$?
    kill -INT "$pid"
    wait "$pid" || status=$?
    ((status == 0)) && echo "ok: the guide"
    return "$status"
}

play approve
play deny
play lark --tenant-brand lark
play update
play_guide
