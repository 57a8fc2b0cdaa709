"""Training beside validation: which measures have both, what can be reached, and by how much each
falls short, with intervals.

Example:
    >>> pairs_in({"auc", "loss", "val_auc", "val_loss", "learning_rate"}, "val_loss", "min")
    [Pair(name='loss', direction='min'), Pair(name='auc', direction='max')]
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tftune.journal.state import SearchState, TrialRecord
from tftune.journal.status import loss_of
from tftune.reports.analysis.curves import Points, whole_curve
from tftune.reports.analysis.data_facts import ceiling_of, floor_words
from tftune.reports.analysis.noise import interval_of, jitter
from tftune.reports.analysis.trials import is_finite, trials_of
from tftune.reports.analysis.verdicts import Amount
from tftune.reports.measures.seeds import over_seeds
from tftune.reports.measures.wilson import Z
from tftune.reports.run_data import RunData


@dataclass(frozen=True)
class Pair:
    """A measure that is there on the training and on the validation split.

    Attributes:
        name: Its name on the training split; the other is `val_<name>`.
        direction: `max` or `min`.
    """

    name: str
    direction: str

    @property
    def validation(self) -> str:
        """Its name on the validation split."""
        return f"val_{self.name}"


def pairs_in(names: Collection[str], objective: str, direction: str) -> list[Pair]:
    """Returns the measures with both curves: that of the objective first, then others, losses last.

    Args:
        names: Of the metrics of an epoch.
        objective: Name of the objective.
        direction: Of the objective.
    """
    both = [name for name in sorted(names) if f"val_{name}" in names and not _is_spread(name)]
    own = objective.removeprefix("val_")
    first = [Pair(own, direction)] if own in both else []
    rest = [Pair(name, direction_of(name)) for name in both if name != own]
    return first + sorted(rest, key=lambda pair: (pair.direction == "min", pair.name))


def direction_of(name: str) -> str:
    """Returns which way a measure is better, told by its name as far as Keras' own go.

    Example:
        >>> direction_of("pr_auc"), direction_of("mean_squared_error"), direction_of("loss")
        ('max', 'min', 'min')
    """
    words = ("loss", "error", "mse", "mae", "rmse", "msle", "mape", "crossentropy", "divergence")
    more = ("entropy", "hinge", "poisson", "logcosh", "deviance", "perplexity", "false")
    return "min" if any(word in name.lower() for word in (*words, *more)) else "max"


def _is_spread(name: str) -> bool:
    return name.endswith("_std")


@dataclass(frozen=True)
class Target:
    """What training is compared with.

    Attributes:
        value: What can be reached.
        origin: Where that is known from, in words.
        is_known: Whether somebody knows it; else it is assumed, or seen in another trial.
    """

    value: float
    origin: str
    is_known: bool


def target_of(run: RunData, pair: Pair, given: float | None, training: float) -> Target | None:
    """Returns what training is compared with; None where nothing is known that is better.

    In this order: what the caller says; the ceiling of the data; 1 for a measure to be maximised
    whose values lie between 0 and 1; the best training value that a trial of this search reached,
    if it is better by a tenth.

    Args:
        run: The search.
        pair: The measure.
        given: What the caller says can be reached, or None.
        training: What the trial reached.
    """
    if given is not None:
        return Target(given, "given", True)
    ceiling = ceiling_of(run.state.header.get("data") or {}, pair.name)
    if ceiling is not None:
        return Target(ceiling, "what no model can exceed on these data", True)
    seen = [value for trial in trials_of(run.state) for _, value in both(trial, pair.name)]
    if pair.direction == "max" and seen and all(0 <= value <= 1 for value in seen):
        return Target(1.0, _bound_words(run), False)
    best = min((loss_of(value, pair.direction) for value in seen), default=math.inf)
    if math.isfinite(best) and loss_of(training, pair.direction) - best > 0.1 * abs(training):
        value = loss_of(best, pair.direction)
        return Target(value, "the best training value that a trial of this search reached", False)
    return None


def _bound_words(run: RunData) -> str:
    """Returns where the target 1 comes from, and what speaks against it."""
    words = "the most that the measure allows; no better limit is known"
    data = run.state.header.get("data") or {}
    if isinstance(data.get("both_labels"), int) and data["both_labels"]:
        return f"{words}, though equal inputs with different labels put it out of reach"
    return words


def both(trial: TrialRecord, name: str) -> Points:
    """Returns the training curve of a trial, as far as it is finite."""
    return [(e, float(m[name])) for e, m in trial.epochs if is_finite(m.get(name))]


def floor_of(state: SearchState, pair: Pair) -> float | None:
    """Returns what guessing gets, or None where that is not known."""
    words = floor_words(state.header.get("data") or {}, pair.name, "validation")
    try:
        return float(words.partition(":")[0]) if words else None
    except ValueError:
        return None


def half_width(name: str, value: float, split: str, data: Mapping[str, Any]) -> float | None:
    """Returns half the interval of a value that the number of rows gives, or None."""
    found, _ = interval_of(name, value, split, data)
    return None if found is None else (found.high - found.low) / 2


def gap_at(
    run: RunData, line: Sequence[TrialRecord], pair: Pair, epoch: int, values: tuple[float, float]
) -> Amount:
    """Returns by how much validation is worse than training at an epoch of a trial.

    With folds the interval is Student's t over the folds. Else that of the two splits' rows and the
    jumps from epoch to epoch near the best one, whichever are known, their squares added.

    Args:
        run: The search.
        line: The trial with those it goes on from.
        pair: The measure.
        epoch: The epoch.
        values: Training and validation there.
    """
    value = loss_of(values[1], pair.direction) - loss_of(values[0], pair.direction)
    folds = _of_folds(run, line[-1].trial_id, epoch, pair)
    if len(folds) > 1:
        spread = over_seeds(folds)
        return Amount(value, spread.low, spread.high, f"Student's t over {len(folds)} folds")
    data = run.state.header.get("data") or {}
    halves = [half_width(pair.name, values[0], "train", data)]
    halves += [half_width(pair.validation, values[1], "validation", data)]
    rows = [half for half in halves if half is not None]
    jumps = jitter(gap_curve(line, pair), epoch)
    methods = ["the rows of both splits"] if len(rows) == 2 else []
    methods += ["the rows of the one split whose size is known"] if len(rows) == 1 else []
    if jumps is not None:
        rows.append(Z * jumps)
        methods.append("the jumps from epoch to epoch")
    if not rows:
        return Amount(value, method="no interval: too few epochs, and no rows to tell it from")
    half = math.hypot(*rows)
    return Amount(value, value - half, value + half, " and ".join(methods))


def gap_curve(line: Sequence[TrialRecord], pair: Pair) -> Points:
    """Returns by how much validation was worse than training after each epoch."""
    training = dict(whole_curve(line, pair.name))
    return [
        (epoch, loss_of(value, pair.direction) - loss_of(training[epoch], pair.direction))
        for epoch, value in whole_curve(line, pair.validation)
        if epoch in training
    ]


def _of_folds(run: RunData, trial_id: str, epoch: int, pair: Pair) -> list[float]:
    """Returns the gap of each fold at an epoch; the records of later attempts count."""
    found: list[float] = []
    for record in run.records:
        if record.get("kind") != "epoch" or record.get("trial_id") != trial_id:
            continue
        folds = record.get("folds")
        if record.get("epoch") == epoch and isinstance(folds, Mapping):
            pairs = zip(folds.get(pair.name) or (), folds.get(pair.validation) or (), strict=False)
            found = [
                loss_of(after, pair.direction) - loss_of(on, pair.direction)
                for on, after in pairs
                if is_finite(on) and is_finite(after)
            ]
    return found
