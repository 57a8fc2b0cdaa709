"""The trials in files of other tools: read back by these tools, trial by trial."""

from __future__ import annotations

import json
import math
import threading
import urllib.request
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import optuna
import pytest

from tests.reports.views.conftest import DrawnSearch
from tests.reports.views.test_holds import HOSTILE, OLD, SEARCHES
from tftune.errors import UsageError
from tftune.journal import journal
from tftune.journal.state import SearchState
from tftune.reports.trial_files import write_optuna, write_parquet
from tftune.support.streams import silent

KNOBS = [
    {"name": "rate", "kind": "Float", "min": 1e-4, "max": 0.1, "step": None, "sampling": "log"},
    {"name": "units", "kind": "Int", "min": 8, "max": 64, "step": 8, "sampling": "linear"},
    {"name": "kind", "kind": "Choice", "values": ["a", "b<script>"], "ordered": False},
    {
        "name": "depth",
        "kind": "Int",
        "min": 1,
        "max": 3,
        "step": None,
        "sampling": "linear",
        "conditions": [{"parent": "kind", "values": ["a"]}],
    },
    {"name": "layers", "kind": "Fixed", "default": 2},
]


def state_of(*ends: dict[str, Any], direction: str = "max") -> SearchState:
    """A search with a trial for each end."""
    objective = {"name": "val_auc", "direction": direction}
    header = {"kind": "header", "task": "beans", "objective": objective, "space": {"knobs": KNOBS}}
    state = SearchState().apply_all([{**header, "time": 0.0}])
    for number, end in enumerate(ends):
        trial_id, kind = f"{number:04d}", "ab"[number % 2]
        values = {"rate": 0.01, "units": 8 + 8 * number, "layers": 2}
        values |= {"kind": "a", "depth": 2} if kind == "a" else {"kind": "b<script>"}
        start = {"kind": "start", "trial_id": trial_id, "number": number, "attempt": 1}
        budget = {"first_epoch": 0, "last_epoch": 2, "parent": None, "time": 1000.0}
        state.apply({**start, "values": values, **budget})
        for epoch, value in enumerate(end.pop("curve", (0.25, 0.5)), start=1):
            record = {"kind": "epoch", "trial_id": trial_id, "epoch": epoch, "time": 1001.0}
            state.apply({**record, "metrics": {"val_auc": value}})
        if end:
            common = {"kind": "end", "trial_id": trial_id, "metrics": {}, "message": None}
            common |= {"best_epoch": 2, "seconds": 5.0, "parameters": 7, "time": 1005.0}
            state.apply({**common, **end})
    return state


FOUR = (
    {"status": "completed", "score": 0.5},
    {"status": "pruned", "score": 0.25, "curve": (0.25, math.nan)},
    {"status": "failed", "score": None, "message": "Boom <b>", "best_epoch": None},
    {},
)


def four() -> SearchState:
    """A trial of each fate."""
    return state_of(*(dict(end) for end in FOUR))


def read_back(path: Path) -> Any:
    """The study in a storage of Optuna."""
    if path.suffix == ".db":
        return optuna.load_study(study_name="run", storage=f"sqlite:///{path}")
    backend = optuna.storages.journal.JournalFileBackend(str(path))
    return optuna.load_study(study_name="run", storage=optuna.storages.JournalStorage(backend))


@pytest.mark.parametrize("name", ["study.db", "study.log"])
def test_optuna_reads_every_trial_as_it_was(name: str, tmp_path: Path) -> None:
    write_optuna(four(), tmp_path / name, "run")
    with silent("optuna"):
        study = read_back(tmp_path / name)
    assert study.direction.name == "MAXIMIZE" and study.metric_names == ["val_auc"]
    assert study.user_attrs["task"] == "beans" and study.best_value == 0.5
    trials = study.trials
    assert [trial.state.name for trial in trials] == ["COMPLETE", "PRUNED", "FAIL", "RUNNING"]
    assert [trial.value for trial in trials] == [0.5, 0.25, None, None]
    assert trials[0].params == {"rate": 0.01, "units": 8, "kind": "a", "depth": 2}
    assert trials[1].params == {"rate": 0.01, "units": 16, "kind": "b<script>"}
    assert trials[0].intermediate_values == {1: 0.25, 2: 0.5}
    assert math.isnan(trials[1].intermediate_values[2])
    assert trials[0].duration.total_seconds() == 5.0 and trials[3].datetime_complete is None
    told = {"trial_id": "0000", "best_epoch": 2, "seconds": 5.0, "parameters": 7}
    assert trials[0].user_attrs == {**told, "fixed": {"layers": 2}}
    assert trials[2].user_attrs["message"] == "Boom <b>"
    units = trials[0].distributions["units"]
    assert (units.low, units.high, units.step, units.log) == (8, 64, 8, False)
    assert trials[0].distributions["rate"].log
    assert list(tmp_path.iterdir()) == [tmp_path / name]  # nothing else is left behind


