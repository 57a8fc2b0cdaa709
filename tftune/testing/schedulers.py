"""What every scheduler promises, as tests: one that keeps them can stop the trials of a search.

The curves of these tests rise, or fall, to a level of their own within `EPOCHS` epochs, from 0.5
to between 0.6 and 0.95 where the objective is maximised; negated where it is minimised.

Example:
    >>> from tftune.schedulers.median import MedianScheduler
    >>> class TestMyScheduler(SchedulerContract):
    ...     def make_scheduler(self, direction, max_epochs):
    ...         return MedianScheduler(direction, max_epochs, min_trials=2)
"""

from __future__ import annotations

import copy
import json
import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

import numpy as np
import pytest

from tftune.errors import UsageError
from tftune.schedulers.base import AbstractScheduler

EPOCHS = 12
NAN, INF = math.nan, math.inf
ODD_CURVES: list[list[float]] = [
    [],
    [0.5],
    [NAN],
    [INF],
    [-INF],
    [NAN, 0.5],
    [0.5, NAN, 0.6, NAN, 0.7],
    [NAN] * 6,
    [0.0] * 8,
    [0.5] * 8,
    [1e300, -1e300, 1e300],
]

Curves = Mapping[str, Sequence[float]]


def plans(trials: int = 14, seed: int = 0) -> dict[str, list[float]]:
    """Returns curves to maximise that rise to a level of their own, with noise."""
    generator = np.random.default_rng(seed)
    found = {}
    for number in range(trials):
        level, speed = generator.uniform(0.6, 0.95), generator.uniform(0.2, 1.0)
        clean = [level - (level - 0.5) * math.exp(-speed * epoch) for epoch in range(1, EPOCHS + 1)]
        noisy = clean + generator.normal(0.0, 0.005, EPOCHS)
        found[f"{number:04d}"] = [float(value) for value in noisy]
    return found


def negated(curves: Curves) -> dict[str, list[float]]:
    """Returns the same curves to minimise."""
    return {name: [-value for value in curve] for name, curve in curves.items()}


def run_all(
    scheduler: AbstractScheduler, planned: Curves, seen: Curves | None = None
) -> dict[str, list[float]]:
    """Trains one trial after the other and returns what was seen of each; goes on after the trials
    in `seen`.
    """
    curves = {name: list(curve) for name, curve in (seen or {}).items()}
    for name, plan in planned.items():
        if name not in curves:
            curves[name] = []
            for step, value in enumerate(plan, start=1):
                curves[name].append(value)
                if scheduler.should_stop(name, step, curves) and step < len(plan):
                    break
            scheduler.on_end(name, "completed" if len(curves[name]) == len(plan) else "pruned")
    return curves


def told(scheduler: AbstractScheduler, completed: Iterable[str]) -> AbstractScheduler:
    """Returns a scheduler that has heard of the ends of some trials."""
    for trial in completed:
        scheduler.on_end(trial, "completed")
    return scheduler


