"""Reads the project folder of a KerasTuner search: `trial_*/trial.json`, and nothing else of it.

KerasTuner does not write down which metric it searched for. It is the one whose value at a trial's
best step is the trial's score, in every trial.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tftune.errors import DataError, UsageError
from tftune.journal.status import TrialStatus
from tftune.search.foreign.foreign_trials import (
    Asked,
    ForeignTrial,
    ForeignTrials,
    finite,
    foreign_trial,
    unreadable,
)
from tftune.space.knob import public_values
from tftune.support import limits
from tftune.support.texts import shown
from tftune.support.whole_files import read_whole

_STATES = {
    "COMPLETED": TrialStatus.COMPLETED,
    "FAILED": TrialStatus.FAILED,
    "INVALID": TrialStatus.FAILED,
}
_WAYS = ("max", "min")
_BUDGET = "tuner/epochs"


def is_keras_tuner_folder(path: Path) -> bool:
    """Returns whether a folder is a KerasTuner project."""
    return (path / "oracle.json").is_file() or any(path.glob("trial_*/trial.json"))


def projects_in(path: Path) -> list[Path]:
    """Returns the KerasTuner projects that stand in a folder, its `directory=`."""
    return sorted(each for each in path.iterdir() if each.is_dir() and is_keras_tuner_folder(each))


def read_keras_tuner_folder(path: Path, asked: Asked) -> ForeignTrials:
    """Reads all trials that have ended; of a search with budgets, those of the largest.

    Args:
        path: The folder `directory/project_name`.
        asked: The metric, if it was stated.

    Raises:
        UsageError: If a file is damaged, no trial has ended, or the metric is in none.
    """
    trials = [_read(file) for file in sorted(path.glob("trial_*/trial.json"))]
    if not trials:
        raise UsageError(
            f"The KerasTuner project {path} has no trials. Expected folders trial_*, each with a "
            "trial.json. Leave it out."
        )
    ended = [trial for trial in trials if trial["status"] in _STATES]
    running = Counter(trial["status"].lower() for trial in trials if trial not in ended)
    notes = [f"{count} {state} left out" for state, count in running.items()]
    most = max((_epochs(trial) for trial in ended), default=0)
    whole = [trial for trial in ended if _epochs(trial) == most]
    if len(whole) < len(ended):
        notes.append(f"{len(ended) - len(whole)} of fewer than {most:g} epochs left out")
    objective, direction = _objective(whole)
    stated = asked.objective if asked.stated else None
    if stated is not None and stated != objective:
        objective, direction = stated, _direction(whole, stated, path)
    return ForeignTrials(
        str(path),
        "KerasTuner project",
        tuple(_trial(trial, objective if objective == stated else None) for trial in whole),
        objective,
        direction,
        tuple(notes),
    )


def _read(file: Path) -> dict[str, Any]:
    try:
        trial = json.loads(read_whole(file, limits.JSON))
        return {
            "trial_id": str(trial["trial_id"]),
            "values": dict(trial["hyperparameters"]["values"]),
            "metrics": {
                str(name): {
                    "direction": metric["direction"] if metric["direction"] in _WAYS else None,
                    "steps": {each["step"]: each["value"] for each in metric["observations"]},
                }
                for name, metric in trial["metrics"]["metrics"].items()
            },
            "score": trial["score"],
            "best_step": finite(trial["best_step"]),
            "status": str(trial["status"]),
        }
    except KeyError as error:
        reason: object = f"no {error} in it"
    except (DataError, ValueError, TypeError, AttributeError, RecursionError) as error:
        reason = error
    raise unreadable(str(file), "a trial of KerasTuner", reason)


def _epochs(trial: Mapping[str, Any]) -> float:
    return finite(trial["values"].get(_BUDGET)) or 0


def _value(trial: Mapping[str, Any], name: str) -> float | None:
    """Returns a metric at the best step: the mean of the executions, as KerasTuner takes it."""
    found = trial["metrics"].get(name, {"steps": {}})["steps"].get(trial["best_step"])
    numbers = [finite(each) for each in found] if isinstance(found, list) else [finite(found)]
    if not numbers or None in numbers:
        return None
    return sum(each for each in numbers if each is not None) / len(numbers)


def _objective(trials: list[dict[str, Any]]) -> tuple[str | None, str | None]:
    """Returns name and direction of the metric that was searched for, or twice None."""
    scored = [trial for trial in trials if finite(trial["score"]) is not None]
    names = {name: None for trial in scored for name in trial["metrics"]}
    found = [
        name
        for name in names
        if all(_is_near(_value(trial, name), trial["score"]) for trial in scored)
    ]
    if not found:
        return None, None
    # where two metrics agree in everything, KerasTuner's users search the validation's
    name = next((each for each in found if each.startswith("val_")), found[0])
    return name, scored[0]["metrics"][name]["direction"]


def _is_near(value: float | None, score: float) -> bool:
    return value is not None and abs(value - score) <= 1e-9 * max(abs(value), abs(score))


def _direction(trials: list[dict[str, Any]], name: str, path: Path) -> str | None:
    found: list[str | None] = [
        trial["metrics"][name]["direction"] for trial in trials if name in trial["metrics"]
    ]
    if found:
        return found[0]
    known = list(dict.fromkeys(each for trial in trials for each in trial["metrics"]))
    raise UsageError(
        f"No trial of the KerasTuner project {path} has the metric {shown(name)}. Expected one of: "
        f"{', '.join(known)}. Correct --objective."
    )


def _trial(trial: Mapping[str, Any], metric: str | None) -> ForeignTrial:
    score = trial["score"] if metric is None else _value(trial, metric)
    values = public_values(trial["values"])
    return foreign_trial(trial["trial_id"], values, score, _STATES[trial["status"]])
