# SPDX-License-Identifier: MIT
"""An accounts service that says what a test wants it to."""

import http.server
import json
import threading
import urllib.parse

BEGIN = {"device_code": "device-1", "user_code": "AB-CD", "verification_uri": "https://accounts.feishu.cn/verify",
         "verification_uri_complete": "https://accounts.feishu.cn/page/launcher?user_code=AB-CD", "expires_in": 600, "interval": 1}


class Service:
    """Serves on loopback within a `with`: `begin` changes members of the reply to begin, `poll` is the reply to each poll, or a
    function that returns it. `asked` holds the actions that came."""

    def __init__(self, poll, **begin):
        self.asked = []
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                action = form["action"][0]
                service.asked.append(action)
                reply = {"init": {"nonce": "n", "supported_auth_methods": ["client_secret"]},
                         "begin": {**BEGIN, **begin}}.get(action) or (poll() if callable(poll) else poll)
                body = json.dumps(reply).encode()
                try:
                    self.send_response(400 if "error" in reply else 200)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True  # the program has ended

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.options = ["--domain", self.url, "--lark-domain", self.url, "--proxy="]

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
