#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""lark-register that ends before its registration does: --state, --no-wait, --resume, --once.

Usage: resume_test.py PROGRAM [unittest arguments]
"""

import json
import os
import signal
import stat
import subprocess
import tempfile
import threading
import time
import unittest

import program
from program import environment, events, run
from service import Service

PENDING = {"error": "authorization_pending"}
APP = {"client_id": "cli_a1", "client_secret": "the-secret-of-this-app"}


class Resume(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.state = os.path.join(folder.name, "state.json")
        self.reply = PENDING

    def service(self, **begin):
        service = Service(lambda: self.reply, **begin)
        service.__enter__()
        self.addCleanup(service.__exit__)
        return service

    def begin(self, service, *arguments):
        done = run("--state", self.state, "--no-wait", *service.options, *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def saved(self):
        with open(self.state, encoding="utf-8") as file:
            return json.load(file)

    def test_begun_here_and_finished_there(self):
        service = self.service()
        done = self.begin(service)
        self.assertEqual(done.stdout, "")
        self.assertIn("user_code=AB-CD", done.stderr)
        self.assertIn(f"To carry on: lark-register --resume {self.state}", done.stderr)
        self.assertEqual(service.asked, ["init", "begin"])
        self.assertEqual(stat.S_IMODE(os.stat(self.state).st_mode), 0o600)
        self.assertNotIn("device-1", done.stderr)
        self.reply = APP
        done = run("--resume", self.state, *service.options)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("client_secret=the-secret-of-this-app", done.stdout)
        self.assertIn("user_code=AB-CD", done.stderr)  # the link once more
        self.assertEqual(os.listdir(self.folder), [])
        self.assertEqual(service.asked, ["init", "begin", "poll"])

    def test_json_shows_what_may_be_seen(self):
        service = self.service()
        lines = events(self.begin(service, "--json").stdout)
        self.assertEqual([line["event"] for line in lines], ["ready", "qr_code", "pending"])
        pending = lines[-1]
        self.assertEqual((pending["state"], pending["interval"], pending["polls"], pending["at_lark"], pending["file"]),
                         ("polling", 1, 0, False, self.state))
        self.assertTrue(time.time() + 500 < pending["expires_at"] < time.time() + 610)
        self.assertNotIn("AB-CD", json.dumps(pending))

    def test_once_asks_once_and_only_when_it_is_time(self):
        service = self.service(interval=300)
        self.begin(service)
        done = run("--resume", self.state, "--once", *service.options)
        self.assertEqual((done.returncode, done.stdout), (6, ""), done.stderr)
        self.assertIn("Not decided yet.", done.stderr)
        self.assertEqual(self.saved()["polls"], 1)
        before = self.saved()
        lines = run("--resume", self.state, "--once", "--json", *service.options)
        self.assertEqual(lines.returncode, 6)
        self.assertEqual([line["event"] for line in events(lines.stdout)], ["ready", "pending"])
        self.assertEqual((service.asked.count("poll"), self.saved()), (1, before))

    def test_once_brings_the_app(self):
        service = self.service()
        self.begin(service)
        self.reply = APP
        target = os.path.join(self.folder, "app.env")
        done = run("--resume", self.state, "--once", "--save", target, *service.options)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(os.listdir(self.folder), ["app.env"])

    def test_a_denial_removes_the_file(self):
        for arguments in (["--once"], []):
            service = self.service()
            self.reply = PENDING
            self.begin(service)
            self.reply = {"error": "access_denied"}
            self.assertEqual(run("--resume", self.state, *arguments, *service.options).returncode, 3)
            self.assertEqual(os.listdir(self.folder), [])

    def interrupt(self, which, *arguments):
        with subprocess.Popen([program.PROGRAM, *arguments], env=environment(), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            killer = threading.Timer(program.LIMIT, process.kill)
            killer.start()
            self.addCleanup(killer.cancel)
            while not os.path.exists(self.state):
                self.assertIsNone(process.poll())
                time.sleep(0.01)
            process.send_signal(which)
            _, errors = process.communicate(timeout=program.LIMIT)
        return process.returncode, errors

    def test_a_signal_leaves_a_file_that_can_be_carried_on(self):
        for which, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)):
            self.reply = PENDING
            service = self.service()
            ended, errors = self.interrupt(which, "--state", self.state, *service.options)
            self.assertEqual(ended, status)
            if which != signal.SIGKILL:
                self.assertIn(f"lark-register --resume {self.state}", errors)
                self.assertNotIn("approve it", errors)  # an approval is not lost
            self.reply = APP
            done = run("--resume", self.state, *service.options)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(os.listdir(self.folder), [])

    def test_after_the_switch_too_a_signal_only_says_how_to_carry_on(self):
        options = ["--domain", self.service().url, "--lark-domain", self.service().url, "--proxy="]
        self.assertEqual(run("--state", self.state, "--no-wait", *options).returncode, 0)
        self.reply = {**PENDING, "user_info": {"tenant_brand": "lark"}}
        self.assertEqual(run("--resume", self.state, "--once", *options).returncode, 6)
        self.assertTrue(self.saved()["at_lark"])
        self.reply = PENDING
        with subprocess.Popen([program.PROGRAM, "--resume", self.state, *options], env=environment(),
                              stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
            errors = ""
            while "AB-CD\n" not in errors:
                errors += process.stderr.readline()
            process.send_signal(signal.SIGINT)
            errors += process.stderr.read()
        self.assertEqual(process.returncode, 130)
        self.assertIn(f"To carry on: lark-register --resume {self.state}", errors.replace("\n", " "))
        self.assertNotIn("run it again", errors)

    def test_a_file_of_another_registration_is_not_lost(self):
        service = self.service()
        self.begin(service)
        before = self.saved()
        done = run("--state", self.state, *service.options)
        self.assertEqual(done.returncode, 1)
        self.assertIn("--resume carries on with it", done.stderr)
        self.assertEqual(self.saved(), before)
        self.assertEqual(service.asked, ["init", "begin"])

    def test_what_cannot_be_carried_on(self):
        service = self.service()
        for text, why in (("", "it is not a JSON object; it may have been cut"), ('{"v":2}', "the snapshot has version 2")):
            with open(self.state, "w", encoding="utf-8") as file:
                file.write(text)
            done = run("--resume", self.state, *service.options)
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"{self.state}: ", done.stderr)
            self.assertIn(why, done.stderr)
        os.unlink(self.state)
        done = run("--resume", self.state, *service.options)
        self.assertEqual(done.returncode, 1)
        self.assertIn(self.state, done.stderr)
        self.begin(service)
        done = run("--resume", self.state, "--proxy=")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--domain", done.stderr)
        self.assertNotIn("poll", service.asked)

    def test_a_folder_that_cannot_be_written_is_known_in_time(self):
        service = self.service()
        done = run("--state", os.path.join(self.folder, "none", "state"), *service.options)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(service.asked, [])

    def test_wrong_usage(self):
        for arguments in (["--no-wait"], ["--once"], ["--state", "a", "--resume", "b"], ["--once", "--state", "a"],
                          ["--no-wait", "--state", "a", "--sandbox"], ["--resume", "a", "--sandbox"]):
            self.assertEqual(run(*arguments).returncode, 2, arguments)


if __name__ == "__main__":
    unittest.main()
