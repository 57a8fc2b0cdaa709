"""Reinforcement learning: a controller network proposes configurations, and learns from each reward
to propose better ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.stats import rankdata

from tftune.oracles.core.bound import BoundOracle
from tftune.oracles.core.method import SearchMethod, Signal
from tftune.oracles.population.controller import Controller, Decision, Step
from tftune.space.search_space import Knob, SearchSpace, Value, Values
from tftune.support.checks import check_count, check_number
from tftune.support.seeding import generator

_ATTEMPTS = 30  # configurations the controller may propose before one beside the last is drawn


class ReinforceMethod(SearchMethod):
    """Draws configurations from the policy of a recurrent controller, which is trained by REINFORCE
    with a baseline.

    B. Zoph, Q. V. Le: "Neural Architecture Search with Reinforcement Learning", ICLR 2017 (arXiv
    2016); R. J. Williams, Machine Learning 8, 1992. An LSTM decides one knob after the other; what
    it chose for one is its input for the next. After every m = `batch` results its parameters theta
    take one step of Adam up the gradient of

        1/m sum_k (R_k - b) log P(a_k; theta) + entropy_weight * entropy

    - R_k, the reward, is the share of all results so far that are worse, 0 to 1, equal ones counted
      half: it depends on no scale.
    - b, the baseline, is the moving average of earlier rewards: b <- baseline_decay b + (1 -
      baseline_decay) mean R; at first the mean of the first batch.
    - A knob with at most `levels` values, and every choice, has one action a value. Another one has
      `levels` actions, equal parts of its range (on the scale on which it is sampled), and the
      value is drawn evenly from the part.
    - Inactive knobs are left out of the sequence.

    The controller learns from all results in the order of their end, also from start configurations
    and earlier searches, which another policy chose. One policy step a trial is slow learning: it
    is a method for a hundred trials and more.

    Args:
        levels: Actions of a knob with many values, at least 2. Defaults to 8.
        learning_rate: Of Adam, above 0. Defaults to 0.02.
        baseline_decay: 0 to 1; 0 for the last batch's mean. Defaults to 0.9.
        entropy_weight: How much the policy is kept from settling, at least 0. Defaults to 0.01.
        batch: Results for one update, at least 1. Defaults to 1.

    Raises:
        UsageError: If a number is outside its range.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Choice("optimizer", ["sgd", "adam"]), hp.Float("dropout", 0.0, 0.5)
        >>> oracle = ReinforceOracle("val_loss", max_trials=200, hyperparameters=hp, seed=0)
        >>> print(oracle.plan())
        at most 200 trials; the space has infinitely many configurations
        a controller decides on 2 knobs and learns after every trial
    """

    def __init__(
        self,
        levels: int = 8,
        learning_rate: float = 0.02,
        baseline_decay: float = 0.9,
        entropy_weight: float = 0.01,
        batch: int = 1,
    ) -> None:
        check_count("levels", levels, least=2)
        check_number("learning_rate", learning_rate, 0.0, above=True, example=0.02)
        check_number("baseline_decay", baseline_decay, 0.0, 1.0, example=0.9)
        check_number("entropy_weight", entropy_weight, 0.0, example=0.01)
        check_count("batch", batch, least=1)
        self.levels, self.learning_rate, self.baseline_decay = levels, learning_rate, baseline_decay
        self.entropy_weight, self.batch = entropy_weight, batch

    def reset(self) -> None:
        """Forgets the controller; the next proposal trains a new one on all results."""
        self._controller: Controller | None = None
        self._learnt = 0
        self._baseline: float | None = None

    def plan(self) -> str:
        """Returns the size of the search and how often the controller learns."""
        knobs = sum(knob.size != 1 for knob in self.view.space.knobs)
        when = "every trial" if self.batch == 1 else f"every {self.batch} trials"
        total = self.expected_trials()
        what = f"a controller decides on {knobs} knobs"
        if total is not None and total <= self.batch and not self.view.warm_start:
            return f"{super().plan()}\n{what}; the trials are too few for it to learn"
        return f"{super().plan()}\n{what} and learns after {when}"

    def memo(self) -> dict[str, Any] | None:
        """Returns nothing to remember: the controller is a function of the results, from which it
        is trained again.
        """
        return {}

    def propose(self, trial_number: int) -> Values | Signal:
        """Returns a configuration drawn from the controller's policy, or EXHAUSTED."""
        if self.view.tried.exhausted:
            return Signal.EXHAUSTED
        draws = generator(self.view.seed, trial_number, "proposal")
        controller = self._ready_controller()
        values: Values = {}
        for _ in range(_ATTEMPTS):
            values = self._drawn(controller, draws)
            if values not in self.view.tried:
                return values
        fresh = self.view.untried(values, trial_number)
        return Signal.EXHAUSTED if fresh is None else fresh

    def _ready_controller(self) -> Controller:
        """Returns the controller after all complete batches of results."""
        if self._controller is None:
            sizes = [actions_of(knob, self.levels) for knob in self.view.space.knobs]
            self._controller = Controller(sizes, generator(self.view.seed, 0, "controller"))
        while self._learnt + self.batch <= len(self.view.observations):
            self._learn(self._controller, self._learnt, self._learnt + self.batch)
            self._learnt += self.batch
        return self._controller

    def _learn(self, controller: Controller, begin: int, end: int) -> None:
        """One update from the results number `begin` to `end` - 1."""
        rewards = rewards_of(np.array([seen.loss for seen in self.view.observations[:end]]))[begin:]
        baseline = float(rewards.mean()) if self._baseline is None else self._baseline
        slope = np.zeros_like(controller.theta)
        for seen, reward in zip(self.view.observations[begin:end], rewards, strict=True):
            actions = taken(self.view.space, seen.values, self.levels)
            slope += (
                controller.gain(actions, float(reward) - baseline, self.entropy_weight)[1]
                / self.batch
            )
        controller.climb(slope, self.learning_rate)
        self._baseline = self.baseline_decay * baseline + (1.0 - self.baseline_decay) * float(
            rewards.mean()
        )

    def _drawn(self, controller: Controller, draws: np.random.Generator) -> Values:
        """Draws a configuration, knob by knob."""
        values: Values = {}
        last: Step | None = None
        action = 0
        for decision, knob in enumerate(self.view.space.knobs):
            if knob.name in values or not knob.active(values):
                continue
            if knob.size == 1:
                values[knob.name] = knob.value_at(0)
                continue
            last = controller.step(decision, last, action)
            action = min(
                int(np.searchsorted(np.cumsum(last.probabilities), draws.random(), side="right")),
                len(last.probabilities) - 1,
            )
            values[knob.name] = value_of(knob, action, self.levels, draws.random())
        return values


