"""Hyperband (Li et al. 2018, JMLR 18(185):1-52): many short trainings, the best continued.

The plan is in `brackets.py`; this file fills it.
"""

from __future__ import annotations

import math
from typing import Any

from tftune.oracles.core.oracle import AbstractOracle, Signal
from tftune.oracles.multifidelity.brackets import Bracket, plan_brackets
from tftune.space.search_space import Value, Values, public_values
from tftune.support.checks import check_count
from tftune.support.seeding import generator


class HyperbandOracle(AbstractOracle):
    """Trains many configurations for a few epochs and continues the best 1/eta of them eta times as
    long, in several brackets.

    A rung is ranked when all its trials have ended; meanwhile the next brackets begin, so that
    parallel slots stay busy. A trial that fails is replaced: in a first rung by a new configuration
    (at most as many as the rung has), in a later one by the next best of the rung before. A space
    with fewer configurations than a first rung fills the rung as far as it can. What is proposed is
    a function of the seed and of the order in which trials started and ended.

    Besides the knobs, `values` holds KerasTuner's keys: `tuner/epochs` (train until),
    `tuner/initial_epoch` (from), `tuner/bracket` (s), `tuner/round` (rung), and `tuner/trial_id`,
    the trial whose weights are continued.

    Args:
        objective: See `AbstractOracle`.
        max_trials: Trials in all: the plan is broken off there, or repeated until then. None, the
            default, runs it `iterations` times.
        hyperparameters: See `AbstractOracle`.
        seed: See `AbstractOracle`.
        max_epochs: R, the most epochs of one configuration, at least 1.
        factor: eta, the share kept is 1/eta, an integer of at least 2.
        iterations: How often the whole plan is run, each time with new configurations, if
            `max_trials` is None.
        **options: See `AbstractOracle`.

    Raises:
        UsageError: If a number is below its least.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Float("rate", 0.0, 1.0)
        >>> oracle = HyperbandOracle("val_loss", hyperparameters=hp, seed=0, max_epochs=9)
        >>> print(oracle.plan())
        Hyperband with R = 9 epochs, eta = 3: 3 brackets, 20 trials, 63 epochs
          s=2: 9 until epoch 1, 3 until epoch 3, 1 until epoch 9
          s=1: 3 until epoch 3, 1 until epoch 9
          s=0: 3 until epoch 9
        >>> values = oracle.create_trial("slot 0").hyperparameters.values
        >>> values["tuner/epochs"], values["tuner/bracket"], values["tuner/round"]
        (1, 2, 0)
    """

    places_starts = True  # they need a budget

    def __init__(
        self,
        objective: Any = None,
        max_trials: int | None = None,
        hyperparameters: Any = None,
        seed: int | None = None,
        max_epochs: int = 81,
        factor: int = 3,
        iterations: int = 1,
        **options: Any,
    ) -> None:
        check_count("max_epochs", max_epochs, least=1)
        check_count("factor", factor, least=2)
        check_count("iterations", iterations, least=1)
        self.max_epochs, self.factor, self.iterations = max_epochs, factor, iterations
        self.brackets: tuple[Bracket, ...] = plan_brackets(max_epochs, factor)  # of one iteration
        super().__init__(objective, max_trials, hyperparameters, seed, **options)

    def draw(self, trial_number: int) -> Values | None:
        """Returns a new configuration for a first rung, or None if there is none left; at random,
        as in the paper.
        """
        return self.tried.draw_new(generator(self.seed, trial_number, "proposal"))

    def reset(self) -> None:
        """Empties all rungs."""
        self._rungs: list[
            list[list[str]]
        ] = []  # ids of the trials started, of every bracket that was begun
        self._first = 0  # the brackets before this one are over

    def options(self) -> dict[str, Any]:
        """Returns what fixes the plan."""
        return {"max_epochs": self.max_epochs, "factor": self.factor, "iterations": self.iterations}

    def expected_trials(self) -> int | None:
        """Returns `max_trials`, or without it the number of trials of the plan."""
        return self.max_trials or self.iterations * self._trials_of_plan()

    def _trials_of_plan(self) -> int:
        return sum(bracket.trials for bracket in self.brackets)

    def _repetitions(self) -> int:
        return (
            self.iterations
            if self.max_trials is None
            else math.ceil(self.max_trials / self._trials_of_plan())
        )

    def plan(self) -> str:
        """Returns the brackets and the cost in epochs."""
        times, trials, epochs = (
            self._repetitions(),
            self._trials_of_plan(),
            sum(bracket.epochs for bracket in self.brackets),
        )
        lines = [
            f"Hyperband with R = {self.max_epochs} epochs, eta = {self.factor}: "
            f"{f'{times} x ' if times > 1 else ''}{len(self.brackets)} brackets, {times * trials} "
            f"trials, {times * epochs} epochs"
        ]
        for bracket in self.brackets:
            lines.append(
                f"  s={bracket.number}: "
                + ", ".join(f"{rung.size} until epoch {rung.epochs}" for rung in bracket.rungs)
            )
        size, wanted = (
            self.space.cardinality(),
            times * sum(bracket.rungs[0].size for bracket in self.brackets),
        )
        if size is not None and size < wanted:
            lines.append(
                f"the space has only {size} of the {wanted} configurations: fewer trials are run"
            )
        if self.max_trials is not None and self.max_trials < times * trials:
            lines.append(f"the search ends after {self.max_trials} trials")
        return "\n".join(lines)

    def suggest(self, trial_number: int) -> Values | Signal:
        """Returns the next configuration of the first bracket that has one; WAIT while a rung is
        not complete.
        """
        for index in range(self._first, self._repetitions() * len(self.brackets)):
            values = self._next_of(index, trial_number)
            if values is not None:
                return values
            if not self._rungs[index][0]:
                break  # no configuration is left to begin a bracket with
        return Signal.WAIT if self.unfinished() else Signal.EXHAUSTED

    def _next_of(self, index: int, trial_number: int) -> Values | None:
        """Returns a bracket's next configuration, or None if it has none now."""
        if index == len(self._rungs):
            self._rungs.append([[] for _ in self._bracket(index).rungs])
        for rung in range(len(self._rungs[index])):
            values = self._fill(index, rung, trial_number)
            if values is not None:
                self._rungs[index][rung].append(f"{trial_number:04d}")
                return values
            if self._running(index, rung):
                return None  # the next rung needs the ranking of this one
        if (
            index == self._first and self._rungs[index][0]
        ):  # a bracket that could not begin is not over: the space may grow
            self._first += 1
        return None

    def _bracket(self, index: int) -> Bracket:
        return self.brackets[index % len(self.brackets)]

    def needed_checkpoints(self) -> set[str]:
        """Returns the completed trials that are being continued, or may be while the rung after
        theirs is not complete.
        """
        ended = self.max_trials is not None and len(self.trials) >= self.max_trials
        needed: set[str] = set()
        for index in range(self._first, len(self._rungs)):
            bracket = self._bracket(index)
            for rung in range(1, len(bracket.rungs)):
                needed.update(self._parent(trial_id) for trial_id in self._running(index, rung))
                if not ended and len(self._completed(index, rung)) < bracket.rungs[rung].size:
                    needed.update(self._left(index, rung - 1))
        return needed

    def _fill(self, index: int, rung: int, trial_number: int) -> Values | None:
        """Returns the configuration that a rung lacks, or None if it lacks none or there is none."""
        bracket = self._bracket(index)
        size, epochs = bracket.rungs[rung]
        if len(self._completed(index, rung)) + len(self._running(index, rung)) >= size:
            return None
        budget: Values = {
            "tuner/epochs": epochs,
            "tuner/initial_epoch": 0,
            "tuner/bracket": bracket.number,
            "tuner/round": rung,
        }
        if rung == 0:
            if len(self._rungs[index][rung]) >= 2 * size:  # everything fails: no more replacements
                return None
            fresh = self.next_start() or self.draw(trial_number)
            return None if fresh is None else {**fresh, **budget}
        parent = next(iter(self._left(index, rung - 1)), None)
        if parent is None:
            return None
        budget["tuner/initial_epoch"] = bracket.rungs[rung - 1].epochs
        inherited: dict[str, Value] = public_values(self.trials[parent].hyperparameters.values)
        return {**inherited, **budget, "tuner/trial_id": parent}

    def _left(self, index: int, rung: int) -> list[str]:
        """Returns the completed trials of a rung that were not continued, best first, of equals the
        earlier.
        """
        continued = {self._parent(trial_id) for trial_id in self._rungs[index][rung + 1]}
        left = [trial_id for trial_id in self._completed(index, rung) if trial_id not in continued]
        sign = -1.0 if self.objective.direction == "max" else 1.0
        return sorted(left, key=lambda trial_id: sign * self.trials[trial_id].score)

    def _parent(self, trial_id: str) -> str:
        return str(self.trials[trial_id].hyperparameters.values["tuner/trial_id"])

    def _completed(self, index: int, rung: int) -> list[str]:
        return [
            trial_id
            for trial_id in self._rungs[index][rung]
            if self.trials[trial_id].status == "COMPLETED"
        ]

    def _running(self, index: int, rung: int) -> list[str]:
        return [
            trial_id
            for trial_id in self._rungs[index][rung]
            if self.trials[trial_id].status in ("RUNNING", "INVALID")
        ]
