#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds the shared libraries to staying in memory once they are loaded: a thread inside the system's resolver cannot be stopped,
and returns into code that a `dlclose` must not have taken away.

Usage: nodelete.py READELF LIBRARY…
"""

import subprocess
import sys


def main():
    readelf, *libraries = sys.argv[1:]
    wrong = 0
    for library in libraries:
        dynamic = subprocess.run([readelf, "--dynamic", "--wide", library], check=True, capture_output=True, text=True).stdout
        flags = [line for line in dynamic.splitlines() if "(FLAGS_1)" in line]
        if not any("NODELETE" in line for line in flags):
            print(f"{library}: is not linked with -z nodelete")
            wrong += 1
    print(f"{len(libraries)} shared libraries read")
    return 1 if wrong or not libraries else 0


if __name__ == "__main__":
    sys.exit(main())
