"""Halton's sequence (Halton 1960)."""

from __future__ import annotations

import numpy as np

from tftune.oracles.core.bound import BoundOracle
from tftune.oracles.sampling.low_discrepancy import BLOCK, SequenceMethod, halton_points
from tftune.support.seeding import generator


class HaltonMethod(SequenceMethod):
    """Tries the points of Halton's sequence: column j of point i is the radical inverse of i in
    base p_j, the j-th prime.

    With i = d_0 + d_1 p + d_2 p^2 + ... the radical inverse is phi_p(i) = d_0 / p + d_1 / p^2 + d_2
    / p^3 + ...: in base 2 the sequence is 1/2, 1/4, 3/4, 1/8, ..., in base 3 it is 1/3, 2/3, 1/9,
    4/9, .... The plain sequence begins with i = 1; its columns of large bases run side by side for
    long, which scrambling mends.

    References:
        J. H. Halton: On the efficiency of certain quasi-random sequences of points in evaluating
        multi-dimensional integrals. Numerische Mathematik 2:84-90, 1960. Scrambling: A. B. Owen: A
        randomized Halton algorithm in R. arXiv:1706.02808, 2017.

    Args:
        scramble: Whether the sequence is scrambled by the seed, which keeps its evenness. False
            gives the sequence of the textbook, whatever the seed.

    Raises:
        UsageError: If `scramble` is no bool.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Float("dropout", 0.0, 1.0)
        >>> oracle = HaltonOracle("val_loss", max_trials=4, hyperparameters=hp, scramble=False)
        >>> trials = [oracle.create_trial(f"slot {slot}") for slot in range(4)]
        >>> [trial.hyperparameters.values["dropout"] for trial in trials]
        [0.5, 0.25, 0.75, 0.125]
    """

    @property
    def title(self) -> str:
        """What the points are."""
        return f"{'scrambled' if self.scramble else 'plain'} Halton sequence"

    def block(self, number: int, dimensions: int) -> np.ndarray:
        """Returns points number * 64 + 1 to number * 64 + 64."""
        return halton_points(
            number * BLOCK + 1,
            BLOCK,
            dimensions,
            generator(self.view.seed, 0, "halton") if self.scramble else None,
        )


class HaltonOracle(BoundOracle[HaltonMethod]):
    """Halton's sequence as an oracle."""
