#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What lark-register does with a result: --check and --save.

Usage: follow_up_test.py PROGRAM [unittest arguments]
"""

import http.server
import json
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

import program
from program import environment, events, run
from service import Service

DONE = ("--sandbox", "--approve-after", "0")


def value_of(text, name):
    return dict(line.split("=", 1) for line in text.splitlines())[name]


class Check(unittest.TestCase):
    def test_an_app_that_works(self):
        done = run(*DONE, "--check")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(value_of(done.stdout, "app_name"), "Sandbox bot")
        self.assertEqual(value_of(done.stdout, "activate_status"), "2")
        self.assertIn("Checked: Sandbox bot is enabled", done.stderr)

    def test_over_tls_and_at_lark(self):
        for more in (["--sandbox-tls"], ["--tenant-brand", "lark"]):
            done = run(*DONE, "--check", *more)
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_json(self):
        done = run(*DONE, "--check", "--json")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        result, check = events(done.stdout)[-2:]
        self.assertEqual(result["event"], "result")
        self.assertEqual(list(check), ["event", "app_name", "activate_status", "status", "enabled", "open_id", "console"])
        self.assertEqual((check["event"], check["activate_status"], check["status"], check["enabled"]), ("check", 2, "enabled", True))
        self.assertTrue(check["console"].endswith("/app/" + result["client_id"]))

    def test_scopes_that_were_asked_for_are_there(self):
        asked = ("--scope", "tenant:im:message", "--scope", "user:im:chat:readonly")
        done = run(*DONE, "--check", *asked)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("It has all scopes that were asked for.", done.stderr)
        self.assertNotIn("missing_scopes", done.stdout)
        self.assertIn("所请求的权限均已授予", run(*DONE, "--check", *asked, "--lang", "zh").stderr)
        self.assertEqual(events(run(*DONE, "--check", "--json", *asked).stdout)[-1]["missing"], {"tenant": [], "user": []})
        self.assertNotIn("scopes", run(*DONE, "--check").stderr)

    def test_scopes_that_are_missing_are_named_with_the_place_to_grant_them(self):
        asked = ("--scope", "tenant:im:message", "--scope", "user:im:message", "--sandbox-scope", "user:im:message")
        done = run(*DONE, "--check", *asked)
        self.assertEqual(done.returncode, 5)
        self.assertEqual(value_of(done.stdout, "missing_scopes"), "tenant:im:message")
        self.assertIn("are not granted: tenant:im:message", done.stderr)
        self.assertRegex(done.stderr, r"administrator of your organisation approves them: http://127\.0\.0\.1:\d+/app/cli_\w+/auth\n")
        scopes = events(run(*DONE, "--check", "--json", *asked).stdout)[-1]
        self.assertEqual(list(scopes), ["event", "missing", "console"])
        self.assertEqual((scopes["event"], scopes["missing"]), ("scopes", {"tenant": ["im:message"], "user": []}))

    def test_scopes_that_the_app_may_not_read_are_unknown(self):
        class Api(http.server.BaseHTTPRequestHandler):
            def reply(self, status, body):
                body = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.reply(200, {"code": 0, "msg": "ok", "tenant_access_token": "t-1", "expire": 7200})

            def do_GET(self):
                if "/bot/" in self.path:
                    self.reply(200, {"code": 0, "msg": "ok", "bot": {"activate_status": 2, "app_name": "Bot"}})
                else:
                    self.reply(400, {"code": refusal, "msg": "Access denied."})

            def log_message(self, *_):
                pass

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api) as api:
            threading.Thread(target=api.serve_forever, daemon=True).start()
            self.addCleanup(api.shutdown)
            there = ["--check", "--scope", "tenant:im:message", "--open-domain", f"http://127.0.0.1:{api.server_port}"]
            refusal = 99991672
            done = run(*DONE, *there)
            in_json = run(*DONE, "--json", *there)
            refusal = 99991661
            failed = run(*DONE, *there)
            api.shutdown()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("is not known: 99991672: Access denied.", done.stderr)
        self.assertEqual(in_json.returncode, 0)
        self.assertEqual(list(events(in_json.stdout)[-1]), ["event", "reason", "console"])
        self.assertEqual(failed.returncode, 5)
        self.assertIn("the check failed: 99991661", failed.stderr)

    def test_an_app_that_is_not_enabled_says_what_to_do(self):
        for status, hint in (("0", "publishing a version"), ("1", "administrator"), ("3", "publishing a version"),
                             ("4", "publishing a version"), ("5", "administrator"), ("6", "administrator")):
            done = run(*DONE, "--check", "--sandbox-bot-status", status)
            self.assertEqual(done.returncode, 5)
            self.assertIn("client_secret=", done.stdout)
            self.assertIn("Registered, but Sandbox bot is ", done.stderr)
            self.assertIn(hint, done.stderr)
            self.assertRegex(done.stderr, r"/app/cli_\w+")
        self.assertIn("尚未启用", run(*DONE, "--check", "--sandbox-bot-status", "0", "--lang", "zh").stderr)

    def test_a_check_that_fails_comes_after_the_result_and_shows_no_secret(self):
        class Api(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                body = json.dumps({"code": 10014, "msg": "app secret invalid: " + asked["app_secret"]}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("X-Tt-Logid", "L-1")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api) as api:
            threading.Thread(target=api.serve_forever, daemon=True).start()
            self.addCleanup(api.shutdown)
            there = ["--open-domain", f"http://127.0.0.1:{api.server_port}"]
            done = run(*DONE, "--check", *there)
            in_json = run(*DONE, "--check", "--json", *there)
            api.shutdown()
        self.assertEqual(done.returncode, 5)
        secret = value_of(done.stdout, "client_secret")
        self.assertIn("10014", done.stderr)
        self.assertIn("check App ID and App Secret", done.stderr)
        self.assertIn("L-1", done.stderr)
        self.assertNotIn(secret, done.stderr)
        self.assertEqual(in_json.returncode, 5)
        result, error = events(in_json.stdout)[-2:]
        self.assertEqual((result["event"], error["event"], error["type"], error["code"]), ("result", "error", "api_error", "10014"))
        self.assertNotIn(result["client_secret"], error["description"])


    def test_credentials_that_the_client_rejects_are_an_app_all_the_same(self):
        for wrong in ({"client_id": "cli_\u0001"}, {"client_secret": "a\nb"}):
            with self.subTest(wrong), Service({"client_id": "cli_1", "client_secret": "secret-1", **wrong}) as service:
                done = run(*service.options, "--check")
                in_json = run(*service.options, "--check", "--json")
            self.assertEqual(done.returncode, 5, done.stderr)
            self.assertIn("client_secret=", done.stdout)
            self.assertIn("Registered, but the check failed", done.stderr)
            self.assertEqual(in_json.returncode, 5)
            self.assertEqual([e["event"] for e in events(in_json.stdout)[-2:]], ["result", "error"])


class Save(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def names(self):
        return sorted(path.name for path in self.folder.iterdir())

    def test_as_env_which_a_shell_reads(self):
        file = self.folder / ".env"
        done = run(*DONE, "--save", str(file))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"Saved to {file}", done.stderr)
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        read = subprocess.run(["sh", "-c", f'. "{file}"; echo "$APP_ID $APP_SECRET $OPEN_ID $TENANT_BRAND"'],
                              capture_output=True, text=True, check=True).stdout.split()
        self.assertEqual(read, [value_of(done.stdout, name) for name in ("client_id", "client_secret", "open_id", "tenant_brand")])
        self.assertEqual(self.names(), [".env"])

    def test_as_json(self):
        file = self.folder / "bot.json"
        done = run(*DONE, "--json", "--save", str(file))
        self.assertEqual(done.returncode, 0, done.stderr)
        result, saved = events(done.stdout)[-2:]
        self.assertEqual(saved, {"event": "saved", "file": str(file)})
        read = json.loads(file.read_text())
        for name in ("client_id", "client_secret", "user_info"):
            self.assertEqual(read[name], result[name])
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)

    def test_never_over_a_file_without_force_and_refused_before_the_first_request(self):
        file = self.folder / "bot.env"
        file.write_text("mine")
        done = run(*DONE, "--json", "--save", str(file))
        self.assertEqual(done.returncode, 1)
        self.assertEqual([e["event"] for e in events(done.stdout)], ["error"])  # not even `ready`
        self.assertIn("--force", events(done.stdout)[0]["description"])
        self.assertEqual(file.read_text(), "mine")
        self.assertEqual(self.names(), ["bot.env"])

    def test_a_file_that_is_replaced_keeps_its_mode_and_its_owner(self):
        file = self.folder / "bot.env"
        file.write_text("x" * 10000)  # longer than what follows
        file.chmod(0o640)
        if os.geteuid() == 0:
            os.chown(file, 1234, 5678)
        before = file.stat()
        self.assertEqual(run(*DONE, "--save", str(file), "--force").returncode, 0)
        self.assertTrue(file.read_text().startswith("APP_ID=cli_"))
        self.assertEqual([(s.st_mode, s.st_uid, s.st_gid) for s in (file.stat(), before)], [(before.st_mode, before.st_uid, before.st_gid)] * 2)
        self.assertEqual(self.names(), ["bot.env"])

    def saved_over(self, file, prefix=(), **more):
        done = subprocess.run([*prefix, program.PROGRAM, *DONE, "--save", str(file), "--force"], env=environment(), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=30, **more)
        self.assertEqual(done.returncode, 0, done.stderr)
        text = file.read_text()
        self.assertEqual([line.split("=")[0] for line in text.splitlines()],
                         ["APP_ID", "APP_SECRET", "BASE_DOMAIN", "OPEN_ID", "TENANT_BRAND"])

    def test_a_symbolic_link_stays_and_its_target_is_replaced(self):
        (self.folder / "there").mkdir()
        target = self.folder / "there" / "real.env"
        one, two = self.folder / "one.env", self.folder / "two.env"
        one.symlink_to("there/real.env")
        two.symlink_to(one)
        self.assertEqual(run(*DONE, "--save", str(two)).returncode, 0)  # the target is new
        self.assertTrue(target.read_text().startswith("APP_ID=cli_"))
        self.assertEqual(run("--json", *DONE, "--save", str(two)).returncode, 1)
        self.assertIn("--force", run("--json", *DONE, "--save", str(two)).stdout)
        target.write_text("old")
        self.saved_over(two)
        self.assertTrue(target.read_text().startswith("APP_ID=cli_"))
        self.assertEqual((os.readlink(one), os.readlink(two)), ("there/real.env", str(one)))
        self.assertEqual(sorted(path.name for path in target.parent.iterdir()), ["real.env"])
        loop = self.folder / "loop.env"
        loop.symlink_to(loop)
        done = run("--json", *DONE, "--save", str(loop))
        self.assertEqual((done.returncode, [e["event"] for e in events(done.stdout)]), (1, ["error"]))
        self.assertIn(str(loop), done.stdout)

    def test_a_mounted_file_is_written_in_place(self):
        if os.geteuid() != 0 or not shutil.which("unshare") or subprocess.run(["unshare", "-m", "true"], check=False).returncode != 0:
            self.skipTest("mounting needs root")
        file, outside = self.folder / "bot.env", self.folder / "outside"
        for path in (file, outside):
            path.write_text("x" * 10000)
        inside = ["unshare", "-m", "sh", "-c", f'mount --bind "{outside}" "{file}" && "$@" && cat "{file}" >&2', "sh"]
        done = subprocess.run([*inside, program.PROGRAM, *DONE, "--save", str(file), "--force"], env=environment(), capture_output=True,
                              text=True, timeout=30)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(outside.read_text().startswith("APP_ID=cli_"))
        self.assertTrue(outside.read_text().endswith("\n"))
        self.assertEqual(self.names(), ["bot.env", "outside"])

    def test_the_file_of_another_user_is_written_in_place(self):
        if os.geteuid() != 0:
            self.skipTest("changing the user needs root")
        copy = self.folder / "lark-register"  # where the other user can read it
        shutil.copy(program.PROGRAM, copy)
        for mode in (0o777, 0o755):  # with and without the right to rename
            self.folder.chmod(mode)
            file = self.folder / "bot.env"
            file.write_text("x" * 10000)
            file.chmod(0o666)
            done = subprocess.run([copy, *DONE, "--save", str(file), "--force"], env=environment(), capture_output=True, text=True,
                                  timeout=30, user=65534, group=65534, extra_groups=[])
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertTrue(file.read_text().startswith("APP_ID=cli_"))
            self.assertTrue(file.read_text().endswith("=feishu\n"))
            self.assertEqual((file.stat().st_uid, stat.S_IMODE(file.stat().st_mode)), (0, 0o666))
            self.assertEqual(self.names(), ["bot.env", "lark-register"])

    def test_what_is_not_a_regular_file_is_refused(self):
        os.mkfifo(self.folder / "bot.env")
        done = run("--json", *DONE, "--save", str(self.folder / "bot.env"), "--force")
        self.assertEqual((done.returncode, [e["event"] for e in events(done.stdout)]), (1, ["error"]))
        self.assertIn("not a regular file", done.stdout)
        self.assertTrue(stat.S_ISFIFO((self.folder / "bot.env").stat().st_mode))

    def test_control_characters_do_not_reach_the_file(self):
        hostile = "a\x1b]0;b\x07\n\r\u009b\u202e$(x)`x`\"\\"
        file = self.folder / "bot.env"
        poll = {"client_id": "cli_1", "client_secret": hostile, "user_info": {"open_id": hostile, "tenant_brand": hostile}}
        with Service(poll) as service:
            self.assertEqual(run(*service.options, "--save", str(file)).returncode, 0)
            self.assertEqual(run(*service.options, "--save", str(self.folder / "bot.json")).returncode, 0)
        text = file.read_text()
        self.assertEqual([line.split("=")[0] for line in text.splitlines()],
                         ["APP_ID", "APP_SECRET", "BASE_DOMAIN", "OPEN_ID", "TENANT_BRAND"])
        self.assertFalse([c for c in text if c != "\n" and not c.isprintable()], text)
        read = subprocess.run(["sh", "-c", f'. "{file}"; printf %s "$APP_SECRET"'], capture_output=True, text=True, check=True).stdout
        self.assertTrue(read.startswith("a\\u{001B}]0;b"), read)
        self.assertTrue(read.endswith("$(x)`x`\"\\"), read)
        self.assertEqual(json.loads((self.folder / "bot.json").read_text())["client_secret"], hostile)

    def test_what_cannot_be_written_is_known_before_the_first_request(self):
        (self.folder / "folder.env").mkdir()
        for path in (self.folder / "none" / "bot.env", self.folder / "folder.env", Path("/proc/bot.env")):
            for force in ([], ["--force"]):
                done = run(*DONE, "--json", "--save", str(path), *force)
                self.assertEqual(done.returncode, 1)
                self.assertEqual([e["event"] for e in events(done.stdout)], ["error"])
                self.assertIn(str(path), events(done.stdout)[0]["description"])

    def test_a_file_that_appears_during_the_run_is_kept_and_the_result_still_printed(self):
        file = self.folder / "bot.env"
        arguments = [program.PROGRAM, "--json", "--sandbox", "--sandbox-interval", "2", "--approve-after", "1.5", "--save", str(file)]
        with subprocess.Popen(arguments, env=environment(), stdout=subprocess.PIPE, text=True) as process:
            lines = []
            for line in process.stdout:
                lines.append(json.loads(line))
                if lines[-1]["event"] == "qr_code":
                    file.write_text("mine")
        self.assertEqual(process.returncode, 1)
        self.assertEqual([e["event"] for e in lines[-2:]], ["result", "error"])
        self.assertEqual(file.read_text(), "mine")
        self.assertEqual(self.names(), ["bot.env"])

    def test_a_full_disk_leaves_no_file_and_the_result_is_still_printed(self):
        program.skip_unless_it_starts_without_room(self)
        done = subprocess.run([program.PROGRAM, *DONE, "--save", str(self.folder / "bot.env")], env=environment(),
                              preexec_fn=program.no_room, capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 1)
        self.assertIn("client_secret=", done.stdout)
        self.assertIn(f"cannot save to {self.folder / 'bot.env'}: File too large", done.stderr)
        self.assertEqual(self.names(), [])

    def saved_though_output_failed(self, status, texts):
        self.assertEqual(status, 1)
        self.assertEqual(self.names(), ["bot.env"])
        self.assertIn(f"Saved to {self.folder / 'bot.env'}\n", texts)
        self.assertIn("cannot write the output", texts)
        self.assertTrue((self.folder / "bot.env").read_text().startswith("APP_ID=cli_"))
        self.assertNotIn(value_of((self.folder / "bot.env").read_text(), "APP_SECRET"), texts)

    def test_a_full_standard_output_leaves_the_file_and_says_where(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([program.PROGRAM, *DONE, "--save", str(self.folder / "bot.env")], env=environment(),
                                  stdout=full, stderr=subprocess.PIPE, text=True, timeout=30)
        self.saved_though_output_failed(done.returncode, done.stderr)

    def test_so_does_a_reader_of_json_that_goes_before_the_result(self):
        arguments = [program.PROGRAM, "--json", "--sandbox", "--sandbox-interval", "2", "--approve-after", "1.5", "--save",
                     str(self.folder / "bot.env")]
        with subprocess.Popen(arguments, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            for line in process.stdout:
                if json.loads(line)["event"] == "status":  # the next line is the result
                    break
            process.stdout.close()
            texts = process.stderr.read()
        self.saved_though_output_failed(process.returncode, texts)

    def test_a_standard_error_that_has_gone_does_not_keep_the_result_from_standard_output(self):
        arguments = [program.PROGRAM, "--sandbox", "--sandbox-interval", "2", "--approve-after", "1.5", "--save", str(self.folder / "a.env")]
        with subprocess.Popen(arguments, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            for line in process.stderr:
                if line.startswith("Waiting"):
                    break
            process.stderr.close()
            self.assertIn("client_secret=", process.stdout.read())
        self.assertEqual(self.names(), ["a.env"])

    def test_nothing_is_left_when_there_is_no_result(self):
        self.assertEqual(run("--sandbox", "--deny-after", "0", "--save", str(self.folder / "a.env")).returncode, 3)
        with subprocess.Popen([program.PROGRAM, "--sandbox", "--json", "--save", str(self.folder / "b.env")],
                              env=environment(), stdout=subprocess.PIPE, text=True) as process:
            for line in process.stdout:
                if json.loads(line)["event"] == "qr_code":
                    self.assertEqual(len(self.names()), 1)  # the place is held
                    process.send_signal(signal.SIGINT)
        self.assertEqual(process.returncode, 130)
        self.assertEqual(self.names(), [])

    def test_both_together(self):
        file = self.folder / "bot.json"
        done = run(*DONE, "--json", "--check", "--save", str(file))
        self.assertEqual([e["event"] for e in events(done.stdout)][-3:], ["result", "saved", "check"])
        self.assertTrue(json.loads(file.read_text())["base_domain"].startswith("http://127.0.0.1:"))


class WithoutUserInfo(unittest.TestCase):
    """Credentials without user_info: the switch reply, or the host that issued them, says where the app is."""

    APP = {"client_id": "cli_1", "client_secret": "secret-1"}
    LARK = {"error": "authorization_pending", "user_info": {"open_id": "ou_1", "tenant_brand": "lark"}}

    def register(self, replies, *arguments, **changes):
        left = list(replies)
        with Service(lambda: left.pop(0)) as service:
            return run(*service.options, *arguments, **changes)

    def test_saved_with_the_host_of_the_issuer(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "bot.env"
            done = self.register([self.APP], "--save", str(file))
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(file.read_text(), "APP_ID=cli_1\nAPP_SECRET=secret-1\nBASE_DOMAIN=https://open.feishu.cn\n")
            done = self.register([self.LARK, self.APP], "--save", str(file), "--force")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(file.read_text(), "APP_ID=cli_1\nAPP_SECRET=secret-1\nBASE_DOMAIN=https://open.larksuite.com\n"
                                               "OPEN_ID=ou_1\nTENANT_BRAND=lark\n")

    def test_saved_as_json(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "bot.json"
            self.assertEqual(self.register([self.APP], "--save", str(file)).returncode, 0)
            self.assertEqual(json.loads(file.read_text()), {**self.APP, "base_domain": "https://open.feishu.cn"})

    def test_checked_at_the_host_of_the_issuer(self):
        # A proxy that refuses every tunnel: it sees for which host one was wanted.
        for replies, host in (([self.APP], "open.feishu.cn"), ([self.LARK, self.APP], "open.larksuite.com")):
            asked = []

            class Proxy(http.server.BaseHTTPRequestHandler):
                def do_CONNECT(self):
                    asked.append(self.path)
                    self.send_error(403)

                def log_message(self, *_):
                    pass

            with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as proxy:
                threading.Thread(target=proxy.serve_forever, daemon=True).start()
                left = list(replies)
                with Service(lambda: left.pop(0)) as service:
                    done = run("--domain", service.url, "--lark-domain", service.url, "--check", NO_PROXY="127.0.0.1",
                               HTTPS_PROXY=f"http://127.0.0.1:{proxy.server_port}")
                proxy.shutdown()
            self.assertEqual(done.returncode, 5, done.stderr)
            self.assertIn("client_secret=secret-1", done.stdout)
            self.assertEqual(set(asked), {f"{host}:443"})


class Usage(unittest.TestCase):
    def test_errors_name_the_option(self):
        for arguments, text in ((["--save", "bot.txt"], ".env or .json"), (["--force"], "--force needs --save"),
                                (["--open-domain", "https://x"], "--open-domain needs"),
                                (["--check", "--open-domain", "ftp://x"], "--open-domain: domain must begin with https://"),
                                (["--check", "--open-domain", "foo"], "--open-domain: domain must be a URL of scheme and host, such as https://open.feishu.cn\n"),
                                (["--check", "--open-domain", "http://example.com"], "unless --allow-plain-http is given"),
                                (["--check", "--open-domain", "http://example.com"], "must use https"),
                                (["--sandbox", "--sandbox-bot-status", "7"], "--sandbox-bot-status")):
            with self.subTest(arguments):
                done = run(*arguments)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn(text, done.stderr)


if __name__ == "__main__":
    unittest.main()
