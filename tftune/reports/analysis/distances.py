"""How far training and validation fall short: of one trial, and over the better trials of a search.

The best trial was picked by its validation score, so its gap is rather too small; that of the
better trials together is less so.

Example:
    >>> gaps = [TrialGap(str(number), 3, 0.9, 0.8 - number / 100) for number in range(4)]
    >>> spread = mean_amount([each.gap("max") for each in gaps], "4 trials")
    >>> round(spread.value, 3), spread.is_there
    (0.115, True)
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tftune.journal.state import SearchState
from tftune.journal.status import loss_of
from tftune.reports.analysis.gaps import Pair, Target, half_width
from tftune.reports.analysis.training_sizes import Level
from tftune.reports.analysis.trials import is_finite, scored
from tftune.reports.analysis.verdicts import Amount, Verdict, judged
from tftune.reports.measures.seeds import over_seeds

MOST_TRIALS, LEAST_TRIALS = 20, 3  # that count as the better ones


@dataclass(frozen=True)
class TrialGap:
    """Training and validation of one trial.

    Attributes:
        trial_id: Its id.
        epoch: Its best epoch.
        training: Its value there on the training split.
        validation: On the validation split.
    """

    trial_id: str
    epoch: int
    training: float
    validation: float

    def gap(self, direction: str) -> float:
        """Returns by how much validation is worse."""
        return loss_of(self.validation, direction) - loss_of(self.training, direction)


@dataclass(frozen=True)
class OverTrials:
    """The better trials together.

    Attributes:
        trials: The better half of those with a score, 3 to 20, best first.
        bias: Mean of what their training falls short of the target, or None without a target.
        gap: Mean of what their validation falls short of training.
        verdict: On these two.
    """

    trials: tuple[TrialGap, ...]
    bias: Amount | None
    gap: Amount
    verdict: Verdict


def better_trials(state: SearchState, pair: Pair) -> list[TrialGap]:
    """Returns the better half of the trials with a score, at least 3 and at most 20, best first, as
    far as they have both values at their best epoch.
    """
    ranked = scored(state)
    most = min(max((len(ranked) + 1) // 2, LEAST_TRIALS), MOST_TRIALS)
    found = []
    for trial in ranked[:most]:
        values = dict(trial.epochs).get(trial.best_epoch or -1) or trial.metrics
        on, after = values.get(pair.name), values.get(pair.validation)
        if is_finite(on) and is_finite(after):
            values_there = float(on), float(after)  # type: ignore[arg-type]
            found.append(TrialGap(trial.trial_id, trial.best_epoch or 0, *values_there))
    return found


def over_trials(
    state: SearchState, pair: Pair, target: Target | None, whole: float
) -> OverTrials | None:
    """Returns what the better trials have in common; None of fewer than 3.

    Args:
        state: The search.
        pair: The measure.
        target: What training is compared with.
        whole: The way from guessing to it.
    """
    trials = better_trials(state, pair)
    if len(trials) < LEAST_TRIALS:
        return None
    data = state.header.get("data") or {}
    first = trials[0]
    method = f"Student's t over the {len(trials)} better trials"
    gap = mean_amount([each.gap(pair.direction) for each in trials], method)
    gap = with_rows(gap, pair, (first.training, first.validation), data)
    bias = None
    if target is not None:
        goal = loss_of(target.value, pair.direction)
        short = [loss_of(each.training, pair.direction) - goal for each in trials]
        rows = half_width(pair.name, first.training, "train", data)
        bias = _wider(mean_amount(short, method), [rows], "the rows of the training split")
    return OverTrials(tuple(trials), bias, gap, judged(bias, gap, whole))


def mean_amount(values: Sequence[float], method: str) -> Amount:
    """Returns the mean of amounts with Student's interval."""
    spread = over_seeds(values)
    return Amount(spread.mean, spread.low, spread.high, method)


def with_rows(
    gap: Amount, pair: Pair, values: tuple[float, float], data: Mapping[str, Any]
) -> Amount:
    """Returns a gap over several trainings with the chance of the splits' rows added, which all of
    them share; as it is where that is not known.

    Args:
        gap: The gap.
        pair: The measure.
        values: Training and validation, which the chance depends on.
        data: What the header of the journal tells of the data.
    """
    halves = [
        half_width(pair.name, values[0], "train", data),
        half_width(pair.validation, values[1], "validation", data),
    ]
    return _wider(gap, halves, "the rows of the splits")


def _wider(amount: Amount, halves: Sequence[float | None], what: str) -> Amount:
    """Returns an amount with the chance of something else added, as far as that is known."""
    known = [half for half in halves if half is not None]
    if not known or not amount.is_known:
        return amount
    half = math.hypot(amount.value - amount.low, *known)
    method = f"{amount.method}, and {what}"
    return replace(amount, low=amount.value - half, high=amount.value + half, method=method)


def gap_of_level(level: Level, pair: Pair, data: Mapping[str, Any]) -> Amount:
    """Returns the gap of a learning curve's trainings on the whole training set."""
    method = f"Student's t over {level.gap.count} trainings on the whole training set"
    gap = Amount(level.gap.mean, level.gap.low, level.gap.high, method)
    return with_rows(gap, pair, (level.training.mean, level.validation.mean), data)


def bias_of(
    pair: Pair,
    training: float,
    target: Target | None,
    data: Mapping[str, Any],
    level: Level | None = None,
) -> Amount | None:
    """Returns by how much training falls short of what can be reached; None without a target.

    Args:
        pair: The measure.
        training: The value on the training split.
        target: What it is compared with.
        data: What the header of the journal tells of the data.
        level: Of a learning curve, the trainings on the whole training set, or None.
    """
    if target is None:
        return None
    value = loss_of(training, pair.direction) - loss_of(target.value, pair.direction)
    half = half_width(pair.name, training, "train", data)
    if level is not None and level.training.count > 1:
        seeds = (level.training.high - level.training.low) / 2
        half = math.hypot(half or 0.0, seeds)
        method = f"Student's t over {level.training.count} trainings"
        return Amount(value, value - half, value + half, method)
    if half is not None:
        return Amount(value, value - half, value + half, "the rows of the training split")
    return Amount(value, value, value, "taken for exact: nothing tells its interval")
