"""Sobol's sequence (Sobol 1967) with the direction numbers of Joe & Kuo (2008)."""

from __future__ import annotations

import numpy as np

from tftune.oracles.core.bound import BoundOracle
from tftune.oracles.sampling.low_discrepancy import BLOCK, SequenceMethod, scipy_engine
from tftune.support.seeding import generator


class SobolMethod(SequenceMethod):
    """Tries the points of Sobol's sequence: any 2^m of them that begin at a multiple of 2^m fill
    every knob's 2^m equal strata once each.

    Column j of point i is x_ij = i_1 v_1j xor i_2 v_2j xor ..., where i_1, i_2, ... are the digits
    of i in base 2 (of its Gray code, which visits the points of each block of 2^m in another order)
    and v_kj are direction numbers. The points are SciPy's. `max_trials` is best a power of two; any
    other number works.

    References:
        I. M. Sobol: On the distribution of points in a cube and the approximate evaluation of
        integrals. USSR Computational Mathematics and Mathematical Physics 7(4):86-112, 1967. S.
        Joe, F. Y. Kuo: Constructing Sobol sequences with better two-dimensional projections. SIAM
        Journal on Scientific Computing 30(5):2635-2654, 2008. Scrambling: J. Matousek: On the
        L2-discrepancy for anchored boxes. Journal of Complexity 14(4):527-556, 1998.

    Args:
        scramble: Whether the sequence is scrambled by the seed, which keeps its evenness. False
            gives the sequence of the textbook, whatever the seed.

    Raises:
        UsageError: If `scramble` is no bool.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Float("dropout", 0.0, 1.0)
        >>> oracle = SobolOracle("val_loss", max_trials=4, hyperparameters=hp, scramble=False)
        >>> trials = [oracle.create_trial(f"slot {slot}") for slot in range(4)]
        >>> [trial.hyperparameters.values["dropout"] for trial in trials]
        [0.0, 0.5, 0.75, 0.25]
    """

    @property
    def title(self) -> str:
        """What the points are."""
        return f"{'scrambled' if self.scramble else 'plain'} Sobol sequence"

    def block(self, number: int, dimensions: int) -> np.ndarray:
        """Returns points number * 64 to number * 64 + 63."""
        engine = scipy_engine(
            "Sobol", dimensions, generator(self.view.seed, 0, "sobol"), scramble=self.scramble
        )
        if number:  # SciPy cannot go forward by 0
            engine.fast_forward(number * BLOCK)
        return np.asarray(engine.random(BLOCK))


class SobolOracle(BoundOracle[SobolMethod]):
    """Sobol's sequence as an oracle."""
