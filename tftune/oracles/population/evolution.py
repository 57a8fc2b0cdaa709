"""Evolution: a population of configurations, from which parents are selected, crossed and mutated,
and whose members newcomers replace.
"""

from __future__ import annotations

import numpy as np

from tftune.oracles.core.bound import BoundOracle
from tftune.oracles.core.method import SearchMethod, Signal
from tftune.oracles.core.observations import Observation
from tftune.oracles.core.phases import phases
from tftune.oracles.core.view import SearchView
from tftune.oracles.population.genetic_operators import CROSSOVERS, MUTATIONS, SELECTIONS, Genome
from tftune.oracles.population.replacement import REPLACEMENTS
from tftune.space.search_space import Values
from tftune.support.checks import check_choice, check_count, check_number
from tftune.support.seeding import generator

_ATTEMPTS = 30  # children that are bred before one beside the last is drawn
_LARGEST = 20  # population, unless another size is given


class EvolutionMethod(SearchMethod):
    """A genetic algorithm; by default regularised evolution with crossover.

    The first `population_size` configurations are random. Each later one is a child: a parent is
    selected, with the probability `crossover_rate` crossed with another, and each of its knobs
    mutated with the probability `mutation_rate`; a child that was tried before is bred again. Who
    is in the population depends on the results alone, in the order in which trials ended:

    - `"aging"`: the newest `population_size` results; the oldest member dies, however good it is.
      E. Real, A. Aggarwal, Y. Huang, Q. V. Le: "Regularized Evolution for Image Classifier
      Architecture Search", AAAI 2019; their P is `population_size`, their S `tournament_size`. They
      mutate only: that is `crossover_rate=0`.
    - `"tournament"`: a newcomer replaces the worst of `tournament_size` random members (steady
      state).
    - `"full"`: a generation of `population_size` children replaces the one before as a whole (J. H.
      Holland: Adaptation in Natural and Artificial Systems, 1975).
    - `"elitism"`: as `"full"`, but the best `elites` members stay (K. A. De Jong's thesis, 1975).

    A generation is the next results in the order of their end, so that no slot waits for a slow
    trial: until the last of it has ended, children are bred from the generation before. One trial
    at a time gives the textbook's generations. Start configurations and results of earlier searches
    are members like others; failed trials are bad members.

    Args:
        population_size: At least 2; None for 20, or a fifth of `max_trials` where that is less, but
            at least 4.
        replacement: `"aging"`, `"tournament"`, `"full"` or `"elitism"`. Defaults to `"aging"`.
        elites: Members that `"elitism"` keeps, 1 to `population_size` - 1. Defaults to 1.
        selection: How a parent is found: `"tournament"` (the best of `tournament_size` random
            members), `"rank"` (with a probability that falls linearly with the rank) or
            `"roulette"` (proportional to worst loss - loss). Defaults to `"tournament"`.
        tournament_size: Members in a tournament, at least 1; None for a third of the population,
            rounded up.
        crossover: `"uniform"`, `"one-point"`, `"blend"` (BLX-0.5) or `"sbx"` (simulated binary).
            Defaults to `"uniform"`.
        crossover_rate: Probability that a child has two parents, 0 to 1. Defaults to 0.5.
        mutation: Of an ordered knob: `"gaussian"` (a normal step, standard deviation 0.2 of the
            range, at least to the next value) or `"reset"` (any other value); of an unordered knob
            always the latter. Defaults to `"gaussian"`.
        mutation_rate: Probability of mutating a knob, 0 to 1; None for 1 / (number of knobs).

    Raises:
        UsageError: If a name is unknown or a number outside its range.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Int("units", 1, 100), hp.Boolean("norm")
        >>> oracle = EvolutionOracle("val_loss", max_trials=50, hyperparameters=hp, seed=0)
        >>> print(oracle.plan())
        at most 50 trials; the space has 200 configurations
        10 are random, then a population of 10 evolves (aging replacement)
    """

    follows_max_trials = ("population_size", "tournament_size")

    def __init__(
        self,
        population_size: int | None = None,
        replacement: str = "aging",
        elites: int = 1,
        selection: str = "tournament",
        tournament_size: int | None = None,
        crossover: str = "uniform",
        crossover_rate: float = 0.5,
        mutation: str = "gaussian",
        mutation_rate: float | None = None,
    ) -> None:
        check_count("population_size", population_size, least=2, optional=True)
        check_count("elites", elites, least=1)
        check_count("tournament_size", tournament_size, least=1, optional=True)
        check_choice("replacement", replacement, REPLACEMENTS)
        check_choice("selection", selection, SELECTIONS)
        check_choice("crossover", crossover, CROSSOVERS)
        check_choice("mutation", mutation, MUTATIONS)
        check_number("crossover_rate", crossover_rate, 0.0, 1.0, example=0.5)
        if mutation_rate is not None:
            check_number("mutation_rate", mutation_rate, 0.0, 1.0, example=0.1)
        self._population_size, self._tournament_size = population_size, tournament_size
        self.replacement, self.elites, self.selection = replacement, elites, selection
        self.crossover, self.crossover_rate = crossover, crossover_rate
        self.mutation, self.mutation_rate = mutation, mutation_rate

    def begin(self, view: SearchView) -> None:
        """Settles the size of the population, and refuses more elites than it has members."""
        super().begin(view)
        trials = view.max_trials
        usual = _LARGEST if trials is None else min(_LARGEST, max(4, trials // 5))
        self.population_size = self._population_size or usual
        check_number("elites", self.elites, 1, self.population_size - 1)
        self.tournament_size = self._tournament_size or -(-self.population_size // 3)

    def plan(self) -> str:
        """Returns the size of the search and of the population."""
        size = self.population_size
        how = ("random", f"a population of {size} evolves ({self.replacement} replacement)")
        return f"{super().plan()}\n{phases(self.view, self.expected_trials(), size, *how)}"

    def propose(self, trial_number: int) -> Values | Signal:
        """Returns a child of the population, a random configuration while there are too few
        results, or EXHAUSTED.
        """
        if self.view.tried.exhausted:
            return Signal.EXHAUSTED
        draws = generator(self.view.seed, trial_number, "proposal")
        members = self.population()
        founded = (
            len(members) > 0
            and len(self.view.observations) + len(self.view.unfinished()) >= self.population_size
        )
        values = (
            self._bred(members, draws, trial_number) if founded else self.view.tried.draw_new(draws)
        )
        return Signal.EXHAUSTED if values is None else values

    def population(self) -> list[Observation]:
        """Returns the members as they are now; fewer than `population_size` while the first trials
        run.
        """
        losses = [seen.loss for seen in self.view.observations]
        draws = generator(
            self.view.seed, 0, "replacement"
        )  # the same for every proposal: a newcomer's fate is settled when it has ended
        members = REPLACEMENTS[self.replacement](
            losses, self.population_size, self.elites, self.tournament_size, draws
        )
        return [self.view.observations[member] for member in members]

    def _bred(
        self, members: list[Observation], draws: np.random.Generator, trial_number: int
    ) -> Values | None:
        genome = Genome.of(self.view.space)
        losses = np.array([member.loss for member in members])
        places = np.array([self.view.space.to_unit(member.values) for member in members])
        values: Values = {}
        for _ in range(_ATTEMPTS):
            values = self.view.space.from_unit(self._child(losses, places, genome, draws))
            if values not in self.view.tried:
                return values
        return self.view.untried(values, trial_number)

    def _child(
        self, losses: np.ndarray, places: np.ndarray, genome: Genome, draws: np.random.Generator
    ) -> np.ndarray:
        """Selects, crosses and mutates; returns a point of the unit cube."""
        select = SELECTIONS[self.selection]
        child = places[select(losses, draws, self.tournament_size)]
        if draws.random() < self.crossover_rate:
            child = CROSSOVERS[self.crossover](
                child, places[select(losses, draws, self.tournament_size)], genome, draws
            )
        rate = (
            1.0 / max(1, int(genome.tuned.sum()))
            if self.mutation_rate is None
            else self.mutation_rate
        )
        chosen = (draws.random(len(child)) < rate) & genome.tuned
        return MUTATIONS[self.mutation](child, chosen, genome, draws)


class EvolutionOracle(BoundOracle[EvolutionMethod]):
    """Evolution as an oracle."""
