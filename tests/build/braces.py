#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How lists of texts may be written in braces, and how not: braces.py INCLUDE_FOLDER COMPILER…

With std::vector<std::string>, a pair of braces too many makes one string of two pointers: it compiles, and is undefined.
"""

import subprocess
import sys

GOOD = ['"a"', '{"a"}', '{"a", "b"}', '{{"a"}}', '{{"a", "b"}}', "{}", 'std::string{"a"}', 'std::vector<std::string>{"a", "b"}']
BAD = ['{{{"a", "b"}}}', '{{"a", "b"}, {"c", "d"}}', "{1}", "nullptr"]
MEMBERS = ["app_preset{.avatar = %s}", "addon_groups{.tenant = %s}", "addon_callbacks{.items = %s}"]

folder, *compiler = sys.argv[1:]
wrong = []
for values, fits in ((GOOD, True), (BAD, False)):
    for member in MEMBERS if fits else MEMBERS[:1]:
        # What must not compile is compiled alone, since one error would hide that another line has none.
        for lines in [values] if fits else [[value] for value in values]:
            source = "#include <lark/registration/options.hpp>\nusing namespace lark::registration;\n" + "\n".join(
                f"auto v{number} = {member % value};" for number, value in enumerate(lines))
            run = subprocess.run([*compiler, "-std=c++20", "-fsyntax-only", "-I", folder, "-x", "c++", "-"],
                                 input=source, capture_output=True, text=True)
            if (run.returncode == 0) != fits:
                wrong.append(f"{source.splitlines()[-1]}: {'does not compile' if fits else 'compiles'}\n{run.stderr[:2000]}")
for line in wrong:
    print(line)
sys.exit(1 if wrong else 0)