class SchedulerContract:
    """The promises of any scheduler. Derive a class from it whose name begins with `Test`.

    Attributes:
        stops: Whether the scheduler, made as here, stops any of the planned trials.
        spares_the_best_from: From this epoch on a trial that is the best so far is never stopped.
    """

    stops: ClassVar[bool] = True
    spares_the_best_from: ClassVar[int] = 1

    def make_scheduler(self, direction: str, max_epochs: int | None) -> AbstractScheduler:
        """Returns a new scheduler; with options, if it has any, that suit `plans`, mirrored where
        `direction` is `min`.
        """
        raise NotImplementedError("say how the scheduler is made")

    def make(self, direction: str = "max") -> AbstractScheduler:
        """Returns a new scheduler for the planned trials."""
        return self.make_scheduler(direction, EPOCHS)

    def test_it_saves_epochs_where_it_should(self) -> None:
        """Some trials are stopped, and not the good ones."""
        seen = run_all(self.make(), plans())
        stopped = [trial for trial, curve in seen.items() if len(curve) < EPOCHS]
        assert bool(stopped) is self.stops
        scores = sorted(max(curve) for curve in plans().values())
        # These curves cross: the very best may look bad at first.
        assert max(map(max, seen.values())) > scores[len(scores) // 2]

    def test_who_looks_at_no_curves_answers_without_them(self) -> None:
        """The driver keeps none where `looks_at_curves` is False; who looks needs some to stop."""
        scheduler = self.make()
        steps = range(1, EPOCHS + 1)
        answers = {scheduler.should_stop(trial, step, {}) for trial in plans() for step in steps}
        assert answers == {False} or (self.stops and not scheduler.looks_at_curves)

    def test_same_input_same_answer(self) -> None:
        """The answer depends on what was asked and on the ended trials; asking leaves no trace."""
        assert run_all(self.make(), plans()) == run_all(self.make(), plans())
        scheduler, curves = told(self.make(), ("0000", "0001")), plans(4)
        before = copy.deepcopy(curves)

        def answer(step: int) -> bool:
            return scheduler.should_stop("0003", step, {**curves, "0003": curves["0003"][:step]})

        first = [answer(step) for step in range(1, EPOCHS)]
        second = [answer(step) for step in reversed(range(1, EPOCHS))]
        assert first == second[::-1]
        assert curves == before

    def test_min_and_max_mirror_each_other(self) -> None:
        """Negated curves and the other direction give the same decisions."""
        assert negated(run_all(self.make("min"), negated(plans()))) == run_all(self.make(), plans())

    def test_the_best_so_far_at_every_step_is_never_stopped(self) -> None:
        """Whoever leads goes on."""
        for seed in range(3):
            curves = plans(8, seed)
            top = [max(curve[step] for curve in curves.values()) + 0.001 for step in range(EPOCHS)]
            curves["0008"] = [max(top[: step + 1]) for step in range(EPOCHS)]
            scheduler = told(self.make(), (f"{number:04d}" for number in range(8)))
            answers = [
                scheduler.should_stop("0008", step, {**curves, "0008": curves["0008"][:step]})
                for step in range(self.spares_the_best_from, EPOCHS + 1)
            ]
            assert not any(answers)

    @pytest.mark.parametrize("curve", ODD_CURVES, ids=str)
    def test_odd_curves_crash_nothing(self, curve: list[float]) -> None:
        """Values may be NaN or infinite, curves empty or short; the answer is a plain bool."""
        others = {"0000": [0.5] * EPOCHS, "0001": [NAN] * 3, "0002": [], "0003": [0.7, NAN, INF]}
        others["0003"].append(0.8)
        for direction in ("max", "min"):
            scheduler = told(self.make(direction), ("0000", "0001", "0002", "0009"))
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                for curves in ({"0009": curve}, {**others, "0009": curve}):
                    answer = scheduler.should_stop("0009", len(curve), curves)
                    assert type(answer) is bool
                    if not curve:
                        assert answer is False

    def test_a_trial_nobody_knows_goes_on(self) -> None:
        """There is nothing to judge by."""
        assert self.make().should_stop("0042", 3, {}) is False
        assert told(self.make(), ["0000"]).should_stop("0042", 3, plans(3)) is False

    def test_equal_constant_curves_go_on(self) -> None:
        """None is worse than another."""
        curves = {f"{number:04d}": [0.75] * EPOCHS for number in range(8)}
        assert run_all(self.make(), curves) == curves

    def test_arrays_of_numpy_are_curves_too(self) -> None:
        """Any sequence of numbers is one."""
        planned = plans(6)
        arrays = {trial: np.asarray(curve) for trial, curve in planned.items()}
        one, other = told(self.make(), planned), told(self.make(), planned)
        for trial in planned:
            answer = one.should_stop(trial, 4, planned)
            same = other.should_stop(trial, 4, arrays)  # type: ignore[arg-type]
            assert bool(same) == bool(answer)

    @pytest.mark.parametrize("half", [1, 5, 9])
    def test_resumed_equals_uninterrupted(self, half: int) -> None:
        """A new scheduler that hears of the ended trials goes on as the old one would."""
        whole = run_all(self.make(), plans())
        first = run_all(self.make(), dict(list(plans().items())[:half]))
        resumed = self.make()
        for trial, curve in first.items():
            resumed.on_end(trial, "completed" if len(curve) == EPOCHS else "pruned")
        assert run_all(resumed, plans(), first) == whole

    def test_options_are_told_as_json(self) -> None:
        """They stand in the journal's header, the same for equal schedulers."""
        options = self.make().options()
        assert json.loads(json.dumps(options)) == options == self.make().options()

    def test_wrong_direction_and_epochs_are_refused_with_a_message(self) -> None:
        """`AbstractScheduler` does it, if its constructor is called."""
        with pytest.raises(UsageError, match=r"direction must be 'max' or 'min'. Received: 'up'"):
            self.make_scheduler("up", 3)
        with pytest.raises(
            UsageError, match=r"max_epochs must be an integer of at least 1 or None. Received: 0"
        ):
            self.make_scheduler("max", 0)

    def test_max_epochs_may_be_unknown_when_made(self) -> None:
        """A search checks the options before it knows its epochs."""
        assert self.make_scheduler("max", None).options() == self.make().options()
