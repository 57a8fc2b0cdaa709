"""Whole searches as `RunData`, played or drawn, and what must hold for any view."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tftune.journal.state import SearchState
from tftune.reports.charts.chart import COLOURS, Chart, Line, ParallelChart, Points
from tftune.reports.run_data import RunData
from tftune.reports.views.view import View

KNOBS = [
    {"name": "rate", "kind": "Float", "min": 1e-4, "max": 1e-1, "sampling": "log"},
    {"name": "optimizer", "kind": "Choice", "values": ["adam", "sgd"]},
    {
        "name": "momentum",
        "kind": "Float",
        "min": 0.0,
        "max": 1.0,
        "sampling": "linear",
        "conditions": [{"parent": "optimizer", "values": ["sgd"]}],
    },
    {"name": "seed", "kind": "Fixed", "default": 7},
]


class DrawnSearch:
    """Records of a search whose trials are drawn: no training, any number of trials in no time."""

    def __init__(self, direction: str = "max", workers: int = 2, **header: Any) -> None:
        self.objective = "val_auc" if direction == "max" else "val_loss"
        self.direction, self.workers, self.time = direction, workers, 1000.0
        self.random = random.Random(0)
        self.records: list[dict[str, Any]] = []
        defaults = {
            "task": "beans",
            "search": "random",
            "scheduler": "asha",
            "objective": {"name": self.objective, "direction": direction},
            "space": {"knobs": KNOBS},
        }
        self.write("header", **{**defaults, **header})

    def write(self, kind: str, **fields: Any) -> None:
        self.records.append({"kind": kind, **fields, "time": self.time})

    def session(self, pause: float = 0.0, plan: str = "") -> DrawnSearch:
        self.time += pause
        self.write("session", workers=self.workers, plan=plan, expected_trials=None)
        return self

    def start(self, number: int, **fields: Any) -> None:
        values: dict[str, Any] = {
            "rate": 10 ** self.random.uniform(-4, -1),
            "optimizer": self.random.choice(["adam", "sgd"]),
            "momentum": self.random.random(),
            "seed": 7,
        }
        defaults = {"attempt": 1, "first_epoch": 0, "last_epoch": 9, "parent": None}
        trial = {"trial_id": f"{number:04d}", "number": number, "values": values}
        self.write("start", **{**trial, **defaults, **fields})

    def epoch(self, number: int, epoch: int, value: float) -> None:
        self.time += 1.0
        metrics = {self.objective: value, "loss": 1.0 / epoch, "val_loss": 1.5 / epoch}
        metrics[self.objective] = value
        self.write("epoch", trial_id=f"{number:04d}", epoch=epoch, metrics=metrics)

    def end(self, number: int, score: float | None, status: str = "completed") -> None:
        fields = {"metrics": {}, "message": None, "parameters": 5, "seconds": 2.0}
        best_epoch = None if score is None else 1
        self.write(
            "end",
            **{"trial_id": f"{number:04d}", "status": status, "score": score, **fields},
            best_epoch=best_epoch,
        )

    def trial(self, number: int, score: float | None, status: str = "completed") -> DrawnSearch:
        self.start(number)
        for epoch in (1, 2):
            self.epoch(number, epoch, math.nan if score is None else score - 0.1 * (epoch - 1))
        self.end(number, score, status if score is not None else "failed")
        return self

    def trials(self, count: int) -> DrawnSearch:
        for number in range(count):
            drawn = self.random.random()
            status = self.random.choice(["completed", "pruned"])
            self.trial(number, None if drawn < 0.1 else drawn, status)
        return self

    def finish(self, reason: str = "done") -> DrawnSearch:
        self.write("finish", reason=reason, wall_seconds=1.0)
        return self

    def run(self, name: str = "drawn") -> RunData:
        return RunData(name, SearchState().apply_all(self.records), self.records)


@pytest.fixture
def draw() -> Callable[..., DrawnSearch]:
    """Returns a function that begins a search; further arguments replace fields of the header."""
    return DrawnSearch


@pytest.fixture
def check_view() -> Callable[[View], None]:
    """Returns a function that checks what the page relies on."""
    return _check


def _check(view: View) -> None:
    assert view.name and view.title and view.how_to_read.endswith(".")
    assert all(sentence and sentence == sentence.strip() for sentence in view.sentences)
    assert view.why_not or view.sentences or view.charts or view.tables or view.facts
    assert "nan" not in " ".join(view.sentences).lower().replace("financ", "")
    names = [chart.name for chart in view.charts]
    assert len(set(names)) == len(names)
    for table in view.tables:
        assert all(len(row) == len(table.header) for row in table.rows)
        assert all(isinstance(cell, str) for row in table.rows for cell in row)
        assert not table.keys or len(table.keys) == len(table.rows)
        assert all(0 <= column < len(table.header) for column in table.numbers)
    for chart in view.charts:
        if isinstance(chart, ParallelChart):
            _check_parallel(chart)
        else:
            _check_chart(chart)


def _check_parallel(chart: ParallelChart) -> None:
    same = {len(chart.rows), len(chart.keys), len(chart.hover), len(chart.colours)}
    assert len(same) == 1 and len(chart.rows) > 0
    assert all(len(row) == len(chart.axes) for row in chart.rows)
    assert all(0 <= colour <= 1 for colour in chart.colours)
    for place, axis in enumerate(chart.axes):
        for value in (row[place] for row in chart.rows if row[place] is not None):
            assert value is not None and math.isfinite(value)
            assert axis.scale != "log" or value > 0
            assert axis.scale != "category" or int(value) in range(len(axis.categories))


def _check_chart(chart: Chart) -> None:
    assert chart.marks
    for mark in chart.marks:
        if hasattr(mark, "colour"):
            assert mark.colour in COLOURS
        if isinstance(mark, Line | Points):
            assert len(mark.x) == len(mark.y) > 0
            for axis, values in ((chart.x, mark.x), (chart.y, mark.y)):
                assert all(math.isfinite(value) for value in values)
                assert axis.scale != "log" or all(value > 0 for value in values)
        for name in ("keys", "hover"):
            some: Sequence[str] = getattr(mark, name, ())
            if not isinstance(some, str) and some:
                whole = mark.x if isinstance(mark, Points) else getattr(mark, "left", some)
                assert len(some) == len(whole)
