"""A table is aligned text, or as many columns as a terminal has room for."""

from __future__ import annotations

import io

import pytest

from tftune.reports.text_table import Column, aligned_table, print_table

COLUMNS = (Column("run", left=True), Column("task", left=True, drop=2), Column("best", drop=1))
ROWS = [("one", "a task", "0.5"), ("\u4e8c", "b", "10")]


def test_wide_characters_are_counted_as_they_are_drawn() -> None:
    assert aligned_table(COLUMNS, ROWS).splitlines() == [
        "run  task    best",
        "one  a task   0.5",
        "\u4e8c   b         10",
    ]
    assert aligned_table(COLUMNS, []) == "run  task  best"


def test_elsewhere_it_is_plain_text() -> None:
    stream = io.StringIO()
    print_table(COLUMNS, ROWS, "title", stream)
    assert stream.getvalue() == aligned_table(COLUMNS, ROWS) + "\n"


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("width", "left_out"), [(80, ""), (22, ""), (20, "task")], ids=["wide", "enough", "narrow"]
)
def test_a_terminal_gets_what_there_is_room_for(
    monkeypatch: pytest.MonkeyPatch, width: int, left_out: str
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.setenv("COLUMNS", str(width))
    stream = Terminal()
    print_table(COLUMNS, [*ROWS, ("[bold]x", "c", "1")], "[red]title", stream)
    text = stream.getvalue()
    assert "[red]title" in text and "[bold]x" in text
    assert ("no room for task" in text) == bool(left_out)
    lines = text.replace("\x1b[1m", "").replace("\x1b[0m", "").replace("\x1b[2m", "").splitlines()
    assert all(len(line) <= width for line in lines[:-1])
