"""Models made to have either fault, trained, diagnosed, and trained on growing training sets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import tftune
from tftune.errors import UsageError
from tftune.reports.analysis.diagnosis import diagnose
from tftune.reports.analysis.verdicts import Verdict
from tftune.reports.run_data import read_run
from tftune.search.growing_rows import nested_order, sizes_of

RANDOM = np.random.default_rng(0)


def network(units: int, layers: int, rate: float = 0.01) -> Any:
    def build(hp: Any) -> keras.Model:
        hp.Fixed("units", units)
        hidden = [keras.layers.Dense(units, "relu") for _ in range(layers)]
        last = keras.layers.Dense(1, "sigmoid")
        model = keras.Sequential([keras.Input((8,)), *hidden, last])
        model.compile(keras.optimizers.Adam(rate), "binary_crossentropy", metrics=["accuracy"])
        return model

    return build


def search(folder: Path, build: Any, x: Any, y: Any, epochs: int, rows: int) -> Any:
    tuner = tftune.Tuner(
        build,
        "random",
        objective="val_accuracy",
        max_trials=1,
        workers=0,
        directory=folder,
        project_name="run",
        report=False,
    )
    fit = {"validation_data": (x[rows:], y[rows:]), "epochs": epochs, "verbose": 0}
    tuner.search(x[:rows], y[:rows], **fit, batch_size=64)
    return tuner


def test_a_tiny_network_on_a_hard_function_has_high_bias(tmp_path: Path) -> None:
    x = RANDOM.normal(size=(3000, 8)).astype("float32")
    y = (x[:, 0] * x[:, 1] * x[:, 2] > 0).astype("float32")[:, None]  # a line cannot tell it
    tuner = search(tmp_path, network(1, 1), x, y, epochs=12, rows=2000)
    found = diagnose(read_run(tuner.folder))
    assert found.verdict is Verdict.BIAS, found


@pytest.mark.slow
def test_a_huge_network_on_random_labels_has_high_variance(tmp_path: Path) -> None:
    x = RANDOM.normal(size=(500, 8)).astype("float32")
    y = RANDOM.integers(0, 2, size=(500, 1)).astype("float32")
    build = network(256, 2)
    tuner = search(tmp_path, build, x, y, epochs=30, rows=200)
    run = tftune.load_run(tuner.folder.path, build=build)
    told: list[Any] = []
    data = (x[:200], y[:200], (x[200:], y[200:]))
    options = {"sizes": (0.5, 1), "repeats": 2, "batch_size": 64}
    sizes = run.learning_curve(*data, **options, told=lambda *each: told.append(each))
    assert [(each.rows, each.repeat) for each in sizes.points] == [
        *((100, 0), (100, 1), (200, 0), (200, 1))
    ]
    # what is there is not trained again, and a further repetition is added
    again = run.learning_curve(*data, **{**options, "repeats": 3})
    assert [each for each in again.points if each.repeat < 2] == list(sizes.points)
    assert len(told) == 4 and len(again.points) == 6
    found = diagnose(read_run(tuner.folder))
    assert found.is_clean and found.has_variance, found
    with pytest.raises(UsageError, match="is a learning curve of another kind: its settings"):
        run.learning_curve(*data, **options, epochs=3)
    with pytest.raises(UsageError, match="Expected the function or HyperModel that builds them"):
        tftune.load_run(tuner.folder.path).learning_curve(*data)


@pytest.mark.parametrize("size", [0, -1, 1.5, 101, float("nan")])
def test_an_impossible_size_is_refused(size: float) -> None:
    with pytest.raises(UsageError, match="A size is a share above 0 up to 1"):
        sizes_of([size], rows=100)


def test_the_rows_of_numbers_are_drawn_evenly() -> None:
    order = nested_order(np.linspace(0, 1, 50), np.random.default_rng(1))
    assert sorted(order) == list(range(50))
