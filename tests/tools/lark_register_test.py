#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""lark-register against its own sandbox: exit statuses, JSON lines, what goes where, Ctrl-C, wrong usage.

Usage: lark_register_test.py PROGRAM [unittest arguments]
"""

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import unittest
from pathlib import Path

import program
from program import BLOCKS, environment, events, run
from service import Service

DONE = ("--sandbox", "--approve-after", "0")
RESULT = r"client_id=(cli_\w+)\nclient_secret=(\w+)\nopen_id=(ou_\w+)\ntenant_brand=(feishu|lark)\n"


class Text(unittest.TestCase):
    def test_the_result_alone_is_on_standard_output(self):
        done = run(*DONE)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, rf"\A{RESULT}\Z")

    def test_link_code_and_warning_are_on_standard_error_and_the_secret_is_not(self):
        done = run(*DONE)
        self.assertRegex(done.stderr, r"(?m)^http://127\.0\.0\.1:\d+/\S+user_code=\S+&from=sdk&tp=sdk&source=cpp-sdk$")
        self.assertRegex(done.stderr, r"(?m)^[A-Z0-9]+-[A-Z0-9]+$")
        self.assertIn("Approve only what you started yourself", done.stderr)  # RFC 8628, 5.4
        secret = done.stdout.split("client_secret=")[1].split("\n")[0]
        self.assertNotIn(secret, done.stderr)

    def test_without_a_terminal_there_is_a_code_and_no_escape_sequence(self):
        done = run(*DONE)
        self.assertIn("█", done.stderr)
        self.assertNotIn("\x1b", done.stderr)

    def test_denied(self):
        done = run("--sandbox", "--deny-after", "0")
        self.assertEqual((done.returncode, done.stdout), (3, ""))
        self.assertIn("The request was denied", done.stderr)
        self.assertRegex(done.stderr, r"finds the last request by its id fake-\S+ at 127\.0\.0\.1:\d+\.\n")

    def test_expired(self):
        done = run("--sandbox", "--sandbox-lifetime", "1")
        self.assertEqual((done.returncode, done.stdout), (4, ""))
        self.assertIn("The link expired; no credentials came until then.", done.stderr)
        self.assertNotIn("Nothing was registered", done.stderr)

    def test_expired_after_the_switch_to_lark(self):
        # The approval has been seen, and the other host never answers.
        with socket.socket() as unused, Service({"user_info": {"tenant_brand": "lark"}}, expires_in=2) as service:
            unused.bind(("127.0.0.1", 0))  # and never listens
            done = run("--domain", service.url, "--lark-domain", f"http://127.0.0.1:{unused.getsockname()[1]}", "--proxy=")
        self.assertEqual((done.returncode, done.stdout), (4, ""))
        self.assertIn("The link expired; no credentials came until then.", done.stderr)
        self.assertIn("may have been approved", done.stderr.replace("\n", " "))
        self.assertIn("https://open.larksuite.com/app", done.stderr)
        self.assertNotIn("Nothing was registered", done.stderr)

    def test_failed_with_what_to_do_next(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))  # and never listens
            done = run("--domain", f"http://127.0.0.1:{unused.getsockname()[1]}", "--start-budget", "1")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("Failed (network_error)", done.stderr)
        self.assertIn("--proxy", done.stderr)

    def test_in_the_sandbox_there_is_no_hint_to_scan_with_the_app(self):
        for more in ([], ["--qr", "none"]):
            for lang, real, here in (("en", "Feishu or Lark app:", "on this machine:"), ("zh", "请用飞书", "在本机打开")):
                done = run(*DONE, *more, "--lang", lang)
                self.assertNotIn(real, done.stderr)
                self.assertNotIn("signed in to Feishu", done.stderr)
                self.assertIn(here, done.stderr.replace("\n", " "))

    def test_a_full_disk_is_a_failure(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([program.PROGRAM, *DONE], env=environment(), stdout=full, stderr=subprocess.PIPE, timeout=30)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"cannot write the output", done.stderr)


class Json(unittest.TestCase):
    def test_done(self):
        done = run(*DONE, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr, "")
        ready, qr, result = events(done.stdout)
        self.assertEqual(ready, {"event": "ready"})
        self.assertEqual(list(qr), ["event", "url", "expire_in", "user_code", "verification_uri"])
        self.assertEqual((qr["event"], qr["expire_in"]), ("qr_code", 600))
        self.assertIn("user_code=" + qr["user_code"], qr["url"])
        self.assertIn('"url":"http://', done.stdout)  # no escaped slashes
        self.assertEqual(list(result), ["event", "client_id", "client_secret", "user_info"])
        self.assertEqual(result["event"], "result")
        self.assertEqual(result["user_info"]["tenant_brand"], "feishu")

    def test_over_tls(self):
        done = run(*DONE, "--json", "--sandbox-tls")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertTrue(events(done.stdout)[1]["url"].startswith("https://"))

    def test_a_lark_user_is_followed_to_lark(self):
        done = run(*DONE, "--json", "--tenant-brand", "lark")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual([e["event"] for e in events(done.stdout)], ["ready", "qr_code", "status", "result"])
        self.assertEqual(events(done.stdout)[2], {"event": "status", "status": "domain_switched"})
        self.assertEqual(events(done.stdout)[3]["user_info"]["tenant_brand"], "lark")

    def test_pending_polls_are_reported_without_an_interval(self):
        done = run("--json", "--sandbox", "--sandbox-interval", "2", "--approve-after", "1.5")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn({"event": "status", "status": "polling"}, events(done.stdout))

    def test_denied(self):
        done = run("--json", "--sandbox", "--deny-after", "0")
        self.assertEqual(done.returncode, 3)
        last = events(done.stdout)[-1]
        self.assertEqual(list(last), ["event", "type", "code", "description", "polls", "host", "http_status", "request_id"])
        self.assertEqual((last["event"], last["type"], last["code"]), ("error", "app_access_denied_error", "access_denied"))
        self.assertEqual((last["polls"], last["http_status"]), (1, 400))
        self.assertRegex(last["request_id"], r"^fake-")

    def test_expired(self):
        done = run("--json", "--sandbox", "--sandbox-lifetime", "1")
        self.assertEqual(done.returncode, 4)
        last = events(done.stdout)[-1]
        self.assertEqual((last["type"], last["code"]), ("app_expired_error", "expired_token"))

    def test_retrying_tells_interval_and_reason_and_then_fails(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            done = run("--json", "--domain", f"http://127.0.0.1:{unused.getsockname()[1]}", "--start-budget", "1.5")
        self.assertEqual(done.returncode, 1)
        output = events(done.stdout)
        retrying = [e for e in output if e.get("status") == "retrying"]
        self.assertTrue(retrying, output)
        self.assertEqual(list(retrying[0]), ["event", "status", "interval", "reason"])
        self.assertEqual(retrying[0]["interval"], 1)
        self.assertTrue(retrying[0]["reason"])
        self.assertEqual((output[-1]["type"], output[-1]["code"]), ("register_app_error", "network_error"))

    def test_lines_are_ascii_whatever_the_service_says(self):
        for line in run("--json", "--sandbox", "--domain", "x").stdout, run("--json", "--source", "\u202e").stdout:
            self.assertTrue(line.isascii())

    def test_a_reader_that_has_gone_is_a_failure(self):
        reader, writer = os.pipe()
        os.close(reader)
        with os.fdopen(writer, "w") as gone:
            done = subprocess.run([program.PROGRAM, *DONE, "--json"], env=environment(), stdout=gone,
                                  stderr=subprocess.PIPE, timeout=30)
        self.assertEqual(done.returncode, 1)


class Interrupt(unittest.TestCase):
    def interrupt(self, which, *arguments):
        process = subprocess.Popen([program.PROGRAM, "--sandbox", "--json", *arguments], env=environment(),
                                   stdout=subprocess.PIPE, text=True)
        with process:
            output = []
            for line in process.stdout:
                output.append(json.loads(line))
                if output[-1]["event"] == "qr_code":
                    process.send_signal(which)
        return process.returncode, output[-1]

    def test_the_link_is_not_called_dead(self):
        # The service does not know of the end, and would still make an app.
        for lang, text, how in (("en", "Do not approve it", "started with --state FILE can be carried on"),
                                ("zh", "请勿批准", "以 --state FILE 启动的注册可以继续")):
            with Service({"error": "authorization_pending"}) as service, \
                    subprocess.Popen([program.PROGRAM, *service.options, "--lang", lang], env=environment(),
                                     stderr=subprocess.PIPE, text=True) as process:
                output = ""
                while "AB-CD\n" not in output:
                    output += process.stderr.readline()
                process.send_signal(signal.SIGINT)
                output += process.stderr.read()
            self.assertEqual(process.returncode, 130)
            self.assertIn(text, output)
            self.assertIn("".join(how.split()), "".join(output.split()))  # wherever the lines are broken
            self.assertNotIn("no use", output)

    def test_without_a_link_none_is_spoken_of(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            with subprocess.Popen([program.PROGRAM, "--domain", f"http://127.0.0.1:{silent.getsockname()[1]}", "--proxy="],
                                  env=environment(), stderr=subprocess.PIPE, text=True) as process:
                with silent.accept()[0]:  # the first request is on its way
                    process.send_signal(signal.SIGINT)
                    output = process.stderr.read()
        self.assertEqual(process.returncode, 130)
        self.assertIn("Cancelled.\n", output)
        self.assertNotIn("approve", output)

    def test_ctrl_c_cancels_cleanly(self):
        status, last = self.interrupt(signal.SIGINT)
        self.assertEqual(status, 130)
        self.assertEqual((last["event"], last["type"], last["code"]), ("error", "register_app_error", "abort"))

    def test_termination_does_too(self):
        status, last = self.interrupt(signal.SIGTERM)
        self.assertEqual((status, last["code"]), (143, "abort"))


class Usage(unittest.TestCase):
    def wrong(self, *arguments):
        done = run(*arguments)
        self.assertEqual(done.returncode, 2, arguments)
        self.assertTrue(done.stderr.startswith("lark-register: "), done.stderr)
        return done

    def test_unreadable_input_is_reported_before_any_request(self):
        for arguments in (["--bogus"], ["operand"], ["--timeout"], ["--timeout", "soon"], ["--timeout", "1e99"],
                          ["--tenant-brand", "other", "--sandbox"], ["--lang", "fr"], ["--qr-file", "x.gif"],
                          ["--scope", "im:message"], ["--addons", "/does/not/exist"], ["--sandbox-port", "65536"],
                          ["--approve-after", "5"], ["--sandbox", "--domain", "https://x"], ["--dry-run"],
                          ["--source", "a", "--source", "b"], ["--source", "a", "--source=b"], ["--user-code", "x"],
                          ["--sandbox", "--approve-after", "1", "--deny-after", "1"], ["--sandbox", "--approve-after", "604801"],
                          ["--sandbox", "--sandbox-lifetime", "0"], ["--sandbox", "--sandbox-lifetime", "86401"],
                          ["--sandbox", "--sandbox-interval", "0"], ["--sandbox", "--sandbox-interval", "301"],
                          ["--sandbox", "--sandbox-interval", "1.5"]):
            with self.subTest(arguments):
                done = self.wrong(*arguments)
                self.assertEqual(done.stdout, "")
                self.assertTrue(done.stderr.endswith("\nTry 'lark-register --help'.\n"), done.stderr)

    def test_texts_are_in_the_language_asked_for(self):
        for lang in (["--lang", "zh"], ["--lang=zh"]):
            for arguments, text in ((["--foo"], "未知的选项或参数：--foo"), (["--timeout"], "--timeout 需要一个值"),
                                    (["--timeout", "soon"], "--timeout: 应为数字"), (["--force"], "--force 需要与 --save 同用"),
                                    (["--timeout", "0"], "请查看 'lark-register --help'")):
                for line in (lang + arguments, arguments + lang):
                    if line[-3:] != ["--timeout", "--lang", "zh"]:  # says the same about another value
                        self.assertIn(text, self.wrong(*line).stderr, line)
        self.assertIn("unknown option", self.wrong("--lang", "en", "--foo").stderr)
        self.assertIn("未知的选项", run("--foo", LANG="zh_CN.UTF-8").stderr)

    def test_an_option_is_not_a_value(self):
        # The real service would be asked, were --sandbox taken for the name of the source.
        for arguments in (["--source", "--sandbox"], ["--source", "--sandbox", *DONE], ["--source", "-h"], ["--source"],
                          ["--avatar", "--avatar=https://x"]):
            with self.subTest(arguments):
                done = self.wrong(*arguments)
                self.assertEqual(done.stdout, "")
                self.assertEqual(done.stderr.splitlines()[0], f"lark-register: {arguments[0]} needs a value")

    def test_an_equals_sign_takes_what_follows_it_alone(self):
        done = run("--source=", *DONE)
        self.assertEqual(done.returncode, 2)
        self.assertIn("Sandbox:", done.stderr)
        self.assertIn("--source: source must be a non-empty string", done.stderr)
        for arguments in (["--proxy=", *DONE], ["--proxy", "", *DONE], ["--qr=none", "--source=a=b", *DONE]):
            self.assertEqual(run(*arguments).returncode, 0)
        self.assertIn("source=cpp-sdk%2F--sandbox", run("--source=--sandbox", *DONE).stderr)
        self.assertIn("avatar=a&avatar=--b\n", run("--avatar=a", "--avatar=--b", *DONE).stderr)

    def test_what_the_library_refuses(self):
        for arguments, text in ((["--domain", "ftp://x"], "domain must"), (["--timeout", "0"], "request_timeout must be from 1"),
                                (["--connect-timeout", "0"], "connect_timeout must"), (["--source", ""], "source must"),
                                (["--interval-margin", "0.5"], "interval_margin must"),
                                (["--avatar", ""], "app_preset.avatar[0] must"), (["--app-id", ""], "app_id must"),
                                (["--cacert", "/does/not/exist"], "ca_file names"), (["--capath", "/does/not/exist"], "ca_dir names"),
                                (["--proxy", "ftp://x"], "proxy must be"),
                                (["--domain", "http://example.com"], "domain must use https: plain http is for loopback hosts "
                                                                     "only, unless --allow-plain-http is given\n")):
            with self.subTest(arguments):
                done = self.wrong(*arguments)
                self.assertIn(f"lark-register: {arguments[0]}: {text}", done.stderr)
                self.assertTrue(done.stderr.endswith("\nTry 'lark-register --help'.\n"), done.stderr)
        self.assertIn("--source: source must be a non-empty string; --timeout: request_timeout must",
                      self.wrong("--timeout", "0", "--source", "").stderr)
        # The environment is not the caller's word: it is reported by the request that needs the proxy.
        self.assertIn("environment HTTPS_PROXY must be", run(HTTPS_PROXY="ftp://x").stderr)

    def test_json_tells_it_too(self):
        done = self.wrong("--json", "--domain", "ftp://x")
        self.assertEqual([e["event"] for e in events(done.stdout)], ["ready", "error"])
        self.assertEqual(events(done.stdout)[1]["type"], "invalid_option")
        self.assertTrue(events(done.stdout)[1]["description"].startswith("--domain: domain must"))

    def test_help_and_version(self):
        self.assertRegex(run("--version").stdout, r"\Alark-register \d+\.\d+\.\d+\n\Z")
        helped = run("--help")
        self.assertEqual((helped.returncode, helped.stderr), (0, ""))
        self.assertEqual(helped.stdout, run("-h").stdout)
        self.assertIn("--no-check-auth-methods", helped.stdout)
        self.assertIn("用法", run("--help", "--lang", "zh").stdout)
        self.assertTrue(max(map(len, helped.stdout.splitlines())) <= 100)


class Link(unittest.TestCase):
    ADDRESS = "https://accounts.feishu.cn/page/launcher?user_code=AB-CD"

    def link(self, *arguments):
        done = run("--dry-run", "--verification-uri", self.ADDRESS, *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_the_options_reach_the_link(self):
        self.assertEqual(self.link("--source", "me", "--create-only", "--name", "A B", "--avatar", "https://a/1", "--avatar", "https://a/2"),
                         self.ADDRESS + "&from=sdk&tp=sdk&source=cpp-sdk%2Fme&avatar=https%3A%2F%2Fa%2F1"
                         "&avatar=https%3A%2F%2Fa%2F2&name=A%20B&createOnly=true\n")
        self.assertIn("clientID=cli_1", self.link("--app-id", "cli_1"))
        self.assertIn("/page/cli?user_code=AB-CD", self.link("--link-style", "cli_page", "--user-code", "AB-CD"))
        self.assertTrue(self.link("--link-style", "cli-page", "--link-brand", "lark", "--user-code", "AB-CD")
                        .startswith("https://open.larksuite.com/"))

    def test_addons_by_option_and_by_file_are_the_same(self):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump({"preset": False, "scopes": {"tenant": ["a"]}, "events": {"items": {"user": ["b"]}},
                       "callbacks": {"items": ["c"]}}, file)
            file.flush()
            from_file = self.link("--addons", file.name)
        self.assertIn("addons=", from_file)
        self.assertEqual(from_file, self.link("--no-preset", "--scope", "tenant:a", "--event", "user:b", "--callback", "c"))

    def test_an_unknown_key_of_a_manifest_is_named(self):
        done = subprocess.run([program.PROGRAM, "--addons", "-", *DONE], input='{"scope":{}}', env=environment(),
                              capture_output=True, text=True, timeout=30)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("scope", done.stderr)


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_the_code_as_a_file_for_its_owner_alone(self):
        for name, start in (("code.svg", b"<svg "), ("code.png", b"\x89PNG\r\n\x1a\n")):
            (self.folder / name).touch(mode=0o644)  # a file that is there already gets no other owner, but another mode
            done = run(*DONE, "--qr-file", str(self.folder / name))
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(name, done.stderr)
            self.assertTrue((self.folder / name).read_bytes().startswith(start))
            self.assertEqual(stat.S_IMODE((self.folder / name).stat().st_mode), 0o600)

    def test_a_file_that_fails_after_the_link_is_there_is_a_warning(self):
        os.mkfifo(self.folder / "pipe.svg")
        for arguments, text in ((["--qr-file", str(self.folder / "pipe.svg")], "not a regular file"),
                                (["--qr-file", str(self.folder / "long.svg"), "--desc", "x" * 3000], "a QR code holds at most 2953 bytes")):
            done = run(*DONE, *arguments)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(text, done.stderr.replace("\n", " "))
            in_json = run(*DONE, "--json", *arguments)
            self.assertEqual((in_json.returncode, events(in_json.stdout)[-1]["event"]), (0, "result"))
            self.assertIn(text, in_json.stderr)
        self.assertFalse((self.folder / "long.svg").exists())

    def test_the_file_of_another_user_is_left_as_it_is(self):
        if os.geteuid() != 0:
            self.skipTest("changing the user needs root")
        copy = self.folder / "lark-register"  # where the other user can read it
        shutil.copy(program.PROGRAM, copy)
        self.folder.chmod(0o755)
        file = self.folder / "code.svg"
        file.write_text("theirs")
        file.chmod(0o666)
        done = subprocess.run([copy, *DONE, "--qr-file", str(file)], env=environment(), capture_output=True, text=True, timeout=30,
                              user=65534, group=65534, extra_groups=[])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"cannot write {file}", done.stderr.replace("\n", " "))
        self.assertEqual((file.read_text(), stat.S_IMODE(file.stat().st_mode)), ("theirs", 0o666))

    def test_a_file_that_cannot_be_written_ends_it(self):
        (self.folder / "folder.svg").mkdir()
        for path in (self.folder / "none" / "code.svg", self.folder / "folder.svg"):
            done = run("--sandbox", "--json", "--qr-file", str(path))
            self.assertEqual(done.returncode, 1)
            self.assertEqual([e["event"] for e in events(done.stdout)], ["error"])  # before the first request
            self.assertIn(f"cannot write {path}", events(done.stdout)[0]["description"])

    def test_without_a_link_no_code_is_left_and_none_is_lost(self):
        for old in (None, "old"):
            file = self.folder / "code.svg"
            if old:
                file.write_text(old)
            self.assertEqual(run("--domain", "ftp://x", "--qr-file", str(file)).returncode, 2)
            self.assertEqual(file.read_text() if file.exists() else None, old)

    def test_the_browser_gets_the_link_as_one_argument_without_a_shell(self):
        record = self.folder / "record"
        os.mkfifo(record)
        opener = self.folder / "xdg-open"
        opener.write_text(f'#!/bin/sh\nprintf "%s\\n" "$#" "$@" >"{record}"\n')
        opener.chmod(0o700)
        with subprocess.Popen([program.PROGRAM, *DONE, "--open", "--json"], stdout=subprocess.PIPE, text=True,
                              env=environment(PATH=f"{self.folder}:{os.environ['PATH']}")) as process:
            count, link = record.read_text().splitlines()
            output = events(process.stdout.read())
        self.assertEqual((count, link), ("1", output[1]["url"]))

    def test_without_an_opener_the_link_is_still_there(self):
        done = run(*DONE, "--open", PATH=str(self.folder))
        self.assertEqual(done.returncode, 0)
        self.assertIn("cannot start xdg-open", done.stderr)


if __name__ == "__main__":
    unittest.main()
