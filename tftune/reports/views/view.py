"""`View`: what one section of a report shows, before it is drawn.

Example:
    >>> view = View("slices", "Slices", "Each point is a trial.", why_not="No trial has completed.")
    >>> view.can_be_drawn
    False
"""

from __future__ import annotations

from dataclasses import dataclass

from tftune.reports.charts.chart import AnyChart


@dataclass(frozen=True)
class Table:
    """A table of texts.

    Attributes:
        header: Names of the columns.
        rows: Cells as a person reads them.
        numbers: The columns, counted from 0, that are numbers: they stand on the right and are
            sorted as such.
        keys: The trial of each row, or nothing.
        title: A few words above it.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()
    keys: tuple[str, ...] = ()
    title: str = ""


@dataclass(frozen=True)
class Picture:
    """A small picture.

    Attributes:
        png: The bytes of a PNG file.
        caption: What it shows, plain text of any number of characters.
    """

    png: bytes
    caption: str


@dataclass(frozen=True)
class View:
    """One section of a report.

    Attributes:
        name: A word for an anchor, such as `best-so-far`.
        title: Its heading.
        how_to_read: One sentence.
        sentences: What is found, in words; plain text.
        charts: Drawn in order.
        tables: Shown in order, after the charts.
        pictures: Shown in order, after the tables.
        facts: Pairs of a name and what it is worth, for cards.
        why_not: Why there is nothing to draw, in one sentence; "" where there is something.
    """

    name: str
    title: str
    how_to_read: str
    sentences: tuple[str, ...] = ()
    charts: tuple[AnyChart, ...] = ()
    tables: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    why_not: str = ""

    @property
    def can_be_drawn(self) -> bool:
        """Whether there is anything to show."""
        return not self.why_not
