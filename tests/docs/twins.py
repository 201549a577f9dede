#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each guide has a Chinese twin in step with it: `twins.py ROOT`.

In step: the same headings by level, the same tables by rows, columns and code spans, the same code but for comments and
texts. That the sentences say the same is for people to see; that a section, a row or a line of code was forgotten is seen
here. Each leads to the other on its third line, and Chinese sentences have Chinese punctuation.
"""
import pathlib
import re
import sys

sys.dont_write_bytecode = True  # the source tree stays as it is

import markdown  # noqa: E402

# Not a guide: the first page of the API reference, which is in English like the comments in the headers.
WITHOUT_TWIN = {"api.md"}


def differences(english, chinese):
    a, b = markdown.read(english), markdown.read(chinese)
    for what, ours, theirs in (("headings", a.headings, b.headings), ("tables", a.tables, b.tables)):
        if len(ours) != len(theirs):
            yield f"{len(ours)} {what} in {english.name}, {len(theirs)} in {chinese.name}"
        for (line, *mine), (their_line, *other) in zip(ours, theirs):
            if mine != other:
                yield (f"{what}: {english.name}:{line} and {chinese.name}:{their_line} differ, "
                       f"{'level' if what == 'headings' else 'rows and columns'} {mine} and {other}")
                break
    if len(a.rows) == len(b.rows):
        for (line, mine), (their_line, other) in zip(a.rows, b.rows):
            if mine != other:
                yield f"the rows {english.name}:{line} and {chinese.name}:{their_line} name other things: {mine} and {other}"
    if len(a.blocks) != len(b.blocks):
        yield f"{len(a.blocks)} code blocks in {english.name}, {len(b.blocks)} in {chinese.name}"
    for mine, other in zip(a.blocks, b.blocks):
        if mine.language != other.language or (mine.language != "text" and markdown.without_texts(
                mine.code, mine.language) != markdown.without_texts(other.code, other.language)):
            yield f"the blocks at {english.name}:{mine.line} and {chinese.name}:{other.line} differ"


HAN = "[\u4e00-\u9fff]"
# Between a Han character and what follows or goes before, code spans and emphasis in between or not.
ASCII_PUNCTUATION = re.compile(f"{HAN}[`*]*[,;:!?()]|[,;:!?()][`*]*{HAN}")


def punctuation(chinese):
    for line, text in markdown.read(chinese).prose:
        text = re.sub(r"\]\([^)\s]*\)|<[^>]*>", "", text)  # the targets of links, and HTML
        text = re.sub(r"`[^`]*`", "``", text)
        if found := ASCII_PUNCTUATION.search(text):
            yield f"{chinese.name}:{line}: ASCII punctuation in a Chinese sentence: {found[0]}"


def links(english, chinese):
    for page, language, twin in ((english, "中文", chinese), (chinese, "English", english)):
        lines = page.read_text(encoding="utf-8").splitlines()
        if len(lines) < 3 or lines[2] != f"[{language}]({twin.name})":
            yield f"{page.name}:3: no link to {twin.name}"


def main():
    root, faults, pairs = pathlib.Path(sys.argv[1]), [], 0
    for english in [root / "README.md", *sorted((root / "docs").glob("*.md")), *sorted((root / "docs/internals").glob("*.md"))]:
        if english.name.endswith(".zh.md"):
            if not english.with_name(english.name.replace(".zh.md", ".md")).exists():
                faults.append(f"{english.name} has no English twin")
            continue
        if english.name in WITHOUT_TWIN:
            continue
        chinese = english.with_name(english.stem + ".zh.md")
        if not chinese.exists():
            faults.append(f"{english.name} has no Chinese twin")
            continue
        pairs += 1
        faults += [*differences(english, chinese), *punctuation(chinese), *links(english, chinese)]
    print(f"{pairs} pairs in step" if not faults else "\n".join(faults))
    return 1 if faults or not pairs else 0


if __name__ == "__main__":
    sys.exit(main())
