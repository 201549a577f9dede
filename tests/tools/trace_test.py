#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the two programs show of their exchanges: --verbose, --trace, and --replay of what was traced.

Usage: trace_test.py LARK_REGISTER LARK_SANDBOX [unittest arguments]
"""

import json
import re
import signal
import stat
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import program
from program import LIMIT, TIME, environment, run
from service import Service

SANDBOX = sys.argv.pop(1)
PENDING = {"error": "authorization_pending", "error_description": "the-description", "code": 20094}
APP = {"client_id": "cli_the_app", "client_secret": "the-app-secret", "user_info": {"open_id": "ou_the_user", "tenant_brand": "feishu"}}
SECRETS = ("device-1", "AB-CD", "launcher", "the-description", "cli_the_app", "the-app-secret", "ou_the_user")


def lines_of(path):
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


class Traced(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.trace = self.folder / "trace.jsonl"
        self.replies = [PENDING, APP]

    def service(self, **begin):
        service = Service(lambda: self.replies.pop(0) if len(self.replies) > 1 else self.replies[0], **begin)
        service.__enter__()
        self.addCleanup(service.__exit__)
        return service

    def start_sandbox(self, *arguments):
        box = subprocess.Popen([SANDBOX, "--json", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(lambda: box.poll() is None and box.kill())
        ready = json.loads(box.stdout.readline())
        return box, ["--domain", ready["domain"], "--lark-domain", ready["lark_domain"], "--proxy="]

    def end(self, box):
        box.send_signal(signal.SIGTERM)
        _, err = box.communicate(timeout=LIMIT)
        self.assertEqual(box.returncode, 0, err)
        return err


class Verbose(Traced):
    def lines(self, *more):
        self.replies = [PENDING, APP]
        done = run("-v", *self.service().options, *more)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn(" ms ", done.stdout)
        return [re.sub(r"127\.0\.0\.1:\d+", "HOST", re.sub(r"\d+ ms", "N ms", line)) for line in done.stderr.splitlines()]

    def test_each_exchange_is_a_line_on_standard_error(self):
        expected = ["init 1  HOST  200 auth_methods  N ms  next at once",
                    "begin 1  HOST  200 link  N ms  next at once",
                    "poll 1  HOST  400 authorization_pending (20094)  N ms  next in 1 s",
                    "poll 2  HOST  200 credentials  N ms  done"]
        self.assertEqual([line for line in self.lines() if " ms " in line], expected)
        self.assertEqual(self.lines("--json"), expected)

    def test_in_chinese_too(self):
        self.assertIn("poll 1  HOST  400 authorization_pending (20094)  N ms  1 秒后继续", self.lines("--lang", "zh"))

    def test_failures_have_their_kind_and_reason(self):
        done = run("-v", "--json", "--domain", "http://127.0.0.1:1", "--start-budget", "1.5", "--proxy=")
        self.assertRegex(done.stderr, r"init 1  127\.0\.0\.1:1  connect  \d+ ms  next in 1 s \(backoff\)\n")
        self.assertRegex(done.stderr, r"init 2  127\.0\.0\.1:1  connect  \d+ ms  the end \(start_budget\)\n")

    def test_calls_of_the_check_are_among_them(self):
        done = run("--sandbox", "--approve-after", "0", "--check", "--json", "--verbose")
        self.assertRegex(done.stderr, r"token 1  127\.0\.0\.1:\d+  200 token  \d+ ms  done  id fake-\d+\n"
                                      r"call 1  127\.0\.0\.1:\d+  200 data  \d+ ms  done  id fake-\d+\n")


class Trace(Traced):
    def test_versions_options_exchanges_and_the_end(self):
        service = self.service()
        done = run(*service.options, "--trace", str(self.trace), "--timeout", "7", "--qr", "none", "--name", "the-name", "--json")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(stat.S_IMODE(self.trace.stat().st_mode), 0o600)
        heading, *exchanges, end = lines_of(self.trace)
        self.assertTrue(all(re.fullmatch(TIME, line.pop("time")) for line in (heading, *exchanges, end)))
        self.assertEqual(list(heading), ["v", "program", "version", "poco", "system", "environment", "options"])
        self.assertEqual((heading["v"], heading["program"]), (1, "lark-register"))
        self.assertEqual(heading["options"], {"--domain": service.url, "--lark-domain": service.url, "--proxy": True, "--trace": True,
                                              "--timeout": "7", "--qr": "none", "--name": True, "--json": True})
        self.assertEqual([(e["step"], e["number"], e["result"]) for e in exchanges],
                         [("init", 1, "auth_methods"), ("begin", 1, "link"), ("poll", 1, "pending"), ("poll", 2, "credentials")])
        self.assertEqual((exchanges[2]["http_status"], exchanges[2]["error"], exchanges[2]["code"]), (400, "authorization_pending", 20094))
        self.assertEqual(end, {"exit_status": 0})

    def test_nothing_in_it_is_a_secret(self):
        for more in ([], ["--json"]):
            self.replies = [PENDING, {**PENDING, "error": "the-device-1-word"}] if more else [PENDING, APP]
            done = run(*self.service().options[:-1], "--proxy=http://the-user:the-password@127.0.0.1:1", "--no-proxy=127.0.0.1",
                       "--trace", str(self.trace), "-v", "--source", "the-source", "--desc", "the-desc", "--scope", "tenant:the-scope",
                       "--app-id", "cli_the_old", "--save", str(self.folder / "the-file.env"), "--force", *more,
                       HTTPS_PROXY="http://the-user:the-password@127.0.0.1:1")
            self.assertEqual(done.returncode, 1 if more else 0, done.stderr)
            shown = self.trace.read_text()
            exchanges = "".join(line for line in done.stderr.splitlines() if " ms " in line)
            for secret in (*SECRETS, "the-user", "the-password", "the-source", "the-desc", "the-scope", "cli_the_old", "the-file", "word"):
                self.assertNotIn(secret, shown)
                self.assertNotIn(secret, exchanges)
            self.assertIn('"environment":["HTTPS_PROXY"', shown)

    def test_a_file_that_exists_is_emptied_and_closed_to_others(self):
        self.trace.write_text("x" * 100_000)
        self.trace.chmod(0o644)
        self.assertEqual(run(*self.service().options, "--trace", str(self.trace)).returncode, 0)
        self.assertEqual(lines_of(self.trace)[0]["v"], 1)
        self.assertEqual(stat.S_IMODE(self.trace.stat().st_mode), 0o600)

    def test_a_file_that_cannot_be_written_is_known_before_the_first_request(self):
        service = self.service()
        done = run(*service.options, "--trace", str(self.folder / "none" / "trace"))
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"cannot write the trace to {self.folder / 'none' / 'trace'}: No such file", done.stderr)
        self.assertEqual(service.asked, [])

    def test_a_file_that_takes_no_more_ends_no_registration(self):
        def room_for_the_first_line():
            import resource
            resource.setrlimit(resource.RLIMIT_FSIZE, (700, 700))

        done = subprocess.run([program.PROGRAM, *self.service().options, "--trace", str(self.trace)], env=environment(),
                              preexec_fn=room_for_the_first_line, capture_output=True, text=True, timeout=LIMIT)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("client_secret=the-app-secret", done.stdout)
        self.assertEqual(done.stderr.replace("\n", " ").count(f"cannot write the trace to {self.trace}"), 1)

    def test_the_parts_of_a_registration_that_is_carried_on(self):
        service, state = self.service(), str(self.folder / "state")
        seen = []
        for arguments in (["--state", state, "--no-wait"], ["--resume", state, "--once"]):
            run(*service.options, *arguments, "--trace", str(self.trace))
            seen.append([(e["step"], e["number"]) for e in lines_of(self.trace) if "step" in e])
        self.assertEqual(seen[0], [("init", 1), ("begin", 1)])
        self.assertIn(seen[1], ([("poll", 1)], []))  # none if it was not due yet


class Replay(Traced):
    TAKEN_ANEW = ("time", "took_ns", "host", "wait_ns")

    def seen(self, path, *more):
        drop = (*self.TAKEN_ANEW, *more)
        return [{key: value for key, value in line.items() if key not in drop} for line in lines_of(path) if "step" in line]

    def test_a_trace_of_lark_register_is_played_by_lark_sandbox(self):
        again, served = self.folder / "again", self.folder / "served"
        self.assertEqual(run(*self.service(expires_in=77).options, "--trace", str(self.trace)).returncode, 0)
        box, there = self.start_sandbox("--replay", str(self.trace), "-v", "--trace", str(served))
        self.assertEqual(run(*there, "--trace", str(again)).returncode, 0)
        err = self.end(box)
        self.assertEqual(self.seen(again, "bytes"), self.seen(self.trace, "bytes"))
        self.assertEqual([(e["step"], e["result"]) for e in self.seen(served)], [(e["step"], e["result"]) for e in self.seen(again)])
        self.assertRegex(err, r"\Ainit 1  127\.0\.0\.1:\d+  200 auth_methods  \d+ ms\n")
        self.assertIn("  400 authorization_pending (20094)  ", err)
        self.assertEqual(lines_of(served)[0]["options"], {"--json": True, "--replay": True, "--trace": True, "--verbose": True})

    def test_so_is_one_of_lark_sandbox(self):
        box, there = self.start_sandbox("--trace", str(self.trace), "--interval", "1", "--approve-after", "0.5", "--tenant-brand", "lark")
        self.assertEqual(run(*there).returncode, 0)
        self.end(box)
        results = [e["result"] for e in self.seen(self.trace)]
        self.assertEqual(results[:2] + results[-2:], ["auth_methods", "link", "lark_user", "credentials"])
        box, there = self.start_sandbox("--replay", str(self.trace))
        done = run(*there, "--json")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn('"client_id":"cli_replay"', done.stdout)
        self.end(box)

    def test_failures_are_played_on_the_wire(self):
        heading = {"v": 1}
        start = [{"step": "init", "number": 1, "host": "h", "http_status": 200, "result": "auth_methods"},
                 {"step": "begin", "number": 1, "host": "h", "http_status": 200, "result": "link", "interval": 1, "lifetime": 60}]
        polls = [{"failure": "cut", "result": "no_reply"}, {"failure": "timeout", "result": "no_reply"},
                 {"http_status": 200, "result": "credentials", "request_id": "L-9", "took_ns": 300_000_000}]
        polls = [{"step": "poll", "number": i + 1, "host": "h", **poll} for i, poll in enumerate(polls)]
        self.trace.write_text("".join(json.dumps(line) + "\n" for line in (heading, *start, *polls)))
        box, there = self.start_sandbox("--replay", str(self.trace))
        again = self.folder / "again"
        done = run(*there, "--timeout", "1", "--trace", str(again))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.end(box)
        played = [(e.get("http_status"), e.get("failure"), e.get("request_id")) for e in lines_of(again) if e.get("step") == "poll"]
        self.assertEqual(played, [(None, "cut", None), (None, "timeout", None), (200, None, "L-9")])
        self.assertGreaterEqual(lines_of(again)[-2]["took_ns"], 300_000_000)

    def test_a_bad_file_is_refused_by_its_line(self):
        for text, complaint in (("", "line 1: a trace has at least one line with an event"), ('{"v":1}\n{"step":"poll"}\n', "line 2: number must be there"),
                                ('{"v":9}\n', "line 1: version 9 of traces is not known"), ("secret", 'line 1: a trace begins with a line that has "v":1')):
            self.trace.write_text(text)
            done = subprocess.run([SANDBOX, "--replay", str(self.trace)], capture_output=True, text=True, timeout=LIMIT)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertEqual(done.stderr, f"lark-sandbox: {self.trace}: {complaint}\n")
        done = subprocess.run([SANDBOX, "--replay", str(self.folder / "none")], capture_output=True, text=True, timeout=LIMIT)
        self.assertEqual(done.stderr, f"lark-sandbox: cannot read {self.folder / 'none'}: No such file or directory\n")


if __name__ == "__main__":
    unittest.main()
