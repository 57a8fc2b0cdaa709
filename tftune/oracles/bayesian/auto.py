"""The search method for whoever names none."""

from __future__ import annotations

from tftune.oracles.bayesian.fast_gp import FastGaussianProcessMethod
from tftune.oracles.core.bound import BoundOracle


class AutoMethod(FastGaussianProcessMethod):
    """Bayesian optimisation that looks at the losses in three ways and trusts each as far as it has
    predicted.

    For each proposal a Gaussian process is fitted to the losses as they are, to the quantiles of
    their ranks (no outlier harms them) and to the logarithm of their distance to the best (tells
    close good results apart). Of each process the predictions of results that are left out, one at
    a time, are compared with what they were; the better it ranks the good results, the more its
    logarithm of the expected improvement counts in the mean of the three. Chosen by measurement,
    see `benchmarks/README.md`. Everything else is as in `FastGaussianProcessMethod`.

    Args:
        initial_points: Results before the process is asked; random configurations give them. None
            for one more than the tuned knobs, but at least 3 and at most 8.
        warping: `"averaged"` weighs the three views of the losses, `"adaptive"` takes the one that
            predicts best (as before version 0.8); `"none"`, `"copula"` and `"logarithm"` are one of
            them.
        around_start: Whether good configurations are expected around the start configurations, and
            so sought there (see `user_prior.py`); needs one. Only the knobs that it names count.

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
        warping: str = "averaged",
        around_start: bool = False,
    ) -> None:
        super().__init__(initial_points, warping, around_start)


class AutoOracle(BoundOracle[AutoMethod]):
    """Our recommendation as an oracle."""
