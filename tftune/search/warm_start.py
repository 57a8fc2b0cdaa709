"""Results of earlier runs for a new search of the same space: read from their journals, checked,
and handed to the search method.

What is taken: every trial that completed, was stopped or failed, and its seconds. Of runs that give
trials different numbers of epochs, as Hyperband does, only trials of the largest number count:
scores of shorter trainings would mislead. Another objective or space is refused. Other data, or
other epochs, are told in a warning: learning from a related task is what a warm start is for.
"""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tftune.errors import RunFolderError, UsageError
from tftune.journal import journal
from tftune.journal.records import Record
from tftune.journal.run_folder import RunFolder
from tftune.journal.state import SearchState, TrialRecord
from tftune.journal.status import TrialStatus
from tftune.space.knob import public_values


@dataclass(frozen=True)
class EarlierRun:
    """One run folder.

    Attributes:
        path: Where it is.
        header: The first record of its journal.
        results: Mappings with values, score, status and seconds, in the order in which the trials
            started.
    """

    path: Path
    header: Record
    results: tuple[dict[str, Any], ...]


def read_runs(paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> list[EarlierRun]:
    """Reads run folders; one that is being written to gives what it has so far.

    Args:
        paths: One folder or several.

    Raises:
        RunFolderError: If one is no run folder, holds no trial that can be used, or its journal is
            damaged.
    """
    if isinstance(paths, str | os.PathLike):
        paths = [paths]
    return [_read(Path(path)) for path in dict.fromkeys(Path(path) for path in paths)]


def _read(path: Path) -> EarlierRun:
    folder = RunFolder(path)
    if not folder.exists():
        raise RunFolderError(
            f"{path} is not a run folder: it has no {folder.journal.name}. Expected the folder of "
            "an earlier run to start from, "
            "such as runs/beans-random. Correct the path. A search that is resumed needs no such "
            "folder: its own journal holds the results."
        )
    state = SearchState().apply_all(journal.read(folder.journal)[0])
    results = tuple(_result(trial) for trial in _whole(state) if trial.status.has_ended)
    if not results:
        raise RunFolderError(
            f"No trial has ended in {path}, so there is nothing to start from. Expected a run with "
            "results. Leave the folder out."
        )
    return EarlierRun(path, state.header, results)


def _whole(state: SearchState) -> list[TrialRecord]:
    """Returns the trials that were given the largest number of epochs."""
    trials = list(state.trials.values())
    most = max((trial.last_epoch or 0 for trial in trials), default=0)
    return [trial for trial in trials if (trial.last_epoch or 0) == most]


def _result(trial: TrialRecord) -> dict[str, Any]:
    good = trial.status.has_score and trial.score is not None and math.isfinite(trial.score)
    return {
        "values": public_values(trial.values),
        "score": trial.score if good else None,
        "status": (trial.status if good else TrialStatus.FAILED).value,
        "seconds": trial.seconds,
    }


def all_results(runs: Iterable[EarlierRun]) -> list[dict[str, Any]]:
    """Returns the results of all runs, one run after the other."""
    return [result for run in runs for result in run.results]


def check_objective(runs: Iterable[EarlierRun], name: str, direction: str) -> None:
    """Refuses runs that searched for another objective.

    Raises:
        UsageError: With both.
    """
    for run in runs:
        was = run.header["objective"]
        if (was["name"], was["direction"]) != (name, direction):
            raise UsageError(
                f"The run in {run.path} has another objective: {was['name']} ({was['direction']}) "
                f"there, {name} ({direction}) now. Their "
                "scores cannot be compared. Start from runs with the same objective."
            )


def check_space(
    runs: Iterable[EarlierRun], difference: Callable[[Mapping[str, Any]], list[str]]
) -> None:
    """Refuses runs of another space.

    Args:
        runs: The runs.
        difference: `SearchSpace.difference` of the space of now.

    Raises:
        UsageError: With every difference.
    """
    for run in runs:
        lines = difference(run.header["space"])
        if lines:
            raise UsageError(
                f"The run in {run.path} has another space:\n  "
                + "\n  ".join(lines)
                + "\nStart from runs of the same space, fixed knobs "
                "among it."
            )


def warn_of_differences(runs: Iterable[EarlierRun], header: Mapping[str, Any]) -> None:
    """Warns where scores of earlier runs may not be comparable with those of now.

    Args:
        runs: The runs.
        header: What the journal of now says of data and training.
    """
    for run in runs:
        told = []
        was, now = ((each.get("data") or {}).get("fingerprint") for each in (run.header, header))
        if was != now:
            told.append("other data")
        was, now = ((each.get("training") or {}).get("epochs") for each in (run.header, header))
        if was != now:
            told.append(f"{was} epochs a trial instead of {now}")
        if told:
            warnings.warn(
                f"The run in {run.path} was made with {' and '.join(told)}: its scores only hint "
                "at those of this search. The best of its configurations is tried again.",
                stacklevel=3,
            )
