#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The Debian package has the version of meson.build: debian_version.py CHANGELOG VERSION"""

import re
import sys
from pathlib import Path

first = Path(sys.argv[1]).read_text(encoding="utf-8").split("\n", 1)[0]
match = re.fullmatch(r"lark-registration \((\S+)\) \S+; urgency=\S+", first)
if not match or match[1] != sys.argv[2]:
    sys.exit(f"{sys.argv[1]}: the first line should name version {sys.argv[2]}: {first}")
