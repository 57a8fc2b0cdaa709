"""Nevergrad's optimisers as engines of `population.py`: only those named here, for some of its
others fail with present NumPy.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from tftune.oracles.core.optional import need


class NevergradEngine:
    """An optimiser of Nevergrad over an array in the unit cube, with random numbers of its own.

    Args:
        configured: One of `particle_swarm(...)`, `differential_evolution(...)`.
        coordinates: Length of the array.
        seed: Of `parametrization.random_state`; NumPy's global generator stays as it is.
    """

    def __init__(self, configured: Any, coordinates: int, seed: int) -> None:
        nevergrad, state = need("nevergrad", extra="nevergrad"), np.random.get_state()
        array = nevergrad.p.Array(shape=(coordinates,), lower=0.0, upper=1.0)
        np.random.set_state(state)  # of which the array took one number
        array.random_state = np.random.RandomState(seed)
        self._optimizer = configured(array, budget=None, num_workers=1)

    def ask(self) -> tuple[Any, np.ndarray]:
        """Returns Nevergrad's candidate as the ticket, and its point."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            candidate = self._optimizer.ask()
        return candidate, np.asarray(candidate.value)

    def tell(self, ticket: Any, loss: float) -> None:
        """Takes the loss of a candidate."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of losses above 5e20
            self._optimizer.tell(ticket, loss)

    def tell_other(self, point: np.ndarray, loss: float) -> None:
        """Takes a result of others, which joins the population, in a full one in place of the worst
        if it is better.
        """
        self.tell(
            self._optimizer.parametrization.spawn_child(new_value=np.asarray(point, dtype=float)),
            loss,
        )


def particle_swarm(population: int, omega: float, phi_personal: float, phi_global: float) -> Any:
    """Returns Nevergrad's particle swarm, which is called with a parametrization."""
    need("nevergrad", extra="nevergrad")
    optimizers = need("nevergrad.optimization.optimizerlib", extra="nevergrad")
    return optimizers.ConfPSO(
        transform="identity", popsize=population, omega=omega, phip=phi_personal, phig=phi_global
    )


def differential_evolution(
    population: int, crossover: float | str, weight: float, pull: float
) -> Any:
    """Returns Nevergrad's differential evolution, which is called with a parametrization."""
    module = need("nevergrad.optimization.differentialevolution", extra="nevergrad")
    return module.DifferentialEvolution(popsize=population, crossover=crossover, F1=weight, F2=pull)
