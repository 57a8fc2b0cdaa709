"""Figures of a search: `tftune.plots`, one function for each view of the report that has charts.

What is drawn is told by its path, by what `tftune.load_run` returns, or by the tuner itself; a list
lays several searches over each other. A figure is Matplotlib's: a notebook shows it by itself,
`figure.savefig("best.pdf")` keeps it, and `figure.axes` can be changed.

Example:
    >>> from tftune import plots
    >>> plots.best_so_far("runs/nowhere")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    tftune.errors.RunFolderError: runs/nowhere is not a run folder: it has no journal.jsonl...
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tftune.errors import UsageError
from tftune.journal.run_folder import RunFolder
from tftune.reports.run_data import RunData, read_run
from tftune.reports.views import VIEWS
from tftune.reports.views.view import View
from tftune.support.texts import shown

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "best_so_far",
    "confirmation",
    "finish",
    "contour",
    "diagnosis",
    "importance",
    "learning_curves",
    "nested",
    "parallel_coordinates",
    "partial_dependence",
    "predictions",
    "references",
    "scores",
    "slices",
    "test_split",
    "timeline",
]


def best_so_far(runs: Any) -> Figure:
    """Returns the best score so far, by trials and by seconds.

    Args:
        runs: A run folder, what `tftune.load_run` returns, a tuner, or a list of them.

    Raises:
        UsageError: If `runs` is nothing of that, if there is nothing to draw, or if Matplotlib is
            not installed.
    """
    return figure_of_view("best-so-far", runs)


def references(runs: Any) -> Figure:
    """Returns the network beside simple models on the same splits, with intervals.

    Args:
        runs: As for `best_so_far`.
    """
    return figure_of_view("references", runs)


def learning_curves(runs: Any) -> Figure:
    """Returns the curve of each trial, coloured by what became of it.

    Args:
        runs: As for `best_so_far`.
    """
    return figure_of_view("learning-curves", runs)


def diagnosis(runs: Any, trial_id: str | None = None, target: float | None = None) -> Figure:
    """Returns training beside validation of a trial, and its learning curve over growing training
    sets where one was measured: high bias or high variance.

    Args:
        runs: As for `best_so_far`.
        trial_id: Of the trial; the best one by default.
        target: What the objective's measure can reach.
    """
    return figure_of_view("diagnosis", runs, trial_id=trial_id, target=target)


def parallel_coordinates(runs: Any) -> Figure:
    """Returns an axis a knob and a line a trial, the best ones dark.

    Args:
        runs: As for `best_so_far`.
    """
    return figure_of_view("parallel-coordinates", runs)


def importance(runs: Any) -> Figure:
    """Returns how much each knob mattered, with intervals.

    Args:
        runs: As for `best_so_far`.
    """
    return figure_of_view("importance", runs)


def slices(runs: Any) -> Figure:
    """Returns the score against each knob.

    Args:
        runs: As for `best_so_far`.
    """
    return figure_of_view("slices", runs)


def contour(runs: Any) -> Figure:
    """Returns the score over the two most important knobs.

    Args:
        runs: As for `best_so_far`.
    """
    return figure_of_view("contour", runs)


def partial_dependence(runs: Any) -> Figure:
    """Returns the effect of each knob alone, with its uncertainty.

    Args:
        runs: As for `best_so_far`.
    """
    return figure_of_view("partial-dependence", runs)


def scores(runs: Any) -> Figure:
    """Returns rank and distribution of the scores.

    Args:
        runs: As for `best_so_far`.
    """
    return figure_of_view("scores", runs)


def confirmation(runs: Any) -> Figure:
    """Returns the race that confirmed the winner: scores in the search, and on fresh seeds.

    Args:
        runs: As for `best_so_far`.
    """
    return figure_of_view("confirmation", runs)


def nested(runs: Any) -> Figure:
    """Returns what the winner of each outer fold scored in validation, and is worth on the fold.

    Args:
        runs: As for `best_so_far`.
    """
    return figure_of_view("nested", runs)


def finish(runs: Any) -> Figure:
    """Returns what each step after the search was worth, with its interval.

    Args:
        runs: As for `best_so_far`.
    """
    return figure_of_view("finish", runs)


def timeline(runs: Any) -> Figure:
    """Returns what each worker did when, and where the time went.

    Args:
        runs: As for `best_so_far`.
    """
    return figure_of_view("timeline", runs)


def predictions(runs: Any) -> Figure:
    """Returns what the search method predicted against what came.

    Args:
        runs: As for `best_so_far`.
    """
    return figure_of_view("predictions", runs)


def test_split(runs: Any) -> Figure:
    """Returns what the best model got right and wrong on the test split.

    Args:
        runs: As for `best_so_far`.
    """
    return figure_of_view("test-split", runs)


test_split.__test__ = False  # type: ignore[attr-defined]  # no test, whatever its name


def figure_of_view(name: str, runs: Any, **options: Any) -> Figure:
    """Returns the charts of a view as one figure.

    Args:
        name: Of the view, in `tftune.reports.views.VIEWS`.
        runs: As for `best_so_far`.
        **options: Further arguments of the view.

    Raises:
        UsageError: If there is no such view, if `runs` is nothing of that, if there is nothing to
            draw, or if Matplotlib is not installed.
    """
    read = read_all(runs)
    try:
        from tftune.reports.charts.matplotlib_figure import figure_of_all
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "matplotlib":
            raise
        raise UsageError(
            "Plots need Matplotlib, which is not installed. Install it: pip install 'tftune[plots]'"
        ) from error
    view: View = VIEWS[name](read, **options)
    if not view.charts:
        names = ", ".join(run.name for run in read)
        raise UsageError(
            f"There is nothing to draw of {names} for {name!r}: "
            f"{view.why_not or 'this view has no charts; the report shows its tables.'}"
        )
    return figure_of_all(view.charts, view.title if len(view.charts) > 1 else "")


def read_all(runs: Any) -> list[RunData]:
    """Returns the data of one or several searches, each with a name of its own.

    Args:
        runs: As for `best_so_far`; also `RunData`, as views take it.

    Raises:
        UsageError: If it is nothing of that.
        RunFolderError: If there is no search in a folder, or its journal is damaged.
    """
    several = isinstance(runs, Iterable) and not isinstance(runs, str | bytes)
    listed = list(runs) if several else [runs]
    if not listed:
        raise UsageError("There is no run to draw. Expected a run folder, or a list with one.")
    read = [_read(each) for each in listed]
    counts = Counter(run.name for run in read)
    return [
        replace(run, name=_longer_name(run, number)) if counts[run.name] > 1 else run
        for number, run in enumerate(read, 1)
    ]


def _read(run: Any) -> RunData:
    if isinstance(run, RunData):
        return run
    folder = getattr(run, "folder", run)  # of a Run or a tuner
    if isinstance(folder, str | os.PathLike):
        folder = RunFolder(folder)
    if not isinstance(folder, RunFolder):
        raise UsageError(
            "Expected a run folder, what tftune.load_run returns, a tuner of tftune, or a list of "
            f"them. Received: {shown(run)} of type {type(run).__name__}. Pass for example "
            '"runs/search".'
        )
    return read_run(folder)


def _longer_name(run: RunData, number: int) -> str:
    """A name for a run whose folder is called like another's: with its parent, or its number."""
    parent = run.folder.path.absolute().parent.name if run.folder else ""
    return f"{parent}/{run.name} ({number})" if parent else f"{run.name} ({number})"
