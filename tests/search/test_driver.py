"""The driver loop with stand-ins for oracle and executor: schedulers are asked, and what they stop
is told as pruned.
"""

from __future__ import annotations

import gc
import time
import tracemalloc
from pathlib import Path
from typing import Any, ClassVar

import cloudpickle
import keras
import keras_tuner
import numpy as np
import pytest

from benchmarks import many_trials
from tests.schedulers.simulation import EPOCHS, plans
from tests.search.stand_ins import Tasks
from tftune.errors import UsageError
from tftune.execution.base import AbstractExecutor, Finished
from tftune.execution.inline import InlineExecutor
from tftune.journal.journal import Journal, read
from tftune.journal.recorder import Recorder
from tftune.journal.state import TrialRecord
from tftune.journal.status import FailureKind
from tftune.oracles.multifidelity.hyperband import HyperbandOracle
from tftune.oracles.sampling.random_search import RandomOracle
from tftune.schedulers import SCHEDULERS
from tftune.schedulers.base import AbstractScheduler, Curves, NoScheduler
from tftune.search.driver import Driver
from tftune.search.proposals import restore_events
from tftune.search.run_settings import RunSettings
from tftune.space.keras_tuner_internals import get_hypermodel
from tftune.training.checkpoints import load_checkpoint
from tftune.training.settings import TrainingSettings
from tftune.training.trial import Outcome, TrialTask, run_trial


class StopBelow(AbstractScheduler):
    """Stops a trial below the best of the others at the same step; remembers what it saw."""

    def __init__(self, direction: str) -> None:
        super().__init__(direction)
        self.seen: list[dict[str, list[float]]] = []

    def should_stop(self, trial_id: str, step: int, curves: Curves) -> bool:
        self.seen.append({name: list(curve) for name, curve in curves.items()})
        others = [
            curve[step - 1]
            for name, curve in curves.items()
            if name != trial_id and len(curve) >= step
        ]
        return bool(others) and curves[trial_id][-1] < max(others)


def make(
    tmp_path: Path, outcomes: dict[str, Any], monkeypatch: pytest.MonkeyPatch, **changes: Any
) -> tuple[Driver, RandomOracle, Recorder]:
    """A driver whose trials report the curve that `outcomes` holds for them, or end as the
    `Outcome` there.
    """
    space = keras_tuner.HyperParameters()
    space.Float("rate", 0.0, 1.0)
    oracle = RandomOracle(
        keras_tuner.Objective("val_auc", "max"),
        max_trials=len(outcomes),
        hyperparameters=space,
        seed=0,
    )
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

    monkeypatch.setattr("tftune.search.driver.run_trial", run)
    options: dict[str, Any] = {"scheduler": NoScheduler("max"), "epochs": 3, **changes}
    driver = Driver(
        oracle,
        options.pop("scheduler"),
        InlineExecutor(),
        recorder,
        Tasks(after_end=options.pop("after_end", lambda: None)),
        options.pop("epochs"),
        RunSettings(workers=1, **options),
    )
    return driver, oracle, recorder


def statuses(recorder: Recorder) -> list[str]:
    return [trial.status for trial in recorder.state.trials.values()]


def test_a_scheduler_sees_all_curves_and_what_it_stops_counts_as_far_as_it_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduler = StopBelow("max")
    curves = {"0000": [0.5, 0.6, 0.7], "0001": [0.4, 0.9, 0.9], "0002": [0.6, 0.65, 0.8]}
    driver, oracle, recorder = make(tmp_path, curves, monkeypatch, scheduler=scheduler)
    assert driver.run() == "done"
    assert statuses(recorder) == ["completed", "pruned", "completed"]
    assert scheduler.seen[-1] == {"0000": [0.5, 0.6, 0.7], "0001": [0.4], "0002": [0.6, 0.65, 0.8]}
    assert recorder.state.trials["0001"].score == 0.4
    assert [(trial.status, trial.score) for trial in oracle.trials.values()] == [
        ("COMPLETED", 0.7),
        ("COMPLETED", 0.4),
        ("COMPLETED", 0.8),
    ]


