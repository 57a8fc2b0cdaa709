"""Differential evolution (Storn & Price 1997), by Nevergrad."""

from __future__ import annotations

from typing import Any

from tftune.oracles.core.bound import BoundOracle
from tftune.oracles.population.nevergrad_engine import NevergradEngine, differential_evolution
from tftune.oracles.population.population import PopulationMethod
from tftune.support.checks import check_count, check_number


class DifferentialMethod(PopulationMethod):
    """Moves each member of a population by the difference of two others, and keeps the better of
    old and new.

    For a member x, two others a and b drawn at random and the best point g: the donor is x + F1 (a
    - b) + F2 (g - x), known as current-to-best/1. The trial takes each coordinate from the donor
    with probability CR, and one always, the others from x; it replaces x if it is not worse.

    R. Storn, K. Price: Differential evolution - a simple and efficient heuristic for global
    optimization over continuous spaces, Journal of Global Optimization 11:341-359, 1997.

    Nevergrad does the work (its "DE" with another population). It works in the unit cube, see
    `PopulationMethod`; a donor outside is reflected. Start configurations and results of earlier
    searches join the population, in a full one in place of the worst if they are better.

    Args:
        population: NP, at least 4. Defaults to 10: Nevergrad's 30 would hardly evolve in a search
            of 100 trials.
        weight: F1, the weight of the difference, from 0 to 2. Defaults to 0.8.
        pull: F2, the pull of the best point, from 0 to 2. Defaults to 0.8.
        crossover: CR, from 0 to 1. Defaults to 0.5.

    Raises:
        UsageError: If Nevergrad is not installed or a number is outside its range.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Float("rate", 1e-4, 1e-1, sampling="log"), hp.Float("dropout", 0.0, 0.5)
        >>> oracle = DifferentialOracle("val_loss", max_trials=30, hyperparameters=hp, seed=0)
        >>> print(oracle.plan())
        at most 30 trials; the space has infinitely many configurations
        a population of 10 in 2 coordinates
    """

    def __init__(
        self,
        population: int = 10,
        weight: float = 0.8,
        pull: float = 0.8,
        crossover: float = 0.5,
    ) -> None:
        check_count("population", population, least=4)
        check_number("weight", weight, 0, 2)
        check_number("pull", pull, 0, 2)
        check_number("crossover", crossover, 0, 1)
        self.population, self.weight, self.pull, self.crossover = (
            population,
            float(weight),
            float(pull),
            float(crossover),
        )
        self._configured()  # says now that Nevergrad is missing, not in the first trial

    def _configured(self) -> Any:
        return differential_evolution(self.population, self.crossover, self.weight, self.pull)

    def new_engine(self, coordinates: int, seed: int) -> NevergradEngine:
        """Returns the population."""
        return NevergradEngine(self._configured(), coordinates, seed)

    def plan(self) -> str:
        """Returns the size of the search and of the population."""
        told = f"a population of {self.population} in {len(self.coordinates)} coordinates"
        short = "the trials are its beginning, and nothing evolves"
        return f"{super().plan()}\n{self.unless_short(self.population, told, short)}"


class DifferentialOracle(BoundOracle[DifferentialMethod]):
    """Differential evolution as an oracle."""
