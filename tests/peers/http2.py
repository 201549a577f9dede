#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Many registrations over one connection of HTTP/2: `http2.py LARK_SANDBOX EXAMPLE_CURL_MULTI [COUNT]`.

nghttpx speaks HTTP/2 over TLS in front of the sandbox, and logs the client's port with every request. Each registration must
bring an App ID, and all requests must come over one connection. Needs nghttpx and openssl.
"""
import collections
import json
import pathlib
import socket
import subprocess
import sys
import tempfile


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def certificate(folder):
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=nghttpx", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert],
                   check=True, capture_output=True)
    return key, cert


def wait_for(port, process):
    while process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise SystemExit("nghttpx does not start:\n" + process.stderr.read())


def main():
    sandbox_program, example = sys.argv[1:3]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 200
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        key, cert = certificate(folder)
        log, port = folder / "access.log", free_port()
        sandbox = subprocess.Popen([sandbox_program, "--json", "--interval", "1", "--approve-after", "2"],
                                   stdout=subprocess.PIPE, text=True)
        ready = json.loads(sandbox.stdout.readline())
        backend = ready["domain"].removeprefix("http://").replace(":", ",")
        proxy = subprocess.Popen(["nghttpx", "--conf=/dev/null", f"--frontend=127.0.0.1,{port}", f"--backend={backend}", "--workers=1", "--host-rewrite",
                                  "--frontend-http2-max-concurrent-streams=1000",
                                  f"--accesslog-file={log}", "--accesslog-format=$remote_port $alpn $status", key, cert],
                                 stderr=subprocess.PIPE, text=True)
        try:
            wait_for(port, proxy)
            url = f"https://127.0.0.1:{port}"
            run = subprocess.run([example, url, url, cert, str(count)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                 timeout=300, check=False)
        finally:
            for process in (proxy, sandbox):
                process.terminate()
                process.wait()
        apps = {line.split()[-1] for line in run.stdout.splitlines() if "cli_" in line}
        requests = [line.split() for line in log.read_text().splitlines()]
    ports = collections.Counter(port for port, _, _ in requests)
    protocols = {protocol for _, protocol, _ in requests}
    print(f"{len(apps)} apps of {count}, {len(requests)} requests over {len(ports)} connection(s) of {', '.join(sorted(protocols))}")
    return 0 if run.returncode == 0 and len(apps) == count and len(ports) == 1 and protocols == {"h2"} else 1


if __name__ == "__main__":
    sys.exit(main())
