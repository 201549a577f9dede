# SPDX-License-Identifier: MIT
"""A terminal of our own, as far as lark-register needs one: what stands on the screen after some output."""

import re
import unicodedata

UNFINISHED = re.compile(r"\x1b(\[[0-9;]*)?\Z")
TOKEN = re.compile(r"\x1b\[([0-9;]*)([A-Za-z])|(.)", re.DOTALL)


def width(char):
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


class Screen:
    def __init__(self, columns, lines):
        self.columns, self.lines = columns, lines
        self.rows = [[]]  # with all that has scrolled away
        self.row = self.column = 0
        self.colours = set()
        self.unfinished = ""

    def feed(self, text):
        text = self.unfinished + text
        found = UNFINISHED.search(text)
        self.unfinished = found[0] if found else ""
        for token in TOKEN.finditer(text[:len(text) - len(self.unfinished)]):
            argument, command, char = token.groups()
            if command == "A":
                self.row = max(self.top(), self.row - int(argument or 1))
            elif command == "J":
                assert argument in ("", "0")
                del self.rows[self.row][self.column:]
                for row in self.rows[self.row + 1:]:
                    row.clear()
            elif command == "K":
                assert argument in ("", "0")
                del self.rows[self.row][self.column:]
            elif command == "m":
                self.colours.add(argument)
            elif command:
                raise AssertionError(f"a sequence that this terminal does not know: {token[0]!r}")
            elif char == "\r":
                self.column = 0
            elif char == "\n":  # after the terminal's own driver has put a carriage return before it
                self.go_down()
            elif char == "\x1b" or ord(char) < 32:
                raise AssertionError(f"a control character that this terminal does not know: {char!r}")
            else:
                self.put(char)

    def go_down(self):
        self.row += 1
        if self.row == len(self.rows):
            self.rows.append([])

    def put(self, char):
        if self.column + width(char) > self.columns:
            self.column = 0
            self.go_down()
        row = self.rows[self.row]
        row.extend(" " * (self.column - len(row)))
        row[self.column:self.column + width(char)] = [char] + [""] * (width(char) - 1)
        self.column += width(char)

    def top(self):
        """What stands above this row has scrolled away."""
        return max(0, len(self.rows) - self.lines)

    def text(self, first=0):
        return "\n".join("".join(row).rstrip() for row in self.rows[first:]).rstrip("\n")

    def visible(self):
        return self.text(self.top())
