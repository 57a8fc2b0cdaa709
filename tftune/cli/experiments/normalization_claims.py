"""What the lecture's hypotheses on batch normalisation foretell, as differences that can be
measured.

H1  It trains faster: an accuracy is reached in fewer epochs (Ioffe & Szegedy 2015, section 4.2).
H2  It tolerates higher learning rates and depends less on rate and initial weights (the same,
    section 3.3: BN(Wu) = BN((aW)u), so that the scale of W does not change the layer's answer).
H3  It keeps pre-activations from drifting and from saturation, and so lets sigmoids train (the
    same, section 1). Santurkar et al. 2018 doubt the drift as the cause: a network whose
    normalised layers are made to drift by noise trains as fast. A smaller drift that is measured
    here is therefore what H3 says happens, not that it is why.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial

from tftune.cli.experiments.claims import Claim
from tftune.cli.experiments.normalization_measures import (
    Measure,
    Result,
    Trained,
    drift,
    epochs_to,
    gradient_ratio,
    highest_rate,
    last_accuracy,
    last_saturated,
    mean,
    trains,
)

HYPOTHESES = {
    "H1": "batch normalisation trains faster: an accuracy is reached in fewer epochs",
    "H2": "it tolerates higher learning rates, and depends less on the rate and on the scale of "
    "the initial weights",
    "H3": "it keeps pre-activations from drifting and from saturation, and so lets sigmoids train",
}
SATURATING = ("sigmoid", "tanh")


def claims_of(trained: Trained, target: float) -> list[Claim]:
    """Returns every difference that a hypothesis foretells.

    Args:
        trained: All measurements.
        target: The accuracy that is to be reached.
    """
    return [
        claim
        for activation in trained.activations
        for part in (_speed(trained, activation, target), _rates(trained, activation))
        for claim in part
    ] + [claim for activation in trained.activations for claim in _drift(trained, activation)]


def epochs_measure(curve: str, target: float) -> Measure:
    """Returns a measure: epochs until a curve reaches the target."""

    def measure(result: Result) -> float:
        return float(epochs_to(result[curve], target))

    return measure


def _at_best(
    trained: Trained, activation: str, measure: Measure, direction: int
) -> tuple[list[float], list[float]]:
    """Returns a measure for each seed, without and with normalisation, each at the rate that is its
    best with the other seeds.
    """

    def of(normalized: bool, seed: int) -> float:
        rate = trained.best_rate(activation, normalized, measure, direction, seed)
        return measure(trained.one(activation, normalized, rate, seed))

    without, with_it = (
        [of(normalized, seed) for seed in trained.seeds] for normalized in (False, True)
    )
    return without, with_it


def _speed(trained: Trained, activation: str, target: float) -> Iterator[Claim]:
    for curve, name in (("accuracy", "training"), ("val_accuracy", "validation")):
        measure = epochs_measure(curve, target)
        words = f"{activation}: epochs to {name} accuracy {target:g}"
        yield Claim("H1", f"{words}, mean over rates", *trained.means(activation, measure), -1)
        best = _at_best(trained, activation, measure, -1)
        yield Claim("H1", f"{words}, each at its best rate", *best, -1)


def _rates(trained: Trained, activation: str) -> Iterator[Claim]:
    highest: list[list[float]] = []
    usable: list[list[float]] = []
    for normalized in (False, True):
        by_seed = [trained.over_rates(activation, normalized, seed) for seed in trained.seeds]
        highest.append([highest_rate(trained.rates, results) for results in by_seed])
        usable.append([float(sum(map(trains, results))) for results in by_seed])
    text = f"{activation}: log10 of the highest rate that trains (none: a tenth of the lowest)"
    yield Claim("H2", text, highest[0], highest[1], 1)
    text = f"{activation}: how many of the {len(trained.rates)} rates train"
    yield Claim("H2", text, usable[0], usable[1], 1)
    if trained.scales:
        lost = [_lost_by_scale(trained, activation, normalized) for normalized in (False, True)]
        text = f"{activation}: accuracy that scaled initial weights cost, rate {trained.middle:g}"
        yield Claim("H2", text, lost[0], lost[1], -1)


def _lost_by_scale(trained: Trained, activation: str, normalized: bool) -> list[float]:
    """Returns for each seed the accuracy with the usual initial weights less that with scaled
    ones; NaN where the usual ones do not train, so that there is nothing to lose.
    """
    one = partial(trained.one, activation, normalized, trained.middle)
    return [
        last_accuracy(one(seed)) - mean(last_accuracy(one(seed, scale)) for scale in trained.scales)
        if trains(one(seed))
        else math.nan
        for seed in trained.seeds
    ]


def _drift(trained: Trained, activation: str) -> Iterator[Claim]:
    shifts = trained.means(activation, drift)
    yield Claim("H3", f"{activation}: log10 of drift of pre-activations, deviations", *shifts, -1)
    if activation not in SATURATING:
        return
    saturated = trained.means(activation, last_saturated)
    yield Claim("H3", f"{activation}: share of saturated pre-activations", *saturated, -1)
    ratios = trained.means(activation, gradient_ratio)
    yield Claim("H3", f"{activation}: log10 of gradient norm, first block over last", *ratios, 1)
    accuracy = partial(last_accuracy, curve="accuracy")
    best = _at_best(trained, activation, accuracy, 1)
    yield Claim("H3", f"{activation}: training accuracy, each at its best rate", *best, 1)
