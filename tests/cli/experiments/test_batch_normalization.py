"""Batch normalisation's experiment: verdicts by paired intervals, on measurements made up."""

from __future__ import annotations

import argparse
import json
import math
from typing import Any

import pytest

from tftune import beans
from tftune.cli.experiments.batch_normalization import activations, cells_of, numbers, scales_of
from tftune.cli.experiments.claims import Claim, change
from tftune.cli.experiments.normalization_claims import claims_of
from tftune.cli.experiments.normalization_measures import Trained, epochs_to, last_accuracy, trains
from tftune.cli.program import main
from tftune.journal.run_folder import ExperimentFolder

RATES = (0.001, 0.01, 0.1)
SEEDS = (0, 1, 2)
OPTIONS = argparse.Namespace(
    rates="0.001,0.01,0.1",
    activations="relu,sigmoid",
    scales="0.1,1",
    epochs=3,
    target=0.6,
    optimizer="sgd",
)


def training(normalized: bool, rate: float, seed: int) -> dict[str, Any]:
    """What `train_once` returns: with normalisation all rates train, without it the highest not."""
    diverged = rate == 0.1 and not normalized
    curve = [0.4, 0.5 + 0.02 * seed, 0.65] if not normalized else [0.6, 0.7 + 0.02 * seed, 0.8]
    curve = [math.nan] * 3 if diverged else curve
    found = {
        **dict.fromkeys(("accuracy", "val_accuracy"), curve),
        **dict.fromkeys(("loss", "val_loss"), [1 - value for value in curve]),
        "chance_loss": 1.1,
        "chance_accuracy": 0.34,
        "looks": [0, 1, 3],
        "layers": ["conv2d", "conv2d_1", "disease"],
        "gradient_norms": [[1.0, 1.0, 0.5]] * 3 if normalized else [[0.01, 1.0, 0.5]] * 3,
        "shifts": [[0.0, 0.0], [0.1, 0.2], [0.1, 0.2]],
        "saturated": [[0.1, 0.1]] * 3 if normalized else [[0.5, 0.9]] * 3,
        "means": [[0.0, 0.0]] * 3,
        "deviations": [[1.0, 1.0]] * 3,
    }
    if normalized:
        found |= {
            "val_accuracy_batch": [value - 0.01 for value in curve],
            "mean_distance": [[0.9, 0.5], [0.2, 0.1], [0.1, 0.1]],
            "variance_distance": [[0.9, 0.5], [0.2, 0.1], [0.1, 0.1]],
        }
    return found


def trained(seeds: tuple[int, ...] = SEEDS) -> Trained:
    cells = cells_of(OPTIONS, seeds)
    return Trained(
        RATES,
        ("relu", "sigmoid"),
        seeds,
        scales_of(OPTIONS),
        {
            (
                cell["activation"],
                cell["normalized"],
                cell["rate"],
                cell["scale"],
                cell["seed"],
            ): training(cell["normalized"], cell["rate"], cell["seed"])
            for cell in cells
        },
    )


def test_every_rate_and_scale_is_trained_with_and_without() -> None:
    cells = cells_of(OPTIONS, [7])
    assert len(cells) == 2 * (3 + 1) * 2  # non-linearities, rates and one scale, with and without
    assert {cell["scale"] for cell in cells if cell["rate"] != 0.01} == {1.0}


def test_hypotheses_are_judged_by_the_interval_over_seeds() -> None:
    verdicts = {claim.text: claim.verdict for claim in claims_of(trained(), 0.6)}
    faster = "relu: epochs to training accuracy 0.6, mean over rates"
    assert verdicts[faster] == "supported"  # 1 epoch against 3, and 4 after a divergence
    assert verdicts["sigmoid: share of saturated pre-activations"] == "supported"
    assert verdicts["sigmoid: log10 of gradient norm, first block over last"] == "supported"
    assert verdicts["relu: log10 of drift of pre-activations, deviations"] == "cannot be told"


def test_one_seed_tells_nothing() -> None:
    assert {claim.verdict for claim in claims_of(trained((0,)), 0.6)} == {"cannot be told"}


def test_a_difference_against_the_hypothesis_contradicts_it() -> None:
    assert Claim("H1", "epochs", (5.0, 5.0, 6.0), (9.0, 9.0, 10.0), -1).verdict == "contradicted"
    assert change([1.0, math.nan], [2.0, 3.0]).count == 1


def test_a_diverged_training_counts_as_chance_and_reaches_no_target() -> None:
    diverged = training(False, 0.1, 0)
    assert not trains(diverged) and last_accuracy(diverged) == 0.34
    assert epochs_to(diverged["accuracy"], 0.6) == 4
    assert trains(training(True, 0.1, 0))


@pytest.mark.parametrize(
    ("convert", "text"),
    [(numbers, "0.1,x"), (numbers, "0"), (activations, "relu,relu"), (activations, "reul")],
)
def test_a_list_that_makes_no_sense_is_refused(convert: Any, text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="(?i)expected"):
        convert(text)


@pytest.mark.slow
def test_the_experiment_trains_and_writes_what_it_found(tmp_path: Any, capsys: Any) -> None:
    arguments = "batchnorm --data sample --image-size 16 --epochs 2 --seeds 2 --rates 0.01,0.1 -q"
    assert main(beans.PROGRAM, [*arguments.split(), "--run-dir", str(tmp_path / "run")]) == 0
    document = json.loads(ExperimentFolder(tmp_path / "run").table.read_text())
    assert len(document["measurements"]) == 2 * 2 * 2 * (2 + 2)
    assert [view["name"] for view in document["views"]][0] == "hypotheses"
    assert "H1" in capsys.readouterr().out
