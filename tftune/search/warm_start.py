"""Results of earlier searches for a new one: read, checked, and handed to the search method.

They are run folders, or what another tool left: an Optuna storage, a KerasTuner project, a table.

What is taken of a run folder: every trial that completed, was stopped or failed, and its seconds.
Of runs that give trials different numbers of epochs, as Hyperband does, only trials of the largest
number count: scores of shorter trainings would mislead. Another objective or space is refused.
Other data, or other epochs, are told in a warning: learning from a related task is what a warm
start is for. The trials of another tool need not have the same space:
`tftune.search.foreign.fitting` says what is taken of them.
"""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tftune.errors import RunFolderError, UsageError
from tftune.journal.readable import read_checked
from tftune.journal.records import Record
from tftune.journal.run_folder import RunFolder
from tftune.journal.state import SearchState, TrialRecord
from tftune.journal.status import TrialStatus
from tftune.search.foreign.fitting import fit_source, warning_of
from tftune.search.foreign.foreign_trials import Asked, ForeignTrials
from tftune.search.foreign.reading import is_foreign, read_foreign
from tftune.space.knob import public_values
from tftune.support.texts import quoted

if TYPE_CHECKING:
    from tftune.oracles.core.oracle import Oracle
    from tftune.search.plan import SearchPlan


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


Earlier = EarlierRun | ForeignTrials


def read_runs(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]], objective: str | None = None
) -> list[Earlier]:
    """Reads what earlier searches left; a run that is being written to gives what it has so far.

    Args:
        paths: One run folder or several, or what another tool left; see
            `tftune.search.foreign.reading.read_foreign`.
        objective: Of the search that is to learn; a table may have a column of this name.

    Raises:
        RunFolderError: If one is no run folder, holds no trial that can be used, or its journal is
            damaged.
        UsageError: If what another tool left cannot be read.
    """
    if isinstance(paths, str | os.PathLike):
        paths = [paths]
    places = (path if "://" in os.fspath(path) else Path(path) for path in paths)
    return [
        read_foreign(place, Asked(objective)) if is_foreign(place) else _read(Path(place))
        for place in dict.fromkeys(places)
    ]


def _read(path: Path) -> EarlierRun:
    folder = RunFolder(path)
    if not folder.exists():
        lacks = f"it has no {folder.journal.name}" if path.exists() else "there is no such path"
        raise RunFolderError(
            f"{path} is not a run folder: {lacks}. Expected the folder of "
            "an earlier run to start from, such as runs/beans-random, or what another tool left: "
            "an Optuna storage, a KerasTuner project folder, a CSV of trials. Correct the path. A "
            "search that is resumed needs no such folder: its own journal holds the results."
        )
    state = read_checked(folder)[1]
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


def known_header(runs: Iterable[Earlier]) -> Record | None:
    """Returns the header of the first run folder, whose space is that of the search, or None."""
    return next((run.header for run in runs if isinstance(run, EarlierRun)), None)


def all_results(runs: Iterable[Earlier]) -> list[dict[str, Any]]:
    """Returns the results of all runs, one run after the other; of another tool's those that were
    made to fit, see `joined`.
    """
    return [result for run in runs for result in run.results]


def joined(
    plan: SearchPlan, oracle: Oracle[Any], recorded: Record
) -> tuple[SearchPlan, Oracle[Any]]:
    """Checks the space of earlier runs, and makes the trials of another tool fit it, of which it
    warns. Returns the plan with them, and an oracle that has known them from its beginning; without
    such trials both as given.

    Args:
        plan: What is searched.
        oracle: As the plan made it, its space and objective known; no trial was begun.
        recorded: Options in the journal of a resumed search.

    Raises:
        UsageError: If a run is of another space, or nothing of another tool's trials fits.
    """
    check_space(plan.warm_start, oracle.space.difference)
    if not any(isinstance(run, ForeignTrials) for run in plan.warm_start):
        return plan, oracle
    runs: list[Earlier] = []
    for run in plan.warm_start:
        if isinstance(run, ForeignTrials):
            run, what = fit_source(run, oracle.space.knobs)
            objective = oracle.objective
            words = warning_of(run, what, objective.name, objective.direction)
            warnings.warn(words, stacklevel=4)  # where the tuner is made
        runs.append(run)
    plan = replace(plan, warm_start=runs)
    return plan, plan.make_oracle(oracle.get_space(), recorded)


def check_objective(runs: Iterable[Earlier], name: str, direction: str) -> None:
    """Refuses runs that searched for another objective.

    Raises:
        UsageError: With both.
    """
    for run in runs:
        if isinstance(run, ForeignTrials):
            _check_foreign(run, name, direction)
            continue
        was = run.header["objective"]
        if (was["name"], was["direction"]) != (name, direction):
            raise UsageError(
                f"The run in {run.path} has another objective: {was['name']} ({was['direction']}) "
                f"there, {name} ({direction}) now. Their "
                "scores cannot be compared. Start from runs with the same objective."
            )


def _check_foreign(run: ForeignTrials, name: str, direction: str) -> None:
    """Refuses another tool's trials of another objective; what it does not say is not compared."""
    told = (run.objective or name, run.direction or direction)
    if told != (name, direction):
        raise UsageError(
            f"{run.source} ({run.kind}) has another objective: {run.objective or 'a score'} "
            f"({told[1]}) there, {name} ({direction}) now. Their scores cannot be compared. Start "
            "from trials with the same objective; if it is the same under another name, say so: "
            f"tftune import {quoted(run.source)} --objective {quoted(name)} --csv trials.csv, and "
            "start from that table."
        )


def check_space(
    runs: Iterable[Earlier], difference: Callable[[Mapping[str, Any]], list[str]]
) -> None:
    """Refuses runs of another space.

    Args:
        runs: The runs.
        difference: `SearchSpace.difference` of the space of now.

    Raises:
        UsageError: With every difference.
    """
    for run in _of_tftune(runs):
        lines = difference(run.header["space"])
        if lines:
            raise UsageError(
                f"The run in {run.path} has another space:\n  "
                + "\n  ".join(lines)
                + "\nStart from runs of the same space, fixed knobs "
                "among it."
            )


def _of_tftune(runs: Iterable[Earlier]) -> Iterable[EarlierRun]:
    return (run for run in runs if isinstance(run, EarlierRun))


def warn_of_differences(runs: Iterable[Earlier], header: Mapping[str, Any]) -> None:
    """Warns where scores of earlier runs may not be comparable with those of now.

    Args:
        runs: The runs.
        header: What the journal of now says of data and training.
    """
    for run in _of_tftune(runs):
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
