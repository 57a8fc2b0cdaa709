"""What models of the score learn from: the settings of trials as numbers, and their scores.

Example:
    >>> from tftune.journal.state import SearchState
    >>> state = SearchState(header={"objective": {"name": "val_auc", "direction": "max"}})
    >>> len(samples_of(state)), least_trials(4)
    (0, 12)
"""

from __future__ import annotations

import functools
import math
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from tftune.journal.state import SearchState, TrialRecord
from tftune.journal.status import loss_of
from tftune.reports.analysis.axes import far_off, is_far_off
from tftune.reports.analysis.knobs import TunedKnob, active_among, knob_records, knobs_of
from tftune.reports.analysis.trials import is_finite, trials_of

Array = np.ndarray
Result = TypeVar("Result")

LEAST = 10  # trials, however few the knobs are


@dataclass(frozen=True)
class Samples:
    """Trials with a score, and where they stand on each knob.

    Attributes:
        knobs: The knobs that were tuned and have more than one value among the trials.
        constant: Names of those that were tuned and always had one value.
        trials: In the order of their start.
        places: A row a trial, a column a knob: a number from 0 to 1 on the scale of the knob, the
            place of a choice as a whole number, NaN where the knob played no part.
        scores: Of each trial.
        direction: `max` or `min`.
    """

    knobs: tuple[TunedKnob, ...]
    constant: tuple[str, ...]
    trials: tuple[TrialRecord, ...]
    places: Array
    scores: Array
    direction: str

    def __len__(self) -> int:
        return len(self.trials)

    def column(self, name: str) -> int:
        """Returns the column of a knob."""
        return [knob.name for knob in self.knobs].index(name)


def remembered(function: Callable[[SearchState], Result]) -> Callable[[SearchState], Result]:
    """Makes a function of a search compute once, until there are further records."""
    known: dict[int, tuple[Any, Any, Result]] = {}

    @functools.wraps(function)
    def once(state: SearchState) -> Result:
        mark = (len(state.trials), tuple(state.counts().values()), state.wall_seconds)
        found = known.get(id(state))
        if found is not None and found[0]() is state and found[1] == mark:
            return found[2]
        if found is None or found[0]() is not state:
            weakref.finalize(state, known.pop, id(state), None).atexit = False
        result = function(state)
        known[id(state)] = (weakref.ref(state), mark, result)
        return result

    return once


def least_trials(knobs: int) -> int:
    """Returns how many trials with a score a model of the score wants: 3 a knob, at least 10."""
    return max(LEAST, 3 * knobs)


def unit_place(knob: TunedKnob, value: Any) -> float:
    """Returns where a value stands: from 0 to 1 on the scale of the knob, or the place of a choice;
    NaN where it has none.
    """
    place = knob.position(value)
    if place is None:
        return math.nan
    if knob.scale == "category":
        return place
    low, high = knob.low, knob.high
    if knob.scale == "log":
        place, low, high = math.log(place), math.log(low), math.log(high)
    width = high - low
    if not 0 < width < math.inf:
        return 0.5
    return min(max((place - low) / width, 0.0), 1.0)


def value_at(knob: TunedKnob, place: float) -> float:
    """The reverse of `unit_place` for a number."""
    if place <= 0 or place >= 1:
        return knob.low if place <= 0 else knob.high
    if knob.scale == "log":
        low, high = math.log(knob.low), math.log(knob.high)
        return math.exp(low + place * (high - low))
    return knob.low * (1.0 - place) + knob.high * place


@remembered
def samples_of(state: SearchState) -> Samples:
    """Returns what can be learnt from.

    Failed trials are left out; a pruned one counts with the score that it reached. Scores so bad
    that the others would look alike (`far_off`) count as the worst of the others. Of trials that
    continue each other (Hyperband) the last counts.
    """
    trials = [trial for trial in trials_of(state) if _has_result(trial)]
    going_on = {trial.parent for trial in trials}
    trials = [trial for trial in trials if trial.trial_id not in going_on]
    scores = [float(trial.score or 0.0) for trial in trials]
    limit = far_off(scores, state.direction)
    near = [score for score in scores if not is_far_off(score, limit, state.direction)]
    worst = max((loss_of(score, state.direction) for score in near), default=math.inf)
    losses = [min(loss_of(score, state.direction), worst) for score in scores]
    records, knobs = knob_records(state), knobs_of(state)
    active = [active_among(trial, records) for trial in trials]
    places = np.array(
        [[unit_place(knob, values.get(knob.name)) for knob in knobs] for values in active]
    ).reshape(len(trials), len(knobs))
    varied = [_varies(places[:, index]) for index in range(len(knobs))]
    return Samples(
        tuple(knob for knob, flag in zip(knobs, varied, strict=True) if flag),
        tuple(knob.name for knob, flag in zip(knobs, varied, strict=True) if not flag),
        tuple(trials),
        places[:, np.array(varied, dtype=bool)] if len(knobs) else places,
        np.array([loss_of(loss, state.direction) for loss in losses]),
        state.direction,
    )


def _has_result(trial: TrialRecord) -> bool:
    return trial.status.has_score and is_finite(trial.score) and abs(trial.score or 0.0) < 1e100


def _varies(places: Array) -> bool:
    """Whether a knob has more than one value; one that is there only sometimes counts as well."""
    there = places[~np.isnan(places)]
    return len(there) > 0 and (len(np.unique(there)) > 1)
