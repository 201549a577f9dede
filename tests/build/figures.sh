#!/bin/bash
# SPDX-License-Identifier: MIT
# Sizes, exported symbols and compile times for docs/internals/measurements.md: figures.sh BUILD
#
# BUILD is a folder made with `meson setup BUILD --buildtype=release -Ddefault_library=both` and built; it is only read. Set CXX
# for another compiler than g++. The time is the best of five (RUNS), of one translation unit that includes the header and nothing else.
set -euo pipefail
export LC_ALL=C.UTF-8
(($# == 1)) || { echo "usage: figures.sh BUILD" >&2; exit 2; }
build=$(realpath "$1")
source=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
cxx=${CXX:-g++}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo "$("$cxx" --version | head -1); $(nproc) processors, load $(cut -d' ' -f1 /proc/loadavg)"
echo
echo "| library | shared, stripped | static, stripped | exported symbols |"
echo "|---|---|---|---|"
for name in lark-registration lark-registration-{injected,poco,fake,qr}; do
    shared=$(find "$build/src" "$build/transports" -name "lib$name.so.*.*.*" -type f -not -path '*.p/*')
    static=$(find "$build/src" "$build/transports" -name "lib$name.a" -type f)
    [[ -n $shared && -n $static ]] || { echo "figures.sh: no shared and static lib$name in $build" >&2; exit 1; }
    strip -o "$work/shared" "$shared"
    # A library that is installed is an archive of its own there, not a thin one.
    cp "$static" "$work/static.a"
    strip --strip-debug "$work/static.a"
    printf '| `%s` | %d KiB | %d KiB | %d |\n' "$name" $((($(stat -c %s "$work/shared") + 1023) / 1024)) \
        $((($(stat -c %s "$work/static.a") + 1023) / 1024)) "$(nm -D --defined-only "$shared" | grep -vc ' A ')"
done

compile() {  # in seconds of processor time
    printf '%s\n' "$1" >"$work/unit.cpp"
    local best='' now run TIMEFORMAT='%U %S'
    for ((run = 0; run < ${RUNS:-5}; ++run)); do
        now=$({ time "$cxx" -std=c++20 -O2 -c "$work/unit.cpp" -o "$work/unit.o" -I"$source"/include \
            -I"$source"/transports/{injected,poco,fake}/include; } 2>&1 | awk '{ print $1 + $2 }')
        if [[ -z $best ]] || awk "BEGIN { exit !($now < $best) }"; then best=$now; fi
    done
    printf '%.2f s' "$best"
}
echo
echo "| translation unit with | processor time |"
echo "|---|---|"
echo "| nothing | $(compile '') |"
echo "| \`<functional>\`, \`<string>\`, \`<variant>\`, \`<stop_token>\` | $(compile $'#include <functional>\n#include <string>\n#include <variant>\n#include <stop_token>') |"
all=''
for header in lark/registration/flow.hpp lark/qr.hpp lark/injected.hpp lark/fake.hpp lark/poco.hpp; do
    all+="#include <$header>"$'\n'
    echo "| \`<$header>\` | $(compile "#include <$header>") |"
done
echo "| all five | $(compile "$all") |"
