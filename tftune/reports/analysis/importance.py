"""Which knobs mattered: fANOVA and PED-ANOVA of Optuna, each with an interval over refits.

fANOVA (F. Hutter, H. Hoos, K. Leyton-Brown: An efficient approach for assessing hyperparameter
importance, ICML 2014) is the share of the variance of the scores that a knob explains by itself,
in a forest fitted to the trials. PED-ANOVA (S. Watanabe, A. Bansal, F. Hutter: PED-ANOVA:
efficiently quantifying hyperparameter importance in arbitrary subspaces, IJCAI 2023) asks how
differently the good trials are distributed on a knob. Shares are scaled to a sum of 1.

A single answer pretends to know more than the trials tell, so each method is asked `REFITS` times,
each time about other trials, drawn with replacement, and with another seed.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tftune.journal.state import SearchState
from tftune.reports.analysis.samples import (
    Array,
    Samples,
    least_trials,
    remembered,
    samples_of,
)
from tftune.support.streams import silent

REFITS = 10
ENDS = (10.0, 90.0)  # percentiles of the refits
METHODS = ("fANOVA", "PED-ANOVA")

_TREES = 5  # of one refit
_MOST_CHOICES = 6  # that are told apart without an order
_GOOD = 5  # trials that PED-ANOVA wants among the good ones
_CELLS, _LEAST_DRAWN = 320, 40  # knobs times trials of one refit, so that all take about a second
_CONDITIONAL_GROUPS = 3  # judged, the largest, for the same reason


@dataclass(frozen=True)
class Share:
    """How much a knob mattered, by one method.

    Attributes:
        middle: The median over the refits, from 0 to 1.
        low: The lower end of the interval.
        high: Its upper end.
    """

    middle: float
    low: float
    high: float

    def overlaps(self, other: Share) -> bool:
        """Whether two intervals have a value in common."""
        return self.low <= other.high and other.low <= self.high


@dataclass(frozen=True)
class Group:
    """Knobs that played a part in the same trials.

    Attributes:
        trials: How many trials with a score those are.
        beside: Whether other trials lack these knobs.
        shares: Of each method, by knob, the greatest first. Empty where `why_not` says why.
        drawn: How many trials each refit saw.
        why_not: Why the group cannot be judged, or "".
        knobs: Names of its knobs, in the order of the space.
    """

    trials: int
    beside: bool
    knobs: tuple[str, ...]
    shares: Mapping[str, Mapping[str, Share]] = field(default_factory=dict)
    drawn: int = 0
    why_not: str = ""


@remembered
def importance_of(state: SearchState) -> tuple[Group, ...]:
    """Returns the knobs of a search in groups, those of every trial first; conditional ones are
    judged among the trials that have them.
    """
    samples = samples_of(state)
    groups: list[Group] = []
    for rows, columns in _grouped(samples):
        beside = len(rows) < len(samples)
        names = tuple(samples.knobs[column].name for column in columns)
        if sum(bool(group.beside and group.shares) for group in groups) < _CONDITIONAL_GROUPS:
            groups.append(_judged(samples, columns, rows, beside))
        else:
            why_not = f"only the {_CONDITIONAL_GROUPS} largest groups of knobs are judged"
            groups.append(Group(len(rows), beside, names, why_not=why_not))
    return tuple(groups)


def most_important(state: SearchState) -> list[str]:
    """Returns names of knobs, by fANOVA's median, the most important first; those of every trial
    before conditional ones, and where nothing can be told in the order of the space.
    """
    names: list[str] = []
    for group in importance_of(state):
        known = group.shares.get("fANOVA") or {}
        names += sorted(group.knobs, key=lambda name: -known[name].middle if name in known else 0)
    return names


def untold_apart(shares: Mapping[str, Share]) -> list[tuple[str, str]]:
    """Returns the pairs of knobs, neighbours by their medians, whose intervals overlap.

    Example:
        >>> shares = {"a": Share(0.7, 0.6, 0.8), "b": Share(0.2, 0.1, 0.3), "c": Share(0.1, 0, 0.2)}
        >>> untold_apart(shares)
        [('b', 'c')]
    """
    names = sorted(shares, key=lambda name: -shares[name].middle)
    pairs = itertools.pairwise(names)
    return [(one, other) for one, other in pairs if shares[one].overlaps(shares[other])]


def _grouped(samples: Samples) -> list[tuple[Array, list[int]]]:
    """Returns rows and columns of each group, the largest first."""
    groups: dict[bytes, tuple[Array, list[int]]] = {}
    for column in range(len(samples.knobs)):
        there = ~np.isnan(samples.places[:, column])
        groups.setdefault(there.tobytes(), (np.flatnonzero(there), []))[1].append(column)
    return sorted(groups.values(), key=lambda group: -len(group[0]))


def _judged(samples: Samples, own: list[int], rows: Array, beside: bool) -> Group:
    names = tuple(samples.knobs[column].name for column in own)
    there = ~np.isnan(samples.places[rows]).any(axis=0)
    columns = [column for column in range(len(samples.knobs)) if there[column]]
    least, why_not = least_trials(len(columns)), ""
    if len(rows) < least:
        why_not = f"{len(rows)} trials with a score are too few; {least} are needed"
    elif len(np.unique(samples.scores[rows])) < 2:
        why_not = "all scores are equal"
    if why_not:
        return Group(len(rows), beside, names, why_not=why_not)
    cells = _CELLS // 2 if beside else _CELLS
    drawn = min(len(rows), max(_LEAST_DRAWN, cells // len(columns)))
    answers = _asked(samples, rows, columns, drawn)
    shares = {method: _shares(each, columns, own, names) for method, each in answers.items()}
    why_not = "" if shares else "Optuna could not judge these trials"
    return Group(len(rows), beside, names, shares, drawn, why_not)


def _shares(
    answers: Array, columns: list[int], own: list[int], names: Sequence[str]
) -> dict[str, Share]:
    """Returns middle and ends of the group's own knobs, the greatest first."""
    total = answers.sum(axis=1, keepdims=True)
    answers = np.divide(answers, total, out=np.zeros_like(answers), where=total > 0)
    found = {}
    for name, column in zip(names, own, strict=True):
        values = answers[:, columns.index(column)]
        low, high = np.percentile(values, ENDS)
        found[name] = Share(float(np.median(values)), float(low), float(high))
    return dict(sorted(found.items(), key=lambda item: -item[1].middle))