def test_a_search_can_go_on_in_optuna(tmp_path: Path) -> None:
    """The distributions are such that its samplers take the trials for their own."""
    write_optuna(state_of(*({"status": "completed", "score": 0.5},) * 4), tmp_path / "a.db", "run")
    with silent("optuna"):
        study = read_back(tmp_path / "a.db")
        study.sampler = optuna.samplers.TPESampler(seed=0, n_startup_trials=1)
        trial = study.ask()
        trial.suggest_float("rate", 1e-4, 0.1, log=True)
        trial.suggest_int("units", 8, 64, step=8)
        study.tell(trial, 0.75)
    assert study.best_trial.number == 4


def test_what_optuna_cannot_hold_is_told_in_words(tmp_path: Path) -> None:
    """A score that is not finite is no result."""
    state = state_of(
        {"status": "completed", "score": math.inf}, {"status": "pruned", "score": None}
    )
    write_optuna(state, tmp_path / "a.log", "run")
    with silent("optuna"):
        states = [trial.state.name for trial in read_back(tmp_path / "a.log").trials]
    assert states == ["FAIL", "PRUNED"]


def test_optuna_dashboard_shows_the_trials(tmp_path: Path) -> None:
    dashboard = pytest.importorskip("optuna_dashboard")
    write_optuna(four(), tmp_path / "a.log", "run")
    backend = optuna.storages.journal.JournalFileBackend(str(tmp_path / "a.log"))
    application = dashboard.wsgi(optuna.storages.JournalStorage(backend))

    class Quiet(WSGIRequestHandler):
        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    with make_server("127.0.0.1", 0, application, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            (study,) = asked(server.server_port, "/api/studies")["study_summaries"]
            found = asked(server.server_port, f"/api/studies/{study['study_id']}?after=0")
        finally:
            server.shutdown()
            thread.join(10)
    assert study["study_name"] == "run"
    assert [trial["state"] for trial in found["trials"]] == [
        "Complete",
        "Pruned",
        "Fail",
        "Running",
    ]
    parameters = {each["name"] for each in found["trials"][0]["params"]}
    assert parameters == {"rate", "units", "kind", "depth"}
    assert found["objective_names"] == ["val_auc"] and found["has_intermediate_values"]


def asked(port: int, path: str) -> Any:
    """What a server on this machine answers."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
        return json.load(answer)


def test_a_table_keeps_numbers_as_numbers(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    write_parquet(four(), tmp_path / "trials.parquet")
    table = pandas.read_parquet(tmp_path / "trials.parquet")
    assert list(table.columns[:3]) == ["trial_id", "status", "score"]
    assert table["units"].tolist() == [8, 16, 24, 32] and table["trial_id"][1] == "0001"
    assert table["depth"].isna().tolist() == [False, True, False, True]
    assert table["message"][2] == "Boom <b>"


def test_values_of_several_kinds_become_texts(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    state = state_of(*({"status": "completed", "score": 0.5},) * 3)
    for trial_id, values in {"0000": (1, 1), "0001": ("x", 2.5), "0002": (True, 2**70)}.items():
        trial = state.trials[trial_id]
        trial.values = {"odd": values[0], "score": values[1]}
        state.trials[trial_id] = trial
    write_parquet(state, tmp_path / "trials.parquet")
    table = pandas.read_parquet(tmp_path / "trials.parquet")
    assert table["odd"].tolist() == ["1", "x", "True"]
    assert table["values/score"].tolist() == [1.0, 2.5, float(2**70)]


def test_a_missing_library_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(UsageError, match=r"pip install 'tftune\[plots\]'"):
        write_parquet(four(), tmp_path / "trials.parquet")
    assert not list(tmp_path.iterdir())


def test_any_search_can_be_exported(tmp_path: Path) -> None:
    """Old journals, none, running and hostile ones."""
    states = [SearchState().apply_all(journal.read(path)[0]) for path in OLD]
    states += [search(DrawnSearch).run().state for search in SEARCHES]
    path = tmp_path / "a.log"
    for state in states:
        write_optuna(state, path, HOSTILE)
        storage = optuna.storages.JournalStorage(
            optuna.storages.journal.JournalFileBackend(str(path))
        )
        with silent("optuna"):
            (study,) = optuna.get_all_study_summaries(storage)
        assert study.study_name == HOSTILE and study.n_trials == len(state.trials)
        write_parquet(state, tmp_path / "a.parquet")
