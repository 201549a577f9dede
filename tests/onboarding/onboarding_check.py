#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""docs/examples/onboarding for real: 200 registrations, two workers, and kill -9 of workers and database in the middle.

Usage: onboarding_check.py LARK_SANDBOX WEB WORKER SCHEMA
"""

import concurrent.futures
import http.client
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
import urllib.request

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from postgres import PATIENCE, Postgres

REGISTRATIONS = 200
INTERVAL = 2  # seconds; the lease is twice as long
APPROVED_AFTER = 15
REPLY_AFTER = 0.15  # as the real service; so a row is in hand long enough to be claimed a second time, or to die with its worker
PACE = 0.02  # between two users, so that they do not all approve in the same moment
THREADS = 12
LIMIT = 240  # for all of them to end

# Beside the table: the first snapshot of each row, and each time that one comes to its end.
AUDIT = """
CREATE TABLE begun (id text, snapshot bytea);
CREATE TABLE ended (id text, state text);
CREATE FUNCTION note_begin() RETURNS trigger AS 'BEGIN INSERT INTO begun VALUES (NEW.id, NEW.snapshot); RETURN NULL; END'
    LANGUAGE plpgsql;
CREATE FUNCTION note_end() RETURNS trigger AS 'BEGIN INSERT INTO ended VALUES (NEW.id, NEW.state); RETURN NULL; END'
    LANGUAGE plpgsql;
CREATE TRIGGER note_begin AFTER INSERT ON registration FOR EACH ROW EXECUTE FUNCTION note_begin();
CREATE TRIGGER note_end AFTER UPDATE ON registration FOR EACH ROW
    WHEN (NEW.state IS DISTINCT FROM OLD.state) EXECUTE FUNCTION note_end();
