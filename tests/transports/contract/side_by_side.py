#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the cases of a Boost.Test program in several processes at once: those of the contract wait more than they compute.

side_by_side.py PROGRAM PROCESSES
"""
import re
import subprocess
import sys
import threading


def cases_of(program):
    """The paths of all cases: `--list_content` indents what is inside of a suite by four."""
    listed = subprocess.run([program, "--list_content"], check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    path, found = [], []
    for line in listed.stdout.splitlines():
        depth = (len(line) - len(line.lstrip())) // 4
        path[depth:] = [line.strip().rstrip("*")]
        found.append((depth, "/".join(path)))
    following = [depth for depth, _ in found[1:]] + [0]
    return [name for (depth, name), after in zip(found, following) if after <= depth]


def watch(run, lines):
    """Keeps what a process writes, and shows its progress at once: a line a case."""
    for line in run.stdout:
        lines.append(line)
        if line.startswith("contract: "):
            print(line, end="", flush=True)


def main(program, processes):
    cases = cases_of(program)
    shares = [share for share in (cases[i::processes] for i in range(processes)) if share]
    runs = [(subprocess.Popen([program, *(f"--run_test={case}" for case in share)], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True), []) for share in shares]
    watchers = [threading.Thread(target=watch, args=run) for run in runs]
    for watcher in watchers:
        watcher.start()
    for watcher in watchers:
        watcher.join()
    ran, failed = 0, 0
    for run, lines in runs:
        output = "".join(lines)
        count = re.search(r"Running (\d+) test case", output)
        ran += int(count[1]) if count else 0
        if run.wait() != 0:
            failed += 1
            print(output)
    print(f"{ran} of {len(cases)} cases in {len(runs)} processes, {failed} of which failed")
    return 1 if failed or ran == 0 or ran != len(cases) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
