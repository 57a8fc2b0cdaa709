"""The experiment on batch normalisation: what is trained, what is concluded from numbers made up,
and one tiny network that is watched.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

import pytest

from tftune.cli.experiments import batch_normalization
from tftune.cli.experiments.claims import Claim
from tftune.cli.experiments.normalization_claims import claims_of
from tftune.cli.experiments.normalization_measures import (
    Trained,
    epochs_to,
    highest_rate,
    last_accuracy,
    trains,
)
from tftune.cli.experiments.normalization_views import _verdict_row, views_of
from tftune.reports.charts.standalone import svg_file
from tftune.reports.views.view import View

NAN = math.nan
OPTIONS = argparse.Namespace(
    rates="0.01,0.1,1",
    activations="relu,sigmoid",
    scales="0.1,1",
    epochs=3,
    target=0.7,
    optimizer="sgd",
)


def made_up(cell: dict[str, Any]) -> dict[str, Any]:
    """Normalised networks are good up to rate 0.1; the others diverge there; sigmoids need it."""
    normalized, saturating = cell["normalized"], cell["activation"] == "sigmoid"
    diverged = cell["rate"] == 1 or (cell["rate"] == 0.1 and not normalized and not saturating)
    learns = not diverged and (normalized or not saturating)
    noise = 0.01 * (cell["seed"] % 3) + 0.05 * (cell["scale"] < 1 and not normalized)
    high = 0.9 if normalized else 0.8
    accuracy = [0.5, (0.75 if normalized else 0.6) - noise, high - noise]
    if not learns:
        accuracy = [0.4, 0.4, NAN if diverged else 0.4]
    loss = [1.0, 0.8, 0.5] if learns else [1.1, 1.1, NAN if diverged else 1.1]
    looks = 2 if diverged else 3
    size = 0.01 if saturating and not normalized else 1.0
    blocks = 1.0 + noise if normalized else 2.0 + noise
    return {
        "loss": loss,
        "accuracy": accuracy,
        "val_loss": loss,
        "val_accuracy": accuracy,
        "chance_loss": math.log(3),
        "chance_accuracy": 0.35,
        "looks": [0, 1, 3][:looks],
        "layers": ["block 1", "block 2", "output"],
        "gradient_norms": [[size, 1.0 + noise, 1.0]] * looks,
        "saturated": [[0.1 * blocks, 0.2]] * looks,
        "shifts": [[0.0, 0.0], *[[0.1 * blocks, 0.1]] * (looks - 1)],
        "batch_val_accuracy": [0.5, 0.6, 0.7] if normalized and not diverged else [],
        "mean_distance": [[0.1, 0.2]] * 3 if normalized and not diverged else [],
        "variance_distance": [[0.1, 0.2]] * 3 if normalized and not diverged else [],
    }


def trained(seeds: int = 3) -> Trained:
    cells = batch_normalization.cells_of(OPTIONS, range(seeds))
    names = ("activation", "normalized", "rate", "scale", "seed")
    results = {tuple(cell[name] for name in names): made_up(cell) for cell in cells}
    return Trained([0.01, 0.1, 1.0], ["relu", "sigmoid"], range(seeds), [0.1], results)


def by_text(seeds: int = 3) -> dict[str, Any]:
    return {claim.text: claim for claim in claims_of(trained(seeds), 0.7)}


def texts_of(view: View) -> str:
    rows = [cell for table in view.tables for row in table.rows for cell in row]
    return "\n".join([*view.sentences, *rows])


def test_each_kind_is_trained_with_each_seed_and_scales_at_the_middle_rate() -> None:
    cells = batch_normalization.cells_of(OPTIONS, range(2))
    assert len(cells) == 2 * 2 * (3 + 1) * 2  # seeds, activations, rates and one scale, arms
    assert {cell["rate"] for cell in cells if cell["scale"] != 1} == {0.1}


def test_lists_are_checked_before_anything_is_trained() -> None:
    assert batch_normalization.numbers("1,1e-4, 0.1") == "0.0001,0.1,1"
    for wrong in ("0", "0.1,,1", "a"):
        with pytest.raises(argparse.ArgumentTypeError, match="expected a number above 0"):
            batch_normalization.numbers(wrong)
    with pytest.raises(argparse.ArgumentTypeError, match="unknown activation 'sigmoit'"):
        batch_normalization.activations("relu,sigmoit")
    with pytest.raises(argparse.ArgumentTypeError, match="each activation once"):
        batch_normalization.activations("relu,relu")


def test_what_a_training_is_worth() -> None:
    assert epochs_to([0.4, 0.7, 0.6], 0.7) == 2 and epochs_to([NAN, NAN], 0.7) == 3
    assert trains({"loss": [0.99], "chance_loss": 1.1})
    assert not trains({"loss": [1.0], "chance_loss": 1.1})  # less than a tenth below
    assert not trains({"loss": [NAN], "chance_loss": 1.1})
    assert last_accuracy({"val_accuracy": [0.5, NAN], "chance_accuracy": 0.35}) == 0.35
    assert highest_rate([0.01, 0.1], [{"loss": [NAN], "chance_loss": 1.1}] * 2) == -3


def test_hypotheses_are_judged_by_what_was_measured() -> None:
    claims = by_text()
    speed = claims["relu: epochs to training accuracy 0.7, each at its best rate"]
    assert (list(speed.without), list(speed.with_it)) == ([3, 3, 3], [2, 2, 2])
    assert speed.verdict == "supported"
    highest = claims["relu: log10 of the highest rate that trains (none: a tenth of the lowest)"]
    assert (list(highest.without), list(highest.with_it)) == ([-2, -2, -2], [-1, -1, -1])
    usable = claims["sigmoid: how many of the 3 rates train"]
    assert (list(usable.without), list(usable.with_it)) == ([0, 0, 0], [2, 2, 2])
    ratio = claims["sigmoid: log10 of gradient norm, first block over last"]
    assert ratio.verdict == "supported" and 1.9 < ratio.difference.mean < 2.1
    assert claims["relu: log10 of drift of pre-activations, deviations"].verdict == "supported"


def test_a_seed_is_judged_at_the_rate_that_the_other_seeds_chose() -> None:
    lucky = {(0, 0.01): 0.9, (1, 0.1): 0.9, (2, 0.1): 0.8}  # all others: 0.5
    results = {
        ("relu", True, rate, 1.0, seed): {"score": lucky.get((seed, rate), 0.5)}
        for rate in (0.01, 0.1)
        for seed in range(3)
    }
    found = Trained([0.01, 0.1], ["relu"], range(3), [], results)
    rates = [found.best_rate("relu", True, lambda each: each["score"], 1, s) for s in range(3)]
    assert rates == [0.1, 0.01, 0.01]  # of equals the lowest


def test_weights_that_never_train_have_nothing_to_lose_by_their_scale() -> None:
    claim = by_text()["sigmoid: accuracy that scaled initial weights cost, rate 0.1"]
    assert all(map(math.isnan, claim.without)) and claim.verdict == "cannot be told"


def test_means_in_a_row_are_of_the_seeds_that_the_difference_has() -> None:
    row = _verdict_row(Claim("H2", "lost", (NAN, 0.4, 0.4), (0.9, 0.1, 0.1), -1))
    assert [float(cell) for cell in row[1:4]] == pytest.approx([0.4, 0.1, -0.3])
    alone = _verdict_row(Claim("H2", "lost", (NAN, NAN), (0.1, 0.3), -1))
    assert float(alone[2]) == pytest.approx(0.2)


def test_one_seed_tells_nothing() -> None:
    assert {claim.verdict for claim in by_text(1).values()} == {"cannot be told"}
    assert "One seed has no interval" in texts_of(views_of(trained(1), OPTIONS)[0])


def test_every_view_can_be_drawn_also_where_trainings_have_diverged() -> None:
    views = views_of(trained(), OPTIONS)
    assert [view.name for view in views] == [
        *("hypotheses", "speed", "rates", "initial-weights", "gradients", "statistics")
    ]
    names = [chart.name for view in views for chart in view.charts]
    assert len(names) == len(set(names)) and "curves-sigmoid-0.01" in names
    for view in views:
        assert all(svg_file(chart).startswith("<svg") for chart in view.charts)
    assert "H1: supported by" in texts_of(views[0])
    assert "never" in texts_of(views[1]) and "diverged" in texts_of(views[5])


def test_the_names_of_optimizers_and_activations_are_known_to_the_models() -> None:
    from tftune.models.optimizers import OPTIMIZERS

    assert set(batch_normalization.OPTIMIZERS) <= set(OPTIMIZERS)


@pytest.mark.slow
def test_a_network_is_watched_and_left_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tftune.cli.experiments.normalization_training import train_once

    monkeypatch.setenv("TFTUNE_CACHE", str(tmp_path))
    options = argparse.Namespace(
        data="sample",
        data_dir=None,
        image_size=16,
        seed=0,
        epochs=1,
        batch_size=64,
        optimizer="sgd",
    )
    cell = {"rate": 0.01, "activation": "sigmoid", "scale": 1.0, "seed": 0}
    found = {each: train_once(options, {**cell, "normalized": each}) for each in (False, True)}
    assert found[True]["looks"] == [0, 1] and len(found[True]["gradient_norms"][0]) == 6
    assert len(found[True]["mean_distance"][0]) == 5 and found[False]["mean_distance"] == []
    # a sigmoid's gradient fades towards the first block, normalised less so
    first, last = (found[False]["gradient_norms"][0][place] for place in (0, 4))
    assert first < 0.1 * last < found[True]["gradient_norms"][0][0]
    diverged = train_once(options, {**cell, "rate": 1e9, "activation": "relu", "normalized": False})
    assert math.isnan(diverged["loss"][0]) and math.isnan(diverged["accuracy"][0])