def test_no_curve_is_kept_for_a_scheduler_that_looks_at_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduler = StopBelow("max")
    monkeypatch.setattr(StopBelow, "looks_at_curves", False)
    driver, _, recorder = make(
        tmp_path, {"0000": [0.5, 0.6], "0001": [0.4, 0.9]}, monkeypatch, scheduler=scheduler
    )
    driver.run()
    assert scheduler.seen == [{}] * 4 and statuses(recorder)[:2] == ["completed"] * 2


def test_diverged_trials_do_not_end_a_search_and_crashes_in_a_row_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    diverged, crashed = (
        Outcome("failed", message="nan", failure=FailureKind.DIVERGED),
        Outcome("failed", message="boom"),
    )
    outcomes = {f"{number:04d}": diverged for number in range(5)} | {
        f"{number:04d}": crashed for number in range(5, 10)
    }
    driver, _, recorder = make(tmp_path, outcomes, monkeypatch, max_consecutive_failed_trials=3)
    assert driver.run() == "failures"
    assert len(statuses(recorder)) == 8


def test_a_fatal_outcome_ends_the_search_with_its_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver, _, _ = make(
        tmp_path,
        {"0000": Outcome("failed", message="The objective is missing.", failure=FailureKind.FATAL)},
        monkeypatch,
    )
    with pytest.raises(
        UsageError, match="Trial 0000 cannot run, and no other could. The objective is missing."
    ):
        driver.run()


def test_the_events_of_a_journal_bring_a_new_oracle_to_where_the_old_one_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    curves = {f"{number:04d}": [0.1 * number] for number in range(4)}
    driver, oracle, recorder = make(tmp_path, curves, monkeypatch)
    driver.run()
    recorder.close()
    events, memo, position = restore_events(read(tmp_path / "journal.jsonl")[0])
    assert [event["kind"] for event in events] == ["start", "end"] * 4 and (memo, position) == (
        None,
        0,
    )
    _, fresh, _ = make(tmp_path, curves, monkeypatch)
    fresh.restore(events, memo, position)
    assert [trial.hyperparameters.values for trial in fresh.trials.values()] == [
        trial.hyperparameters.values for trial in oracle.trials.values()
    ]
    assert fresh.end_order == oracle.end_order


def test_a_trial_record_is_what_a_task_is_made_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver, _, recorder = make(tmp_path, {"0000": [0.5]}, monkeypatch)
    made: list[TrialRecord] = []
    driver.tasks = Tasks(lambda trial, record: made.append(record) or record.trial_id)
    driver.run()
    assert (made[0].first_epoch, made[0].last_epoch, made[0].parent, made[0].attempt) == (
        0,
        3,
        None,
        1,
    )


class Noted(AbstractScheduler):
    """Stops trials at an epoch; remembers what it was asked and told."""

    def __init__(self, stop_at: dict[str, int] | None = None) -> None:
        super().__init__("max")
        self.stop_at, self.asked, self.told = stop_at or {}, [], []

    def should_stop(self, trial_id: str, step: int, curves: Curves) -> bool:
        self.asked.append((trial_id, step, {name: list(curve) for name, curve in curves.items()}))
        return self.stop_at.get(trial_id) == step

    def on_end(self, trial_id: str, status: str) -> None:
        self.told.append((trial_id, status))


def test_a_scheduler_is_asked_at_epochs_with_the_objective_and_notes_are_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduler = Noted()
    driver, _, recorder = make(tmp_path, {"0000": []}, monkeypatch, scheduler=scheduler)

    def run(report: Any, name: str) -> Outcome:
        for step in (1, 2, 3):
            metrics = {"loss": 1.0, **({"val_auc": 0.5} if step == 2 else {})}
            report({"epoch": step, "metrics": metrics, "seconds": 0.0})
        return Outcome("completed", 0.5, 2, {"val_auc": 0.5}, notes=["something is left out"])

    monkeypatch.setattr("tftune.search.driver.run_trial", run)
    with pytest.warns(UserWarning, match="^something is left out$") as said:
        assert driver.run() == "done"
    assert [(trial, step) for trial, step, _ in scheduler.asked] == [("0000", 2)]
    assert len(said) == 1
    recorder.close()
    records = read(tmp_path / "journal.jsonl").records
    (note,) = (record for record in records if record["kind"] == "note")
    assert note["text"] == "something is left out"


