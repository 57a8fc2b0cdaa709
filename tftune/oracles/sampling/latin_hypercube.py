"""Latin hypercube sampling (McKay, Beckman & Conover 1979)."""

from __future__ import annotations

from typing import Any

import numpy as np

from tftune.errors import UsageError
from tftune.oracles.sampling.low_discrepancy import PointSetOracle, check_flag, scipy_engine
from tftune.support.seeding import generator

OPTIMIZATIONS = (None, "random-cd")


class LatinHypercubeOracle(PointSetOracle):
    """Cuts every knob into N equal strata and tries N points that meet each stratum of each knob
    exactly once.

    X_jk = (pi_jk - 1 + U_jk) / N for point j and knob k, where pi_k is a random permutation of 1,
    ..., N and U_jk is drawn from [0, 1). After N trials comes another hypercube.

    References:
        M. D. McKay, R. J. Beckman, W. J. Conover: A comparison of three methods for selecting
        values of input variables in the analysis of output from a computer code. Technometrics
        21(2):239-245, 1979.

    Args:
        objective: See `AbstractOracle`.
        max_trials: See `AbstractOracle`.
        hyperparameters: See `AbstractOracle`.
        seed: See `AbstractOracle`.
        points: N, see `PointSetOracle`. Defaults to `max_trials`.
        scramble: True draws U_jk; False puts every point into the middle of its stratum, U_jk =
            1/2. The permutations follow the seed in both cases. Defaults to True.
        optimization: `"random-cd"` swaps coordinates as long as that lowers the centred
            discrepancy, which evens out pairs of knobs too; it took 2 s for 100 points of 8 knobs.
            Defaults to None.
        **options: See `AbstractOracle`.

    Raises:
        UsageError: If an argument is outside its range.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Float("dropout", 0.0, 1.0)
        >>> oracle = LatinHypercubeOracle("val_loss", max_trials=4, hyperparameters=hp, seed=0, scramble=False)
        >>> sorted(oracle.create_trial(f"slot {slot}").hyperparameters.values["dropout"] for slot in range(4))
        [0.125, 0.375, 0.625, 0.875]
    """

    def __init__(
        self,
        objective: Any = None,
        max_trials: int | None = 10,
        hyperparameters: Any = None,
        seed: int | None = None,
        points: int | None = None,
        scramble: bool = True,
        optimization: str | None = None,
        **options: Any,
    ) -> None:
        self.scramble, self.optimization = check_flag("scramble", scramble), optimization
        if optimization not in OPTIMIZATIONS:
            raise UsageError(
                f"optimization must be None or 'random-cd'. Received: {optimization!r}. Pass for "
                "example 'random-cd'."
            )
        super().__init__(objective, max_trials, hyperparameters, seed, points, **options)

    @property
    def title(self) -> str:  # type: ignore[override]
        """What the points are."""
        return f"Latin hypercube of {self.points} points"

    def options(self) -> dict[str, Any]:
        """Returns the size of the hypercube and how its points are drawn."""
        return {**super().options(), "scramble": self.scramble, "optimization": self.optimization}

    def block(self, number: int, dimensions: int) -> np.ndarray:
        """Returns hypercube `number`."""
        optimization = (
            self.optimization if self.points > 1 else None
        )  # one point has nothing to swap with
        options = {"scramble": self.scramble, "optimization": optimization}
        engine = scipy_engine(
            "LatinHypercube", dimensions, generator(self.seed, number, "lhs"), **options
        )
        return np.asarray(engine.random(self.points))
