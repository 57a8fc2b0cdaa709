"""A terminal to draw on: what a person would see of the bytes that a program writes.

Most terminals break their rows anew when they are made narrower or wider, and move the cursor along
with its text; xterm and the Linux console cut rows off instead. Both kinds are here.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|\x1b(.)|(.)", re.S)


class Row(list):
    """Characters of a row; `goes_on` if the next row is of the same line."""

    goes_on = False


class Terminal:
    """Understands what a live view writes, and counts what it does not understand.

    Args:
        columns: Width.
        height: Rows on the screen; those above stay in `rows`.
        reflows: Whether rows are broken anew when the width changes.
    """

    def __init__(self, columns: int = 80, height: int = 24, reflows: bool = True) -> None:
        self.columns, self.height, self.reflows = columns, height, reflows
        self.rows = [Row()]
        self.row = self.column = 0
        self.wraps = self.cursor = True
        self.unknown: list[str] = []
        self._rest = ""

    def isatty(self) -> bool:
        return True

    def flush(self) -> None:
        pass

    def write(self, text: str) -> int:
        text = (self._rest + text).replace("\r\n", "\n").replace("\n", "\r\n")
        cut = text.rfind("\x1b", max(0, len(text) - 12))
        whole = cut < 0 or re.match(r"\x1b(\[[0-9;?]*[A-Za-z]|[^\[])", text[cut:])
        text, self._rest = (text, "") if whole else (text[:cut], text[cut:])
        for parameters, command, other, character in _TOKEN.findall(text):
            if command:
                self._control(parameters, command)
            elif other:
                self.unknown.append("\x1b" + other)
            else:
                self._put(character)
        return len(text)

    @property
    def shown(self) -> list[str]:
        """All rows as text, those that have scrolled away among them, but no empty ones."""
        texts = ["".join(row).rstrip() for row in self.rows]
        return [text for text in texts if text]

    @property
    def lines(self) -> list[str]:
        """The same with broken lines joined, as a person copies them."""
        joined, begun = [], ""
        for row in self.rows:
            begun += "".join(row)
            if not row.goes_on:
                joined, begun = [*joined, begun.rstrip()], ""
        return [line for line in joined if line]

    def resize(self, columns: int) -> None:
        if not self.reflows:
            for row in self.rows:
                del row[columns:]
            self.columns, self.column = columns, min(self.column, columns - 1)
            return
        rows, at, offset = [], (0, 0), 0
        line: list[str] = []
        for number, row in enumerate(self.rows):
            if number == self.row:
                offset, has_cursor = len(line) + self.column, True
            line += row
            if row.goes_on:
                continue
            pieces = [Row(line[start : start + columns]) for start in range(0, len(line), columns)]
            pieces = pieces or [Row()]
            for piece in pieces[:-1]:
                piece.goes_on = True
            if number >= self.row and has_cursor:
                at, has_cursor = (len(rows) + offset // columns, offset % columns), False
            rows, line = rows + pieces, []
        self.rows, (self.row, self.column), self.columns = rows, at, columns
        while self.row >= len(self.rows):
            self.rows.append(Row())
        top = max(len(self.rows) - self.height, 0)
        if self.row < top:  # the cursor stays on the screen; what is above it cannot be reached
            self.row, self.column = top, 0

    def _put(self, character: str) -> None:
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self.rows[self.row].goes_on = False
            self._down()
        elif character < " " or character == "\x7f":
            self.unknown.append(character)
        else:
            if self.column >= self.columns:
                if self.wraps:
                    self.rows[self.row].goes_on = True
                    self._down()
                    self.column = 0
                else:
                    self.column = self.columns - 1
            row = self.rows[self.row]
            row.extend(" " * (self.column + 1 - len(row)))
            row[self.column] = character
            self.column += 1

    def _down(self) -> None:
        self.row += 1
        if self.row == len(self.rows):
            self.rows.append(Row())

    def _control(self, parameters: str, command: str) -> None:
        number = int(parameters) if parameters.isdigit() else 1
        row = self.rows[self.row]
        if command == "A":
            top = max(len(self.rows) - self.height, 0)
            self.row = max(self.row - number, top)
        elif command == "K":
            start = 0 if parameters in ("1", "2") else min(self.column, self.columns - 1)
            del row[start:]
            row.goes_on = False
        elif command == "J" and parameters in ("", "0"):
            del row[self.column :]
            row.goes_on = False
            del self.rows[self.row + 1 :]
        elif parameters in ("?7", "?25"):
            setattr(self, "wraps" if parameters == "?7" else "cursor", command == "h")
        elif command != "m":
            self.unknown.append(f"{parameters}{command}")
