"""`report.html` of a search: when it is written, when not, and that it never costs a result."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import tftune
from tests.reports.conftest import PlayedSearch
from tests.reports.page.stand_ins import written
from tftune.journal.run_folder import RunFolder
from tftune.search.own_report import is_wanted, write_own_report


def test_the_user_decides_and_else_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for value, wanted in (("0", False), ("off", False), ("1", True), ("", True)):
        monkeypatch.setenv("TFTUNE_REPORT", value)
        assert is_wanted(None) == wanted and is_wanted(True) and not is_wanted(False)
    monkeypatch.delenv("TFTUNE_REPORT")
    assert is_wanted(None)


def test_a_report_that_fails_is_a_warning(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match=r"report\.html is not: RunFolderError.*tftune report"):
        write_own_report(RunFolder(tmp_path), True)
    folder = written(PlayedSearch([], {}), tmp_path / "run")
    folder.report.mkdir()
    with pytest.warns(UserWarning, match="The results are written"):
        write_own_report(folder, True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        write_own_report(folder, False)


def build(hp: Any) -> keras.Model:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(hp.Int("units", 1, 4))])
    model.compile("adam", "mse", run_eagerly=True)
    return model


def test_a_search_and_its_evaluation_write_it(tmp_path: Path) -> None:
    x, y = np.zeros((4, 2), "float32"), np.zeros((4, 1), "float32")

    def tuner(**options: Any) -> tftune.Tuner:
        return tftune.Tuner(
            build,
            "random",
            objective="val_loss",
            max_trials=1,
            workers=0,
            directory=tmp_path,
            **options,
        )

    quiet = tuner()  # the whole suite has TFTUNE_REPORT=0
    quiet.search(x, y, validation_data=(x, y), verbose=0)
    assert not quiet.folder.report.exists()
    quiet.evaluate_best(x, y)
    assert not quiet.folder.report.exists()
    loud = tuner(report=True, overwrite=True)
    loud.search(x, y, validation_data=(x, y), verbose=0)
    first = loud.folder.report.read_text(encoding="utf-8")
    assert first.startswith("<!DOCTYPE html>")
    loud.folder.report.unlink()
    loud.evaluate_best(x, y)
    assert loud.folder.report.exists()