"""


class Onboarding(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="onboarding-")
        self.addCleanup(folder.cleanup)
        os.chmod(folder.name, 0o755)
        self.folder = folder.name
        self.key = secrets.token_hex(32)
        self.database = Postgres(folder.name)
        self.addCleanup(self.database.stop)
        self.database.start()
        self.database.run("-f", SCHEMA)
        self.database.run("-c", AUDIT)
        self.logs = [self.database.log]
        self.sandbox = json.loads(self.start(SANDBOX, "--json", "--interval", str(INTERVAL), "--approve-after",
                                             str(APPROVED_AFTER), "--reply-after", str(REPLY_AFTER)).stdout.readline())
        self.hosts = [self.sandbox["domain"], self.sandbox["lark_domain"]]
        self.site = self.start(WEB, "0", *self.hosts).stdout.readline().strip().removeprefix("http://")
        self.workers = [self.start_worker(), self.start_worker()]
        self.kills = {"worker": 0, "database": 0}
        self.in_hand = set()  # of a worker when it was killed

    def start(self, *command):
        self.logs.append(os.path.join(self.folder, f"log-{len(self.logs)}"))
        with open(self.logs[-1], "ab") as log:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL, text=True,
                                       env={**os.environ, **self.database.environment, "ONBOARDING_KEY": self.key})
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=PATIENCE)

    def start_worker(self):
        return self.start(WORKER, str(THREADS), str(2 * INTERVAL), *self.hosts)

    def ask(self, method, path):
        connection = http.client.HTTPConnection(self.site, timeout=PATIENCE)
        try:
            connection.request(method, path)
            reply = connection.getresponse()
            return reply.status, reply.getheader("Location"), reply.read().decode()
        finally:
            connection.close()

    def register(self):
        status, page, _ = self.ask("POST", "/registrations")
        self.assertEqual(status, 303)
        time.sleep(PACE)
        return page

    def opened(self, row, column):
        """An independent reader of what the workers seal."""
        sealed = bytes.fromhex(row[column].removeprefix("\\x"))
        return json.loads(AESGCM(bytes.fromhex(self.key)).decrypt(sealed[:12], sealed[12:], f"{row['id']}/{column}".encode()))

    def count(self, condition):
        return self.database.rows(f"SELECT count(*) AS n FROM registration WHERE {condition}")[0]["n"]

    def wait_until(self, what, condition, at_least):
        end = time.monotonic() + LIMIT
        while (now := self.count(condition)) < at_least:
            self.assertLess(time.monotonic(), end, f"{what}: {now} of {at_least}")
            time.sleep(0.1)

    def kill_worker(self, process):
        """While it has rows in hand, so that another one has to take them over."""
        end = time.monotonic() + LIMIT
        while True:
            process.send_signal(signal.SIGSTOP)
            rows = self.database.rows(f"SELECT id FROM registration WHERE worker LIKE '%:{process.pid}' AND lease_until IS NOT NULL")
            if rows:
                break
            process.send_signal(signal.SIGCONT)
            self.assertLess(time.monotonic(), end, "the worker never has a row in hand")
            time.sleep(0.05)
        process.kill()
        process.wait(PATIENCE)
        self.kills["worker"] += 1
        self.in_hand |= {row["id"] for row in rows}

    def kill_database(self):
        self.database.kill()
        self.kills["database"] += 1

    def test_all_end_once_whatever_is_killed(self):
        began = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(4) as users:
            pages = [users.submit(self.register) for _ in range(REGISTRATIONS)]
            status, _, page = self.ask("GET", pages[0].result())
            self.assertEqual(status, 200)
            for part in ("<svg", "user_code=", "compare the code"):
                self.assertIn(part, page)
            self.kill_worker(self.workers[0])
            self.workers[0] = self.start_worker()
        pages = [page.result() for page in pages]
        self.wait_until("stored", "state = 'done'", REGISTRATIONS // 8)
        self.kill_database()
        self.assertEqual(self.ask("GET", pages[0])[0], 503)
        self.database.start()
        self.wait_until("stored", "state = 'done'", REGISTRATIONS // 2)
        self.kill_worker(self.workers[1])
        self.kill_database()  # with rows in the hands of one that is gone
        self.workers[1] = self.start_worker()
        self.database.start()
        self.wait_until("ended", "state <> 'pending'", REGISTRATIONS)
        for process in self.workers:
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(PATIENCE), 0)
        self.check(time.monotonic() - began)

    def check(self, took):
        rows = self.database.rows("SELECT * FROM registration")
        ends = self.database.rows("SELECT * FROM ended")
        with urllib.request.urlopen(self.sandbox["domain"] + "/registrations.json", timeout=PATIENCE) as reply:
            records = json.load(reply)
        stored = {row["id"]: self.opened(row, "credentials") for row in rows if row["state"] == "done"}
        handed_out = {record["client_id"] for record in records if record["state"] == "used"}
        unstored = handed_out - {one["client_id"] for one in stored.values()}
        said_stored = set(re.findall(r"^(\w{8}): stored$", self.text_of_logs(), re.M))
        lost = said_stored - {number[:8] for number in stored}
        closest = min(record["closest_polls_ms"] for record in records if record["closest_polls_ms"] is not None)
        takeovers = sum(row["takeovers"] for row in rows)
        for name, value in (("registrations", len(rows)), ("seconds", round(took)), ("kills of a worker", self.kills["worker"]),
                            ("kills of the database", self.kills["database"]), ("takeovers", takeovers),
                            ("polls", sum(record["polls"] for record in records)),
                            ("closest two polls (ms), interval " + str(1000 * INTERVAL), closest),
                            ("polls that came early", sum(record["slow_downs"] for record in records)),
                            ("ended with credentials", len(stored)), ("ended with a failure", len(rows) - len(stored)),
                            ("committed credentials lost", len(lost)),
                            ("credentials that died with a worker, uncommitted", len(unstored))):
            print(f"{name:50} {value:>6}")

        self.assertEqual((len(rows), len(records)), (REGISTRATIONS, REGISTRATIONS))
        self.assertEqual(sorted(end["id"] for end in ends), sorted(row["id"] for row in rows), "each ends exactly once")
        self.assertEqual({record["state"] for record in records}, {"used"})
        self.assertGreaterEqual(closest, 1000 * INTERVAL)
        self.assertEqual(sum(record["slow_downs"] for record in records), 0)
        self.assertGreaterEqual(takeovers, self.kills["worker"])
        self.assertEqual(lost, set())
        # What was in the hands of a killed worker may fail, since its credentials had been handed out; nothing else may.
        self.assertEqual(len(rows) - len(stored), len(unstored))
        for row in rows:
            if row["state"] == "failed":
                self.assertIn("invalid_grant", row["failure"])
                self.assertIn(row["id"], self.in_hand)
        self.assertEqual(len({one["client_secret"] for one in stored.values()}), len(stored))
        self.search([self.opened(row, "snapshot") for row in self.database.rows("SELECT * FROM begun")], stored.values())

    def text_of_logs(self):
        text = ""
        for name in self.logs[1:]:
            with open(name, encoding="utf-8") as file:
                text += file.read()
        return text

    def search(self, begun, stored):
        """No log and no file of the database has a secret in the clear."""
        self.assertEqual(len(begun), REGISTRATIONS)
        hidden = {one[name] for one in begun for name in ("device_code", "user_code")}
        hidden |= {one["client_secret"] for one in stored} | {self.key}
        patterns = os.path.join(self.folder, "patterns")
        with open(patterns, "w", encoding="utf-8") as file:
            file.write("".join(text + "\n" for text in hidden))
        self.database.run("-c", "CHECKPOINT")
        found = subprocess.run(["grep", "-rlaFf", patterns, self.database.data, *self.logs], stdout=subprocess.PIPE, text=True)
        self.assertEqual((found.returncode, found.stdout), (1, ""))


if __name__ == "__main__":
    SANDBOX, WEB, WORKER, SCHEMA = sys.argv[1:5]
    unittest.main(argv=sys.argv[:1])
