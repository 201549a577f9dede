#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The public headers of the house, for the tests that compile them.

public_headers.py list ROOT              prints "GROUP NAME" a line, such as "include lark/http.hpp" and "poco lark/poco.hpp"
public_headers.py check ROOT NAME…       fails unless the names are the headers that there are now
"""

import sys
from pathlib import Path


def headers(root):
    folders = [("include", root / "include"), *((f.parent.name, f) for f in sorted(root.glob("transports/*/include")))]
    for group, folder in folders:
        for file in sorted([*folder.rglob("*.hpp"), *folder.rglob("*.hpp.in")]):  # the latter are made by the build
            yield group, file.relative_to(folder).as_posix().removesuffix(".in")


def main():
    action, root, *known = sys.argv[1:]
    there = list(headers(Path(root)))
    if action == "list":
        for group, name in there:
            print(group, name)
        return 0
    names = {name for _, name in there}
    if len(names) != len(there):
        print("two rooms have a public header of the same name")
        return 1
    changed = names ^ set(known)
    for name in sorted(changed):
        print(f"{name} has come or gone since the build folder was configured: meson setup --reconfigure")
    print(f"{len(there)} public headers")
    return 1 if changed or not there else 0


if __name__ == "__main__":
    sys.exit(main())
