"""What the trials of a search say of moving one knob: its importance, and what is expected of it.

Where the forest that has learnt from the trials ranks unseen ones at least roughly, it is asked
for the best place in the wanted direction, and its trees for how sure that is. Else the rank
correlation of the knob with the score counts, with Fisher's interval.

Example:
    >>> correlation = ranks_agree([1, 2, 3, 4, 5, 6], [1, 2, 4, 3, 5, 6])
    >>> round(correlation[0], 3), correlation[1] > 0
    (0.943, True)
"""

from __future__ import annotations

import enum
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tftune.journal.state import SearchState, TrialRecord
from tftune.journal.status import loss_of
from tftune.reports.analysis.dependence import ENDS
from tftune.reports.analysis.forest import Forest, forest_of
from tftune.reports.analysis.importance import Share, importance_of
from tftune.reports.analysis.knobs import TunedKnob, active_values
from tftune.reports.analysis.samples import Array, samples_of, unit_place, value_at
from tftune.reports.analysis.words import name_of, ranked_words
from tftune.reports.measures.wilson import Z
from tftune.reports.tables import format_value

_AT_THE_END = 0.05  # of a range
_STEPS = 9  # places that are asked about on either side
_LEAST = 6  # trials of a rank correlation


class Support(enum.IntEnum):
    """What the trials of a search say of a remedy, the best first."""

    SUPPORTED = 0
    UNTOLD = 1
    ABSENT = 2
    USED_UP = 3
    CONTRADICTED = 4

    @property
    def words(self) -> str:
        """What it is called."""
        return (
            "supported",
            "cannot be told",
            "not in this search",
            "used up",
            "spoken against",
        )[self.value]


@dataclass(frozen=True)
class Evidence:
    """What is known of moving a knob.

    Attributes:
        how: The knob, where it goes and where it stands.
        words: What the trials say.
        support: The same in a word.
        share: Its importance by fANOVA, or None where that cannot be judged.
    """

    how: str
    words: str
    support: Support
    share: Share | None = None

    def share_words(self) -> str:
        """Returns the importance with its interval."""
        if self.share is None:
            return ""
        return f"{self.share.middle:.2f} ({self.share.low:.2f} to {self.share.high:.2f})"


def evidence_of(
    state: SearchState, trial: TrialRecord | None, change: str, knob: TunedKnob
) -> Evidence:
    """Returns what the trials say of moving a knob from where a trial has it.

    Args:
        state: The search.
        trial: The trial.
        change: `up`, `down`, `on` or `any`.
        knob: One of its knobs.
    """
    share = _shares(state).get(knob.name)
    values = active_values(trial, state) if trial is not None else {}
    name = name_of(knob.name)
    if knob.name not in values:
        return Evidence(name, "it plays no part in this trial", Support.UNTOLD, share)
    value = values[knob.name]
    now = f"{name} {_arrow(change, knob, value)}(now {format_value(value)})"
    place = unit_place(knob, value)
    end = _at_its_end(knob, place, change)
    if end:
        widened = change == "up" and not knob.choices
        support = Support.UNTOLD if widened else Support.USED_UP
        return Evidence(now, end, support, share)
    forest = forest_of(state)
    if not isinstance(forest, str) and _is_trusted(forest) and _is_in(forest, knob):
        support, words = _expected(forest, knob, place, change, state)
    else:
        support, words = _correlated(state, knob, change)
    if change == "any" and not knob.choices and not _AT_THE_END < place < 1 - _AT_THE_END:
        side = "upper" if place > 0.5 else "lower"  # NaN has been told of above
        words += f"; it stands at the {side} end of its range: widen that"
    return Evidence(now, words, support, share)


def _shares(state: SearchState) -> dict[str, Share]:
    """Returns the importance of each knob, as far as it can be judged."""
    return {
        name: share
        for group in importance_of(state)
        for name, share in (group.shares.get("fANOVA") or {}).items()
    }


def _is_trusted(forest: Forest) -> bool:
    if math.isnan(forest.rank):
        return False
    return ranked_words(forest.rank, len(forest.samples)) in ("well", "roughly")


def _is_in(forest: Forest, knob: TunedKnob) -> bool:
    return knob.name in [each.name for each in forest.samples.knobs]


def _arrow(change: str, knob: TunedKnob, value: Any) -> str:
    if change == "on" and knob.choices:
        return "" if value else "on "
    return {"up": "up ", "down": "down "}.get(change, "")


