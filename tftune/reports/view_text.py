"""A view as plain text, for a file or a terminal: sentences, facts and tables."""

from __future__ import annotations

import textwrap

from tftune.reports.text_table import Column, aligned_table
from tftune.reports.views.view import Table, View

WIDTH = 100  # characters of a line of text; tables are as wide as they are


def text_of(view: View) -> str:
    """Returns what a view says, as plain text: sentences, then tables.

    Example:
        >>> from tftune.reports.views.view import Table, View
        >>> table = Table(("trials", "best"), (("9", "0.1"),), (0, 1), title="Found")
        >>> print(text_of(View("grid", "A grid", "Points are trials.", tables=(table,))))
        A grid
        ======
        Points are trials.
        <BLANKLINE>
        Found
        <BLANKLINE>
        trials  best
             9   0.1
    """
    head = f"{view.title}\n{'=' * len(view.title)}\n{textwrap.fill(view.how_to_read, WIDTH)}"
    sentences = [textwrap.fill(text, WIDTH) for text in (*view.sentences, view.why_not) if text]
    facts = [f"{name}: {value}" for name, value in view.facts]
    return "\n\n".join([head, *sentences, *facts, *map(_text_of_table, view.tables)])


def _text_of_table(table: Table) -> str:
    columns = [
        Column(name, left=place not in table.numbers) for place, name in enumerate(table.header)
    ]
    text = aligned_table(columns, table.rows)
    return f"{table.title}\n\n{text}" if table.title else text
