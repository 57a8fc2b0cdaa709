"""A search told again with a stopping rule: the curves are known, so what the rule saves and what
it costs is known too.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass
class Replay:
    """What a rule did.

    Attributes:
        seen: The epochs that were trained, by trial in the order of their start.
        pruned: Trials that were stopped.
        decisions: How often the rule was asked.
        seconds: Processor time of its answers.
    """

    seen: dict[str, list[float]] = field(default_factory=dict)
    pruned: list[str] = field(default_factory=list)
    decisions: int = 0
    seconds: float = 0.0


def replay(
    rule: Any, curves: Mapping[str, Sequence[float]], order: Sequence[str], slots: int = 2
) -> Replay:
    """Trains trials in the given order, so many at a time, one epoch of each in turn; all epochs
    take equally long.

    The rule is asked after each epoch and told each end, as the driver does it; after a trial's
    last epoch it is not obeyed.

    Args:
        rule: A scheduler of `tftune.schedulers.SCHEDULERS`, fresh.
        curves: The objective after each epoch if the trial trains to its end.
        order: Trials as they would start.
        slots: Trials that train at a time.
    """
    told = Replay()
    waiting = list(order)
    running: list[str] = []
    while waiting or running:
        while waiting and len(running) < slots:
            running.append(waiting.pop(0))
            told.seen[running[-1]] = []
        for trial in list(running):
            told.seen[trial].append(curves[trial][len(told.seen[trial])])
            stop = _ask(rule, trial, told)
            last = len(told.seen[trial]) == len(curves[trial])
            if stop or last:
                running.remove(trial)
                if not last:
                    told.pruned.append(trial)
                rule.on_end(trial, "completed" if last else "pruned")
    return told


def _ask(rule: Any, trial: str, told: Replay) -> bool:
    began = time.process_time()
    stop = bool(rule.should_stop(trial, len(told.seen[trial]), told.seen))
    told.seconds += time.process_time() - began
    told.decisions += 1
    return stop


def judge(
    told: Replay, curves: Mapping[str, Sequence[float]], direction: str = "max"
) -> dict[str, float]:
    """Returns what the rule saved and what it cost.

    The configuration that is chosen is the one with the best epoch among those trained, as the
    driver scores it; of equals the first.

    Args:
        told: Of `replay`.
        curves: The same.
        direction: Which way the objective improves.

    Returns:
        `saved`, the share of epochs not trained; `regret`, the best of all whole curves minus the
        best of the whole curve of the chosen configuration, at least 0; `pruned`, the share of
        trials stopped; `decisions` and `seconds`.
    """
    sign = 1.0 if direction == "max" else -1.0
    reached = {trial: _best(seen, sign) for trial, seen in told.seen.items()}
    chosen = max(reached, key=lambda trial: reached[trial])
    finals = {trial: _best(curves[trial], sign) for trial in told.seen}
    trained, whole = (
        sum(map(len, told.seen.values())),
        sum(len(curves[trial]) for trial in told.seen),
    )
    return {
        "saved": 1.0 - trained / whole,
        "regret": max(finals.values()) - finals[chosen],
        "pruned": len(told.pruned) / len(told.seen),
        "decisions": told.decisions,
        "seconds": round(told.seconds, 6),
    }


def _best(curve: Sequence[float], sign: float) -> float:
    """Returns the best finite value, greater is better; minus infinity if there is none."""
    finite = [sign * value for value in curve if np.isfinite(value)]
    return max(finite, default=-np.inf)
