"""What trials print, and the settings they find, in children and in this process."""

from __future__ import annotations

import ctypes
import io
import logging
import os
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

import tftune
from tftune.errors import NoTrialCompletedError
from tftune.reports.live import LiveView

X = np.random.default_rng(0).normal(size=(24, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True)
LATE = "TFTUNE_TEST_LATE"


class Talk(keras.callbacks.Callback):
    """Prints by every way there is."""

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        print(f"\x1b[31mprint {epoch}\x1b[0m")
        print(f"stderr {epoch}", file=sys.stderr)
        logging.getLogger("mine").warning("logging %d", epoch)
        tf.print("tf.print", epoch)
        os.write(1, f"raw {epoch}\n".encode())
        ctypes.CDLL(None).puts(f"native {epoch}".encode())


class Tell(keras.callbacks.Callback):
    """Tells the settings that a trial finds."""

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        policy = self.model.layers[0].dtype_policy.name
        print(f"policy {policy}; {LATE} {os.environ.get(LATE)}; in {Path.cwd().name or '/'}")


def build(hp: Any) -> keras.Model:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(hp.Int("units", 1, 2))])
    model.add(keras.layers.Dense(1, dtype="float32"))
    model.compile("sgd", "mse", run_eagerly=True)
    return model


def build_with_own_policy(hp: Any) -> keras.Model:
    """One trial of two sets the policy; a variable and the directory, too."""
    if hp.Boolean("mixed"):
        keras.config.set_dtype_policy("mixed_float16")
        os.environ[LATE] = "changed"
        os.chdir("/")
    return build(hp)


def search(folder: Path, builder: Any, callback: Any, workers: int, **options: Any) -> None:
    tuner = tftune.Tuner(
        builder,
        "grid",
        objective="val_loss",
        max_trials=options.pop("max_trials", 2),
        directory=folder,
        project_name="run",
        workers=workers,
        overwrite=True,
        listeners=options.pop("listeners", []),
    )
    tuner.search(X, Y, validation_data=(X, Y), epochs=2, callbacks=[callback], **options)


def test_what_a_callback_prints_is_shown_in_order_with_the_live_view(tmp_path: Path) -> None:
    view = LiveView(stream=io.StringIO(), plain=True, every_seconds=0.0)
    search(tmp_path, build, Talk(), 1, listeners=[view], max_trials=1)
    lines = view.stream.getvalue().splitlines()
    for epoch in range(2):
        for way in ("print", "stderr", "tf.print", "raw", "native"):
            assert lines.count(f"{way} {epoch}") == 1
        assert any(line.endswith(f"logging {epoch}") for line in lines)
        told = lines.index(next(line for line in lines if f"epoch {epoch + 1}/2" in line))
        assert lines.index(f"print {epoch}") < lines.index(f"stderr {epoch}") < told
    assert "cc:" not in view.stream.getvalue() and "\x1b" not in view.stream.getvalue()
    assert not (tmp_path / "run" / "logs").exists()


@pytest.mark.slow
def test_with_several_trials_at_a_time_each_line_names_its_own(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    search(tmp_path, build, Talk(), 2)  # without a live view the lines are shown all the same
    told = capfd.readouterr().err.splitlines()
    for trial in ("0000", "0001"):
        own = [line for line in told if line.startswith(f"trial {trial} | print")]
        assert own == [f"trial {trial} | print 0", f"trial {trial} | print 1"]


class TalkAndFail(Talk):
    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        raise ValueError("no such file")


def test_quiet_shows_nothing_and_keeps_the_log_of_a_failure(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(NoTrialCompletedError, match="no such file"):
        search(tmp_path, build, TalkAndFail(), 1, verbose=0, max_trials=1)
    told = capfd.readouterr()
    assert "print" not in told.out and "print" not in told.err
    assert "raw 1\n" in (tmp_path / "run" / "logs" / "0000.log").read_text()


def test_in_this_process_it_appears_as_it_is(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    search(tmp_path, build, Talk(), 0, max_trials=1)
    told = capfd.readouterr()
    assert told.out.count("print 0") == 1 and told.err.count("stderr 0") == 1


@pytest.mark.quick("0")
@pytest.mark.parametrize("workers", [1, 0])
def test_trials_find_the_settings_of_the_user_and_leave_none_behind(
    workers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    from tftune.execution.choose import prepare
    from tftune.training import process_settings

    prepare(workers)  # the fork server runs already
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv(LATE, "by the user")
    with process_settings.kept():
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
        search(tmp_path, build_with_own_policy, Tell(), workers, max_trials=4)
        assert keras.config.dtype_policy().name == "mixed_bfloat16"
    assert os.environ[LATE] == "by the user" and Path.cwd() == here
    told = capfd.readouterr()
    found = [line for line in (told.out + told.err).splitlines() if line.startswith("policy")]
    users = f"policy mixed_bfloat16; {LATE} by the user; in here"
    trials = f"policy mixed_float16; {LATE} changed; in /"
    assert sorted(found) == [users, users, trials, trials]
