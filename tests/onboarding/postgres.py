# SPDX-License-Identifier: MIT
"""A PostgreSQL server in a folder of its own, as an unprivileged user, on a Unix socket alone."""

import glob
import json
import os
import shutil
import signal
import subprocess
import time

PATIENCE = 60  # seconds


class Postgres:
    """`environment` is what a client needs to reach it."""

    def __init__(self, folder):
        self.folder = os.path.join(folder, "postgres")
        self.data = os.path.join(self.folder, "data")
        self.log = os.path.join(self.folder, "log")
        self.programs = max(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: float(path.split("/")[-2]))
        self.environment = {"PGHOST": self.folder, "PGDATABASE": "postgres", "PGUSER": "onboarding"}
        # The server refuses to run as root.
        self.account = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        os.makedirs(self.folder, mode=0o755)
        if self.account:
            shutil.chown(self.folder, "postgres", "postgres")
        subprocess.run([f"{self.programs}/initdb", "-D", self.data, "-A", "trust", "-U", "onboarding", "-E", "UTF8"],
                       check=True, stdout=subprocess.DEVNULL, cwd=self.folder, **self.account)
        self.process = None

    def start(self):
        with open(self.log, "ab") as log:
            # Every statement is logged with its parameters: what they show is searched for secrets.
            self.process = subprocess.Popen(
                [f"{self.programs}/postgres", "-D", self.data, "-k", self.folder, "-c", "listen_addresses=",
                 "-c", "log_statement=all", "-c", "max_connections=200"],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.folder, **self.account)
        end = time.monotonic() + PATIENCE
        while subprocess.run([f"{self.programs}/pg_isready", "-q"], env={**os.environ, **self.environment}).returncode != 0:
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError("PostgreSQL does not start; see " + self.log)
            time.sleep(0.05)

    def kill(self):
        """`kill -9` of the server and its children, all at once."""
        self.process.send_signal(signal.SIGSTOP)  # it starts no more of them
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as file:
            children = [int(number) for number in file.read().split()]
        for number in [self.process.pid, *children]:
            try:
                os.kill(number, signal.SIGKILL)
            except ProcessLookupError:
                pass  # it has ended by itself
        self.process.wait(PATIENCE)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # "fast shutdown"
            self.process.wait(PATIENCE)

    def run(self, *arguments):
        done = subprocess.run([f"{self.programs}/psql", "-XqAt", "-v", "ON_ERROR_STOP=1", *arguments], check=True,
                              env={**os.environ, **self.environment}, stdout=subprocess.PIPE, text=True, timeout=PATIENCE)
        return done.stdout

    def rows(self, select):
        """Of a SELECT, each row as a dictionary."""
        return json.loads(self.run("-c", f"SELECT coalesce(json_agg(r), '[]') FROM ({select}) r"))
