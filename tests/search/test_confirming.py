"""The confirmation of a winner: what it trains, what it writes down, and that it goes on wherever
it was cut off.
"""

from __future__ import annotations

import math
import os
import signal
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest

import tftune
from tests.search.stand_ins import Backwards
from tests.search.test_resume import finish, launch
from tests.search.test_tasks import end, start
from tftune.errors import UsageError
from tftune.execution.inline import InlineExecutor
from tftune.journal.journal import Journal, read
from tftune.journal.recorder import Recorder
from tftune.journal.records import Record
from tftune.journal.state import SearchState
from tftune.search.confirming import Confirmation
from tftune.search.run_settings import RunSettings
from tftune.training.task import Outcome

HEADER = {"kind": "header", "objective": {"name": "val_auc", "direction": "max"}, "time": 0.0}
SCORES = (0.7, 0.9, 0.8, 0.6)  # of trials 0 to 3
WORTH = {"0001": (0.5, 0.6, 0.5, 0.6), "0002": (0.8, 0.7, 0.8, 0.7), "0000": (0.6,) * 4}


class Tasks:
    """Tasks that say which trial is meant in which round."""

    can_cut = True

    def __init__(self, gone: tuple[str, ...] = ()) -> None:
        self.gone, self.made = gone, list[str]()

    def repeat_of(self, record: Any, number: int) -> Any:
        self.made.append(f"{record.trial_id}-{number}")
        return SimpleNamespace(trial_id=self.made[-1], place=(record, number))

    def lacks_weights(self, record: Any) -> bool:
        return record.trial_id in self.gone


def worth(report: Any, task: Any) -> Outcome:
    """Trains nothing: looks the score up."""
    record, number = task.place
    score = WORTH[record.trial_id][number]
    if not math.isfinite(score):
        return Outcome("failed", message="diverged")  # type: ignore[arg-type]
    return Outcome("completed", score=score, best_epoch=1)  # type: ignore[arg-type]


def searched() -> list[Record]:
    trials = range(len(SCORES))
    return [HEADER, *map(begin, trials), *(end(number, SCORES[number]) for number in trials)]


def begin(number: int, **values: Any) -> Record:
    """A trial of another configuration than all others, unless values are given."""
    return {**start(number), "values": values or {"units": number}}


def confirm(folder: Path, records: list[Record], **options: Any) -> tuple[Any, SearchState]:
    """Confirms after these records; returns what the race returned, and the state."""
    folder.mkdir()
    with Journal(folder / "journal.jsonl") as journal:
        journal.extend(records)
    with Journal(folder / "journal.jsonl") as journal:
        recorder, executor = Recorder(journal), options.pop("executor", InlineExecutor())
        run = options.pop("run", RunSettings(workers=0))
        rounds = options.pop("rounds", (3, 2, 2, 2))
        job = options.pop("job", worth)
        tasks = options.pop("tasks", Tasks())
        race = Confirmation(executor, recorder, tasks, rounds, run, job=job, **options)
        return race.run(), recorder.state


def written(folder: Path) -> list[Record]:
    return read(folder / "journal.jsonl")[0]


def told(state: SearchState) -> dict[str, Any]:
    assert state.confirmed is not None
    return {name: value for name, value in state.confirmed.items() if name != "time"}


def test_the_winner_and_its_luck_are_written_down(tmp_path: Path) -> None:
    reason, state = confirm(tmp_path / "run", searched())
    assert reason is None
    found = told(state)
    assert found["trial_id"] == "0002" and found["search_best"] == "0001"
    assert found["trainings"] == 9 and found["rounds"] == [3, 2, 2, 2]
    assert found["repeated"] == pytest.approx(0.75) and found["luck"] == pytest.approx(0.05)
    assert found["low"] < 0.75 < found["high"] and found["cut"] == "fresh"
    assert found["contenders"][0] == {"trial_id": "0001", "score": 0.9, "repeats": [*WORTH["0001"]]}
    assert found["contenders"][2] == {"trial_id": "0000", "score": 0.7, "repeats": [0.6]}
    best = state.best()
    assert best is not None and best.trial_id == "0002"
    assert [trial.trial_id for trial in state.ranked(3)] == ["0002", "0001", "0000"]
    kinds = [record["kind"] for record in written(tmp_path / "run")[len(searched()) :]]
    assert kinds == ["confirm", *["repeat", "repeated"] * 9, "confirmed"]


