"""Searches on paper: planned learning curves, revealed epoch by epoch to a scheduler."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tftune.schedulers import SCHEDULERS
from tftune.schedulers.base import AbstractScheduler

EPOCHS = 12
Plans = Mapping[str, Sequence[float]]


def make(name: str, direction: str = "max", **options: Any) -> AbstractScheduler:
    rule: AbstractScheduler = SCHEDULERS[name](direction=direction, max_epochs=EPOCHS, **options)
    return rule


def plans(trials: int = 14, seed: int = 0) -> dict[str, list[float]]:
    """Curves to maximise that rise to a level of their own, with noise."""
    generator = np.random.default_rng(seed)
    found = {}
    for number in range(trials):
        level, speed = generator.uniform(0.6, 0.95), generator.uniform(0.2, 1.0)
        clean = [level - (level - 0.5) * math.exp(-speed * epoch) for epoch in range(1, EPOCHS + 1)]
        found[f"{number:04d}"] = [
            float(value) for value in clean + generator.normal(0.0, 0.005, EPOCHS)
        ]
    return found


def negated(curves: Plans) -> dict[str, list[float]]:
    return {name: [-value for value in curve] for name, curve in curves.items()}


def run_all(
    rule: AbstractScheduler, planned: Plans, seen: dict[str, list[float]] | None = None
) -> dict[str, list[float]]:
    """Trains one trial after the other and returns what was seen of each; goes on after the trials
    in `seen`.
    """
    curves = dict(seen or {})
    for name, plan in planned.items():
        if name not in curves:
            curves[name] = []
            for step, value in enumerate(plan, start=1):
                curves[name].append(value)
                if rule.should_stop(name, step, curves) and step < len(plan):
                    break
            rule.on_end(name, "completed" if len(curves[name]) == len(plan) else "pruned")
    return curves
