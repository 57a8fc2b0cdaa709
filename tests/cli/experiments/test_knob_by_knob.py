"""The walk over the knobs: what is tried, how it is chosen, what is said; and one whole, tiny
experiment.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tftune import mnist
from tftune.cli.experiments import knob_by_knob, knob_steps
from tftune.cli.experiments.knob_by_knob import walk
from tftune.cli.experiments.knob_steps import START, STEPS, momentum_knob
from tftune.cli.experiments.knob_views import difference, final_view, step_view
from tftune.cli.program import main
from tftune.models.optimizers import OPTIMIZERS


class Known:
    """Stands for measurements: a score by a rule, and what was asked for."""

    def __init__(self, score: Any, seeds: int = 3) -> None:
        self.score, self.seeds = score, range(seeds)
        self.options = SimpleNamespace(seed=0)
        self.asked: list[dict[str, Any]] = []

    def measure(self, train: Any, cells: Any, what: str = "") -> list[dict[str, Any]]:
        assert train.__name__ == "train"  # which never sees the test split
        self.asked += cells
        return [{"val_accuracy": self.score(cell)} for cell in cells]


def best_of_known(cell: dict[str, Any]) -> float:
    """Best at 2 x 128, SGD, batches of 64, rate 0.03, momentum 0.8, L1 1e-6, dropout 0.3."""
    wanted = {
        "layers": 2,
        "nodes": 128,
        "optimizer": "sgd",
        "batch_size": 64,
        "learning_rate": 0.03,
        "momentum": 0.8,
        "l1": 1e-6,
        "dropout": 0.3,
    }
    right = sum(cell.get(name) == value for name, value in wanted.items())
    return 0.9 + right / 100 + cell["seed"] / 10_000


def test_the_best_one_at_the_end_is_chosen_on_validation() -> None:
    scores = {"before": (0.80, 0.81), "article": (0.95, 0.97), "walk": (0.97, 0.95)}
    scores["joint"] = (0.96, 0.99)
    found = {
        kind: [{"val_accuracy": on_validation, "test_accuracy": on_test}] * 5
        for kind, (on_validation, on_test) in scores.items()
    }
    told = " ".join(final_view({kind: {} for kind in found}, found, 1000).sentences)
    assert "The best one on validation, walk, has 95.00 % (95.00 to 95.00) on test" in told


def test_each_step_keeps_the_best_of_the_steps_before() -> None:
    measurements = Known(best_of_known)
    walked, best, cost = walk(measurements, STEPS, START)  # type: ignore[arg-type]
    assert best["layers"] == 2 and best["nodes"] == 128 and best["optimizer"] == "sgd"
    assert (best["batch_size"], best["learning_rate"]) == (64, 0.03)
    assert (best["momentum"], best["l1"], best["dropout"]) == (0.8, 1e-6, 0.3)
    assert [each.step.name for each in walked] == [step.name for step in STEPS]
    different = {repr(sorted(cell.items())) for cell in measurements.asked}
    assert len(cost) == len(different) < len(measurements.asked)


def test_a_step_without_its_knob_is_left_out() -> None:
    walked, best, _ = walk(
        Known(lambda cell: float(cell["optimizer"] == "adagrad")),  # type: ignore[arg-type]
        STEPS,
        START,
    )
    assert "momentum" not in [each.step.name for each in walked]
    assert best["optimizer"] == "adagrad" and "momentum" not in best


def test_equal_options_leave_the_first() -> None:
    _, best, _ = walk(Known(lambda cell: 0.5), STEPS, START)  # type: ignore[arg-type]
    assert (best["layers"], best["nodes"]) == (knob_steps.LAYERS[0], knob_steps.NODES[0])


def test_every_optimizer_has_its_momentum_or_none() -> None:
    knobs = {name: momentum_knob(name) for name in OPTIMIZERS}
    assert knobs["sgd"] == knobs["rmsprop"] == "momentum"
    assert knobs["adam"] == knobs["adamax"] == "beta_1"
    assert knobs["adagrad"] is knobs["adadelta"] is None


def test_a_step_says_whether_its_choice_is_more_than_noise() -> None:
    walked, _, _ = walk(Known(best_of_known), STEPS, START)  # type: ignore[arg-type]
    view = step_view(1, walked[0])
    assert view.sentences[0].startswith("Taken: 2 x 128, 92.01 % (91.99 to 92.03)")
    assert "Compared with 1 x 32, the value before this step: +2.00 points" in view.sentences[1]
    assert any("looks rather better than it is" in sentence for sentence in view.sentences)
    assert len(view.tables[0].rows) == 9 and view.charts[0].x.categories[4] == "2 x 128"
    assert difference([0.9, 0.9], [0.9, 0.9]).endswith("(+0.00 to +0.00), noise")
    assert difference([0.9], [0.8]) == "+10.00 points (one seed)"


@pytest.mark.slow
def test_the_whole_experiment_on_a_tiny_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    random = np.random.default_rng(0)
    y = np.arange(48) % 3
    x = random.integers(0, 60, (48, 4, 4)).astype("uint8") + (60 * y[:, None, None]).astype("uint8")
    np.savez(tmp_path / "x.npz", x_train=x[:36], y_train=y[:36], x_test=x[36:], y_test=y[36:])
    monkeypatch.chdir(tmp_path)
    (penalties,) = (step for step in STEPS if step.name == "regularisation")
    monkeypatch.setattr(knob_steps, "PENALTIES", ({}, {"l1": 1e-4}))
    monkeypatch.setattr(knob_steps, "STEPS", (penalties,))
    (shifts,) = knob_steps.BEYOND
    monkeypatch.setattr(
        knob_steps,
        "BEYOND",
        (replace(shifts, options=lambda best: [{"shift": 0}, {"shift": 0.25}]),),
    )
    monkeypatch.setattr(knob_by_knob, "FINAL_SEEDS", 1)
    words = ["knob-by-knob", "--data", "x.npz", "--seeds", "1", "--epochs", "1"]
    assert main(mnist.PROGRAM, [*words, "--search", "random", "--quiet"]) == 0
    folder = tmp_path / "runs" / "mnist-knob-by-knob"
    document = json.loads((folder / "table.json").read_text())
    assert [view["name"] for view in document["views"]] == [
        "step-1-regularisation",
        "step-2-shift",
        "the-articles-code",
        "joint-search",
        "on-the-test-split",
    ]
    trained = [each for each in document["measurements"] if each["what"] == "train"]
    assert not any("test_accuracy" in each["result"] for each in trained)
    (joint,) = (each for each in document["measurements"] if each["what"] == "search_jointly")
    assert joint["cell"]["trials"] == len(joint["result"]["scores"]) == 4
    assert sum(each["what"] == "train_and_test" for each in document["measurements"]) == 4
    assert (folder / "searches" / "joint" / "journal.jsonl").exists()
    told = capsys.readouterr().out
    assert "What its text calls momentum is ema_momentum in its code" in " ".join(told.split())
    averaged, plain = (document["views"][2]["tables"][0]["rows"][at][1] for at in (2, 0))
    assert averaged == plain  # the average is not seen before the end
