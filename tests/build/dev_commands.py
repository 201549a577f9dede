#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every command and every check that `dev` lists has its function.

usage: dev_commands.py SOURCE_FOLDER
"""
import pathlib
import re
import sys

script = (pathlib.Path(sys.argv[1]) / "dev").read_text(encoding="utf-8")
defined = set(re.findall(r"^(\w+)\(\) \{", script, re.M))
listed = set(re.findall(r"^    '\w+ +(check_\w+) ", script, re.M))
called = set(re.findall(r"^    [\w-]+\) (\w+)", script, re.M))
if len(listed) < 15 or len(called) < 8:
    sys.exit(f"dev is not laid out as this test knows it: {len(listed)} checks, {len(called)} commands")
missing = sorted((listed | called) - defined)
if missing:
    sys.exit(f"dev has no function {', '.join(missing)}")
print(f"{len(called)} commands, {len(listed)} checks")
