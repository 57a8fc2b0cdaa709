"""Growing the batch: the verdict is by the interval of paired differences, the steps are told."""

from __future__ import annotations

import argparse
from typing import Any

import pytest

from tftune.cli.experiments import EXPERIMENTS
from tftune.cli.experiments.batch_growth import ARMS, train, view_of


def results(*curves: list[float], steps: int = 100) -> list[dict[str, Any]]:
    return [{"val_auc": curve, "steps": steps} for curve in curves]


def test_what_differs_by_less_than_the_seeds_do_is_noise() -> None:
    view = view_of(
        {
            "rate stays": results([0.60, 0.70], [0.62, 0.71], [0.61, 0.72]),
            "rate falls": results([0.60, 0.80], [0.62, 0.82], [0.61, 0.81]),
            "batch grows": results([0.61, 0.81], [0.61, 0.81], [0.61, 0.81], steps=40),
        },
        "step",
    )
    verdicts = {row[0]: row[-1] for row in view.tables[0].rows}
    assert verdicts == {"rate stays": "worse", "rate falls": "", "batch grows": "noise"}
    assert "contains 0 in 2 of 2 epochs" in view.sentences[0]
    assert "40 with a growing batch, 100 with a falling rate: 60 % fewer" in view.sentences[1]
    assert [chart.name for chart in view.charts] == [
        "batch-growth-curves",
        "batch-growth-difference",
    ]


def test_one_seed_gives_no_verdict() -> None:
    view = view_of({arm: results([0.6, 0.7]) for arm in ARMS}, "cosine")
    assert "One seed tells nothing" in view.sentences[0]
    assert [row[-1] for row in view.tables[0].rows] == ["unknown", "", "unknown"]


def test_a_seed_of_which_a_training_diverges_is_left_out_of_all_arms() -> None:
    curves = {
        "rate stays": results([0.60, 0.70], [0.5], [0.61, 0.72]),
        "rate falls": results([0.60, 0.80], [0.62, 0.82], [0.61, 0.81]),
        "batch grows": results([0.60, 0.81], [0.62, 0.95], [0.61, float("nan")]),
    }
    view = view_of(curves, "step")
    assert "Left out: 2 of 3 seeds, of which a training diverged." in view.sentences[0]
    assert view.tables[0].rows[2][2:] == ("0.8100", "+0.0100", "unknown")
    none = view_of({arm: results([float("nan")]) for arm in ARMS}, "step")
    assert "lower --rate" in none.why_not


@pytest.mark.slow
def test_each_arm_trains_with_its_own_rates() -> None:
    experiment = EXPERIMENTS["hemolysis"]["batch-growth"]
    values = {
        option.flag.strip("-").replace("-", "_"): option.default for option in experiment.options
    }
    data = {"data": "sample", "split": "grouped", "seed": 0, "epochs": 3}
    options = argparse.Namespace(**{**values, **data})
    found = {arm: train(options, {"arm": arm, "seed": 0}) for arm in ARMS}
    rates = {arm: [round(rate, 6) for rate in each["learning_rate"]] for arm, each in found.items()}
    assert rates["rate stays"] == [0.002] * 3
    assert rates["rate falls"] == pytest.approx([0.002, 0.0004, 0.00008])
    assert all(len(each["val_auc"]) == 3 and not each["message"] for each in found.values())
    assert found["batch grows"]["steps"] < found["rate falls"]["steps"]
