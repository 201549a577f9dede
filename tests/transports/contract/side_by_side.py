#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the cases of a Boost.Test program in several processes at once: those of the contract wait more than they compute.

side_by_side.py PROGRAM PROCESSES
"""
import re
import subprocess
import sys


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


def main(program, processes):
    cases = cases_of(program)
    shares = [share for share in (cases[i::processes] for i in range(processes)) if share]
    runs = [subprocess.Popen([program, *(f"--run_test={case}" for case in share)], stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for share in shares]
    ran, failed = 0, 0
    for run in runs:
        output = run.communicate()[0]
        count = re.search(r"Running (\d+) test case", output)
        ran += int(count[1]) if count else 0
        if run.returncode != 0:
            failed += 1
            print(output)
    print(f"{ran} of {len(cases)} cases in {len(runs)} processes, {failed} of which failed")
    return 1 if failed or ran == 0 or ran != len(cases) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
