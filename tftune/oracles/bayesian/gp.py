"""Bayesian optimisation with a Gaussian process: scikit-optimize's `gp_minimize`, asked and told
one trial at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tftune.oracles.bayesian.choices import GP_ACQUISITIONS
from tftune.oracles.bayesian.skopt_method import SkoptMethod
from tftune.oracles.bayesian.surrogate import gaussian_process
from tftune.oracles.core.bound import BoundOracle


class GaussianProcessMethod(SkoptMethod):
    """Proposes, one trial at a time, exactly the points of
    `skopt.gp_minimize(func, dimensions, random_state=seed)`.

    - An objective to maximise is negated.
    - A failed trial, and one whose loss is beyond 1e100, is told as worst + 0.1 (worst - best) over
      the completed trials (0.1 |worst| or 0.1 where that is 0); before the first completed trial it
      is kept back.
    - While other trials run, they are taken to have given the best value so far (constant liar), so
      that no two slots get one point.
    - A configuration that was tried is replaced by the nearest of 64 that were not: `gp_minimize`
      would repeat it.
    - Inactive knobs stand at their default.

    Each proposal after the first ones fits the process to all n trials, which takes O(n^3) time:
    0.2 s at n = 15, 0.4 s at n = 55. The last bits of a fit depend on the number of threads that
    linear algebra uses, here as in `gp_minimize`. tftune sets it
    to 1, which is also the fastest, so that a search repeats on a machine with other cores.

    Args:
        acquisition: `"gp_hedge"` (chooses among the next three), `"EI"` (expected improvement),
            `"PI"` (its probability), `"LCB"` (lower confidence bound) or `"EIps"` (expected
            improvement per second of training).
        initial_design: How the first configurations are drawn: `"random"`, `"sobol"`, `"halton"`,
            `"hammersley"`, `"lhs"` (Latin hypercube) or `"grid"`.
        initial_points: Their number, at least 1; None for 10, as in `gp_minimize`, or half of
            `max_trials` where that is below 10.

    Raises:
        UsageError: If a name is unknown or a number is below its least.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Float("rate", 1e-4, 1e-1, sampling="log")
        >>> oracle = GaussianProcessOracle("val_loss", 30, hyperparameters=hp, seed=0)
        >>> print(oracle.plan())
        at most 30 trials; the space has infinitely many configurations
        10 are drawn at random, then a Gaussian process proposes (gp_hedge)
    """

    acquisitions = GP_ACQUISITIONS
    model_name = "a Gaussian process"

    def __init__(
        self,
        acquisition: str = "gp_hedge",
        initial_design: str = "random",
        initial_points: int | None = None,
    ) -> None:
        super().__init__(acquisition, initial_design, initial_points)

    def build_optimizer(self, dimensions: Sequence[Any], seed: int, design: str) -> Any:
        """Returns the optimiser of `gp_minimize`."""
        return gaussian_process(dimensions, seed, self.acquisition, design, self.initial_points)


class GaussianProcessOracle(BoundOracle[GaussianProcessMethod]):
    """scikit-optimize's Gaussian process as an oracle."""