def test_it_goes_on_after_every_record(tmp_path: Path) -> None:
    _, whole = confirm(tmp_path / "whole", searched())
    records = written(tmp_path / "whole")
    for count in range(len(searched()), len(records) + 1):
        reason, state = confirm(tmp_path / str(count), records[:count])
        assert reason is None
        assert told(state) == told(whole)
        ends = [record for record in written(tmp_path / str(count)) if record["kind"] == "repeated"]
        assert len(ends) == 9  # none was trained twice
    assert len(written(tmp_path / str(len(records)))) == len(records)  # nothing was left to do


def test_any_number_of_workers_gives_the_same(tmp_path: Path) -> None:
    _, one = confirm(tmp_path / "one", searched())
    _, three = confirm(tmp_path / "three", searched(), executor=Backwards())
    assert told(one) == told(three)


def test_a_better_trial_after_it_opens_the_race_again(tmp_path: Path) -> None:
    _, first = confirm(tmp_path / "first", searched())
    more = [*written(tmp_path / "first"), begin(4), end(4, 0.95)]
    state = SearchState().apply_all(more)
    assert state.confirmed is None
    best = state.best()
    assert best is not None and best.trial_id == "0004"
    WORTH["0004"] = (0.1,) * 4
    try:
        _, again = confirm(tmp_path / "again", more)
    finally:
        del WORTH["0004"]
    assert told(again)["trial_id"] == "0002" == told(first)["trial_id"]
    new = written(tmp_path / "again")[len(more) :]
    # the others' results are known already
    assert [each["trial_id"] for each in new if each["kind"] == "repeated"] == ["0004"]


def test_a_configuration_races_once(tmp_path: Path) -> None:
    """Trial 4 continues trial 1, as Hyperband does it, and is a little worse."""
    again = begin(4, units=1, **{"tuner/epochs": 9})
    _, state = confirm(tmp_path / "run", [*searched(), again, end(4, 0.89)])
    names = [each["trial_id"] for each in told(state)["contenders"]]
    assert names == ["0001", "0002", "0000"]


def test_who_fails_cannot_win_and_all_failed_leaves_the_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(WORTH, "0002", (0.9, math.nan, 0.9, 0.9))
    _, state = confirm(tmp_path / "one", searched())
    assert told(state)["trial_id"] == "0001"
    for name in list(WORTH):
        monkeypatch.setitem(WORTH, name, (math.nan,) * 4)
    reason, state = confirm(tmp_path / "all", searched())
    assert reason is None and state.confirmed is None
    best = state.best()
    assert best is not None and best.trial_id == "0001"


def test_a_winner_whose_weights_are_gone_gets_those_of_its_first_repeat(tmp_path: Path) -> None:
    """All results are known, but its file was removed while other trials were better."""
    _, whole = confirm(tmp_path / "whole", searched())
    for name, gone in (("winner", ("0002", "0001")), ("others", ("0001", "0000"))):
        tasks = Tasks(gone)
        _, state = confirm(tmp_path / name, written(tmp_path / "whole"), tasks=tasks)
        assert tasks.made == (["0002-0"] if name == "winner" else [])
        assert told(state) == told(whole)


def test_the_time_limit_ends_it_and_it_can_go_on(tmp_path: Path) -> None:
    reason, state = confirm(tmp_path / "run", searched(), deadline=time.monotonic() - 1)
    assert reason == "timeout" and state.confirmed is None
    assert written(tmp_path / "run")[-1]["kind"] == "confirm"


