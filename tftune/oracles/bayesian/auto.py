"""The search method for whoever names none."""

from __future__ import annotations

from tftune.oracles.bayesian.fast_gp import FastGaussianProcessMethod
from tftune.oracles.core.bound import BoundOracle


class AutoMethod(FastGaussianProcessMethod):
    """Bayesian optimisation that sees the losses in three ways and trusts each as far as it
    predicts.

    For each proposal one Gaussian process is fitted to the losses as they are, one to the quantiles
    of their ranks (no outlier harms them) and one to the logarithm of their distance to the best
    (it tells close good results apart). Each process predicts every result from the others. The
    better it ranks the good results in this way, the more the logarithm of its expected improvement
    counts in the mean of the three. Chosen by measurement, see `benchmarks/README.md`. Everything
    else is as in `FastGaussianProcessMethod`.

    With a budget of epochs, or with a time limit and no number of trials, a search by `auto` is one
    by `FilledHalvingMethod` (see `choosing.py`). The guide on choosing a method tells the details.

    Args:
        initial_points: Results of random configurations before the process is asked, at least 1.
            None for one more than the tuned knobs, but at least 3 and at most 8.
        warping: `"averaged"` weighs the three views of the losses, `"adaptive"` takes the one that
            predicts best (as before version 0.8); `"none"`, `"copula"` and `"logarithm"` use a
            single one.
        around_start: Whether to look for good configurations near the start configurations, too
            (see `user_prior.py`); needs at least one. Only the knobs that they name count.

    Raises:
        UsageError: If `warping` is unknown or a number below its least; when the search begins, if
            `around_start` has no start configuration.

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