def _at_its_end(knob: TunedKnob, place: float, change: str) -> str:
    """Returns in words that a knob cannot go further, or ""."""
    last = len(knob.choices) - 1 if knob.choices else 1.0
    margin = 0.0 if knob.choices else _AT_THE_END
    if math.isnan(place):
        return "its value lies outside of the space"
    if change == "on" and knob.choices:
        return "it is on already" if place >= last else ""
    if change in ("up", "on") and place >= last - margin:
        return "it stands at the upper end of its range" + ("" if knob.choices else ": widen that")
    if change == "down" and place <= margin:
        return "it stands at the lower end of its range"
    return ""


def _places(knob: TunedKnob, place: float, change: str) -> Array:
    """Returns the places of a knob that a remedy leads to."""
    if knob.choices:
        every = np.arange(len(knob.choices), dtype=float)
        ordered = not any(isinstance(each, str) for each in knob.choices)
    else:
        every, ordered = np.linspace(0.0, 1.0, 2 * _STEPS + 1), True
    if change in ("up", "on") and ordered:
        return every[every > place]
    if change == "down" and ordered:
        return every[every < place]
    return every[np.abs(every - place) > (0.0 if knob.choices else _AT_THE_END / 2)]


def _expected(
    forest: Forest, knob: TunedKnob, place: float, change: str, state: SearchState
) -> tuple[Support, str]:
    """Returns what the forest expects of the best of some places, beside where the trial stands."""
    places = _places(knob, place, change)
    if not len(places):
        return Support.USED_UP, "there is no other value in its range"
    column = forest.samples.column(knob.name)
    trees = forest.effect([column], np.array([[place], *([each] for each in places)]))
    gains = loss_of(1.0, state.direction) * (trees[:, :1] - trees[:, 1:])
    best = int(gains.mean(axis=0).argmax())
    low, high = np.percentile(gains[:, best], ENDS)
    middle = float(gains[:, best].mean())
    words = (
        f"at {_value(knob, float(places[best]))} {name_of(state.objective)} is expected to be "
        f"{format_value(abs(middle))} {'better' if middle > 0 else 'worse'} "
        f"({low:+.2g} to {high:+.2g})"
    )
    if low > 0:
        return Support.SUPPORTED, words
    anywhere = np.percentile(gains.mean(axis=1), ENDS)
    if anywhere[1] < 0:
        words = (
            f"elsewhere in that direction {name_of(state.objective)} is expected to be "
            f"{format_value(abs(float(gains.mean())))} worse "
            f"({anywhere[0]:+.2g} to {anywhere[1]:+.2g})"
        )
        return Support.CONTRADICTED, words
    return Support.UNTOLD, words


def _value(knob: TunedKnob, place: float) -> str:
    if knob.choices:
        return name_of(format_value(knob.choices[int(place)]))
    value = value_at(knob, place)
    return format_value(round(value)) if knob.whole else f"{value:.2g}"


def _correlated(state: SearchState, knob: TunedKnob, change: str) -> tuple[Support, str]:
    """Returns whether the score rises or falls with a knob over the trials."""
    samples = samples_of(state)
    ordered = not any(isinstance(each, str) for each in knob.choices)
    names = [each.name for each in samples.knobs]
    if knob.name not in names:
        return Support.UNTOLD, "it had one value in all trials"
    column = samples.places[:, samples.column(knob.name)]
    there = ~np.isnan(column)
    if not ordered or there.sum() < _LEAST:
        return Support.UNTOLD, f"too few trials with a score to tell: {int(there.sum())}"
    if len(np.unique(samples.scores[there])) < 2 or len(np.unique(column[there])) < 2:
        return Support.UNTOLD, "all scores are equal"
    better = -loss_of(1.0, state.direction) * samples.scores[there]
    rank, low, high = ranks_agree(column[there].tolist(), better.tolist())
    words = (
        f"over {int(there.sum())} trials the score gets {'better' if rank > 0 else 'worse'} with "
        f"it: rank correlation {rank:+.2f} ({low:+.2f} to {high:+.2f})"
    )
    if low <= 0 <= high:
        return Support.UNTOLD, f"{words}, which may be chance"
    if change == "any":
        return Support.SUPPORTED, words
    agrees = (low > 0) == (change in ("up", "on"))
    return (Support.SUPPORTED if agrees else Support.CONTRADICTED), words


def ranks_agree(one: Sequence[float], other: Sequence[float]) -> tuple[float, float, float]:
    """Returns Spearman's rank correlation and its 95 % interval by Fisher's transformation, whose
    standard error is about 1.03 / sqrt(n - 3) (Fieller, Hartley & Pearson 1957).

    Args:
        one: At least 4 numbers, not all equal.
        other: As many.
    """
    from scipy import stats

    rank = float(stats.spearmanr(one, other).statistic)
    bounded = math.atanh(min(max(rank, -0.999999), 0.999999))
    half = Z * 1.03 / math.sqrt(len(one) - 3)
    return rank, math.tanh(bounded - half), math.tanh(bounded + half)
