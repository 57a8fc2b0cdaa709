"""The search method for whoever names none."""

from __future__ import annotations

from typing import Any

from tftune.oracles.bayesian.fast_gp import FastGaussianProcessOracle


class AutoOracle(FastGaussianProcessOracle):
    """Bayesian optimisation that looks at the losses in three ways and trusts the one that has
    predicted best.

    For each proposal a Gaussian process is fitted to the losses as they are, to the quantiles of
    their ranks (no outlier harms them) and to the logarithm of their distance to the best (tells
    close good results apart). Of each process the predictions of results that are left out, one at
    a time, are compared with what they were; the process that ranks the good results best proposes.
    Chosen by measurement, see `benchmarks/README.md`; for the rest see `FastGaussianProcessOracle`.

    Args:
        objective: See `AbstractOracle`.
        max_trials: See `AbstractOracle`.
        hyperparameters: See `AbstractOracle`.
        seed: See `AbstractOracle`.
        initial_points: See `FastGaussianProcessOracle`.
        warping: See `FastGaussianProcessOracle`. Defaults to `"adaptive"`.
        **options: See `AbstractOracle`.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Float("rate", 1e-4, 1e-1, sampling="log")
        >>> AutoOracle("val_loss", max_trials=30, hyperparameters=hp, seed=0).warpings
        ('none', 'copula', 'logarithm')
    """

    def __init__(
        self,
        objective: Any = None,
        max_trials: int | None = 10,
        hyperparameters: Any = None,
        seed: int | None = None,
        initial_points: int | None = None,
        warping: str = "adaptive",
        **options: Any,
    ) -> None:
        super().__init__(
            objective, max_trials, hyperparameters, seed, initial_points, warping, **options
        )
