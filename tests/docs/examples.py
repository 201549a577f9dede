#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the guides say of docs/examples is so: `examples.py ROOT`.

Each is short, each is built and so run, and the numbers in the comments of driving_a_flow.cpp are the steps of the guide, in
either language.
"""
import pathlib
import re
import sys

LONGEST = 150


def numbers(pattern, path):
    return [int(number) for number in re.findall(pattern, path.read_text(encoding="utf-8"), re.M)]


def main():
    docs = pathlib.Path(sys.argv[1]) / "docs"
    faults = []
    sources = sorted([*(docs / "examples").rglob("*.cpp"), *(docs / "examples").rglob("*.hpp")])
    for path in sources:
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > LONGEST:
            faults.append(f"{path.name} has {lines} lines, more than {LONGEST}")
        # Alone, or as one of the sources of a folder's programs.
        build = (path.parent / "meson.build").read_text(encoding="utf-8")
        if path.suffix == ".cpp" and f"[['{path.stem}', " not in build and f"'{path.name}'" not in build:
            faults.append(f"{path.name} is not built")
    in_code = numbers(r"^ *// (\d+)\. ", docs / "examples/driving_a_flow.cpp")
    for guide in ("writing-a-transport.md", "writing-a-transport.zh.md"):
        steps = numbers(r"^(\d+)\. ", docs / guide)
        if not steps or steps != list(range(1, len(steps) + 1)):
            faults.append(f"{guide}: its steps are numbered {steps}")
        if sorted(in_code) != steps:
            faults.append(f"{guide} has the steps {steps}, driving_a_flow.cpp {sorted(in_code)}")
    print("\n".join(faults) if faults else f"{len(sources)} files of examples, {len(in_code)} steps")
    return 1 if faults or not sources else 0


if __name__ == "__main__":
    sys.exit(main())
