"""Numbers of one training, or of one seed over all rates, for the experiment on batch
normalisation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MARGIN = 0.1  # of the loss of chance, that a training must have won
Result = Mapping[str, Any]
Measure = Callable[[Result], float]


@dataclass(frozen=True)
class Trained:
    """All measurements of the experiment.

    Attributes:
        rates: The learning rates, in rising order.
        activations: The non-linearities.
        seeds: The seeds.
        scales: What the initial kernels were multiplied with besides 1, at `middle`.
        results: By `(activation, normalized, rate, scale, seed)`.
    """

    rates: Sequence[float]
    activations: Sequence[str]
    seeds: Sequence[int]
    scales: Sequence[float]
    results: Mapping[tuple[str, bool, float, float, int], Result]

    @property
    def middle(self) -> float:
        """The rate in the middle of the list."""
        return self.rates[len(self.rates) // 2]

    def one(
        self, activation: str, normalized: bool, rate: float, seed: int, scale: float = 1.0
    ) -> Result:
        """Returns what was measured in one training."""
        return self.results[activation, normalized, rate, scale, seed]

    def over_seeds(
        self, activation: str, normalized: bool, rate: float, scale: float = 1.0
    ) -> list[Result]:
        """Returns what was measured in one kind of training, an entry a seed."""
        return [self.one(activation, normalized, rate, seed, scale) for seed in self.seeds]

    def over_rates(self, activation: str, normalized: bool, seed: int) -> list[Result]:
        """Returns what was measured with one seed, an entry a rate."""
        return [self.one(activation, normalized, rate, seed) for rate in self.rates]

    def means(self, activation: str, measure: Measure) -> tuple[list[float], list[float]]:
        """Returns a mean over the rates for each seed, without and with normalisation.

        Where a measure is NaN without or with it, as after a divergence, its rate is left out of
        both.
        """
        pairs: list[tuple[float, float]] = []
        for seed in self.seeds:
            columns = [
                [measure(result) for result in self.over_rates(activation, normalized, seed)]
                for normalized in (False, True)
            ]
            both = [pair for pair in zip(*columns, strict=True) if all(map(math.isfinite, pair))]
            pairs.append((mean(a for a, _ in both), mean(b for _, b in both)))
        return [a for a, _ in pairs], [b for _, b in pairs]

    def best_rate(
        self, activation: str, normalized: bool, measure: Measure, direction: int, seed: int
    ) -> float:
        """Returns the rate with the best mean over the other seeds than one, the lowest of equals.

        A seed that has chosen a rate looks better at it than it is; a single one chooses its own.

        Args:
            activation: The non-linearity.
            normalized: Whether with batch normalisation.
            measure: Of one training.
            direction: 1 if larger is better, -1 if smaller is.
            seed: That is judged at this rate.
        """
        others = [each for each in self.seeds if each != seed] or self.seeds
        return max(
            self.rates,
            key=lambda rate: (
                direction
                * mean(measure(self.one(activation, normalized, rate, each)) for each in others)
            ),
        )


def mean(values: Iterable[float]) -> float:
    """Returns the mean, NaN of nothing.

    Example:
        >>> mean([1.0, 2.0]), mean([])
        (1.5, nan)
    """
    listed = list(values)
    return math.fsum(listed) / len(listed) if listed else math.nan


def epochs_to(curve: Sequence[float], target: float) -> int:
    """Returns the first epoch, counted from 1, at which a curve reaches a target; one more than
    there are where it does not.

    Example:
        >>> epochs_to([0.4, 0.6, 0.5], 0.6), epochs_to([0.4, float("nan")], 0.6)
        (2, 3)
    """
    reached = (epoch for epoch, value in enumerate(curve, start=1) if value >= target)
    return next(reached, len(curve) + 1)


def trains(result: Result) -> bool:
    """Whether a training has learnt: its last loss is finite and at least a tenth below that of
    chance, the entropy of the classes.
    """
    return bool(result["loss"][-1] <= (1 - MARGIN) * result["chance_loss"])


def last_accuracy(result: Result, curve: str = "val_accuracy") -> float:
    """Returns the accuracy after the last epoch; that of the largest class after a divergence,
    where a network answers always the same.
    """
    value = float(result[curve][-1])
    return value if math.isfinite(value) else float(result["chance_accuracy"])


def highest_rate(rates: Sequence[float], results: Sequence[Result]) -> float:
    """Returns the logarithm, to base 10, of the highest rate that trains; one decade below the
    lowest rate where none does.

    Example:
        >>> learnt, not_learnt = ({"loss": [loss], "chance_loss": 1.1} for loss in (0.5, 1.1))
        >>> highest_rate([0.01, 0.1, 1.0], [learnt, learnt, not_learnt])
        -1.0
    """
    good = [rate for rate, result in zip(rates, results, strict=True) if trains(result)]
    return math.log10(max(good)) if good else math.log10(min(rates)) - 1


def gradient_ratio(result: Result) -> float:
    """Returns the logarithm, to base 10, of the gradient norm of the first block over that of the
    last block, mean over the looks; NaN after a divergence.
    """
    found = [norms for norms in result["gradient_norms"] if all(each > 0 for each in norms)]
    complete = len(found) == len(result["gradient_norms"]) and math.isfinite(result["loss"][-1])
    return mean(math.log10(each[0] / each[-2]) for each in found) if complete else math.nan


def drift(result: Result) -> float:
    """Returns the logarithm, to base 10, of how far the pre-activations shift from one look to the
    next, in deviations, mean over blocks and looks; NaN after a divergence.
    """
    shifts = [each for look in result["shifts"][1:] for each in look]
    complete = math.isfinite(result["loss"][-1]) and all(each > 0 for each in shifts)
    return mean(map(math.log10, shifts)) if complete else math.nan


def last_saturated(result: Result) -> float:
    """Returns the share of saturated pre-activations at the last look, mean over blocks; NaN after
    a divergence.
    """
    return mean(result["saturated"][-1]) if math.isfinite(result["loss"][-1]) else math.nan
