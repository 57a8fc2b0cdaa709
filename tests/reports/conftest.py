"""A search played from a script: records in, listeners told, nothing trained."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tftune.journal.listener import Listener
from tftune.journal.records import Record, decode, encode
from tftune.journal.state import SearchState

KNOBS = [
    {"name": "batch_normalization", "kind": "Boolean", "default": False, "conditions": []},
    {
        "name": "dropout",
        "kind": "Float",
        "min": 0.0,
        "max": 0.6,
        "step": 0.1,
        "sampling": "linear",
        "default": 0.0,
        "conditions": [],
    },
    {
        "name": "optimizer",
        "kind": "Choice",
        "values": ["adam", "sgd"],
        "ordered": False,
        "default": "adam",
        "conditions": [],
    },
    {
        "name": "units",
        "kind": "Int",
        "min": 8,
        "max": 64,
        "step": 8,
        "sampling": "linear",
        "default": 8,
        "conditions": [],
    },
]


class PlayedSearch:
    """Writes records as the driver does: each one passes through its line of text, then into the
    state, then to the listeners.
    """

    def __init__(self, listeners: list[Listener], header: dict[str, Any]) -> None:
        self.listeners = listeners
        self.state = SearchState()
        self.records: list[Record] = []
        self.time = 1000.0
        defaults = {
            "schema": 1,
            "task": "beans",
            "search": "random",
            "scheduler": "none",
            "seed": 0,
            "objective": {"name": "val_accuracy", "direction": "max"},
            "space": {"knobs": KNOBS},
            "data": {
                "source": "sample",
                "fingerprint": "0" * 64,
                "train": 6,
                "validation": 3,
                "test": 3,
                "leak_rate": 0.0,
            },
            "training": {"epochs": 3},
            "versions": {"tftune": "0.1.0"},
        }
        expected_trials = header.pop("expected_trials", 4)
        self.write("header", **{**defaults, **header})
        self.write("session", resumed=False, plan="", expected_trials=expected_trials)

    def write(self, kind: str, pause: float = 0.0, **fields: Any) -> None:
        self.time += pause
        record = decode(encode({"kind": kind, **fields, "time": self.time}))
        self.records.append(record)
        self.state.apply(record)
        for listener in self.listeners:
            listener.on_record(record, self.state)

    def start(self, number: int, values: dict[str, Any] | None = None, **fields: Any) -> None:
        values = (
            {"batch_normalization": True, "dropout": 0.1 * number, "optimizer": "adam", "units": 16}
            if values is None
            else values
        )
        defaults = {"attempt": 1, "first_epoch": 0, "last_epoch": None, "parent": None}
        self.write(
            "start",
            trial_id=f"{number:04d}",
            number=number,
            values=values,
            **{**defaults, **fields},
        )

    def epoch(self, number: int, epoch: int, value: float, **metrics: float) -> None:
        metrics = {
            "loss": 1.0 / epoch,
            "accuracy": 0.5,
            "val_loss": 1.5 / epoch,
            "val_accuracy": value,
            "learning_rate": 0.01,
            **metrics,
        }
        self.write("epoch", pause=1.0, trial_id=f"{number:04d}", epoch=epoch, metrics=metrics)

    def end(
        self,
        number: int,
        score: float | None,
        epoch: int | None = None,
        status: str = "completed",
        message: str | None = None,
    ) -> None:
        metrics = {} if score is None else {"val_accuracy": score}
        fields = {
            "status": status,
            "score": score,
            "best_epoch": epoch,
            "metrics": metrics,
            "message": message,
            "parameters": 123,
        }
        self.write("end", trial_id=f"{number:04d}", seconds=3.5, **fields)

    def trial(self, number: int, curve: list[float], **fields: Any) -> None:
        """Plays a whole trial; its score is the maximum of the curve."""
        self.start(number, **fields)
        for epoch, value in enumerate(curve, start=1):
            self.epoch(number, epoch, value)
        self.end(number, max(curve), curve.index(max(curve)) + 1)

    def failure(
        self,
        number: int,
        message: str = "Traceback (most recent call last):\n  ...\nValueError: negative units",
    ) -> None:
        """Plays a trial that fails after one epoch of NaN."""
        self.start(number)
        self.epoch(number, 1, float("nan"), val_loss=float("inf"))
        self.end(number, None, status="failed", message=message)

    def pruned(self, number: int, curve: list[float]) -> None:
        """Plays a trial that a scheduler stops after this curve; its score is the maximum."""
        self.start(number)
        for epoch, value in enumerate(curve, start=1):
            self.epoch(number, epoch, value)
        self.end(number, max(curve), curve.index(max(curve)) + 1, status="pruned")

    def resumed(self, listeners: list[Listener]) -> PlayedSearch:
        """Returns the same search in a new process: the listeners are new and hear of the old
        records first.
        """
        other = object.__new__(PlayedSearch)
        other.listeners, other.state, other.time = listeners, SearchState(), self.time + 100.0
        other.records = list(self.records)
        for record in self.records:
            other.state.apply(record)
            for listener in listeners:
                listener.on_record({**record, "replayed": True}, other.state)
        other.write("session", resumed=True, plan="", expected_trials=4)
        return other

    def close(self) -> None:
        for listener in self.listeners:
            listener.close()


@pytest.fixture
def play() -> Callable[..., PlayedSearch]:
    """Returns a function that begins a search with these listeners; further arguments replace
    fields of the header.
    """

    def begin(*listeners: Listener, **header: Any) -> PlayedSearch:
        return PlayedSearch(list(listeners), header)

    return begin
