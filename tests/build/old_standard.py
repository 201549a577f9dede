#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Below C++20 the compiler says which standard the headers need: old_standard.py INCLUDE_FOLDER COMPILER…"""

import subprocess
import sys

folder, *compiler = sys.argv[1:]
for header in ("lark/registration/flow.hpp", "lark/secret.hpp"):
    for standard, old in (("c++17", True), ("c++20", False)):
        run = subprocess.run([*compiler, f"-std={standard}", "-fsyntax-only", "-I", folder, "-x", "c++", "-"],
                             input=f"#include <{header}>\n", capture_output=True, text=True)
        said = "lark-registration needs C++20" in run.stderr
        if said != old or (run.returncode != 0) != old:
            sys.exit(f"{header} with -std={standard}: status {run.returncode}, {'said' if said else 'did not say'} what it needs:\n{run.stderr[:2000]}")
print("c++17 is refused by name, c++20 is taken")
