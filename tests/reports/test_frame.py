"""Trials as a data frame."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.cli.subcommands.run_folders import write
from tests.reports.conftest import PlayedSearch
from tftune.errors import UsageError
from tftune.reports.frame import to_dataframe


def search() -> PlayedSearch:
    """Three trials, of which one lacks a knob, one failed, one runs."""
    played = PlayedSearch([], {})
    played.trial(0, [0.5, 0.75], values={"flag": True, "units": 8, "rate": 0.5, "form": "a"})
    played.failure(1)
    played.start(2, values={"flag": False, "units": 2, "form": "b", "score": 1, "tuner/epochs": 3})
    return played


def test_columns_have_sensible_types_and_what_is_missing_is_na() -> None:
    frame = to_dataframe(search().state)
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == {
        "trial_id": "string",
        "number": "Int64",
        "status": "string",
        "score": "float64",
        "best_epoch": "Int64",
        "seconds": "float64",
        "parameters": "Int64",
        "attempt": "Int64",
        "parent": "string",
        "message": "string",
        "started": "datetime64[ns, UTC]",
        "flag": "boolean",
        "units": "Int64",
        "rate": "float64",
        "form": "string",
        "batch_normalization": "boolean",
        "dropout": "float64",
        "optimizer": "string",
        "values/score": "Int64",
    }
    assert frame["trial_id"].tolist() == ["0000", "0001", "0002"]
    assert frame["score"].isna().tolist() == [False, True, True]
    assert frame["rate"].isna().tolist() == [False, True, True]
    assert frame["flag"].isna().tolist() == [False, True, False]
    assert frame.loc[2, "units"] == 2 and frame.loc[0, "started"].year == 1970
    assert frame.groupby("status")["score"].max()["completed"] == 0.75


def test_mixed_and_huge_values_stay_what_they_are() -> None:
    played = PlayedSearch([], {})
    played.trial(0, [0.5], values={"mixed": "a", "huge": 2**70, "number": 1})
    played.trial(1, [0.5], values={"mixed": 2, "huge": 1, "number": 0.5})
    frame = to_dataframe(played.state)
    assert frame["mixed"].tolist() == ["a", 2]
    assert frame["huge"].tolist() == [2**70, 1]
    assert str(frame["values/number"].dtype) == "float64"


def test_metrics_are_columns_on_request_and_no_trials_are_no_rows() -> None:
    frame = to_dataframe(search().state, metrics=True)
    assert frame["metrics/val_accuracy"].tolist()[0] == 0.75
    empty = to_dataframe(PlayedSearch([], {}).state)
    assert len(empty) == 0 and isinstance(empty, pd.DataFrame) and "score" in empty


def test_without_pandas_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *rest: Any) -> Any:
        if name == "pandas":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(UsageError, match=r"pip install 'tftune\[plots\]'"):
        to_dataframe(search().state)


def test_a_run_folder_and_a_tuner_share_it(tmp_path: Path) -> None:
    from tftune import Tuner, load_run

    folder = write(search(), tmp_path / "run")
    frame = load_run(folder.path).to_dataframe()
    pd.testing.assert_frame_equal(frame, to_dataframe(search().state))
    assert "metrics/val_loss" not in frame
    assert "metrics/val_accuracy" in load_run(folder.path).to_dataframe(metrics=True)
    assert callable(Tuner.to_dataframe)
