#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Guides and sections that comments name are there: `citations.py ROOT INSTALL_PLAN`.

A section of protocol.md that a source cites has a heading. An installed header names a guide by its file alone, and
that guide is installed: INSTALL_PLAN is Meson's intro-install_plan.json.
"""
import fnmatch
import json
import pathlib
import re
import sys

SOURCES = ("include", "src", "transports", "tools", "tests", "docs/examples")
INSTALLED = ("include/*.hpp*", "transports/*/include/*.hpp", "tests/transports/contract/*.hpp")
GUIDE = re.compile(r"[\w./-]*\b[a-z-]+\.md\b")
SECTIONS = re.compile(r"protocol\.md,? (?:sections? )?(\d+(?:(?:, (?=\d)| and | to )\d+)*)")


def numbers(text):
    """The sections of "2, 4 and 7" or "2 to 4"."""
    if span := re.fullmatch(r"(\d+) to (\d+)", text):
        return range(int(span[1]), int(span[2]) + 1)
    return map(int, re.findall(r"\d+", text))


def sources(root):
    for folder in SOURCES:
        for path in sorted((root / folder).rglob("*")):
            if path.name.endswith((".hpp", ".cpp", ".hpp.in")):
                yield path, str(path.relative_to(root))


def main():
    root = pathlib.Path(sys.argv[1])
    plan = json.loads(pathlib.Path(sys.argv[2]).read_text(encoding="utf-8"))
    guides = {path.name for path in (root / "docs").glob("*.md")}
    headings = re.findall(r"^## (\d+)\. ", (root / "docs/protocol.md").read_text(encoding="utf-8"), re.M)
    sections, faults, cited, named = {int(n) for n in headings}, [], 0, 0
    for path, name in sources(root):
        installed = any(fnmatch.fnmatch(name, pattern) for pattern in INSTALLED)
        for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for found in SECTIONS.finditer(text):
                cited += 1
                faults += [f"{name}:{line}: protocol.md has no section {n}" for n in numbers(found[1]) if n not in sections]
            for guide in GUIDE.findall(text) if installed else ():
                named += 1
                if guide not in guides:
                    faults.append(f"{name}:{line}: {guide} is not a file of docs/")
    folders = [f["destination"] for f in plan.get("install_subdirs", {}).values()]
    if "{datadir}/doc/lark-registration" not in folders:
        faults.append("docs/ is not installed")
    print("\n".join(faults) if faults else f"{cited} sections and {named} guides that comments name are there")
    return 1 if faults or not cited or not named else 0


if __name__ == "__main__":
    sys.exit(main())
