"""Searches whose scores are a formula of their knobs, so that every answer is known."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from tftune.journal.state import SearchState

Values = dict[str, Any]

KNOBS: list[dict[str, Any]] = [
    {"name": "strong", "kind": "Float", "min": 1e-4, "max": 1.0, "sampling": "log"},
    {"name": "weak", "kind": "Float", "min": 0.0, "max": 1.0, "sampling": "linear"},
    {"name": "idle", "kind": "Int", "min": 1, "max": 9, "sampling": "linear"},
    {"name": "kind", "kind": "Choice", "values": ["a", "b"]},
    {
        "name": "depth",
        "kind": "Float",
        "min": 0.0,
        "max": 1.0,
        "sampling": "linear",
        "conditions": [{"parent": "kind", "values": ["a"]}],
    },
]


def values_of(number: int) -> Values:
    """Values that are drawn, the same for every search."""
    drawn = random.Random(number)
    values: Values = {
        "strong": 10 ** drawn.uniform(-4, 0),
        "weak": drawn.random(),
        "idle": drawn.randint(1, 9),
        "kind": drawn.choice("ab"),
    }
    return {**values, "depth": drawn.random()} if values["kind"] == "a" else values


def state_of(
    count: int,
    score: Callable[[Values], float | None],
    direction: str = "max",
    knobs: Sequence[dict[str, Any]] = KNOBS,
    values: Callable[[int], Values] = values_of,
    status: Callable[[int], str] = lambda number: "completed",
    **start: Any,
) -> SearchState:
    """A search of so many trials; of a score that is None the trial failed."""
    objective = {"name": "val_auc", "direction": direction}
    header = {"kind": "header", "objective": objective, "space": {"knobs": list(knobs)}}
    state = SearchState().apply_all([{**header, "search": "auto", "time": 0.0}])
    state.apply({"kind": "session", "time": 1.0})
    for number in range(count):
        chosen = values(number)
        trial = {"trial_id": f"{number:04d}", "number": number, "values": chosen, "attempt": 1}
        budget = {"first_epoch": 0, "last_epoch": 2, "parent": None, "time": 2.0 + number}
        more = {key: value(number, chosen) for key, value in start.items()}
        state.apply({"kind": "start", **trial, **budget, **more})
        found = score(chosen)
        fate = status(number) if found is not None else "failed"
        end = {"kind": "end", "trial_id": f"{number:04d}", "status": fate, "score": found}
        rest = {"best_epoch": 1, "metrics": {}, "message": None, "seconds": 1.0, "parameters": 3}
        state.apply({**end, **rest, "time": 2.5 + number})
    return state
