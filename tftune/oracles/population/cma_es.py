"""CMA-ES (Hansen & Ostermeier 2001) with margin (Hamano et al. 2022), by the library `cmaes`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tftune.oracles.core.bound import BoundOracle
from tftune.oracles.core.optional import need
from tftune.oracles.population.population import PopulationMethod
from tftune.space.search_space import Knob
from tftune.support.checks import check_count, check_number
from tftune.support.seeding import derive

_MOST_STEPS = 1000  # a linear integer with more values than this is a continuous coordinate


class CovarianceMethod(PopulationMethod):
    """Draws a population from a normal distribution and moves and shapes it towards the better
    half, generation by generation.

    Points are x = m + sigma N(0, C). After lambda of them have losses, the mean m becomes the
    weighted mean of the better half, the step size sigma follows the length of the path of m, and
    the covariance C the directions that succeeded.

    N. Hansen, A. Ostermeier: Completely derandomized self-adaptation in evolution strategies,
    Evolutionary Computation 9(2):159-195, 2001. N. Hansen: The CMA evolution strategy: a tutorial,
    arXiv:1604.00772, 2016.

    It works in the unit cube, where every knob with more than one value is a coordinate (see
    `PopulationMethod`). A coordinate of a knob with n values has n places; the margin keeps the
    probability of leaving the present one above 1 / (n_coordinates lambda), without which the
    distribution would freeze there (R. Hamano, S. Saito, M. Nomura, S. Shirakawa: CMA-ES with
    margin, GECCO 2022). CMA-ES has no notion of unordered choices: it takes them in the order of
    their declaration.

    The distribution starts at the best configuration known, such as one of an earlier search, or at
    the middle. When it has collapsed it starts anew at a random point with twice the population
    (IPOP; A. Auger, N. Hansen, CEC 2005). With parallel slots, results that arrive when their
    generation is complete are not used.

    The library `cmaes` does the work, as it does underneath Optuna's `CmaEsSampler`.

    Args:
        population: lambda, at least 4; None for 4 + floor(3 ln n) with n coordinates.
        sigma: First step size, a share of every knob's range, above 0 and at most 1. Defaults to
            1/6, as in Optuna.

    Raises:
        UsageError: If `cmaes` is not installed or a number is outside its range.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Float("rate", 1e-4, 1e-1, sampling="log"), hp.Float("dropout", 0.0, 0.5)
        >>> oracle = CovarianceOracle("val_loss", max_trials=30, hyperparameters=hp, seed=0)
        >>> print(oracle.plan())
        at most 30 trials; the space has infinitely many configurations
        CMA-ES with 6 trials a generation in 2 coordinates
    """

    def __init__(
        self,
        population: int | None = None,
        sigma: float = 1 / 6,
    ) -> None:
        check_count("population", population, least=4, optional=True)
        check_number("sigma", sigma, 0, 1, above=True, example=0.2)
        need("cmaes", extra="optuna")
        self.population, self.sigma = population, float(sigma)

    def new_engine(self, coordinates: int, seed: int) -> CovarianceEngine:
        """Returns the evolution strategy."""
        steps = np.array([_step(self.view.space.knobs[index]) for index in self.coordinates])
        return CovarianceEngine(
            steps, seed, self.population or default_population(coordinates), self.sigma
        )

    def plan(self) -> str:
        """Returns the size of the search and of a generation."""
        count = len(self.coordinates)
        size = self.population or default_population(max(count, 1))
        told = f"CMA-ES with {size} trials a generation in {count} coordinates"
        short = "the trials are of the first one, and nothing is learnt from them"
        return f"{super().plan()}\n{self.unless_short(size, told, short)}"


class CovarianceEngine:
    """CMA-ES asked and told one point at a time.

    Args:
        steps: Distance of neighbouring places of each coordinate, the first and last half a step
            from the ends; 0 for every place.
        seed: Of its random numbers.
        population: lambda of the first run.
        sigma: First step size of every run.
    """

    def __init__(self, steps: np.ndarray, seed: int, population: int, sigma: float) -> None:
        self._steps, self._seed, self._population, self._sigma = steps, seed, population, sigma
        self._bounds = np.stack([steps / 2, 1 - steps / 2], axis=1)
        self._best: tuple[float, np.ndarray] = (math.inf, np.full(len(steps), 0.5))
        self._strategy: Any = None
        self._run, self._generation, self._asked = -1, 0, 0
        self._mean = self._best[1]
        self._told: list[tuple[np.ndarray, float]] = []
        self._past: list[list[tuple[np.ndarray, float]]] = []  # generations of this run

    def ask(self) -> tuple[Any, np.ndarray]:
        """Returns a draw of the present generation; the ticket holds its number and the draw before
        it was moved to a place.
        """
        if self._strategy is None or (not self._told and self._strategy.should_stop()):
            self._start()
        self._asked += 1
        self._strategy.reseed_rng(derive(self._seed, self._asked, "draw"))
        place, drawn = self._strategy.ask()
        return (self._generation, drawn), np.clip(place, 0.0, 1.0)

    def tell(self, ticket: Any, loss: float) -> None:
        """Takes a loss; the last of a generation moves the distribution, one of an earlier
        generation changes nothing.
        """
        generation, drawn = ticket
        if generation != self._generation:
            return
        self._told.append((drawn, loss))
        if len(self._told) == self._strategy.population_size:
            self._strategy.tell(self._told)
            self._past.append(self._told)
            self._told, self._generation = [], self._generation + 1

    def tell_other(self, point: np.ndarray, loss: float) -> None:
        """Takes a result of others; the best of those before the first generation is where the
        distribution starts.
        """
        if loss < self._best[0]:
            self._best = (loss, point)

    def _start(self) -> None:
        self._run += 1
        self._mean = self._best[1]
        if self._run:
            self._mean = np.random.default_rng(derive(self._seed, self._run, "mean")).random(
                len(self._steps)
            )
        self._strategy = self._new_strategy()
        self._past, self._told, self._generation = [], [], self._generation + 1

    def _new_strategy(self) -> Any:
        low, high = self._bounds.T
        return need("cmaes", extra="optuna").CMAwM(
            mean=np.clip(self._mean, low, high),
            sigma=self._sigma,
            bounds=self._bounds,
            steps=self._steps,
            n_max_resampling=10 * len(self._steps),
            population_size=self._population * 2**self._run,
        )

    def __getstate__(self) -> dict[str, Any]:
        return {
            **self.__dict__,
            "_strategy": None,
        }  # a pickled one of `cmaes` is not the same to the last bit

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if self._run >= 0:
            self._strategy = self._new_strategy()
            for generation in self._past:
                self._strategy.tell(generation)


def default_population(coordinates: int) -> int:
    """Returns 4 + floor(3 ln n), the size that Hansen's tutorial gives for n coordinates."""
    return 4 + math.floor(3 * math.log(coordinates))


def _step(knob: Knob) -> float:
    """Returns the width of a value's part of the unit interval, where the parts are equal and not
    too many.
    """
    equal = (
        bool(knob.choices)
        or knob.step is not None
        or (knob.kind == "Int" and knob.sampling == "linear")
    )
    return 1 / knob.size if equal and knob.size is not None and knob.size <= _MOST_STEPS else 0.0


class CovarianceOracle(BoundOracle[CovarianceMethod]):
    """CMA-ES as an oracle."""
