#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws terminal.svg and terminal.zh.svg: what lark-register shows against its sandbox.

Usage: make_terminal.py PROGRAM
"""

import sys
from html import escape
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests/tools"))

import program  # noqa: E402  (takes PROGRAM off the arguments)
from screen import Screen, width  # noqa: E402

CELL, LINE, MARGIN = 9, 18, 18
QR_COLOURS = "38;5;16;48;5;231"


class Painted(Screen):
    """A screen that remembers how each cell was drawn."""

    def __init__(self, columns, lines):
        super().__init__(columns, lines)
        self.style, self.cells = "0", {}

    def put(self, char):
        super().put(char)
        self.cells[self.row, self.column - width(char)] = (char, self.style)

    def feed(self, text):
        # One token at a time, so that a style is known when the characters after it are put.
        for part in text.replace("\x1b", "\0\x1b").split("\0"):
            head, found, rest = part.partition("m") if part.startswith("\x1b[") else ("", "", part)
            if found and set(head[2:]) <= set("0123456789;"):
                super().feed(head + "m")
                self.style = head[2:] or "0"
                super().feed(rest)
            else:
                super().feed(part)


def svg(screen):
    rows = screen.text().split("\n")
    pixels = screen.columns * CELL + 2 * MARGIN, len(rows) * LINE + 2 * MARGIN
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{pixels[0]}" height="{pixels[1]}" '
           f'viewBox="0 0 {pixels[0]} {pixels[1]}" font-family="DejaVu Sans Mono, Menlo, Consolas, Noto Sans Mono CJK SC, monospace" '
           f'font-size="15">',
           '<rect width="100%" height="100%" rx="10" fill="#1d2330"/>']
    light, dark = [], []
    for (row, column), (char, style) in sorted(screen.cells.items()):
        if style != QR_COLOURS or row >= len(rows):
            continue
        x, y = MARGIN + column * CELL, MARGIN + row * LINE
        light.append(f"M{x} {y}h{CELL}v{LINE}h-{CELL}z")
        if char in "▀█":
            dark.append(f"M{x} {y}h{CELL}v{LINE // 2}h-{CELL}z")
        if char in "▄█":
            dark.append(f"M{x} {y + LINE // 2}h{CELL}v{LINE // 2}h-{CELL}z")
    out.append(f'<g shape-rendering="crispEdges"><path fill="#fff" d="{"".join(light)}"/><path d="{"".join(dark)}"/></g>')
    out.append('<g fill="#d7dce5">')
    for number, row in enumerate(rows):
        style = screen.cells.get((number, 0), ("", "0"))[1]
        if not row.strip() or style == QR_COLOURS:
            continue
        bold = ' font-weight="bold" fill="#fff"' if style == "1" else ""
        out.append(f'<text x="{MARGIN}" y="{MARGIN + number * LINE + 14}"{bold} xml:space="preserve">{escape(row)}</text>')
    return "\n".join(out + ["</g>", "</svg>", ""])


def main():
    for name, language in (("terminal.svg", "en"), ("terminal.zh.svg", "zh")):
        on = program.OnTerminal("--sandbox", "--sandbox-port", "8080", "--source", "my-tool", "--lang", language, columns=96, lines=50)
        on.screen = Painted(96, 50)
        on.wait_for("9:58")
        (HERE / name).write_text(svg(on.screen), encoding="utf-8")
        on.process.terminate()
        on.finish()


if __name__ == "__main__":
    main()
