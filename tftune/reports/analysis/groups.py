"""Which searches can be laid over each other, and what they are called there.

Example:
    >>> from tftune.journal.state import SearchState
    >>> def run(name, task):
    ...     header = {"task": task, "objective": {"name": "val_auc", "direction": "max"}}
    ...     return RunData(name, SearchState(header=header), [])
    >>> runs = [run("a", "beans"), run("b", "hemolysis"), run("c", "beans")]
    >>> [[each.name for each in group] for group in comparable(runs)]
    [['a', 'c'], ['b']]
"""

from __future__ import annotations

from collections.abc import Sequence

from tftune.reports.analysis.words import name_of
from tftune.reports.run_data import RunData


def comparable(runs: Sequence[RunData]) -> list[list[RunData]]:
    """Returns the searches in groups of one task and one objective, the first search first: the
    scores of other ones mean something else.
    """
    groups: dict[tuple[str, str, str], list[RunData]] = {}
    for run in runs:
        task = str(run.state.header.get("task"))
        groups.setdefault((task, run.state.objective, run.state.direction), []).append(run)
    return list(groups.values())


def colour_of(run: RunData, runs: Sequence[RunData]) -> str:
    """Returns the colour of a search among those that are shown together."""
    return f"run-{_place(run, runs) % 8}"


def suffix(run: RunData, runs: Sequence[RunData]) -> str:
    """Returns what tells the name of a search's chart from that of the first search."""
    place = _place(run, runs)
    return f"-{place + 1}" if place else ""


def _place(run: RunData, runs: Sequence[RunData]) -> int:
    return next(number for number, each in enumerate(runs) if each is run)


def prefix(run: RunData, runs: Sequence[RunData]) -> str:
    """Returns the beginning of a sentence about one of several searches, or nothing."""
    return f"{name_of(run.name)}: " if len(runs) > 1 else ""


def titled(title: str, group: Sequence[RunData], runs: Sequence[RunData]) -> str:
    """Returns the title of a chart that shows a group of the searches."""
    if len(group) == len(runs):
        return title
    names = ", ".join(name_of(run.name) for run in group[:4])
    more = f" and {len(group) - 4} more" if len(group) > 4 else ""
    return f"{title}: {names}{more}"


def caveats(runs: Sequence[RunData]) -> list[str]:
    """Returns what must be said where searches that are laid over each other are not for the same:
    rows of their own make scores differ by chance.
    """
    told = []
    for group in comparable(runs):
        prints = {
            str((run.state.header.get("data") or {}).get("fingerprint") or run.name)
            for run in group
        }
        if len(prints) > 1:
            names = ", ".join(name_of(run.name) for run in group[:4])
            told.append(
                f"{names}{' and others' if len(group) > 4 else ''} were not all scored on the same "
                "rows, so small differences between them may be those of the rows."
            )
    return told


def nothing_ended(runs: Sequence[RunData]) -> str:
    """Returns why there is nothing to draw where no trial has a score."""
    if any(sum(run.state.counts().values()) for run in runs):
        return "No trial has a score: all that have ended failed."
    return "No trial has ended yet."