def test_a_trial_that_is_stopped_at_its_last_epoch_has_completed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduler = Noted({"0000": 3, "0001": 2})
    driver, _, recorder = make(
        tmp_path,
        {"0000": [0.1, 0.2, 0.3], "0001": [0.1, 0.2, 0.3]},
        monkeypatch,
        scheduler=scheduler,
    )
    driver.run()
    assert statuses(recorder) == ["completed", "pruned"]
    assert scheduler.told == [("0000", "completed"), ("0001", "pruned")]


@pytest.mark.parametrize("name", list(SCHEDULERS))
@pytest.mark.parametrize("ended", [3, 9])
@pytest.mark.quick("3-*")
def test_a_resumed_search_stops_the_same_trials(
    name: str, ended: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {"median": {"min_trials": 2}, "threshold": {"lower": 0.65}}.get(name, {})

    def session(folder: str, **changes: Any) -> tuple[Driver, RandomOracle, Recorder]:
        scheduler = SCHEDULERS[name](direction="max", max_epochs=EPOCHS, **options)
        (tmp_path / folder).mkdir(exist_ok=True)
        return make(
            tmp_path / folder, plans(), monkeypatch, scheduler=scheduler, epochs=EPOCHS, **changes
        )

    whole, _, expected = session("whole")
    assert whole.run() == "done"
    first, _, recorder = session(
        "halves",
        after_end=lambda: setattr(
            first, "interrupted", sum(recorder.state.counts().values()) == ended
        ),
    )
    assert first.run() == "interrupted"
    recorder.close()
    second, oracle, recorder = session("halves")
    oracle.restore(*restore_events(recorder.journal.records))
    assert second.run() == "done"
    ends = [
        [(t.trial_id, t.status, t.epochs, t.score) for t in each.state.trials.values()]
        for each in (recorder, expected)
    ]
    assert ends[0] == ends[1] and len(ends[0]) == 14
    for each in (recorder, expected):
        each.close()
    assert ("pruned" in statuses(recorder)) is (name != "none")


def test_the_scheduler_of_a_resumed_search_knows_who_has_ended_and_every_curve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes = {
        "0000": [0.1, 0.2, 0.3],
        "0001": [0.4, 0.5, 0.6],
        "0002": Outcome("failed", message="boom"),
    }
    driver, _, recorder = make(tmp_path, outcomes, monkeypatch, scheduler=Noted({"0001": 2}))
    driver.run()
    recorder.close()
    again = Noted()
    driver, _, _ = make(tmp_path, outcomes, monkeypatch, scheduler=again)
    assert again.told == [("0000", "completed"), ("0001", "pruned"), ("0002", "failed")]
    assert driver._curves.seen_by("0000") == {
        "0000": [0.1, 0.2, 0.3],
        "0001": [0.4, 0.5],
        "0002": [],
    }


def test_a_continued_trial_takes_the_place_of_the_one_it_continues(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hyperband, R = 3, eta = 3: trials 0 to 2 until epoch 1, trial 3 continues the best until
    epoch 3.
    """
    _, _, recorder = make(tmp_path, {"0000": []}, monkeypatch)
    oracle = HyperbandOracle("val_auc", hyperparameters=_space(), seed=0, max_epochs=3)
    oracle._set_project_dir(None, None)

    def run(report: Any, record: TrialRecord) -> Outcome:
        values = [
            record.number / 10 + epoch / 100
            for epoch in range(record.first_epoch + 1, (record.last_epoch or 0) + 1)
        ]
        for epoch, value in enumerate(values, start=record.first_epoch + 1):
            report({"epoch": epoch, "metrics": {"val_auc": value}, "seconds": 0.0})
        return Outcome("completed", max(values), record.last_epoch, {"val_auc": max(values)})

    monkeypatch.setattr("tftune.search.driver.run_trial", run)
    scheduler = Noted()
    tasks = Tasks(lambda trial, record: record)
    Driver(oracle, scheduler, InlineExecutor(), recorder, tasks, 3, RunSettings(workers=0)).run()
    continuation = next(
        trial for trial in recorder.state.trials.values() if trial.parent is not None
    )
    parent = recorder.state.trials[str(continuation.parent)]
    asked = [
        (step, curves) for name, step, curves in scheduler.asked if name == continuation.trial_id
    ]
    assert [step for step, _ in asked] == [2, 3]
    for step, curves in asked:
        assert parent.trial_id not in curves and len(curves[continuation.trial_id]) == step
        assert curves[continuation.trial_id][0] == parent.score
    assert all(len(curves[name]) == step for name, step, curves in scheduler.asked)


def _space() -> keras_tuner.HyperParameters:
    space = keras_tuner.HyperParameters()
    space.Float("rate", 0.0, 1.0)
    return space


class Score(keras.callbacks.Callback):
    """A metric that is planned; keeps the weights of each epoch."""

    planned: ClassVar = [0.2, 0.9, 0.5, 0.6, 0.7]
    weights: ClassVar[list[list[np.ndarray]]] = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs["val_auc"] = self.planned[epoch]
        Score.weights.append(self.model.get_weights())


def _build(hp: Any) -> keras.Model:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.1), "mse", run_eagerly=True)
    return model


def _task(tmp_path: Path, trial: str, **changes: Any) -> TrialTask:
    x = np.random.default_rng(0).normal(size=(20, 3)).astype("float32")
    fields: dict[str, Any] = {
        "stream": 0,
        "seed": 0,
        "hypermodel": cloudpickle.dumps(get_hypermodel(_build)),
        "hyperparameters": keras_tuner.HyperParameters().get_config(),
        "objective": "val_auc",
        "direction": "max",
        "arguments": (x, x[:, :1]),
        "options": {"callbacks": [Score()]},
        "settings": TrainingSettings(epochs=5, executions_per_trial=2),
        "last_epoch": 5,
        "checkpoint": str(tmp_path / f"{trial}.npz"),
    }
    return TrialTask(trial_id=trial, **{**fields, **changes})


def test_a_stopped_training_is_pruned_with_value_and_weights_of_its_best_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With Keras; of two executions the second is not run, and what continues the trial is not
    trained.
    """
    Score.weights.clear()
    driver, oracle, recorder = make(
        tmp_path, {"0000": None}, monkeypatch, scheduler=Noted({"0000": 4}), epochs=5
    )
    monkeypatch.setattr("tftune.search.driver.run_trial", run_trial)
    driver.tasks = Tasks(lambda trial, record: _task(tmp_path, record.trial_id))
    assert driver.run() == "done"
    end = recorder.state.trials["0000"]
    assert (end.status, end.score, end.best_epoch, len(end.epochs)) == ("pruned", 0.9, 2, 4)
    assert len(Score.weights) == 4  # one execution, four epochs
    assert oracle.trials["0000"].score == 0.9
    saved = load_checkpoint(tmp_path / "0000.npz")
    for kept, best, last in zip(saved.best or [], Score.weights[1], Score.weights[3], strict=True):
        np.testing.assert_array_equal(kept, best)
        assert not np.array_equal(best, last)
    child = _task(
        tmp_path, "0001", first_epoch=4, last_epoch=5, parent_checkpoint=str(tmp_path / "0000.npz")
    )
    outcome = run_trial(lambda epoch: pytest.fail("it was trained on"), child)
    assert (outcome.status, outcome.score, outcome.best_epoch) == ("pruned", 0.9, 2)
    parent, own = load_checkpoint(tmp_path / "0000.npz"), load_checkpoint(tmp_path / "0001.npz")
    assert (
        own.facts == parent.facts and own.facts["stopped"]
    )  # whoever continues the child is not trained either


class Scripted(AbstractExecutor):
    """Ends each job as the script says, the first entry for its first attempt; a job without an
    entry hangs.
    """

    def __init__(self, script: dict[str, list[Finished]]) -> None:
        self.script, self._running, self.killed = script, [], []

    def start(self, key: str, function: Any, *arguments: Any) -> None:
        self._running.append(key)

    def poll(self, on_report: Any, timeout: float) -> list[Finished]:
        for key in self._running:
            if self.script.get(key):
                self._running.remove(key)
                return [self.script[key].pop(0)]
        time.sleep(min(timeout, 0.05))
        return []

    def kill(self, key: str) -> None:
        self._running.remove(key)
        self.killed.append(key)

    @property
    def running(self) -> list[str]:
        return list(self._running)

    def close(self) -> None:
        self._running.clear()


def done(key: str) -> Finished:
    return Finished(key, Outcome("completed", 0.5, 1, {"val_auc": 0.5}, seconds=1.0))


def scripted(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    script: dict[str, list[Finished]],
    **options: Any,
) -> tuple[Recorder, Scripted]:
    driver, _, recorder = make(tmp_path, dict.fromkeys(script, []), monkeypatch, **options)
    driver.executor = Scripted(script)
    assert driver.run() == "done"
    return recorder, driver.executor


def test_a_trial_that_takes_too_long_is_ended_and_the_search_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = {"0000": [], "0001": [done("0001")], "0002": []}
    recorder, executor = scripted(
        tmp_path,
        monkeypatch,
        script,
        trial_timeout=0.2,
        max_consecutive_failed_trials=1,
        max_retries_per_trial=3,
    )
    assert statuses(recorder) == ["failed", "completed", "failed"] and executor.killed == [
        "0000",
        "0002",
    ]
    assert "ended after 0.2 s, the limit of a trial" in str(recorder.state.trials["0000"].message)


def test_a_trial_over_its_memory_is_not_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = {"0000": [Finished("0000", error="too much", over_limit=True)], "0001": [done("0001")]}
    recorder, _ = scripted(
        tmp_path, monkeypatch, script, max_consecutive_failed_trials=1, max_retries_per_trial=3
    )
    assert (
        statuses(recorder) == ["failed", "completed"] and recorder.state.trials["0000"].attempt == 1
    )


def test_a_trial_whose_machine_went_away_starts_again_at_no_cost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = Finished("0000", error="the node is dead", lost=True)
    script = {"0000": [gone, gone, done("0000")], "0001": [done("0001")]}
    recorder, _ = scripted(
        tmp_path, monkeypatch, script, max_consecutive_failed_trials=1, max_retries_per_trial=0
    )
    assert (
        statuses(recorder) == ["completed", "completed"]
        and recorder.state.trials["0000"].attempt == 3
    )


def test_an_attempt_that_was_interrupted_is_no_failure_of_the_trial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = {"trial_id": "0000", "number": 0, "values": {}, "parent": None}
    with Journal(tmp_path / "journal.jsonl") as journal:
        recorder = Recorder(journal)
        recorder.write("header", objective={"name": "val_auc", "direction": "max"})
        for attempt in range(1, 6):  # the search was killed so often
            recorder.write("start", **start, attempt=attempt, first_epoch=0, last_epoch=3)
    gone = Finished("0000", error="the node is dead", lost=True)
    recorder, _ = scripted(tmp_path, monkeypatch, {"0000": [gone, gone, done("0000")]})
    trial = recorder.state.trials["0000"]
    assert trial.status == "completed" and trial.attempt == 8


@pytest.mark.slow
def test_old_objects_are_left_alone_during_a_search_and_no_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gc.unfreeze()
    driver, _, _ = make(tmp_path / "first", {"0000": [0.5], "0001": [0.5]}, monkeypatch)
    frozen: list[int] = []
    driver.tasks = Tasks(
        lambda trial, record: frozen.append(gc.get_freeze_count()) or record.trial_id
    )
    driver.run()
    assert frozen[0] == 0, "the first trial waited for a pass over all objects"
    assert frozen[1] > 1000 and gc.get_freeze_count() == 0
    driver, _, _ = make(tmp_path / "second", {"0000": [0.5]}, monkeypatch)
    gc.freeze()
    try:
        driver.run()
        assert gc.get_freeze_count() > 1000  # the user's own
    finally:
        gc.freeze()  # as the other tests have it


@pytest.mark.slow
def test_a_trial_that_has_ended_leaves_less_than_a_thousand_bytes(tmp_path: Path) -> None:
    held: list[int] = []

    class Traced(many_trials.Marks):
        def look(self) -> None:
            """Looks at what Python holds instead of the resident memory, which other tests have
            grown.
            """
            gc.collect()
            if self.ended == 200:
                tracemalloc.start()
            elif self.ended == 1200:
                held.append(tracemalloc.get_traced_memory()[0])

    try:
        many_trials._search(1200, tmp_path / "run", 1, Traced({200, 1200}))
    finally:
        tracemalloc.stop()
    assert (
        100 < held[0] / 1000 < 1000
    )  # bytes a trial; a search that kept nothing would be no search
