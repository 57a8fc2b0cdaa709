"""Searches by several workers, in made-up time: each training takes as long as it is drawn to take,
and its result is told when it ends.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from benchmarks.problems import Problem
from benchmarks.searches import make_oracle, tell
from tftune.space.search_space import Values, public_values
from tftune.support.seeding import generator

# of the logarithm of a duration: two in three lie between 0.6 and 1.6 times the median
SPREAD = 0.5


class Asked(Protocol):
    """A search that can have several trials under way."""

    def ask(self) -> tuple[Any, Values] | None:
        """Returns a trial and its values; None if there is none."""

    def tell(self, trial: Any, loss: float) -> None:
        """Tells the loss of a trial."""


class AskedOracle:
    """An oracle of the registry.

    Args:
        spec: Its name, with options if any.
        problem: That it searches.
        seed: Of the search.
        trials: `max_trials`.
    """

    def __init__(self, spec: str, problem: Problem, seed: int, trials: int) -> None:
        self._oracle = make_oracle(spec, problem, seed, trials)
        self._asked = 0

    def ask(self) -> tuple[Any, Values] | None:
        """Returns a trial and its values; None if there is none."""
        self._asked += 1  # who asks with the name of a running trial gets that trial again
        trial = self._oracle.create_trial(f"slot {self._asked}")
        if trial.status != "RUNNING":
            return None
        return trial, public_values(trial.hyperparameters.values)

    def tell(self, trial: Any, loss: float) -> None:
        """Ends a trial, as the driver does."""
        tell(self._oracle, trial, loss)


def durations(seed: int, trials: int) -> np.ndarray:
    """Returns how long each trial takes, log-normal with median 1, shape (trials,)."""
    draws = generator(seed, 0, "durations of trials")
    return np.exp(draws.normal(0.0, SPREAD, trials))


def search_in_time(
    asked: Asked, loss: Callable[[Values], float], workers: int, lasts: np.ndarray
) -> list[float]:
    """Lets workers search: each asks for a trial as soon as it is free, and all results that are
    there by then have been told.

    Args:
        asked: The search.
        loss: Of a configuration.
        workers: Trials under way at a time.
        lasts: How long each trial takes, in the order of their starts; as many are made.

    Returns:
        The losses in the order of the ends of the trials.
    """
    losses: list[float] = []
    running: list[tuple[float, int, Any, float]] = []  # end, number, trial, loss
    now, begun, exhausted = 0.0, 0, False
    while True:
        while not exhausted and begun < len(lasts) and len(running) < workers:
            answer = asked.ask()
            if answer is None:
                exhausted = True
                break
            trial, values = answer
            heapq.heappush(running, (now + lasts[begun], begun, trial, loss(values)))
            begun += 1
        if not running:
            return losses
        now, _, trial, found = heapq.heappop(running)
        asked.tell(trial, found)
        losses.append(found)
        exhausted = False  # a method that had to wait may go on


def search_with_lag(
    asked: Asked, loss: Callable[[Values], float], lag: int, trials: int
) -> list[float]:
    """Searches as `reproducible` does: trial n knows the results of the trials up to n - lag and no
    others, however many workers there are and however long a trial takes.

    Returns:
        The losses in the order of the starts.
    """
    losses: list[float] = []
    waiting: list[tuple[Any, float]] = []
    while len(losses) < trials:
        if len(waiting) == lag:
            asked.tell(*waiting.pop(0))
        answer = asked.ask()
        if answer is None:
            if not waiting:
                break
            asked.tell(*waiting.pop(0))
            continue
        trial, values = answer
        losses.append(loss(values))
        waiting.append((trial, losses[-1]))
    return losses