def test_a_crash_is_tried_again_as_often_as_a_trial(tmp_path: Path) -> None:
    crashed: list[str] = []

    def once(report: Any, task: Any) -> Outcome:
        if task.trial_id not in crashed:
            crashed.append(task.trial_id)
            raise RuntimeError("broken")
        return worth(report, task)

    _, state = confirm(tmp_path / "never", searched(), job=once)
    assert state.confirmed is None and len(crashed) == 3
    crashed.clear()
    run = RunSettings(workers=0, max_retries_per_trial=1)
    _, state = confirm(tmp_path / "again", searched(), job=once, run=run)
    assert told(state)["trial_id"] == "0002"
    attempts = [each["attempt"] for each in written(tmp_path / "again") if each["kind"] == "repeat"]
    assert sorted(attempts) == [1] * 9 + [2] * 9


def test_what_is_asked_for_is_checked() -> None:
    for wrong in (-1, "three", True, 1.5, b"53"):
        with pytest.raises(UsageError, match="confirm must be an integer of at least 0 or None"):
            RunSettings(workers=0, confirm=wrong)  # type: ignore[arg-type]
    for rounds in ((2, 3), ()):
        with pytest.raises(UsageError, match="numbers that never rise"):
            RunSettings(workers=0, confirm=rounds)
    assert RunSettings(workers=0, confirm=[4, 2]).rounds(5) == (4, 2)
    assert RunSettings(workers=0, confirm=0).rounds(1000) == ()


X = np.random.default_rng(0).normal(size=(60, 4)).astype("float32")
Y = (X.sum(axis=1, keepdims=True) > 0).astype("float32")


