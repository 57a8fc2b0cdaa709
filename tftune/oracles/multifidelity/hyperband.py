"""Hyperband (Li et al. 2018, JMLR 18(185):1-52): many short trainings, the best continued.

The plan is in `brackets.py`; this file fills it.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

from tftune.journal.status import TrialStatus, loss_of
from tftune.oracles.core.bound import BoundOracle
from tftune.oracles.core.method import SearchMethod, Signal
from tftune.oracles.core.phases import are, counted
from tftune.oracles.multifidelity.brackets import SIZES, Bracket, plan_brackets
from tftune.oracles.multifidelity.reasons import RANDOM, START, goes_on
from tftune.space.search_space import Value, Values, public_values
from tftune.support.checks import check_choice, check_count
from tftune.support.seeding import generator


class HyperbandMethod(SearchMethod):
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
        max_epochs: R, the most epochs of one configuration, at least 1.
        factor: eta, the share kept is 1/eta, an integer of at least 2.
        iterations: How often the whole plan is run, each time with new configurations. With
            `max_trials`, the plan is instead broken off there, or repeated until then.
        sizes: How many configurations a bracket begins with, about which the paper contradicts
            itself: "table" as in its Table 1 and its authors' program, "algorithm" as in its
            Algorithm 1 and in KerasTuner, which is the same or more (see `brackets.py`).

    Raises:
        UsageError: If a number is below its least, or `sizes` is neither.

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
        self, max_epochs: int = 81, factor: int = 3, iterations: int = 1, sizes: str = "table"
    ) -> None:
        check_count("max_epochs", max_epochs, least=1)
        check_count("factor", factor, least=2)
        check_count("iterations", iterations, least=1)
        check_choice("sizes", sizes, SIZES)
        self.max_epochs, self.factor, self.iterations = max_epochs, factor, iterations
        self.sizes = sizes
        self.brackets: tuple[Bracket, ...] = plan_brackets(max_epochs, factor, sizes)

    def options(self) -> dict[str, Any]:
        """Returns what a search is resumed with; journals from before there were other `sizes` than
        the table's do not name them.
        """
        found = super().options()
        return {name: found[name] for name in found if found[name] != "table"}

    def draw(self, trial_number: int) -> Values | None:
        """Returns a new configuration for a first rung, or None if there is none left; at random,
        as in the paper.
        """
        self.reason = RANDOM
        return self.view.tried.draw_new(generator(self.view.seed, trial_number, "proposal"))

    def reset(self) -> None:
        """Empties all rungs."""
        self._rungs: list[list[list[str]]] = []  # of every bracket that was begun: ids of trials
        self._first = 0  # the brackets before this one are over

    def space_changed(self) -> None:
        """Goes on with the rungs as they are; new configurations have the new knobs."""

    @property
    def planned_epochs(self) -> int:  # type: ignore[override]
        """R, the most epochs of one configuration."""
        return self.max_epochs

    def expected_trials(self) -> int | None:
        """Returns `max_trials`, or without it the number of trials of the plan."""
        planned = self.view.max_trials or self.iterations * self._trials_of_plan()
        return min(planned, self._possible_trials())

    def _possible_trials(self) -> int:
        """Returns how many trials the space has configurations for."""
        left, trials = self.view.space.cardinality(), 0
        for index in range(self._repetitions() * len(self.brackets)):
            sizes = [rung.size for rung in self._bracket(index).rungs]
            if left is not None:
                sizes = [min(size, left) for size in sizes]
                left -= sizes[0]
            trials += sum(sizes)
        return trials

    def _trials_of_plan(self) -> int:
        return sum(bracket.trials for bracket in self.brackets)

    def _repetitions(self) -> int:
        return (
            self.iterations
            if self.view.max_trials is None
            else math.ceil(self.view.max_trials / self._trials_of_plan())
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
            self.view.space.cardinality(),
            times * sum(bracket.rungs[0].size for bracket in self.brackets),
        )
        if size is not None and size < wanted:
            lines.append(
                f"the space has only {size} of the {wanted} configurations: at most "
                f"{are(self._possible_trials())} run"
            )
        if self.view.max_trials is not None and self.view.max_trials < times * trials:
            lines.append(f"the search ends after {counted(self.view.max_trials, 'trial')}")
        return "\n".join(lines)

    def propose(self, trial_number: int) -> Values | Signal:
        """Returns the next configuration of the first bracket that has one; WAIT while a rung is
        not complete.
        """
        # the session that is repeated may have had more trials than this one
        most = None if self.recorded else self._repetitions() * len(self.brackets)
        for index in itertools.islice(itertools.count(), self._first, most):
            values = self._next_of(index, trial_number)
            if values is not None:
                return values
            if not self._rungs[index][0]:
                break  # no configuration is left to begin a bracket with
        return Signal.WAIT if self.view.unfinished() else Signal.EXHAUSTED

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
        ended = self.view.max_trials is not None and len(self.view.trials) >= self.view.max_trials
        needed: set[str] = set()
        for index in range(self._first, len(self._rungs)):
            bracket = self._bracket(index)
            for rung in range(1, len(bracket.rungs)):
                needed.update(self._parent(trial_id) for trial_id in self._running(index, rung))
                if not ended and len(self._completed(index, rung)) < bracket.rungs[rung].size:
                    needed.update(self._left(index, rung - 1))
        return needed

    def _fill(self, index: int, rung: int, trial_number: int) -> Values | None:
        """Returns the configuration that a rung lacks; None if it lacks none or there is none."""
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
            self.reason = START
            fresh = self.view.next_start() or self.draw(trial_number)
            return None if fresh is None else {**fresh, **budget}
        parent = next(iter(self._left(index, rung - 1)), None)
        if parent is None:
            return None
        before = bracket.rungs[rung - 1].epochs
        budget["tuner/initial_epoch"] = before
        ranked = sorted(self._completed(index, rung - 1), key=self._loss)
        self.reason = goes_on(epochs, 1 + ranked.index(parent), len(ranked), before)
        inherited: dict[str, Value] = public_values(self.view.trials[parent].hyperparameters.values)
        return {**inherited, **budget, "tuner/trial_id": parent}

    def _left(self, index: int, rung: int) -> list[str]:
        """Returns the trials of a rung that were neither continued nor stopped by a scheduler, best
        first, of equals the earlier.
        """
        continued = {self._parent(trial_id) for trial_id in self._rungs[index][rung + 1]}
        left = [trial_id for trial_id in self._completed(index, rung) if trial_id not in continued]
        # before version 0.9 a trial that was stopped could be continued
        asked = self.recorded.get("tuner/trial_id") if self.recorded else None
        left = [
            each
            for each in left
            if each == asked or self.view.status(each) is not TrialStatus.PRUNED
        ]
        return sorted(left, key=self._loss)

    def _loss(self, trial_id: str) -> float:
        return loss_of(self.view.trials[trial_id].score, self.view.objective.direction)

    def _parent(self, trial_id: str) -> str:
        return str(self.view.trials[trial_id].hyperparameters.values["tuner/trial_id"])

    def _completed(self, index: int, rung: int) -> list[str]:
        ids = self._rungs[index][rung]
        return [trial_id for trial_id in ids if self.view.status(trial_id).has_score]

    def _running(self, index: int, rung: int) -> list[str]:
        ids = self._rungs[index][rung]
        return [trial_id for trial_id in ids if not self.view.status(trial_id).has_ended]


class HyperbandOracle(BoundOracle[HyperbandMethod], max_trials=None):
    """Hyperband as an oracle; its whole plan, unless `max_trials` is given."""
