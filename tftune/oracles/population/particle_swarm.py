"""Particle swarm optimisation (Kennedy & Eberhart 1995; Clerc & Kennedy 2002), by Nevergrad."""

from __future__ import annotations

import math
from typing import Any

from tftune.oracles.core.bound import BoundOracle
from tftune.oracles.population.nevergrad_engine import NevergradEngine, particle_swarm
from tftune.oracles.population.population import PopulationMethod
from tftune.support.checks import check_count, check_number

_OMEGA, _PHI = 0.5 / math.log(2.0), 0.5 + math.log(2.0)


class SwarmMethod(PopulationMethod):
    """Lets particles fly through the space, each drawn to the best point it has seen and to the
    best of all.

    A particle at x with velocity v, the best point p of its own and g of all moves by v <- omega v
    + phi_p r_p (p - x) + phi_g r_g (g - x) and x <- x + v, with r_p and r_g uniform in [0, 1] for
    each knob. The defaults omega = 1 / (2 ln 2) = 0.72 and phi = 1/2 + ln 2 = 1.19 are those of the
    standard particle swarm of 2011; they lie where a swarm contracts by the analysis of Clerc &
    Kennedy.

    J. Kennedy, R. Eberhart: Particle swarm optimization, IEEE ICNN 4:1942-1948, 1995.
    M. Clerc, J. Kennedy: The particle swarm - explosion, stability, and convergence in a
    multidimensional complex space, IEEE Transactions on Evolutionary Computation 6(1):58-73, 2002.

    Nevergrad does the work (its "RealSpacePSO" with another population; its "PSO" measured worse on
    three functions of five knobs). It works in the unit cube, see `PopulationMethod`; a particle
    that leaves it is reflected. Start configurations and results of earlier searches join the
    swarm, in a full one in place of the worst if they are better.

    Args:
        population: Number of particles, at least 2. Defaults to 10: Nevergrad's 40 would hardly
            move in a search of 100 trials.
        omega: Inertia, from 0 to 1. Defaults to 0.72.
        phi_personal: Pull of the particle's own best point, from 0 to 4. Defaults to 1.19.
        phi_global: Pull of the best point of all, from 0 to 4. Defaults to 1.19.

    Raises:
        UsageError: If Nevergrad is not installed or a number is outside its range.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Float("rate", 1e-4, 1e-1, sampling="log"), hp.Float("dropout", 0.0, 0.5)
        >>> oracle = SwarmOracle("val_loss", max_trials=30, hyperparameters=hp, seed=0)
        >>> print(oracle.plan())
        at most 30 trials; the space has infinitely many configurations
        10 particles in 2 coordinates
    """

    def __init__(
        self,
        population: int = 10,
        omega: float = _OMEGA,
        phi_personal: float = _PHI,
        phi_global: float = _PHI,
    ) -> None:
        check_count("population", population, least=2)
        check_number("omega", omega, 0, 1)
        check_number("phi_personal", phi_personal, 0, 4)
        check_number("phi_global", phi_global, 0, 4)
        self.population, self.omega = population, float(omega)
        self.phi_personal, self.phi_global = float(phi_personal), float(phi_global)
        self._configured()  # says now that Nevergrad is missing, not in the first trial

    def _configured(self) -> Any:
        return particle_swarm(self.population, self.omega, self.phi_personal, self.phi_global)

    def new_engine(self, coordinates: int, seed: int) -> NevergradEngine:
        """Returns the swarm."""
        return NevergradEngine(self._configured(), coordinates, seed)

    def plan(self) -> str:
        """Returns the size of the search and of the swarm."""
        told = f"{self.population} particles in {len(self.coordinates)} coordinates"
        short = "the trials are where they begin, and none of them moves"
        return f"{super().plan()}\n{self.unless_short(self.population, told, short)}"


class SwarmOracle(BoundOracle[SwarmMethod]):
    """Particle swarm optimisation as an oracle."""
