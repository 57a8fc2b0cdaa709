"""Bayesian optimisation with extremely randomised trees: scikit-optimize's `forest_minimize`, asked
and told one trial at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tftune.oracles.bayesian.choices import FOREST_ACQUISITIONS
from tftune.oracles.bayesian.skopt_method import SkoptMethod
from tftune.oracles.bayesian.surrogate import extra_trees
from tftune.oracles.core.bound import BoundOracle
from tftune.support.checks import check_count


class ForestMethod(SkoptMethod):
    """Proposes, one trial at a time, exactly the points of `skopt.forest_minimize(func, dimensions,
    random_state=seed)`.

    The model is a forest of 100 extremely randomised trees (P. Geurts, D. Ernst, L. Wehenkel:
    Extremely randomized trees, Machine Learning 63:3-42, 2006) with at least 3 results in a leaf.
    At a point x, mu(x) is the mean over the trees and sigma(x)^2 the variance between the trees
    plus the mean variance inside their leaves (F. Hutter, L. Xu, H. Hoos, K. Leyton-Brown:
    Algorithm runtime prediction, Artificial Intelligence 206:79-111, 2014). The acquisition
    function is evaluated at random points, the best is proposed. With f* the best loss so far, xi =
    0.01, z = (f* - xi - mu) / sigma and Phi, phi of the standard normal distribution, expected
    improvement is (f* - xi - mu) Phi(z) + sigma phi(z).

    Trees split on one knob at a time and know no distances.

    - A failed trial is told as worst + 0.1 (worst - best) over the completed trials.
    - While other trials run, they are taken to have given the best value so far (constant liar), so
      that no two slots get one point.
    - A configuration that was tried is replaced by the nearest of 64 that were not.
    - Inactive knobs stand at their default.

    Args:
        acquisition: `"EI"` (expected improvement), `"LCB"` (mu - 1.96 sigma), `"PI"` (probability
            of improvement) or `"EIps"` (expected improvement per second of training). Defaults to
            `"EI"`, as in `forest_minimize`.
        initial_design: How the first configurations are drawn: `"random"`, `"sobol"`, `"halton"`,
            `"hammersley"`, `"lhs"` (Latin hypercube) or `"grid"`.
        initial_points: Their number, at least 1; None for 10, as in `forest_minimize`, or half of
            `max_trials` where that is below 10.
        candidates: Random points at which the acquisition function is evaluated, at least 1.
            Defaults to 10,000, as in `forest_minimize`; fewer are faster.

    Raises:
        UsageError: If a name is unknown or a number is below its least.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Choice("optimizer", ["sgd", "adam"]), hp.Float("rate", 1e-4, 1e-1)
        >>> oracle = ForestOracle("val_loss", max_trials=30, hyperparameters=hp, seed=0)
        >>> print(oracle.plan())
        at most 30 trials; the space has infinitely many configurations
        10 are drawn at random, then a forest of extra trees proposes (EI)
    """

    acquisitions = FOREST_ACQUISITIONS
    model_name = "a forest of extra trees"

    def __init__(
        self,
        acquisition: str = "EI",
        initial_design: str = "random",
        initial_points: int | None = None,
        candidates: int = 10_000,
    ) -> None:
        check_count("candidates", candidates, least=1)
        self.candidates = candidates
        super().__init__(acquisition, initial_design, initial_points)

    def build_optimizer(self, dimensions: Sequence[Any], seed: int, design: str) -> Any:
        """Returns the optimiser of `forest_minimize`."""
        return extra_trees(
            dimensions, seed, self.acquisition, design, self.initial_points, self.candidates
        )


class ForestOracle(BoundOracle[ForestMethod]):
    """scikit-optimize's forest as an oracle."""
