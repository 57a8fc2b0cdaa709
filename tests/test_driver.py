"""The driver loop with stand-ins for oracle and executor: schedulers are asked, and what they stop is told as pruned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras_tuner
import pytest

from tftune.driver import Driver, restore_events
from tftune.errors import UsageError
from tftune.execution.inline import InlineExecutor
from tftune.journal import Journal, read
from tftune.oracles.random_search import RandomOracle
from tftune.recorder import Recorder
from tftune.schedulers.base import AbstractScheduler, Curves, NoScheduler
from tftune.state import TrialRecord
from tftune.training.trial import Outcome


class StopBelow(AbstractScheduler):
    """Stops a trial below the best of the others at the same step; remembers what it saw."""

    def __init__(self, direction: str) -> None:
        super().__init__(direction)
        self.seen: list[dict[str, list[float]]] = []

    def should_stop(self, trial_id: str, step: int, curves: Curves) -> bool:
        self.seen.append({name: list(curve) for name, curve in curves.items()})
        others = [curve[step - 1] for name, curve in curves.items() if name != trial_id and len(curve) >= step]
        return bool(others) and curves[trial_id][-1] < max(others)


def make(
    tmp_path: Path, outcomes: dict[str, Any], monkeypatch: pytest.MonkeyPatch, **changes: Any
) -> tuple[Driver, RandomOracle, Recorder]:
    """A driver whose trials report the curve that `outcomes` holds for them, or end as the `Outcome` there."""
    space = keras_tuner.HyperParameters()
    space.Float("rate", 0.0, 1.0)
    oracle = RandomOracle(keras_tuner.Objective("val_auc", "max"), max_trials=len(outcomes), hyperparameters=space, seed=0)
    oracle._set_project_dir(None, None)
    recorder = Recorder(Journal(tmp_path / "journal.jsonl"))
    if not recorder.state.header:
        recorder.write("header", objective={"name": "val_auc", "direction": "max"})

    def run(report: Any, name: str) -> Outcome:
        planned = outcomes[name]
        if isinstance(planned, Outcome):
            return planned
        done: list[float] = []
        for step, value in enumerate(planned, start=1):
            done.append(value)
            if report({"epoch": step, "metrics": {"val_auc": value}, "seconds": 0.0}):
                break
        status = "completed" if len(done) == len(planned) else "pruned"
        return Outcome(status, max(done), done.index(max(done)) + 1, {"val_auc": max(done)})

    monkeypatch.setattr("tftune.driver.run_trial", run)
    options: dict[str, Any] = {"scheduler": NoScheduler("max"), "epochs": 3, **changes}
    driver = Driver(oracle, options.pop("scheduler"), InlineExecutor(), recorder, lambda trial, record: record.trial, **options)
    return driver, oracle, recorder


def statuses(recorder: Recorder) -> list[str]:
    return [trial.status for trial in recorder.state.trials.values()]


def test_a_scheduler_sees_all_curves_and_what_it_stops_counts_with_the_value_it_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduler = StopBelow("max")
    curves = {"0000": [0.5, 0.6, 0.7], "0001": [0.4, 0.9, 0.9], "0002": [0.6, 0.65, 0.8]}
    driver, oracle, recorder = make(tmp_path, curves, monkeypatch, scheduler=scheduler)
    assert driver.run() == "done"
    assert statuses(recorder) == ["completed", "pruned", "completed"]
    assert scheduler.seen[-1] == {"0000": [0.5, 0.6, 0.7], "0001": [0.4], "0002": [0.6, 0.65, 0.8]}
    assert recorder.state.trials["0001"].score == 0.4
    assert [(trial.status, trial.score) for trial in oracle.trials.values()] == [("COMPLETED", 0.7), ("COMPLETED", 0.4), ("COMPLETED", 0.8)]


def test_diverged_trials_do_not_end_a_search_and_crashes_in_a_row_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    diverged, crashed = Outcome("failed", message="nan", diverged=True), Outcome("failed", message="boom")
    outcomes = {f"{number:04d}": diverged for number in range(5)} | {f"{number:04d}": crashed for number in range(5, 10)}
    driver, _, recorder = make(tmp_path, outcomes, monkeypatch, failure_limit=3)
    assert driver.run() == "failures"
    assert len(statuses(recorder)) == 8


def test_a_fatal_outcome_ends_the_search_with_its_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    driver, _, _ = make(tmp_path, {"0000": Outcome("failed", message="The objective is missing.", fatal=True)}, monkeypatch)
    with pytest.raises(UsageError, match="Trial 0000 cannot run, and no other could. The objective is missing."):
        driver.run()


def test_the_events_of_a_journal_bring_a_new_oracle_to_where_the_old_one_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    curves = {f"{number:04d}": [0.1 * number] for number in range(4)}
    driver, oracle, recorder = make(tmp_path, curves, monkeypatch)
    driver.run()
    recorder.close()
    events, memo, position = restore_events(read(tmp_path / "journal.jsonl")[0])
    assert [event["kind"] for event in events] == ["start", "end"] * 4 and (memo, position) == (None, 0)
    _, fresh, _ = make(tmp_path, curves, monkeypatch)
    fresh.restore(events, memo, position)
    assert [trial.hyperparameters.values for trial in fresh.trials.values()] == [
        trial.hyperparameters.values for trial in oracle.trials.values()
    ]
    assert fresh.end_order == oracle.end_order


def test_a_trial_record_is_what_a_task_is_made_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    driver, _, recorder = make(tmp_path, {"0000": [0.5]}, monkeypatch)
    made: list[TrialRecord] = []
    monkeypatch.setattr(driver, "make_task", lambda trial, record: made.append(record) or record.trial)
    driver.run()
    assert (made[0].first_epoch, made[0].last_epoch, made[0].parent, made[0].attempt) == (0, 3, None, 1)
