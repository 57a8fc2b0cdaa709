"""The reproducible way: any number of workers, any order of ends, any interruption - the same
trials.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import keras_tuner
import pytest

from tests.search.stand_ins import Tasks
from tftune.execution.base import AbstractExecutor, Finished, OnReport
from tftune.journal.journal import Journal, read
from tftune.journal.recorder import Recorder
from tftune.journal.records import encode_all
from tftune.journal.state import SearchState, TrialRecord
from tftune.oracles import ORACLES
from tftune.schedulers import SCHEDULERS
from tftune.search.driver import Driver
from tftune.search.proposals import Proposals, restore_events
from tftune.search.run_settings import RunSettings
from tftune.training.task import Outcome

EPOCHS, TRIALS = 4, 12
HEADER = {"objective": {"name": "loss", "direction": "min"}}


class Shuffled(AbstractExecutor):
    """Trains on paper; which of the running trials comes an epoch further is a matter of chance."""

    def __init__(self, slots: int, chance: int) -> None:
        self.slots, self._chance = slots, random.Random(chance)
        self._left: dict[str, list[float]] = {}
        self._seen: dict[str, list[float]] = {}
        self._first: dict[str, int] = {}
        self.most = 0

    def start(self, key: str, function: Any, *arguments: Any) -> None:
        record: TrialRecord = arguments[0]
        loss, first, last = _loss(record.values), record.first_epoch, record.last_epoch or EPOCHS
        self._left[key] = [loss + 0.3 / epoch for epoch in range(first + 1, last + 1)]
        self._seen[key], self._first[key] = [], first
        self.most = max(self.most, len(self._left))

    def poll(self, on_report: OnReport, timeout: float) -> list[Finished]:
        key = self._chance.choice(sorted(self._left))
        value = self._left[key].pop(0)
        self._seen[key].append(value)
        epoch = self._first[key] + len(self._seen[key])
        stop = on_report(key, {"epoch": epoch, "metrics": {"loss": value}, "seconds": 0.0})
        if not stop and self._left[key]:
            return []
        del self._left[key]
        return [
            Finished(
                key,
                Outcome(
                    "pruned" if stop else "completed",
                    min(self._seen[key]),
                    epoch,
                    {"loss": value},
                    seconds=1.0,
                ),
            )
        ]

    def kill(self, key: str) -> None:
        self._left.pop(key, None)

    @property
    def running(self) -> list[str]:
        return list(self._left)

    def close(self) -> None:
        self._left.clear()


def _loss(values: dict[str, Any]) -> float:
    return float(
        (values["rate"] - 0.3) ** 2 + 0.1 * (values["kind"] == "b") + 0.01 * values["units"]
    )


def _space() -> keras_tuner.HyperParameters:
    space = keras_tuner.HyperParameters()
    space.Float("rate", 0.0, 1.0)
    space.Int("units", 1, 9)
    space.Choice("kind", ["a", "b"])
    return space


def search(
    folder: Path,
    method: str,
    slots: int,
    chance: int = 0,
    lag: int | None = 4,
    scheduler: str = "none",
    flat: int | None = None,
) -> SearchState:
    """Runs a search, or the rest of it, and returns what its journal tells."""
    budget = (
        {"max_epochs": EPOCHS, "factor": 2}
        if method in ("hyperband", "bohb")
        else {"max_trials": TRIALS}
    )
    if method == "mobster":
        budget |= {"max_epochs": EPOCHS, "factor": 2, "initial_points": 3}
    objective = keras_tuner.Objective("loss", "min")
    oracle = ORACLES[method](objective=objective, hyperparameters=_space(), seed=3, **budget)  # type: ignore[call-arg]
    oracle._set_project_dir(None, None)
    folder.mkdir(exist_ok=True)
    recorder = Recorder(Journal(folder / "journal.jsonl"))
    if not recorder.state.header:
        recorder.write("header", **HEADER)
    oracle.restore(*restore_events(recorder.journal.records, lag))
    rule = SCHEDULERS[scheduler](direction="min", max_epochs=EPOCHS)
    executor = Shuffled(slots, chance)
    settings = RunSettings(workers=1, reproducible=lag or False, stop_when_flat=flat)
    tasks = Tasks(lambda trial, record: record)
    driver = Driver(oracle, rule, executor, recorder, tasks, EPOCHS, settings)
    resumed = bool(recorder.state.trials)
    recorder.write("finish", **settings.end_of(driver.run(), 0.0))
    recorder.close()
    assert resumed or flat or executor.most == min(slots, lag or slots)
    return recorder.state


def told(state: SearchState) -> list[tuple[Any, ...]]:
    return [
        (trial.trial_id, trial.values, trial.status, trial.score, trial.epochs)
        for trial in state.trials.values()
    ]


@pytest.mark.parametrize(
    "method", ["random", "gp-fast", "evolution", "hyperband", "bohb", "mobster", "nelder-mead"]
)
@pytest.mark.parametrize("scheduler", ["none", "asha"])
@pytest.mark.quick("*gp-fast*", "*hyperband*")
def test_one_two_and_four_workers_make_identical_trials(
    method: str, scheduler: str, tmp_path: Path
) -> None:
    expected = told(search(tmp_path / "1", method, slots=1, scheduler=scheduler))
    assert len(expected) >= 10
    for slots in (2, 4):
        found = told(
            search(tmp_path / str(slots), method, slots, chance=slots, scheduler=scheduler)
        )
        assert sorted(found) == sorted(expected)


def test_without_a_lag_the_order_of_ends_matters(tmp_path: Path) -> None:
    """Otherwise the test above would show nothing."""
    found = [
        told(search(tmp_path / str(chance), "evolution", slots=4, chance=chance, lag=None))
        for chance in range(3)
    ]
    assert not found[0] == found[1] == found[2]


def test_a_lag_of_one_is_one_trial_after_the_other(tmp_path: Path) -> None:
    assert told(search(tmp_path / "lag", "evolution", slots=1, lag=1)) == told(
        search(tmp_path / "none", "evolution", slots=1, lag=None)
    )


@pytest.mark.parametrize("method", ["gp-fast", "hyperband", "evolution"])
@pytest.mark.parametrize("lag", [4, None])
@pytest.mark.quick("4-hyperband", "4-evolution")
def test_every_prefix_of_a_journal_leads_to_the_same_end(
    method: str, lag: int | None, tmp_path: Path
) -> None:
    """The driver may die after any record; the search then goes on with another number of workers
    if it is reproducible.
    """
    expected = told(search(tmp_path / "whole", method, slots=1, lag=lag, scheduler="asha"))
    records = read(tmp_path / "whole" / "journal.jsonl")[0]
    for cut in random.Random(0).sample(range(2, len(records)), 6):
        folder = tmp_path / f"cut-{cut}"
        folder.mkdir()
        (folder / "journal.jsonl").write_bytes(encode_all(records[:cut]))
        found = told(
            search(
                folder, method, slots=1 if lag is None else 3, chance=cut, lag=lag, scheduler="asha"
            )
        )
        assert sorted(found) == sorted(expected)


def test_a_trial_that_was_thought_of_ahead_is_resumed(tmp_path: Path) -> None:
    oracle = ORACLES["random"](
        objective=keras_tuner.Objective("loss", "min"),
        max_trials=3,
        hyperparameters=_space(),
        seed=0,
    )
    oracle._set_project_dir(None, None)
    journal = Journal(tmp_path / "journal.jsonl")
    recorder = Recorder(journal)
    recorder.write("header", **HEADER)
    proposals = Proposals(oracle, recorder.write)
    proposals.think_ahead()
    proposals.think_ahead()  # one ahead is enough
    recorder.close()
    records = read(tmp_path / "journal.jsonl")[0]
    assert [record["kind"] for record in records] == ["header", "propose"]
    again = ORACLES["random"](
        objective=keras_tuner.Objective("loss", "min"),
        max_trials=3,
        hyperparameters=_space(),
        seed=0,
    )
    again._set_project_dir(None, None)
    again.restore(*restore_events(records))
    resumed = Proposals(again, recorder.write, records=records).take()
    taken = proposals.take()
    assert resumed.trial_id == taken.trial_id == "0000"
    assert resumed.hyperparameters.values == taken.hyperparameters.values
    assert proposals.take().trial_id == "0001"


def expected(state: SearchState) -> dict[str, dict[str, float] | None]:
    return {trial.trial_id: trial.predicted for trial in state.trials.values()}


@pytest.mark.slow
@pytest.mark.parametrize("lag", [4, None])
def test_what_was_expected_is_recorded_and_survives_every_interruption(
    lag: int | None, tmp_path: Path
) -> None:
    whole = expected(search(tmp_path / "whole", "gp-fast", slots=1, lag=lag))
    assert sum(each is not None for each in whole.values()) == TRIALS - 4 - (3 if lag else 0)
    records = read(tmp_path / "whole" / "journal.jsonl")[0]
    for cut in random.Random(1).sample(range(2, len(records)), 5):
        folder = tmp_path / f"cut-{cut}"
        folder.mkdir()
        (folder / "journal.jsonl").write_bytes(encode_all(records[:cut]))
        found = expected(search(folder, "gp-fast", slots=1 if lag is None else 3, lag=lag))
        for trial_id, each in whole.items():
            assert found[trial_id] == (each if each is None else pytest.approx(each))


def test_what_was_expected_of_a_trial_thought_of_ahead_is_kept(tmp_path: Path) -> None:
    """It stands on its record `propose`, and a search that starts it later finds it there."""
    oracle: Any = ORACLES["gp-fast"](
        objective=keras_tuner.Objective("loss", "min"),
        max_trials=TRIALS,
        hyperparameters=_space(),
        seed=3,
    )
    oracle._set_project_dir(None, None)
    recorder = Recorder(Journal(tmp_path / "journal.jsonl"))
    recorder.write("header", **HEADER)
    proposals = Proposals(oracle, recorder.write)
    for number in range(4):
        trial = proposals.take()
        values = dict(trial.hyperparameters.values)
        keys = {"trial_id": trial.trial_id, "number": number, "attempt": 1, "values": values}
        budget = {"first_epoch": 0, "last_epoch": 4, "parent": None}
        recorder.write("start", **keys, **budget)
        result = {"status": "completed", "score": _loss(values), "best_epoch": 1, "metrics": {}}
        rest = {"message": None, "seconds": 1.0, "parameters": 1}
        proposals.ended(recorder.write("end", trial_id=trial.trial_id, **result, **rest))
    proposals.think_ahead()
    recorder.close()
    record = read(tmp_path / "journal.jsonl")[0][-1]
    assert record["kind"] == "propose" and record["predicted"]["low"] < record["predicted"]["high"]

    state = search(tmp_path, "gp-fast", slots=1, lag=None)
    assert state.trials["0004"].predicted == record["predicted"]
