# SPDX-License-Identifier: MIT
"""Reads README and the guides as far as the tests need them: code blocks, headings, tables, links."""
import dataclasses
import re


@dataclasses.dataclass
class Block:
    line: int         # of its first line of code
    language: str     # empty if none is given
    source: str       # a file of the repository of which it is an excerpt, or empty: <!-- from FILE --> on the line before
    runs: bool        # needs nothing that a test has not, and is run: <!-- run --> on the line before
    code: str


@dataclasses.dataclass
class Document:
    path: object
    blocks: list
    headings: list    # (line, level)
    tables: list      # (line, rows, columns)
    rows: list        # (line, sorted code spans) of every row of every table
    prose: list       # (line, text) outside of blocks


def columns(row):
    """Cells of a table's row; a | in a code span or escaped is none of its borders."""
    row = re.sub(r"`[^`]*`", "", row).replace("\\|", "")
    return row.strip().strip("|").count("|") + 1


def read(path):
    document, fence, table, source, runs = Document(path, [], [], [], [], []), None, None, "", False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if fence is not None:
            if line.strip() == fence:
                fence = None
            else:
                document.blocks[-1].code += line + "\n"
            continue
        opening = re.match(r"\s*(```+)\s*(\w*)", line)
        if opening:
            fence, table = opening[1], None
            document.blocks.append(Block(number + 1, opening[2], source, runs, ""))
            source, runs = "", False
            continue
        comment = re.fullmatch(r"<!-- from (\S+) -->", line.strip())
        source = comment[1] if comment else source if not line.strip() else ""
        runs = line.strip() == "<!-- run -->" or (runs and not line.strip())
        if line.startswith("|"):
            if table is None:
                table = len(document.tables)
                document.tables.append((number, 0, columns(line)))
            document.rows.append((number, sorted(re.findall(r"`([^`]+)`", line))))
            first, rows, width = document.tables[table]
            document.tables[table] = (first, rows + 1, width)
            if columns(line) != width:
                raise ValueError(f"{path}:{number}: {columns(line)} cells in a table of {width}")
        else:
            table = None
        heading = re.match(r"(#+) ", line)
        if heading:
            document.headings.append((number, len(heading[1])))
        document.prose.append((number, line))
    if fence is not None:
        raise ValueError(f"{path}: a code block without an end")
    return document


def without_texts(code, language):
    """The code without comments, texts and spacing: what two languages' versions of a block share."""
    if language == "mermaid":
        return re.sub(r" : .*", "", code)  # the labels of arrows
    text = r'"(?:[^"\\\n]|\\.)*"'
    comment = r"//[^\n]*|/\*.*?\*/" if language == "cpp" else r"(?:(?<=\s)|^)#[^\n]*"
    code = re.sub(f"(?P<t>{text})|{comment}", lambda m: '""' if m["t"] else "", code, flags=re.S | re.M)
    return "\n".join(" ".join(line.split()) for line in code.splitlines() if line.strip())


def anchors(document):
    """The names that GitHub gives to headings."""
    names = set()
    for number, line in document.prose:
        heading = re.match(r"#+ (.*)", line)
        if heading:
            plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1]).lower()
            names.add(re.sub(r"[^\w\- ]", "", plain).strip().replace(" ", "-"))
    return names
