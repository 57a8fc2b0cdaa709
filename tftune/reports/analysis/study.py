"""A search as an Optuna study: for Optuna's analyses, and to be looked at with Optuna's own tools.

Example:
    >>> knobs = [{"name": "rate", "kind": "Float", "min": 1e-4, "max": 0.1, "step": None,
    ...           "sampling": "log", "default": 0.01, "conditions": []}]
    >>> header = {"objective": {"name": "val_auc", "direction": "max"}, "space": {"knobs": knobs}}
    >>> state = SearchState(header=header)
    >>> to_study(state).direction.name, distributions_of(state)["rate"].log
    ('MAXIMIZE', True)
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tftune.journal.state import SearchState, TrialRecord
from tftune.journal.status import TrialStatus
from tftune.reports.analysis.knobs import TunedKnob, active_among, knob_records, knobs_of
from tftune.reports.analysis.trials import is_finite, trials_of
from tftune.space.knob import Value, public_values
from tftune.support.streams import silent

_STATES = {
    TrialStatus.RUNNING: "RUNNING",
    TrialStatus.COMPLETED: "COMPLETE",
    TrialStatus.PRUNED: "PRUNED",
    TrialStatus.FAILED: "FAIL",
}
_LATEST = 4e9  # seconds; beyond it is no time of a trial
_LARGEST_WHOLE = 2**53  # beyond it floats leave integers out


def to_study(state: SearchState, name: str | None = None, storage: Any = None) -> Any:
    """Returns an `optuna.Study` with the trials of a search.

    Every knob that was tuned is a parameter with its range, scale and steps; a conditional one is
    absent where it played no part. The score is the value, the objective of each epoch an
    intermediate value. What Optuna has no place for stands in user attributes: `trial_id`,
    `best_epoch`, `seconds`, `message`, `parameters` (weights of the model), `parent`, `attempt`,
    `predicted`, `reason` and `fixed` (knobs that were not tuned). A trial whose score is not finite
    failed.

    Args:
        state: The search.
        name: Of the study; None for one that Optuna makes up.
        storage: Of Optuna, new; None keeps it in memory.
    """
    import optuna

    header = state.header
    attributes = {
        key: header.get(key) for key in ("task", "search", "scheduler", "seed", "options")
    }
    attributes |= {"objective": state.objective, "versions": header.get("versions")}
    with silent("optuna"):
        study = optuna.create_study(
            study_name=name,
            storage=storage,
            direction="maximize" if state.direction == "max" else "minimize",
        )
        study.set_metric_names([state.objective])
        for key, value in attributes.items():
            if value is not None:
                study.set_user_attr(key, value)
        study.add_trials(frozen_trials(state))
    return study


def frozen_trials(state: SearchState) -> list[Any]:
    """Returns the trials as `optuna.trial.FrozenTrial`, in the order of their numbers."""
    distributions = distributions_of(state)
    records, scales = knob_records(state), {knob.name: knob for knob in knobs_of(state)}
    return [
        _frozen(trial, active_among(trial, records), state.objective, distributions, scales)
        for trial in sorted(trials_of(state), key=lambda trial: trial.number)
    ]


def distributions_of(state: SearchState) -> dict[str, Any]:
    """Returns Optuna's distribution of each knob that was tuned.

    Where Optuna has no such steps (`reverse_log`, a step of a logarithmic knob), or trials had
    values beside them, the range goes without.
    """
    records: dict[str, list[Mapping[str, Any]]] = {}
    for record in knob_records(state):
        records.setdefault(record["name"], []).append(record)
    seen: dict[str, list[Any]] = {}
    for trial in trials_of(state):
        for name, value in trial.values.items():
            seen.setdefault(name, []).append(value)
    with silent("optuna"):
        return {
            knob.name: _distribution(knob, records.get(knob.name, []), seen.get(knob.name, []))
            for knob in knobs_of(state)
        }


def _distribution(knob: TunedKnob, records: Sequence[Mapping[str, Any]], seen: list[Any]) -> Any:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if knob.scale == "category":
        return CategoricalDistribution(choices_for_optuna(knob.choices))
    log = knob.scale == "log"
    whole = knob.whole and max(abs(knob.low), abs(knob.high)) <= _LARGEST_WHOLE
    plain: Any = int if whole else float
    kind: Any = IntDistribution if whole else FloatDistribution
    low, high = plain(knob.low), plain(knob.high)
    step = records[0].get("step") if len(records) == 1 and not log else None
    if step and records[0].get("sampling") == "linear":
        stepped = kind(low, high, step=step)
        places = [(value - low) / step for value in seen if knob.position(value) is not None]
        most = (stepped.high - low) / step
        if all(abs(place - round(place)) < 1e-8 and place <= most + 1e-8 for place in places):
            return stepped
    return kind(low, high, log=log)


def choices_for_optuna(choices: Sequence[Value]) -> tuple[Value, ...]:
    """Returns choices that Optuna can tell apart and keep: True and 1 are one to it, and NaN is
    none; then they become texts.
    """
    plain = all(isinstance(choice, str | bool | int | float) for choice in choices)
    if plain and len(set(choices)) == len(choices) and all(one == one for one in choices):
        return tuple(choices)
    return tuple(f"{type(choice).__name__} {choice!r}" for choice in choices)


def _frozen(
    trial: TrialRecord,
    active: Mapping[str, Any],
    objective: str,
    distributions: Mapping[str, Any],
    knobs: Mapping[str, TunedKnob],
) -> Any:
    from optuna.trial import FrozenTrial, TrialState

    state = TrialState[_STATES[trial.status]]
    score = trial.score if is_finite(trial.score) and trial.status.has_score else None
    if state is TrialState.COMPLETE and score is None:
        state = TrialState.FAIL
    parameters = _parameters(active, distributions, knobs)
    began = datetime.fromtimestamp(min(max(trial.started, 0.0), _LATEST))
    seconds = trial.seconds if is_finite(trial.seconds) else 0.0
    ended = datetime.fromtimestamp(min(max(trial.started + (seconds or 0.0), 0.0), _LATEST))
    steps = {
        int(epoch): float(metrics[objective])
        for epoch, metrics in trial.epochs
        if isinstance(metrics.get(objective), int | float)
    }
    fixed = {
        name: value for name, value in public_values(trial.values).items() if name not in knobs
    }
    attributes = {
        "trial_id": trial.trial_id,
        "best_epoch": trial.best_epoch,
        "seconds": trial.seconds,
        "message": trial.message,
        "parameters": trial.parameters,
        "parent": trial.parent,
        "attempt": trial.attempt if trial.attempt > 1 else None,
        "predicted": trial.predicted,
        "reason": trial.reason,
        "fixed": fixed or None,
    }
    return FrozenTrial(
        number=trial.number,
        state=state,
        value=score,
        datetime_start=began,
        datetime_complete=ended if state.is_finished() else None,
        params=parameters,
        distributions={name: distributions[name] for name in parameters},
        user_attrs={key: value for key, value in attributes.items() if value is not None},
        system_attrs={},
        intermediate_values=steps,
        trial_id=trial.number,
    )


def _parameters(
    active: Mapping[str, Any], distributions: Mapping[str, Any], knobs: Mapping[str, TunedKnob]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in active.items():
        place = knobs[name].position(value) if name in knobs else None
        if place is None or not math.isfinite(place):
            continue
        if knobs[name].scale == "category":
            found[name] = distributions[name].choices[int(place)]
        elif type(distributions[name]).__name__ == "IntDistribution":
            found[name] = int(value)
        else:
            found[name] = float(value)
    return found