class Rows(keras.callbacks.Callback):
    """Writes down which rows validate, and by which first weights a training began."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path

    def on_train_begin(self, logs: Any = None) -> None:
        Path(self.path).parent.mkdir(parents=True, exist_ok=True)
        Path(self.path).write_text(str(self.model.weights[0].numpy().sum()), encoding="utf-8")


def build(hp: Any) -> keras.Model:
    model = keras.Sequential([keras.Input((4,))])
    model.add(keras.layers.Dense(1, activation="sigmoid"))
    rate = hp.Float("rate", 1e-3, 1e-1)
    model.compile(keras.optimizers.SGD(rate), "binary_crossentropy", run_eagerly=True)
    return model


def tuner_in(folder: Path, **options: Any) -> tftune.Tuner:
    options = {"workers": 0, "max_trials": 3, "listeners": [], "report": False, **options}
    return tftune.Tuner(
        build,
        "random",
        objective="val_loss",
        directory=folder.parent,
        project_name=folder.name,
        **options,
    )


def search(tuner: tftune.Tuner, **options: Any) -> None:
    given = {"validation_data": (X[40:], Y[40:]), "batch_size": 20, "epochs": 1, "verbose": 0}
    tuner.search(X[:40], Y[:40], **{**given, **options})


def test_a_search_saves_the_model_of_the_confirmed_winner(tmp_path: Path) -> None:
    tuner = tuner_in(tmp_path / "run", confirm=2, max_trials=2)
    search(tuner, callbacks=[Rows(str(tmp_path / "begun" / "{trial_id}"))])
    confirmed = tuner.state.confirmed
    assert confirmed is not None and confirmed["cut"] == "fresh"
    begun = {path.name: path.read_text() for path in (tmp_path / "begun").iterdir()}
    first, second = (each["trial_id"] for each in confirmed["contenders"])
    # the trainings of a round begin alike; those of another round, and of the search, do not
    assert begun[f"{first}-confirm-1"] == begun[f"{second}-confirm-1"]
    assert len({begun[first], begun[f"{first}-confirm-1"], begun[f"{first}-confirm-2"]}) == 3
    tuner.evaluate_best(X, Y)
    assert tuner.state.test is not None
    assert tuner.state.test["trial_id"] == confirmed["trial_id"]
    saved = keras.models.load_model(tmp_path / "run" / "best_model.keras")
    winner = tuner.load_model(tuner.state.trials[confirmed["trial_id"]])
    assert (saved.predict(X, verbose=0) == winner.predict(X, verbose=0)).all()
    again = tuner_in(tmp_path / "run", confirm=2, max_trials=2)
    search(again, callbacks=[Rows(str(tmp_path / "begun" / "{trial_id}"))])
    assert again.state.confirmed == confirmed  # nothing was left to do


def test_a_dataset_keeps_its_cut_and_says_so(tmp_path: Path) -> None:
    import tensorflow as tf

    part = tf.data.Dataset.from_tensor_slices((X, Y)).batch(20)
    tuner = tuner_in(tmp_path / "run", confirm=(2, 1), max_trials=2)
    tuner.search(part, validation_data=part, verbose=0)
    confirmed = tuner.state.confirmed
    assert confirmed is not None and confirmed["cut"] == "same"
    assert confirmed["trainings"] == 3


def test_groups_that_do_not_fit_are_refused_before_the_first_trial(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="groups must have one entry for each row"):
        search(tuner_in(tmp_path / "run", groups=np.zeros(40), confirm=2))
    assert not (tmp_path / "run" / "journal.jsonl").exists()


def test_each_trial_may_have_another_cut(tmp_path: Path) -> None:
    scores = []
    for number, options in enumerate(({}, {"reshuffle": True}, {"reshuffle": True})):
        tuner = tuner_in(tmp_path / str(number), max_trials=2, **options)
        search(tuner)
        scores.append([trial.score for trial in tuner.state.trials.values()])
    assert scores[0] != scores[1] == scores[2]
    with pytest.raises(UsageError, match="only where there are rows to cut"):
        search(tuner_in(tmp_path / "no", reshuffle=True), steps_per_epoch=1)


def test_a_tuner_with_trials_of_its_own_is_not_confirmed(tmp_path: Path) -> None:
    class Own(tftune.Tuner):
        def run_trial(self, trial: Any, *arguments: Any, **options: Any) -> float:
            return float(trial.hyperparameters.Float("rate", 0.0, 1.0))

    given = {"objective": "loss", "directory": tmp_path, "project_name": "run", "report": False}
    with pytest.raises(UsageError, match="Own overrides run_trial, which knows trials only"):
        Own(oracle="random", confirm=2, **given)
    with pytest.raises(UsageError, match="Own overrides what trains a trial.*reshuffle=False"):
        Own(oracle="random", reshuffle=True, **given)
    tuner = Own(oracle="random", max_trials=60, listeners=[], **given)
    tuner.search(verbose=0)
    assert tuner.state.confirmed is None


@pytest.mark.slow
@pytest.mark.timeout(300)  # each process imports TensorFlow
def test_killed_while_it_confirms_it_goes_on_to_the_same_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONFIRM", "2")
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    uninterrupted = launch("random", whole, 0)
    process = launch("random", killed, 1, 0.15)
    deadline = time.monotonic() + 200
    while time.monotonic() < deadline:
        assert process.poll() is None, finish(process)
        path = killed / "journal.jsonl"
        kinds = [each["kind"] for each in read(path)[0]] if path.exists() else []
        if kinds.count("repeated") >= 3 and kinds[-1] == "repeat":
            break
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    finish(process)
    for each in (uninterrupted, launch("random", killed, 1)):
        code, output = finish(each)
        assert code == 0, output
    states = [SearchState().apply_all(written(folder)) for folder in (whole, killed)]
    assert told(states[0]) == told(states[1])
    assert states[0].finish is not None and states[0].finish["reason"] == "done"
    assert (killed / "checkpoints" / f"{told(states[1])['trial_id']}.npz").exists()
