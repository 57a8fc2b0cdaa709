"""The search method for whoever names none."""

from __future__ import annotations

from tftune.oracles.bayesian.fast_gp import FastGaussianProcessMethod
from tftune.oracles.core.bound import BoundOracle


class AutoMethod(FastGaussianProcessMethod):
    """Bayesian optimisation that looks at the losses in three ways and trusts the one that has
    predicted best.

    For each proposal a Gaussian process is fitted to the losses as they are, to the quantiles of
    their ranks (no outlier harms them) and to the logarithm of their distance to the best (tells
    close good results apart). Of each process the predictions of results that are left out, one at
    a time, are compared with what they were; the process that ranks the good results best proposes.
    Chosen by measurement, see `benchmarks/README.md`. Everything else is as in
    `FastGaussianProcessMethod`.

    Args:
        initial_points: Results before the process is asked; random configurations give them. None
            for one more than the tuned knobs, but at least 3 and at most 8.
        warping: `"adaptive"` compares the three views of the losses; `"none"`, `"copula"` and
            `"logarithm"` take one of them.

    Raises:
        UsageError: If `warping` is unknown or a number below its least.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Float("rate", 1e-4, 1e-1, sampling="log")
        >>> AutoOracle("val_loss", max_trials=30, hyperparameters=hp, seed=0).method.warpings
        ('none', 'copula', 'logarithm')
    """

    def __init__(
        self,
        initial_points: int | None = None,
        warping: str = "adaptive",
        around_start: bool = False,
    ) -> None:
        super().__init__(initial_points, warping, around_start)


class AutoOracle(BoundOracle[AutoMethod]):
    """Our recommendation as an oracle."""
