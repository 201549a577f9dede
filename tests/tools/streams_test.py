#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""lark-register and its standard streams: closed, full, stuck, non-blocking or abandoned; and the signals that end it.

Usage: streams_test.py PROGRAM [unittest arguments]
"""

import fcntl
import itertools
import json
import os
import pty
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import program
from program import environment, events, lacking
from service import Service

DONE = ("--sandbox", "--approve-after", "0")
APPROVED = {"client_id": "cli_1", "client_secret": "secret-1"}


def start(test, *arguments, **streams):
    process = subprocess.Popen([program.PROGRAM, *arguments], env=environment(), stdin=subprocess.DEVNULL, **streams)

    def end():
        if process.poll() is None:
            process.kill()
            process.wait()

    test.addCleanup(end)
    return process


def full_pipe(blocking=True):
    """A pipe that takes no further byte."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, b" " * 4096)
    except BlockingIOError:
        os.set_blocking(writer, blocking)
    return reader, writer


def read_to_the_end(descriptor):
    with os.fdopen(descriptor, "rb") as file:
        return file.read().decode().lstrip(" ")


def wait_for_blocked(process, number):
    """Until the process takes the signal as a request: one that comes before ends any process."""
    end = time.monotonic() + program.LIMIT
    while time.monotonic() < end and process.poll() is None:
        status = Path(f"/proc/{process.pid}/status").read_text()
        if int(status.split("SigBlk:")[1].split()[0], 16) >> (number - 1) & 1:
            return
        time.sleep(0.01)
    raise AssertionError(f"signal {number} is not blocked")


