# SPDX-License-Identifier: MIT
"""Running lark-register: with pipes, and on a terminal."""

import codecs
import fcntl
import json
import os
import pty
import re
import resource
import select
import signal
import struct
import subprocess
import sys
import termios
import time
import unittest

from screen import Screen

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else None
LIMIT = 30  # seconds; nothing here takes more than two
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
BLOCKS = "▀▄█"


# A shell that runs the tests in the background ignores the first two, nohup the third, and so would the programs: they leave
# what is ignored alone.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


def no_room():
    """For `preexec_fn`: no file may have content."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def skip_unless_it_starts_without_room(case):
    """The runtime of ThreadSanitizer writes a file before main."""
    start = subprocess.run([PROGRAM, "--version"], preexec_fn=no_room, capture_output=True, timeout=LIMIT)
    if start.returncode == -signal.SIGXFSZ:
        case.skipTest("a program with ThreadSanitizer does not start where no file may have content")


def environment(**changes):
    """An environment of known content; None takes a variable away."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith("LC_") and name not in ("LANG", "LANGUAGE", "NO_COLOR", "COLUMNS", "LINES")
            and not name.lower().endswith("_proxy")}
    kept.update(LANG="C.UTF-8", TERM="xterm-256color")
    kept.update({name: value for name, value in changes.items() if value is not None})
    for name, value in changes.items():
        if value is None:
            kept.pop(name, None)
    return kept


def lacking(what):
    """Ends a test that cannot run here, in one line: skipped, or failed where nothing is optional, as in `./dev test`."""
    text = f"cannot run: this machine lacks {what}"
    print(text, file=sys.stderr)  # unittest does not say why it has skipped a test
    raise AssertionError(text) if os.environ.get("LARK_TEST_NOTHING_OPTIONAL") else unittest.SkipTest(text)


def run(*arguments, **changes):
    return subprocess.run([PROGRAM, *arguments], env=environment(**changes), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, encoding="utf-8", timeout=LIMIT)


def events(text):
    """The events of --json, without their times, which each of them must have."""
    all_of_them = [json.loads(line) for line in text.splitlines()]
    for event in all_of_them:
        if list(event)[:2] != ["event", "time"] or not re.fullmatch(TIME, event.pop("time")):
            raise AssertionError(f"no time: {event}")
    return all_of_them


class OnTerminal:
    """The program with standard error, and standard input, on a terminal of the given size, and output on a pipe."""

    def __init__(self, *arguments, columns=80, lines=40, **changes):
        self.screen = Screen(columns, lines)
        try:
            self.master, slave = pty.openpty()
        except OSError as error:
            lacking(f"a pseudo-terminal ({error}; is /dev/pts mounted?)")
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.process = subprocess.Popen([PROGRAM, *arguments], env=environment(**changes), stdin=slave, stderr=slave,
                                        stdout=subprocess.PIPE, start_new_session=True)
        os.close(slave)
        self.raw = b""
        self.decoder = codecs.getincrementaldecoder("utf-8")()

    def read(self):
        """Takes in some output. False at its end."""
        ready, _, _ = select.select([self.master], [], [], LIMIT)
        if not ready:
            raise AssertionError(f"nothing for {LIMIT} s; the screen:\n{self.screen.text()}")
        try:
            data = os.read(self.master, 65536)
        except OSError:  # the other end is closed
            data = b""
        self.raw += data
        self.screen.feed(self.decoder.decode(data))
        return bool(data)

    def wait_for(self, text):
        end = time.monotonic() + LIMIT
        while text not in self.screen.text():
            if not self.read() or time.monotonic() > end:
                raise AssertionError(f"{text!r} did not come; the screen:\n{self.screen.text()}")
        return self

    def finish(self):
        """Reads to the end; returns the exit status, standard output and the screen."""
        while self.read():
            pass
        os.close(self.master)
        output = self.process.stdout.read().decode()
        self.process.stdout.close()
        return self.process.wait(LIMIT), output, self.screen.text()
