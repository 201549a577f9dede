#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each default in the guides' tables of options is that of the header: `defaults.py ROOT`.

Reads the members of the options' structs from the headers, and the tables with a column "default" from the guides, in
both languages. A table must name every member. A cell without a literal value ("none", or words for the behaviour)
needs a member without one (`{}`).
"""
import dataclasses
import pathlib
import re
import sys

sys.dont_write_bytecode = True  # the source tree stays as it is

import markdown  # noqa: E402


@dataclasses.dataclass
class Table:
    guide: str
    header: str
    struct: str
    prefix: str = ""  # of the members in the cells: `options.` in `options.domain`


TABLES = (
    Table("reference", "include/lark/registration/options.hpp", "options"),
    Table("reference", "transports/poco/include/lark/poco/http_options.hpp", "http_options"),
    Table("compatibility", "include/lark/registration/options.hpp", "options", "options."),
    Table("open-platform", "include/lark/open_platform/options.hpp", "client_options"),
    Table("performance", "transports/injected/include/lark/injected/flow_set.hpp", "flow_set_options"),
    Table("performance", "transports/poco/include/lark/poco/event_loop_options.hpp", "event_loop_options"),
)
NONE = "no literal value"
# Of a number with a unit in a cell: milliseconds or bytes.
UNITS = {"ms": 1, "毫秒": 1, "s": 1000, "秒": 1000, "minutes": 60_000, "分钟": 60_000, "KiB": 1024}
WORDS = {"on": True, "yes": True, "开": True, "是": True, "off": False, "no": False, "关": False, "否": False}
IN_MILLISECONDS = {"std::chrono::milliseconds": 1, "std::chrono::seconds": 1000}


def number(text):
    return float(text.replace("'", "").replace(",", "").rstrip("uz"))


def literal(type_, text):
    """The value of a member's initialiser."""
    if not text:
        return NONE
    if text in ("true", "false"):
        return text == "true"
    if text.startswith('"'):
        return text.strip('"')
    if re.fullmatch(r"[\d'.*\s]+", text):
        product = 1.0
        for factor in text.split("*"):
            product *= number(factor.strip())
        return product * IN_MILLISECONDS.get(type_, 1)
    return text.rsplit("::", 1)[-1]  # an enumerator


def members(path, struct):
    code = re.sub(r" *(?<!:)//.*", "", path.read_text(encoding="utf-8"))
    body = re.search(rf"^struct {struct} \{{\n(.*?)^\}};", code, re.M | re.S)
    if body is None:
        raise ValueError(f"{path}: no struct {struct}")
    found = re.findall(r"^    ([\w:<>&(), ]+?) (\w+)(?: = (.+?)|\{(.*?)\});$", body[1], re.M)
    if len(found) != body[1].count(";"):
        raise ValueError(f"{path}: {struct} has {body[1].count(';')} members, {len(found)} of them with a default that can be read")
    return {name: literal(type_, assigned or braced) for type_, name, assigned, braced in found}


def stated(text):
    """The value that a cell, or a part of it, states."""
    text = re.sub(r"^(ours: |本库：)", "", text.strip())
    if text in WORDS:
        return WORDS[text]
    if measure := re.fullmatch(r"([\d.,]+)(?: (\w+))?", text):
        if measure[2] is None or measure[2] in UNITS:
            return number(measure[1]) * UNITS.get(measure[2], 1)
    code = re.fullmatch(r"`([^`<>]+)`", text)
    return literal("", code[1]) if code and not code[1].isupper() else NONE


def cells(row):
    return [cell.strip() for cell in re.sub(r"^\||\|$", "", row.strip()).split("|")]


def tables(path):
    """Each table with a column for defaults, as rows of (line, code spans of the names, cell of the default)."""
    found, columns = [], None
    for line, text in markdown.read(path).prose:
        if not text.startswith("|"):
            columns = None
        elif columns is None:
            head = cells(text)
            default = next((i for i, cell in enumerate(head) if re.match("default|默认", cell)), -1)
            names = next((i for i, cell in enumerate(head) if cell in ("ours", "本库")), 0)
            columns = (names, default)
            found += [[]] if default >= 0 else []
        elif columns[1] >= 0 and not text.startswith("|--"):
            row = cells(text)
            found[-1].append((line, re.findall(r"`([^`]+)`", row[columns[0]]), row[columns[1]]))
    return found


def check(root, path, wanted):
    declared = members(root / wanted.header, wanted.struct)
    of = {wanted.prefix + name: name for name in declared}
    table = max(tables(path), key=lambda t: sum(name in of for _, names, _ in t for name in names), default=[])
    seen = set()
    for line, names, default in table:
        names = [of[name] for name in (name.split("->")[0] for name in names) if name in of]
        parts = re.split(r"[,，、](?!\d{3}) ?", default)
        if len(parts) != len(names):
            parts = [default] * len(names)
        for name, part in zip(names, parts):
            seen.add(name)
            if stated(part) != declared[name]:
                yield f"{path.name}:{line}: {name} is {part} here, {declared[name]} in {wanted.header}"
    for name in declared.keys() - seen:
        yield f"{path.name}: the table of {wanted.struct} lacks {name}"


def main():
    root, faults = pathlib.Path(sys.argv[1]), []
    for wanted in TABLES:
        for suffix in (".md", ".zh.md"):
            faults += check(root, root / "docs" / (wanted.guide + suffix), wanted)
    print("\n".join(faults) if faults else f"{2 * len(TABLES)} tables agree with the headers")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