class Closed(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def run_without(self, descriptors, *arguments):
        """Runs the program with these of its standard streams closed, and the others on files."""
        def close():
            for descriptor in descriptors:
                os.close(descriptor)

        return subprocess.run([program.PROGRAM, *arguments], env=environment(), stdin=subprocess.DEVNULL, capture_output=True,
                              preexec_fn=close, text=True, timeout=program.LIMIT)

    def test_no_stream_ends_up_in_the_saved_file(self):
        mark = self.folder / "run"
        for count in (1, 2, 3):
            for closed in itertools.combinations((0, 1, 2), count):
                file = self.folder / ("without" + "".join(map(str, closed)) + ".env")
                with self.subTest(closed=closed), Service(APPROVED, user_code=f"\ntouch {mark}\n") as service:
                    done = self.run_without(closed, *service.options, "--save", str(file))
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.assertEqual([line.split("=")[0] for line in file.read_text().splitlines()],
                                     ["APP_ID", "APP_SECRET", "BASE_DOMAIN"])
                    subprocess.run(["sh", "-c", f". {file}"], check=True)
                    self.assertFalse(mark.exists())

    def test_without_standard_output_and_a_file_nothing_is_asked_for(self):
        for more in ([], ["--json"], ["--lang", "zh"]):
            with self.subTest(more), Service(APPROVED) as service:
                done = self.run_without([1], *service.options, *more)
                self.assertEqual((done.returncode, service.asked), (1, []))
                self.assertIn("--save", done.stderr)

    def test_texts_that_are_asked_for_are_not_lost_in_silence(self):
        for task in (["--help"], ["--version"], ["--manual"], ["--completion", "bash"]):
            done = self.run_without([1], *task)
            self.assertEqual(done.returncode, 1)
            self.assertIn("standard output is closed", done.stderr)


class Delivery(unittest.TestCase):
    def test_a_pipe_that_another_process_made_non_blocking(self):
        for stream, more in (("stdout", []), ("stdout", ["--json"]), ("stderr", [])):
            with self.subTest(stream, more=more):
                reader, writer = full_pipe(blocking=False)
                process = start(self, *DONE, *more, **{**dict(stdout=subprocess.PIPE, stderr=subprocess.PIPE), stream: writer})
                os.close(writer)
                with process:
                    try:
                        process.wait(1)
                    except subprocess.TimeoutExpired:
                        pass  # it waits for the pipe
                    output = {stream: read_to_the_end(reader)}
                    for other in {"stdout", "stderr"} - {stream}:
                        output[other] = getattr(process, other).read().decode()
                self.assertEqual(process.returncode, 0, output)
                self.assertIn("client_secret", output["stdout"])

    def undelivered(self, process, output):
        self.assertEqual(process.returncode, 1, output)
        self.assertRegex(output, r"\bcli_\w+")
        self.assertRegex(output, r"http://127\.0\.0\.1:\d+/app/cli_\w+")
        self.assertNotIn("secret=", output)

    def test_what_cannot_be_delivered_is_said(self):
        with open("/dev/full", "w") as full:
            process = start(self, *DONE, stdout=full, stderr=subprocess.PIPE, text=True)
            self.undelivered(process, process.communicate(timeout=program.LIMIT)[1])
        reader, writer = os.pipe()
        os.close(reader)
        process = start(self, *DONE, stdout=writer, stderr=subprocess.PIPE, text=True)
        os.close(writer)
        self.undelivered(process, process.communicate(timeout=program.LIMIT)[1])

    def test_in_json_too(self):
        process = start(self, "--json", "--sandbox", "--sandbox-interval", "2", "--approve-after", "1.5",
                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        with process:
            for line in process.stdout:
                if json.loads(line)["event"] == "status":  # the next line is the result
                    break
            process.stdout.close()
            output = process.stderr.read()
        self.undelivered(process, output)

    def test_a_lost_reader_does_not_cost_what_was_approved_already(self):
        # The switch to Lark follows the approval.
        with tempfile.TemporaryDirectory() as folder:
            for more in ([], ["--save", folder + "/a.env"]):
                process = start(self, "--json", "--sandbox", "--sandbox-interval", "2", "--approve-after", "1.5", "--tenant-brand", "lark",
                                *more, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                with process:
                    for line in process.stdout:
                        if json.loads(line).get("status") == "polling":
                            break
                    process.stdout.close()
                    output = process.stderr.read()
                if more:
                    self.assertIn("Saved to", output)
                    self.assertIn("APP_SECRET=", Path(more[1]).read_text())
                else:
                    self.undelivered(process, output)

    def test_a_limit_on_files_is_an_error_and_no_signal(self):
        program.skip_unless_it_starts_without_room(self)
        with tempfile.TemporaryFile() as output:
            process = start(self, *DONE, stdout=output, stderr=subprocess.PIPE, text=True, preexec_fn=program.no_room)
            output = process.communicate(timeout=program.LIMIT)[1]
        self.undelivered(process, output)
        self.assertIn("File too large", output)


class Signals(unittest.TestCase):
    def terminate(self, process):
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(10)  # a second will do
        except subprocess.TimeoutExpired:
            process.kill()
            raise

    def test_one_signal_ends_it_whatever_it_writes_to(self):
        for stream, more in (("stdout", ["--json"]), ("stderr", [])):
            for blocking in (True, False):
                with self.subTest(stream, blocking=blocking):
                    reader, writer = full_pipe(blocking)
                    process = start(self, *DONE, *more, **{**dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL), stream: writer})
                    os.close(writer)
                    wait_for_blocked(process, signal.SIGTERM)
                    self.assertEqual(self.terminate(process), 128 + signal.SIGTERM)
                    os.close(reader)

    def test_an_app_that_is_there_is_named(self):
        reader, writer = full_pipe()
        process = start(self, *DONE, stdout=writer, stderr=subprocess.PIPE, text=True)
        os.close(writer)
        with process:
            output = ""
            while "Approved" not in output:
                output += process.stderr.readline()
            self.assertEqual(self.terminate(process), 128 + signal.SIGTERM)
            output += process.stderr.read()
        os.close(reader)
        self.assertRegex(output, r"/app/cli_\w+")

    def test_a_terminal_that_is_stopped(self):
        try:
            master, slave = pty.openpty()
        except OSError as error:
            lacking(f"a pseudo-terminal ({error}; is /dev/pts mounted?)")
        os.write(master, b"\x13")  # Ctrl-S
        process = start(self, "--sandbox", stdout=subprocess.DEVNULL, stderr=slave)
        os.close(slave)
        wait_for_blocked(process, signal.SIGTERM)
        self.assertEqual(self.terminate(process), 128 + signal.SIGTERM)
        os.close(master)

    def test_a_pipe_as_the_file_of_the_code(self):
        with tempfile.TemporaryDirectory() as folder:
            os.mkfifo(folder + "/code.svg")
            process = start(self, "--sandbox", "--qr-file", folder + "/code.svg", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            wait_for_blocked(process, signal.SIGTERM)
            self.assertEqual(self.terminate(process), 128 + signal.SIGTERM)

    def test_signals_that_are_ignored_at_the_start_stay_ignored(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number):
                process = start(self, "--json", "--sandbox", "--sandbox-interval", "2", "--approve-after", "1.5", stdout=subprocess.PIPE,
                                text=True, preexec_fn=lambda: signal.signal(number, signal.SIG_IGN))
                with process:
                    output = []
                    for line in process.stdout:
                        output.append(json.loads(line)["event"])
                        if output[-1] == "qr_code":
                            process.send_signal(number)
                self.assertEqual((process.returncode, output[-1]), (0, "result"))


if __name__ == "__main__":
    unittest.main()