def rewards_of(losses: np.ndarray) -> np.ndarray:
    """Returns for every result the share of the others that are worse, equal ones counted half; 1/2
    if there is no other.

    Example:
        >>> rewards_of(np.array([0.3, 0.1, 0.2, 0.2])).round(2).tolist()
        [0.0, 1.0, 0.5, 0.5]
    """
    if len(losses) == 1:
        return np.array([0.5])
    return np.asarray((len(losses) - rankdata(losses)) / (len(losses) - 1))


def actions_of(knob: Knob, levels: int) -> int:
    """Returns how many actions the decision on a knob has."""
    return knob.size if knob.size is not None and (knob.choices or knob.size <= levels) else levels


def value_of(knob: Knob, action: int, levels: int, place: float) -> Value:
    """Returns the value of an action.

    Args:
        knob: What is decided.
        action: From 0.
        levels: Actions of a knob with many values.
        place: Where in the action's part of the range, 0 to 1; such knobs only.
    """
    if actions_of(knob, levels) == knob.size:
        return knob.value_at(action)
    return knob.from_unit((action + place) / levels)


def taken(space: SearchSpace, values: Mapping[str, Value], levels: int) -> list[Decision]:
    """Returns the actions that lead to a configuration, those of inactive knobs and of knobs with
    one value left out.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Float("dropout", 0.0, 1.0), hp.Fixed("classes", 3), hp.Int("layers", 1, 3)
        >>> taken(SearchSpace(hp), {"dropout": 0.3, "classes": 3, "layers": 2}, levels=10)
        [(0, 3), (2, 1)]
    """
    result: list[Decision] = []
    active: Values = {}
    for decision, knob in enumerate(space.knobs):
        if knob.name in active or not knob.active(active):
            continue
        active[knob.name] = values[knob.name]
        if knob.size != 1:
            direct = actions_of(knob, levels) == knob.size
            value = values[knob.name]
            result.append(
                (
                    decision,
                    knob.position_of(value)
                    if direct
                    else min(int(knob.to_unit(value) * levels), levels - 1),
                )
            )
    return result


class ReinforceOracle(BoundOracle[ReinforceMethod]):
    """Reinforcement learning as an oracle."""
