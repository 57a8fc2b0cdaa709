"""Two processes and one run folder: while one searches, the other changes nothing and is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import tftune
from tftune.errors import RunFolderError
from tftune.journal.journal import read

X = np.random.default_rng(0).normal(size=(40, 3)).astype("float32")
Y = (X.sum(axis=1, keepdims=True) > 0).astype("float32")
TRIALS = 4
REPETITIONS = int(os.environ.get("TFTUNE_TEST_REPETITIONS", "50"))


class WaitFor(keras.callbacks.Callback):
    """Lets the third trial wait for a file."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        while len(list(Path(self.path).parent.glob("run/checkpoints/*.npz"))) > 0:
            if Path(self.path).exists():
                return
            time.sleep(0.05)


def build(hp: Any) -> keras.Model:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(hp.Int("units", 1, 8))])
    model.add(keras.layers.Dense(1, activation="sigmoid"))
    model.compile("sgd", "binary_crossentropy", run_eagerly=True)
    return model


def make(folder: Path, **options: Any) -> tftune.Tuner:
    return tftune.Tuner(
        build,
        "random",
        objective="val_loss",
        max_trials=TRIALS,
        directory=folder.parent,
        project_name=folder.name,
        listeners=[],
        **options,
    )


def search(tuner: tftune.Tuner, go: Path) -> None:
    tuner.search(X[:30], Y[:30], validation_data=(X[30:], Y[30:]), callbacks=[WaitFor(str(go))])


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_second_process_is_refused_and_neither_loses_anything(tmp_path: Path) -> None:
    folder, go = tmp_path / "run", tmp_path / "go"
    code = (
        "from pathlib import Path; from tests.search.test_two_processes import make, search; "
        f"search(make(Path({str(folder)!r}), workers=1), Path({str(go)!r}))"
    )
    first = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 100
        while not list(folder.glob("checkpoints/*.npz")) and time.monotonic() < deadline:
            assert first.poll() is None, first.communicate()[1]
            time.sleep(0.1)
        time.sleep(0.5)  # the first trial's end and the second one's start are written
        before = files(folder)
        assert any(name.startswith("data/") for name in before)
        second = make(folder, workers=0)
        refused = rf"Another process is running a search in .*{folder.name}.*Wait for it to end"
        with pytest.raises(RunFolderError, match=refused):
            second.evaluate_best(X, Y)
        with pytest.raises(RunFolderError, match=refused):
            search(second, go)
        with pytest.raises(RunFolderError, match=refused):
            make(folder, workers=0, overwrite=True)
        assert files(folder) == before
    finally:
        go.touch()
        _, errors = first.communicate(timeout=100)
    assert first.returncode == 0, errors
    records = read(folder / "journal.jsonl").records
    assert sum(record["kind"] == "end" for record in records) == TRIALS
    # the tuner that was made half-way takes over what the other process has found since
    assert second.evaluate_best(X, Y)["loss"] > 0
    assert len(second.state.trials) == TRIALS and second.state.test is not None
    make(folder, workers=0, overwrite=True)
    with pytest.raises(RunFolderError, match="no longer has the search.*no search.*anew"):
        second.evaluate_best(X, Y)


def assert_nothing_was_lost(told: dict[str, Any], kind: str) -> None:
    first, second = told["codes"]
    assert {first, second} <= {0, 2} and 0 in (first, second), told
    assert sorted(told["ends"]) == sorted(set(told["ends"])) and len(told["ends"]) == TRIALS, told
    assert told["kinds"].count("header") == 1, told
    if kind == "read":
        assert (first, second) == (0, 0), told
    if kind == "evaluate":
        assert first == 0 and told["kinds"].count("test") == (second == 0), told


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", ["search", "overwrite", "evaluate", "read"])
def test_two_processes_at_random_moments_lose_nothing(kind: str, tmp_path: Path) -> None:
    """50 times each; a second search may also begin first."""
    script = Path(__file__).with_name("rivals.py")
    command = [sys.executable, str(script), str(tmp_path), kind, str(REPETITIONS)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1500)
    assert ended.returncode == 0, ended.stderr[-3000:]
    told = [json.loads(line) for line in ended.stdout.splitlines()]
    assert len(told) == REPETITIONS
    for each in told:
        assert_nothing_was_lost(each, kind)
    refused = sum(2 in each["codes"] for each in told)
    print(f"{kind}: {REPETITIONS} repetitions, {refused} refused, 0 lost")
