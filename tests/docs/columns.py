#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The prose of the English guides is at most 120 columns wide, so that a diff shows a sentence: `columns.py ROOT`.

Tables, code and HTML are free.
"""
import pathlib
import sys

sys.dont_write_bytecode = True  # the source tree stays as it is

import markdown  # noqa: E402

WIDTH = 120


def main():
    root = pathlib.Path(sys.argv[1])
    guides = [root / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]
    guides += [path for path in sorted((root / "docs").rglob("*.md")) if not path.name.endswith(".zh.md")]
    faults = [f"{path.relative_to(root)}:{line}: {len(text)} columns" for path in guides
              for line, text in markdown.read(path).prose if len(text) > WIDTH and text[0] not in "|<"]
    print("\n".join(faults) if faults else f"{len(guides)} guides")
    return 1 if faults or len(guides) < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
