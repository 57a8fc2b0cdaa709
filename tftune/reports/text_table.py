"""A table of texts on a stream: with rich on a terminal, as plain aligned text elsewhere.

On a terminal that is too narrow the columns that matter least are left out, and it is said.

Example:
    >>> columns = (Column("run", left=True), Column("best"), Column("size", drop=1))
    >>> print(aligned_table(columns, [("beans", "0.97", "2 MB"), ("b", "1", "120 kB")]))
    run    best    size
    beans  0.97    2 MB
    b         1  120 kB
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TextIO

NARROWEST = 20  # columns
_SPACE = 2  # between two columns


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        name: Its heading.
        left: Whether it is text, which stands on the left.
        drop: 0 stays; of the others the highest goes first where there is no room.
    """

    name: str
    left: bool = False
    drop: int = 0


Rows = Sequence[Sequence[str]]


def aligned_table(columns: Sequence[Column], rows: Rows) -> str:
    """Returns the table as aligned text without colours, borders or a limit of width."""
    from rich.cells import cell_len

    widths = _widths(columns, rows)
    lines = []
    for row in [[column.name for column in columns], *rows]:
        cells = []
        for cell, width, column in zip(row, widths, columns, strict=True):
            space = " " * (width - cell_len(cell))
            cells.append(cell + space if column.left else space + cell)
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def print_table(
    columns: Sequence[Column], rows: Rows, title: str = "", stream: TextIO | None = None
) -> None:
    """Prints a table.

    Args:
        columns: Its columns.
        rows: Cells of one line each, fit for a terminal.
        title: A line above it, on a terminal only.
        stream: Where to; stdout by default.
    """
    from rich.console import Console

    stream = sys.stdout if stream is None else stream
    console = Console(file=stream, highlight=False)
    if not console.is_terminal or console.is_dumb_terminal:
        stream.write(aligned_table(columns, rows) + "\n")
        return
    kept = _kept(columns, rows, max(console.width, NARROWEST))
    left_out = [column.name for column in columns if column not in kept]
    console.print(_rich_table(kept, [_of(row, columns, kept) for row in rows], title))
    if left_out:
        console.print(f"(no room for {', '.join(left_out)})", style="dim", markup=False)


def _kept(columns: Sequence[Column], rows: Rows, width: int) -> list[Column]:
    """Returns the columns for which there is room; all that may not go are among them."""
    widths = dict(zip(columns, _widths(columns, rows), strict=True))
    kept = list(columns)
    while sum(widths[column] + _SPACE for column in kept) - _SPACE > width:
        droppable = [column for column in kept if column.drop]
        if not droppable:
            break
        kept.remove(max(droppable, key=lambda column: column.drop))
    return kept


def _widths(columns: Sequence[Column], rows: Rows) -> list[int]:
    from rich.cells import cell_len

    table = [[column.name for column in columns], *rows]
    return [max(cell_len(row[place]) for row in table) for place in range(len(columns))]


def _of(row: Sequence[str], columns: Sequence[Column], kept: Sequence[Column]) -> list[str]:
    return [cell for cell, column in zip(row, columns, strict=True) if column in kept]


def _rich_table(columns: Sequence[Column], rows: Rows, title: str) -> Any:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(
        title=Text(title) if title else None,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    for column in columns:
        table.add_column(
            Text(column.name), justify="left" if column.left else "right", overflow="fold"
        )
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table