def _asked(samples: Samples, rows: Array, columns: list[int], size: int) -> dict[str, Array]:
    """Returns what Optuna answers in each refit, by method, shape (refits, knobs); a method that
    cannot answer is left out.
    """
    answers: dict[str, list[Array]] = {method: [] for method in METHODS}
    trials = _trials(samples, rows, columns)
    names = [f"{column}" for column in columns]  # a name may be anything
    for refit in range(REFITS):
        generator = np.random.default_rng([refit, len(rows)])
        chosen = [trials[index] for index in generator.integers(0, len(rows), size)]
        with silent("optuna"):
            study = _study(chosen, samples.direction)
            for method in METHODS:
                try:
                    found = _evaluator(method, refit, size).evaluate(study, params=names)
                except (ValueError, ArithmeticError, RuntimeError, AssertionError, IndexError):
                    continue  # such as: all of the chosen trials are alike
                answer = np.array([max(float(found.get(name, 0.0)), 0.0) for name in names])
                if np.isfinite(answer).all():
                    answers[method].append(answer)
    return {method: np.array(found) for method, found in answers.items() if found}


def _study(trials: Sequence[Any], direction: str) -> Any:
    import optuna

    study = optuna.create_study(direction="maximize" if direction == "max" else "minimize")
    study.add_trials(trials)
    return study


def _evaluator(method: str, seed: int, size: int) -> Any:
    from optuna.importance import FanovaImportanceEvaluator, PedAnovaImportanceEvaluator

    if method == "fANOVA":
        return FanovaImportanceEvaluator(n_trees=_TREES, seed=seed)
    return PedAnovaImportanceEvaluator(target_quantile=min(max(0.1, _GOOD / size), 0.5))


def _trials(samples: Samples, rows: Array, columns: list[int]) -> list[Any]:
    """Returns trials for Optuna: numbers from 0 to 1 on the scale of their knob, because fANOVA
    would weigh a logarithmic range as if it was drawn evenly. Many choices count as numbers, in
    their order: fANOVA takes time that doubles with each choice.
    """
    from optuna.distributions import CategoricalDistribution, FloatDistribution
    from optuna.trial import create_trial

    sizes = {column: len(samples.knobs[column].choices) for column in columns}
    few = {column for column, size in sizes.items() if 0 < size <= _MOST_CHOICES}
    distributions: dict[str, Any] = {
        f"{column}": CategoricalDistribution(tuple(range(sizes[column])))
        if column in few
        else FloatDistribution(0.0, 1.0)
        for column in columns
    }
    with silent("optuna"):
        return [
            create_trial(
                value=float(samples.scores[row]),
                params={
                    f"{column}": int(samples.places[row, column])
                    if column in few
                    else float(samples.places[row, column]) / max(sizes[column] - 1, 1)
                    for column in columns
                },
                distributions=distributions,
            )
            for row in rows
        ]
