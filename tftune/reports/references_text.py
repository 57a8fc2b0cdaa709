"""The reference models of a search as a terminal shows them."""

from __future__ import annotations

from tftune.journal.state import SearchState
from tftune.reports.analysis.references import ReferenceTable, notes_of, tables_of
from tftune.reports.evaluation_text import with_interval
from tftune.reports.text_table import Column, aligned_table
from tftune.support.texts import one_line

_WIDEST = 30  # characters of a name
_MOST_MEASURES = 3
_LONGEST_NOTE = 300


def references_text(state: SearchState, every: bool = False) -> str:
    """Returns what the reference models are worth beside the network, or "".

    Args:
        state: Of the search.
        every: Whether all splits are shown; else the test split, or that of validation.
    """
    tables = tables_of(state)
    parts = [table_text(table) for table in (tables if every else tables[:1])]
    if not parts:
        parts = [one_line(note, _LONGEST_NOTE) for note in notes_of(state)[:1]]
    return "\n\n".join(parts)


def table_text(table: ReferenceTable) -> str:
    """Returns one table with its verdict and its notes."""
    shown = table.measures[:_MOST_MEASURES]
    columns = [Column("", left=True)]
    columns += [Column(table.name_of(name), left=True) for name in shown]
    rows = [
        [_name(row.name, row.is_best), *(with_interval(row.metrics.get(name)) for name in shown)]
        for row in table.rows
    ]
    lines = [
        f"What the network must beat, {table.split} split ({table.of}; 95 % intervals; *: "
        "the best reference in validation)",
        "  " + aligned_table(columns, rows).replace("\n", "\n  "),
    ]
    lines += [f"  {table.verdict}"] if table.verdict else []
    lines += [f"  {one_line(note, _LONGEST_NOTE)}" for note in table.notes]
    return "\n".join(lines)


def _name(name: str, best: bool) -> str:
    return one_line(name, _WIDEST) + (" *" if best else "")
