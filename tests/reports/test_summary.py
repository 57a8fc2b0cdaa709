"""summary.json: its schema, strict JSON, written whole."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from tests.reports.references_played import with_references
from tftune.reports.summary import summary, to_json, write_summary

TYPES = {
    "schema": int,
    "task": str,
    "search": str,
    "scheduler": str,
    "seed": int,
    "split_seed": int,
    "objective": dict,
    "trials": dict,
    "best": dict,
    "best_interval": list,
    "test": dict,
    "test_intervals": dict,
    "references": dict,
    "data": dict,
    "wall_seconds": float,
    "versions": dict,
}


def test_it_has_exactly_the_keys_and_types_of_the_schema(play) -> None:
    search = play()
    search.trial(
        0,
        [0.5, 0.7, 0.6],
        values={"dropout": 0.25, "units": 16, "tuner/epochs": 3, "tuner/bracket": 1},
    )
    search.failure(1)
    search.write("test", trial_id="0000", metrics={"accuracy": 0.65, "loss": 0.4})
    content = summary(search.state)
    assert {key: type(value) for key, value in content.items()} == TYPES
    assert content["objective"] == {"name": "val_accuracy", "direction": "max"}
    assert content["trials"] == {"completed": 1, "pruned": 0, "failed": 1}
    assert content["best"] == {
        "trial_id": "0000",
        "score": 0.7,
        "best_epoch": 2,
        "values": {"dropout": 0.25, "units": 16},
    }
    assert content["test"] == {"accuracy": 0.65, "loss": 0.4}
    assert {"source", "fingerprint", "train", "validation", "test", "leak_rate"} <= set(
        content["data"]
    )
    assert content["wall_seconds"] == 4.0


def test_the_score_by_distance_is_told_where_it_is_known(play) -> None:
    search = play()
    search.trial(0, [0.5])
    assert "test_by_distance" not in summary(search.state)
    table = [{"from": 0, "to": None, "rows": 4, "accuracy": {"value": 0.5}}]
    report = {"rows": 4, "metrics": {}, "by_distance": table}
    search.write("evaluation", trial_id="0000", split="test", rows=4, report=report)
    assert summary(search.state)["test_by_distance"] == table


def test_references_stand_by_split_with_their_measures(play) -> None:
    search = play()
    search.trial(0, [0.7])
    content = summary(with_references(search).state)["references"]
    assert list(content) == ["validation", "test"]
    assert content["validation"]["best"] == "logistic regression"
    models = content["test"]["models"]
    assert models["logistic regression"]["accuracy"] == {"value": 0.8, "low": 0.75, "high": 0.85}
    assert content["test"]["comparison"]["difference"]["low"] == -0.03


def test_without_a_completed_trial_best_is_null_and_test_empty(play) -> None:
    search = play()
    search.failure(0)
    content = json.loads(to_json(summary(search.state, wall_seconds=2.5)))
    assert (content["best"], content["test"], content["wall_seconds"]) == (None, {}, 2.5)


def test_numbers_that_json_does_not_know_become_null(play) -> None:
    search = play()
    search.state.header["data"] = {"source": "sample", "rows": np.int64(4), "share": math.inf}
    search.trial(0, [0.5])
    search.write("test", trial_id="0000", metrics={"loss": math.nan})
    content = json.loads(
        to_json(summary(search.state)),
        parse_constant=lambda word: pytest.fail(f"{word} is not JSON"),
    )
    assert content["test"] == {"loss": None}
    assert content["data"] == {"source": "sample", "rows": 4, "share": None}


def test_the_file_is_what_the_function_returns(play, tmp_path: Path) -> None:
    search = play()
    search.trial(0, [0.5])
    path = tmp_path / "run" / "summary.json"
    content = write_summary(search.state, path)
    assert path.read_text() == to_json(content)
    assert json.loads(path.read_text()) == content


def test_stopped_trials_are_counted_and_may_be_the_best(play) -> None:
    search = play(scheduler="median")
    search.trial(0, [0.5, 0.6])
    search.pruned(1, [0.2])
    search.pruned(2, [0.4, 0.7])
    content = summary(search.state)
    assert content["scheduler"] == "median"
    assert content["trials"] == {"completed": 1, "pruned": 2, "failed": 0}
    assert (
        content["best"]["trial_id"],
        content["best"]["score"],
        content["best"]["best_epoch"],
    ) == (
        "0002",
        0.7,
        2,
    )


def test_a_search_that_ended_early_says_why(play) -> None:
    search = play()
    search.trial(0, [0.5])
    search.write("finish", reason="flat", stop_when_flat=1, wall_seconds=1.0)
    assert summary(search.state)["ended"] == "flat"
    search.write("finish", reason="done", wall_seconds=1.0)
    assert "ended" not in summary(search.state)
