"""`report.html` of a search: when it is written, when not, and that it never costs a result."""

from __future__ import annotations

import os
import signal
import warnings
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import tftune
from tests.reports.conftest import PlayedSearch
from tests.reports.page.stand_ins import written
from tftune.errors import SearchInterrupted
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


def tuner_in(path: Path, **options: Any) -> tftune.Tuner:
    given = {"objective": "val_loss", "max_trials": 1, "workers": 0, "directory": path, **options}
    return tftune.Tuner(build, "random", **given)


DATA = np.zeros((4, 2), "float32"), np.zeros((4, 1), "float32")


def test_a_search_and_its_evaluation_write_it(tmp_path: Path) -> None:
    quiet = tuner_in(tmp_path)  # the whole suite has TFTUNE_REPORT=0
    quiet.search(*DATA, validation_data=DATA, verbose=0)
    quiet.evaluate_best(*DATA)
    assert not quiet.folder.report.exists()
    loud = tuner_in(tmp_path, report=True, overwrite=True)
    loud.search(*DATA, validation_data=DATA, verbose=0)
    assert loud.folder.report.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    loud.folder.report.unlink()
    loud.evaluate_best(*DATA)
    assert loud.folder.report.exists()


class Interrupt(keras.callbacks.Callback):
    """Presses Ctrl-C."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        os.kill(os.getpid(), signal.SIGINT)


def test_an_interrupted_search_writes_none(tmp_path: Path) -> None:
    tuner = tuner_in(tmp_path, max_trials=3, report=True)
    with pytest.raises(SearchInterrupted):
        tuner.search(*DATA, validation_data=DATA, verbose=0, callbacks=[Interrupt()])
    assert tuner.folder.summary.exists() and not tuner.folder.report.exists()
