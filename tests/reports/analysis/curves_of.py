"""Searches made of curves that a test writes down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tftune.journal.state import SearchState
from tftune.reports.run_data import RunData

Curves = Mapping[str, Sequence[float]]
ROWS = {"train": 10_000, "validation": 5_000}


class Written:
    """A search whose trials have the curves that they are given."""

    def __init__(self, objective: str = "val_accuracy", direction: str = "max", **header: Any):
        self.objective = objective
        defaults = {"objective": {"name": objective, "direction": direction}, "data": ROWS}
        self.sign = 1.0 if direction == "max" else -1.0
        self.records: list[dict[str, Any]] = []
        self._write("header", **{**defaults, **header})
        self._write("session", plan="", workers=1, expected_trials=None)

    def _write(self, kind: str, **fields: Any) -> None:
        self.records.append({"kind": kind, "time": float(len(self.records)), **fields})

    def trial(
        self,
        curves: Curves,
        status: str = "completed",
        values: Mapping[str, Any] | None = None,
        first: int = 0,
        planned: int | None = None,
        parent: str | None = None,
        folds: Mapping[str, Sequence[float]] | None = None,
    ) -> Written:
        number = sum(record["kind"] == "start" for record in self.records)
        name = f"{number:04d}"
        length = max((len(curve) for curve in curves.values()), default=0)
        self._write(
            "start",
            trial_id=name,
            number=number,
            values=dict(values or {}),
            attempt=1,
            first_epoch=first,
            last_epoch=planned or first + length,
            parent=parent,
        )
        for place in range(length):
            metrics = {key: float(curve[place]) for key, curve in curves.items()}
            more = {} if folds is None else {"folds": dict(folds)}
            epoch = {"epoch": first + place + 1, "metrics": metrics}
            self._write("epoch", trial_id=name, **epoch, **more)
        scores = [float(each) for each in curves.get(self.objective, ())]
        known = [score for score in scores if score == score]
        best = max(known, key=lambda score: self.sign * score) if known else None
        epoch = None if best is None else first + scores.index(best) + 1
        at_best = (
            {} if epoch is None else {k: float(c[epoch - first - 1]) for k, c in curves.items()}
        )
        fate = status if best is not None else "failed"
        self._write(
            "end",
            trial_id=name,
            status=fate,
            score=best,
            best_epoch=epoch,
            metrics=at_best,
            message=None,
            parameters=5,
            seconds=1.0,
        )
        return self

    def run(self, name: str = "written", **fields: Any) -> RunData:
        return RunData(name, SearchState().apply_all(self.records), self.records, **fields)


def approaching(start: float, end: float, epochs: int = 20, halving: float = 2.0) -> list[float]:
    """A curve that goes from one value to another, the distance halved every few epochs."""
    return [end + (start - end) * 0.5 ** (epoch / halving) for epoch in range(epochs)]
