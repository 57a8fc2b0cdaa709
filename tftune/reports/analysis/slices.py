"""The score of every trial against one knob at a time."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tftune.journal.state import SearchState, TrialRecord
from tftune.journal.status import TrialStatus
from tftune.reports.analysis.axes import far_off, is_far_off
from tftune.reports.analysis.knobs import TunedKnob, active_among, knob_records, knobs_of
from tftune.reports.analysis.samples import remembered, unit_place
from tftune.reports.analysis.trials import is_finite, thinned, trials_of
from tftune.reports.analysis.words import name_of
from tftune.reports.tables import format_value

JITTER = 0.3  # of the distance of two choices: points of one choice do not hide each other
_GOLDEN = 0.6180339887498949  # its multiples are spread evenly over [0, 1)
_OUTER, _LEAST_FOR_ENDS, _UNLIKELY = 0.05, 15, 0.05
_BEST = 20  # trials that are shown even where not all can be


@dataclass(frozen=True)
class Spot:
    """One trial in a slice.

    Attributes:
        trial_id: Its id.
        number: Its number.
        x: Where it stands on the axis of the knob; a choice is moved a little to the side.
        score: Its score; NaN where it failed or is too far off to be shown at its place.
        fate: What became of it.
        hover: What is told of it.
        best: Whether it is the best of the search.
    """

    trial_id: str
    number: int
    x: float
    score: float
    fate: TrialStatus
    hover: str
    best: bool = False


@dataclass(frozen=True)
class Slice:
    """All trials against one knob.

    Attributes:
        knob: The knob.
        spots: The trials that have ended and in which it played a part, in order.
        absent: How many ended without it.
    """

    knob: TunedKnob
    spots: tuple[Spot, ...]
    absent: int


@remembered
def slices_of(state: SearchState) -> tuple[Slice, ...]:
    """Returns a slice for each knob that was tuned."""
    ended = [trial for trial in trials_of(state) if trial.status.has_ended]
    records, best = knob_records(state), state.best()
    active = [active_among(trial, records) for trial in ended]
    scores = [float(trial.score or 0.0) for trial in ended if _has_score(trial)]
    limit = far_off(scores, state.direction)
    hovers = [hover_of(trial, state.objective) for trial in ended]
    found = []
    for knob in knobs_of(state):
        spots = []
        for trial, values, hover in zip(ended, active, hovers, strict=True):
            place = knob.position(values.get(knob.name)) if knob.name in values else None
            if place is None:
                continue
            if knob.choices:
                place += JITTER * (math.modf(trial.number * _GOLDEN)[0] - 0.5)
            score = float(trial.score or 0.0) if _has_score(trial) else math.nan
            if is_far_off(score, limit, state.direction):
                score = math.nan
            text = f"{hover}, {name_of(knob.name)} = {format_value(values[knob.name])}"
            is_best = best is not None and best.trial_id == trial.trial_id
            spots.append(
                Spot(trial.trial_id, trial.number, place, score, trial.status, text, is_best)
            )
        found.append(Slice(knob, tuple(spots), len(ended) - len(spots)))
    return tuple(found)


@dataclass(frozen=True)
class AtAnEnd:
    """That the best trials lie at an end of a range.

    Attributes:
        knob: The knob.
        upper: Whether it is the upper end.
        count: How many of the best.
        of: The number of the best that were looked at.
    """

    knob: TunedKnob
    upper: bool
    count: int
    of: int


def at_an_end(each: Slice, direction: str) -> AtAnEnd | None:
    """Returns whether most of the best trials lie in the outer twentieth of a number's range: then
    a wider range may hold better ones.

    Asked of the best tenth, at least 5 trials, of at least 15. Of a number with few different
    values many trials are at an end by chance; it counts only where that is unlikely.
    """
    from scipy.stats import binom

    scored = [spot for spot in each.spots if is_finite(spot.score)]
    if len(scored) < _LEAST_FOR_ENDS or each.knob.choices:
        return None
    sign = -1.0 if direction == "max" else 1.0
    best = sorted(scored, key=lambda spot: sign * spot.score)[: max(5, len(scored) // 10)]
    places = [unit_place(each.knob, spot.x) for spot in best]
    by_chance = max(_OUTER, 1 / len({spot.x for spot in scored}))
    for upper in (False, True):
        outer = sum(place >= 1 - _OUTER if upper else place <= _OUTER for place in places)
        likely = binom.sf(outer - 1, len(best), by_chance) >= _UNLIKELY
        if outer > len(best) / 2 and not likely:
            return AtAnEnd(each.knob, upper, outer, len(best))
    return None


def hover_of(trial: TrialRecord, objective: str) -> str:
    """Returns what is told of a trial that is pointed at."""
    if not _has_score(trial):
        return f"trial {trial.trial_id}: {trial.status.value}"
    pruned = " (pruned)" if trial.status is TrialStatus.PRUNED else ""
    score = format_value(float(trial.score or 0.0))
    return f"trial {trial.trial_id}: {name_of(objective)} {score}{pruned}"


def shown(spots: tuple[Spot, ...], most: int, direction: str) -> list[Spot]:
    """Returns at most about so many trials: the best ones, and others evenly over the search."""
    if len(spots) <= most:
        return list(spots)
    sign = -1.0 if direction == "max" else 1.0
    scored = [spot for spot in spots if is_finite(spot.score)]
    best = sorted(scored, key=lambda spot: sign * spot.score)[: min(_BEST, most // 2)]
    kept = {spot.trial_id for spot in best}
    others = [spot for spot in spots if spot.trial_id not in kept]
    return sorted(best + thinned(others, most - len(best)), key=lambda spot: spot.number)


def edge_of(scores: list[float], direction: str, scale: str = "linear") -> float:
    """Returns where trials without a score are marked: a little worse than the worst score.

    Example:
        >>> edge_of([0.5, 1.5], "max"), edge_of([0.5, 1.5], "min"), edge_of([], "max")
        (0.4, 1.6, 0.0)
        >>> edge_of([0.01, 10.0], "min", "log")
        20.0
    """
    known = [score for score in scores if is_finite(score)]
    if not known:
        return 0.0
    least, most = min(known), max(known)
    if scale == "log":  # only scores to be minimised are drawn so
        return 2.0 * most
    margin = 0.1 * (most - least) or 0.1 * abs(most) or 0.1
    return least - margin if direction == "max" else most + margin


def _has_score(trial: TrialRecord) -> bool:
    return trial.status.has_score and is_finite(trial.score)
