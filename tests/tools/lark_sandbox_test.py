#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""lark-sandbox as a process: its ready line, its end, what it refuses.

    lark_sandbox_test.py LARK_SANDBOX
"""

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

PATIENCE = 20

# A shell that runs the tests in the background ignores the first, nohup the second, and so would the program.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

# A bare machine has no /etc/hosts, and so no `localhost`. It is the name in the certificate that is tested here.
system_getaddrinfo = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **more: system_getaddrinfo("127.0.0.1" if host == "localhost" else host, *rest, **more)


class LarkSandbox(unittest.TestCase):
    def start(self, *arguments):
        box = subprocess.Popen([PROGRAM, "--json", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.stop, box)
        return box, json.loads(box.stdout.readline())

    @staticmethod
    def stop(box):
        if box.poll() is None:
            box.kill()
        box.communicate(timeout=PATIENCE)

    def run_it(self, *arguments):
        return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=PATIENCE)

    def ask(self, base, context=None, **form):
        request = urllib.request.Request(base + "/oauth/v1/app/registration", urllib.parse.urlencode(form).encode())
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE, context=context) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as refusal:
            return json.load(refusal)

    def begin(self, ready, context=None):
        return self.ask(ready["domain"], context, action="begin", archetype="PersonalAgent", auth_method="client_secret")

    def test_ready_line_names_what_answers(self):
        _, ready = self.start("--lifetime", "77", "--interval", "3")
        self.assertEqual(ready["event"], "ready")
        self.assertIsNone(ready["ca_file"])
        begun = self.begin(ready)
        self.assertEqual((begun["expires_in"], begun["interval"]), (77, 3))
        self.assertIn("nonce", self.ask(ready["lark_domain"], action="init"))

    def test_tls_with_the_file_it_names(self):
        box, ready = self.start("--tls")
        context = ssl.create_default_context(cafile=ready["ca_file"])
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        for base in (ready["domain"], ready["domain"].replace("127.0.0.1", "localhost")):
            self.assertIn("nonce", self.ask(base, context, action="init"))
        box.send_signal(signal.SIGINT)
        self.assertEqual(box.wait(PATIENCE), 0)
        self.assertFalse(os.path.exists(ready["ca_file"]))

    def test_decisions_by_themselves(self):
        _, ready = self.start("--approve-after", "0", "--tenant-brand", "lark")
        code = self.begin(ready)["device_code"]
        user = self.ask(ready["domain"], action="poll", device_code=code)["user_info"]
        self.assertEqual(user["tenant_brand"], "lark")
        self.assertRegex(user["open_id"], r"^ou_\w+$")
        self.assertIn("client_secret", self.ask(ready["lark_domain"], action="poll", device_code=code))
        _, ready = self.start("--deny-after", "0")
        code = self.begin(ready)["device_code"]
        self.assertEqual(self.ask(ready["domain"], action="poll", device_code=code)["error"], "access_denied")

    def test_records_say_how_each_registration_was_polled(self):
        _, ready = self.start("--interval", "60")
        polled = self.begin(ready)
        self.begin(ready)
        for answer in ("authorization_pending", "slow_down"):
            self.assertEqual(self.ask(ready["domain"], action="poll", device_code=polled["device_code"])["error"], answer)
        with urllib.request.urlopen(ready["lark_domain"] + "/registrations.json", timeout=PATIENCE) as reply:
            text = reply.read().decode()
        first, second = json.loads(text)
        self.assertTrue(0 <= first.pop("closest_polls_ms") < 60_000)
        self.assertEqual(first, {"serial": 1, "state": "pending", "interval": 65, "polls": 2, "slow_downs": 1, "client_id": None})
        self.assertEqual((second["polls"], second["closest_polls_ms"]), (0, None))
        for secret in ("device_code", "user_code"):
            self.assertNotIn(polled[secret], text)

    def test_replies_take_their_time(self):
        _, ready = self.start("--reply-after", "0.3")
        before = time.monotonic()
        self.assertIn("nonce", self.ask(ready["domain"], action="init"))
        self.assertGreaterEqual(time.monotonic() - before, 0.3)

    def test_signals_end_it_in_good_order(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            box, ready = self.start()
            # A client that stays connected does not keep it alive.
            port = urllib.parse.urlsplit(ready["domain"]).port
            with socket.create_connection(("127.0.0.1", port), PATIENCE):
                box.send_signal(number)
                self.assertEqual(box.wait(PATIENCE), 0)
            self.assertEqual(box.stderr.read(), "")

    def test_ignored_signals_stay_ignored(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # SIGHUP: nohup
            box = subprocess.Popen([PROGRAM, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   preexec_fn=lambda: signal.signal(number, signal.SIG_IGN))
            self.addCleanup(self.stop, box)
            ready = json.loads(box.stdout.readline())
            box.send_signal(number)
            self.assertIn("nonce", self.ask(ready["domain"], action="init"))
            box.send_signal(signal.SIGINT if number != signal.SIGINT else signal.SIGTERM)
            self.assertEqual(box.wait(PATIENCE), 0)

    def test_nothing_is_left_to_programs_that_it_starts(self):
        for more in ([], ["--tls"]):
            box, ready = self.start(*more)
            port = urllib.parse.urlsplit(ready["domain"]).port
            with socket.create_connection(("127.0.0.1", port), PATIENCE):
                self.ask(ready["domain"], ssl.create_default_context(cafile=ready["ca_file"]) if more else None, action="init")
                for file in Path(f"/proc/{box.pid}/fdinfo").iterdir():
                    try:
                        flags = int(re.search(r"flags:\s*([0-7]+)", file.read_text())[1], 8)
                        target = os.readlink(f"/proc/{box.pid}/fd/{file.name}")
                    except FileNotFoundError:
                        continue  # closed by now: the connection of the request
                    self.assertTrue(int(file.name) < 3 or flags & os.O_CLOEXEC, target)

    def test_closed_streams(self):
        for closed in ([0], [2], [0, 2], [1], [0, 1, 2]):
            def close():
                for descriptor in closed:
                    os.close(descriptor)

            box = subprocess.Popen([PROGRAM, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=close)
            self.addCleanup(self.stop, box)
            if 1 in closed:
                self.assertEqual(box.wait(PATIENCE), 1)
                self.assertEqual(box.stderr.read(), "" if 2 in closed else "lark-sandbox: standard output is closed\n")
                continue
            json.loads(box.stdout.readline())
            for descriptor in closed:
                self.assertEqual(os.readlink(f"/proc/{box.pid}/fd/{descriptor}"), "/dev/null")

    def test_one_signal_ends_it_with_an_unread_output(self):
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        try:
            while True:
                os.write(writer, b" " * 4096)
        except BlockingIOError:
            os.set_blocking(writer, True)
        box = subprocess.Popen([PROGRAM], stdout=writer, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.stop, box)
        os.close(writer)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:  # until it takes signals as requests
            status = Path(f"/proc/{box.pid}/status").read_text()
            if int(status.split("SigBlk:")[1].split()[0], 16) >> (signal.SIGTERM - 1) & 1:
                break
            time.sleep(0.01)
        box.send_signal(signal.SIGTERM)
        self.assertEqual(box.wait(PATIENCE), 1)
        os.close(reader)

    def test_given_ports(self):
        with socket.socket() as one, socket.socket() as other:
            for held in one, other:  # for the sandbox, which binds with reuse too; nothing else gets that port
                held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                held.bind(("127.0.0.1", 0))
            ports = one.getsockname()[1], other.getsockname()[1]
            _, ready = self.start("--port", str(ports[0]), "--lark-port", str(ports[1]))
            self.assertEqual(ready["domain"], f"http://127.0.0.1:{ports[0]}")
            self.assertEqual(ready["lark_domain"], f"http://127.0.0.1:{ports[1]}")
            taken = self.run_it("--port", str(ports[0]))
        self.assertEqual(taken.returncode, 1)
        self.assertIn(str(ports[0]), taken.stderr)

    def test_help_and_version_on_standard_output(self):
        shown = self.run_it("--help")
        self.assertEqual((shown.returncode, shown.stderr), (0, ""))
        for option in ("--port", "--lark-port", "--tls", "--cert", "--key", "--approve-after", "--deny-after", "--tenant-brand",
                       "--scope", "--lifetime", "--interval", "--reply-after", "--replay", "--verbose", "--trace", "--json", "--manual", "--help",
                       "--version"):
            self.assertIn(option, shown.stdout)
        self.assertRegex(self.run_it("--version").stdout, r"^lark-sandbox \d+\.\d+\.\d+\n$")

    def test_manual_page_has_all_options(self):
        manual = self.run_it("--manual")
        self.assertEqual((manual.returncode, manual.stderr), (0, ""))
        self.assertTrue(manual.stdout.startswith(".TH LARK\\-SANDBOX 1 "))
        for option in re.findall(r"^ +(?:-\w,)?(--[a-z-]+)", self.run_it("--help").stdout, re.M):
            self.assertIn("\\fB" + option.replace("-", "\\-") + "\\fR", manual.stdout)

    def test_wrong_usage(self):
        for arguments in (["--port", "70000"], ["--cert", "a"], ["--tls", "--cert", "a"], ["--approve-after", "1", "--deny-after", "2"],
                          ["--tenant-brand", "x"], ["--lifetime", "0"], ["--interval", "x"], ["--scope", "im:message"], ["--scope", "user:"], ["--nonsense"], ["word"]):
            refused = self.run_it(*arguments)
            self.assertEqual((refused.returncode, refused.stdout), (2, ""), arguments)
            self.assertIn("lark-sandbox: ", refused.stderr, arguments)

    def test_unusable_certificate(self):
        refused = self.run_it("--tls", "--cert", "/nowhere.pem", "--key", "/nowhere.pem")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("/nowhere.pem: No such file or directory", refused.stderr)

    def test_output_that_cannot_be_written(self):
        with open("/dev/full", "w", encoding="ascii") as full:
            refused = subprocess.run([PROGRAM], stdout=full, stderr=subprocess.PIPE, text=True, timeout=PATIENCE)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("cannot write", refused.stderr)


if __name__ == "__main__":
    PROGRAM = sys.argv[1]
    unittest.main(argv=sys.argv[:1])
