#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""docs/troubleshooting.md shows lines of `lark-register -v`: each is made here, and must be what the page says.

Usage: troubleshooting_test.py LARK_REGISTER LARK_SANDBOX DOCS [unittest arguments]
"""

import json
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from program import run
from service import Service

SANDBOX, DOCS = sys.argv.pop(1), Path(sys.argv.pop(1))
PENDING = {"error": "authorization_pending", "code": 20094}
REGISTERED = [{"step": "init", "result": "auth_methods"}, {"step": "begin", "result": "link", "interval": 5, "lifetime": 3600},
              {"step": "poll", "result": "credentials"}]


def same_form(line):
    """Without what differs from run to run."""
    for pattern, form in ((r"\d+ ms", "N ms"), (r"127\.0\.0\.1:\d+", "HOST"), (r"\d+\.\d+ s\b", "N s")):
        line = re.sub(pattern, form, line)
    return line


def exchanges(done):
    return [same_form(line) for line in done.stderr.splitlines() if " ms" in line and re.match(r"[a-z]+ \d+  ", line)]


def against(poll, lark_domain=None, **begin):
    with Service(poll, **begin) as service:
        return exchanges(run("-v", "--domain", service.url, "--lark-domain", lark_domain or service.url, "--proxy="))


def replayed(*events, arguments=(), sandbox=()):
    """A registration against a trace of these events."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as trace:
        trace.write('{"v":1}\n' + "".join(json.dumps({"number": 1, "host": "h", "http_status": 200, **e}) + "\n" for e in events))
        trace.flush()
        with subprocess.Popen([SANDBOX, "--json", "--replay", trace.name, *sandbox], stdout=subprocess.PIPE, text=True) as box:
            ready = json.loads(box.stdout.readline())
            done = run("-v", "--domain", ready["domain"], "--lark-domain", ready["lark_domain"], "--proxy=",
                       *(argument.format(**ready) for argument in arguments))
            box.terminate()
    return exchanges(done)


def asked_once(reply):
    """The line of one poll."""
    with tempfile.TemporaryDirectory() as folder, Service(reply) as service:
        state = folder + "/state"
        run("--state", state, "--no-wait", *service.options)
        text = json.loads(Path(state).read_text())
        text["next_poll_at"] = text["saved_at"]
        Path(state).write_text(json.dumps(text))
        return exchanges(run("-v", "--resume", state, "--once", *service.options))


def check_with(*events):
    return replayed(*REGISTERED, *events, arguments=["--check", "--open-domain", "{domain}"])[3:]


SCENES = {
    "wrong host": lambda: replayed({"step": "init", "result": "no_json"}),
    "lark not reached": lambda: against({"user_info": {"tenant_brand": "lark"}}, "http://127.0.0.1:1", expires_in=6)[2:4],
    "wrong brand": lambda: against(PENDING, expires_in=5, interval=60)[2:],
    "keyless": lambda: against({"client_id": "cli_1", "auth_method": ["private_key_jwt"]})[2:],
    "proxy": lambda: exchanges(run("-v", "--proxy=http://127.0.0.1:1", "--start-budget", "1")),
    "certificate": lambda: replayed({"step": "init", "result": "auth_methods"}, sandbox=["--tls"]),
    "slow_down": lambda: asked_once({"error": "slow_down"}),
    "10014": lambda: check_with({"step": "token", "code": 10014, "result": "platform_error", "request_id": "20261127A1"}),
    "1000040351": lambda: check_with({"step": "token", "result": "token"},
                                     {"step": "call", "code": 1000040351, "result": "platform_error", "request_id": "20261127A2"}),
    "99991663": lambda: check_with({"step": "token", "result": "token"},
                                   {"step": "call", "http_status": 400, "code": 99991663, "result": "platform_error", "request_id": "20261127A3"},
                                   {"step": "token", "result": "token"}, {"step": "call", "result": "data", "request_id": "20261127A4"}),
}


def shown(page):
    """The blocks of the page: `<!-- trace NAME -->`, then a block of text."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return {name: block.splitlines() for name, block in re.findall(r"<!-- trace (.+?) -->\n```text\n(.*?)\n```", text, re.S)}


class Page(unittest.TestCase):
    maxDiff = None

    def test_every_line_is_one_of_the_program(self):
        for name, lines in shown("troubleshooting.md").items():
            with self.subTest(name):
                self.assertEqual([same_form(line) for line in lines], SCENES[name]())
        self.assertEqual(set(shown("troubleshooting.md")), set(SCENES))

    def test_the_chinese_page_shows_the_same(self):
        self.assertEqual(shown("troubleshooting.zh.md"), shown("troubleshooting.md"))


if __name__ == "__main__":
    unittest.main()
