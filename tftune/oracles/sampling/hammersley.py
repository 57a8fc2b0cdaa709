"""Hammersley's point set (Hammersley 1960): an evenly spaced column beside Halton's sequence."""

from __future__ import annotations

import numpy as np

from tftune.oracles.core.bound import BoundOracle
from tftune.oracles.sampling.low_discrepancy import PointSetMethod, halton_points
from tftune.support.checks import check_flag
from tftune.support.seeding import generator


class HammersleyMethod(PointSetMethod):
    """Tries the n points (i / n, phi_2(i), phi_3(i), phi_5(i), ...), i = 0, ..., n - 1, where phi_p
    is Halton's radical inverse.

    The first knob with more than one value has the even column. With `scramble` the column is moved
    to the right by less than 1 / n and Halton's digits are scrambled, both by the seed; and the
    points are visited in a random order, so that an interrupted search has not seen the first
    knob's lower end only. After n trials comes set b = 1, 2, ...: its even column lies between
    those before, moved by phi_2(b) / n, and Halton's sequence goes on with i = b n, b n + 1, ....

    References:
        J. M. Hammersley: Monte Carlo methods for solving multivariable problems. Annals of the New
        York Academy of Sciences 86:844-874, 1960.

    Args:
        points: n, the size of a set, at least 1. Defaults to `max_trials` without the start
            configurations; with `max_trials=None` to 64. A search that is resumed keeps its number.
        scramble: Whether the seed moves the even column, scrambles the digits and orders the
            points. False gives the set of the textbook in its order, whatever the seed.

    Raises:
        UsageError: If `points` is below 1 or `scramble` no bool.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Float("dropout", 0.0, 1.0), hp.Float("momentum", 0.0, 1.0)
        >>> oracle = HammersleyOracle("val_loss", max_trials=4, hyperparameters=hp, scramble=False)
        >>> trials = [oracle.create_trial(f"slot {slot}") for slot in range(4)]
        >>> [tuple(trial.hyperparameters.values.values()) for trial in trials]
        [(0.0, 0.0), (0.25, 0.5), (0.5, 0.25), (0.75, 0.75)]
    """

    def __init__(self, points: int | None = None, scramble: bool = True) -> None:
        super().__init__(points)
        check_flag("scramble", scramble)
        self.scramble = scramble

    @property
    def title(self) -> str:
        """What the points are."""
        return f"{'scrambled' if self.scramble else 'plain'} Hammersley set of {self.points} points"

    def block(self, number: int, dimensions: int) -> np.ndarray:
        """Returns set `number`."""
        order: np.ndarray = np.arange(self.points)
        within = float(halton_points(number, 1, 1, None)[0, 0])
        digits = None
        if self.scramble:
            order = generator(self.view.seed, number, "hammersley order").permutation(self.points)
            within = (within + generator(self.view.seed, 0, "hammersley column").random()) % 1.0
            digits = generator(self.view.seed, 0, "hammersley")
        even = (np.arange(self.points) + within) / self.points
        if dimensions == 1:
            return even[order, None]
        others = halton_points(number * self.points, self.points, dimensions - 1, digits)
        return np.asarray(np.column_stack([even, others])[order])


class HammersleyOracle(BoundOracle[HammersleyMethod]):
    """Hammersley's point set as an oracle."""
