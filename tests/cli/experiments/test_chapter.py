"""The chapter's experiment: its protocol, its verdicts, and what it writes."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from tftune import hemolysis
from tftune.cli.experiments import chapter
from tftune.cli.experiments.chapter_models import MODELS
from tftune.cli.experiments.chapter_tables import (
    best_by_hand,
    difference,
    model_table,
    weights_table,
)
from tftune.cli.experiments.paired import paired
from tftune.cli.program import main
from tftune.journal.run_folder import ExperimentFolder


def training(auc: float, epochs: int = 3) -> dict[str, Any]:
    """What `train_model` returns, made up."""
    curve = [auc - 0.1, auc - 0.05, auc][:epochs]
    names = ("auc", "accuracy", "exact_auc", "seen_auc", "unseen_auc")
    scores = dict.fromkeys(names, auc)
    return {
        **dict.fromkeys(("written", "last", "best"), scores),
        "curves": dict.fromkeys(("loss", "val_loss", "auc", "val_auc"), curve),
        "epochs": epochs,
        "best_epoch": epochs,
        "kept_epoch": epochs,
        "rows": [80, 10, 10],
        "parameters": 60_929,
        "sequences": 6076,
        "leak_rate": 0.5,
        "majority": 0.8,
    }


def found() -> dict[str, list[dict[str, Any]]]:
    """Three seeds a model: the second is better by 0.02 in each, the fourth is noise."""
    gains = {"baseline": (0, 0, 0), "l2": (0.019, 0.02, 0.021), "early-stopping": (0, 0, 0)}
    gains["dropout"] = (-0.05, 0.0, 0.05)
    return {
        name: [training(0.79 + 0.01 * seed + gain) for seed, gain in enumerate(gains[name])]
        for name in MODELS
    }


def test_a_verdict_is_by_the_interval_of_the_paired_differences() -> None:
    assert paired([0.82, 0.83, 0.85], [0.80, 0.81, 0.829]).verdict == "better"
    assert paired([0.80, 0.81, 0.829], [0.82, 0.83, 0.85]).verdict == "worse"
    assert paired([0.9, 0.7, 0.8], [0.8, 0.8, 0.8]).verdict == "noise"
    alone = paired([0.9], [0.8])
    assert alone.verdict == "one seed" and math.isnan(alone.low)


def test_rows_that_splits_share_widen_the_interval() -> None:
    narrow, wide = (difference(found(), "auc", "l2", split) for split in ("fixed", "random"))
    assert wide.high - wide.low == pytest.approx((narrow.high - narrow.low) * math.sqrt(1 + 3 / 8))


def test_weights_are_compared_with_the_interval_of_their_split() -> None:
    gains = (0.0, 0.002, 0.005) * 3  # 0.0023 -+ 0.0017; for shared rows -+ 0.0025
    trainings = [{**training(0.8), "best": {"auc": 0.8 + gain}} for gain in gains]
    verdicts = {
        split: weights_table({"baseline": trainings}, split).rows[0][-1]
        for split in ("fixed", "random", "grouped")
    }
    assert verdicts == {"fixed": "better", "random": "noise", "grouped": "noise"}


def test_rows_that_splits_share_widen_the_interval_of_the_best_weights_too() -> None:
    gains = [{**training(0.8), "best": {"auc": 0.8 + gain}} for gain in (0.008, 0.018, 0.028)]
    verdicts = {}
    for split in ("fixed", "grouped"):
        table = weights_table({"baseline": gains}, split)
        verdicts[split] = (table.header[-2], *table.rows[0][-2:])
    assert verdicts == {
        "fixed": ("95 % interval", "-0.007 to +0.043", "noise"),
        # 0.018 -+ 4.303 * 0.01 * sqrt(1 / 3 + 1 / 8)
        "grouped": ("interval for shared rows", "-0.011 to +0.047", "noise"),
    }


def test_rows_that_splits_share_widen_the_interval_of_a_mean_too() -> None:
    fixed, grouped = (model_table(found(), split, False) for split in ("fixed", "grouped"))
    assert (fixed.header[4], fixed.rows[0][4]) == ("95 % interval of the mean", "0.775 to 0.825")
    # 0.8 -+ 4.303 * 0.01 * sqrt(1 / 3 + 1 / 8)
    assert (grouped.header[4], grouped.rows[0][4]) == (
        "interval for shared rows",
        "0.771 to 0.829",
    )
    charts = [chapter.views_of({split: found()}, {})[0].charts[0] for split in ("fixed", "grouped")]
    lows = [chart.marks[1].low[-1] for chart in charts]  # type: ignore[union-attr]
    assert [round(low, 3) for low in lows] == [0.775, 0.771]


def test_the_printed_number_is_placed_in_the_range_of_the_seeds() -> None:
    rows = model_table(found(), "fixed", comparable=True).rows
    assert [row[-1] for row in rows[:4]] == [
        "in the range",  # 0.798 in 0.790 to 0.810
        "below the range",  # 0.797, from 0.809
        "below the range",  # 0.780
        "in the range",  # 0.802 in 0.740 to 0.860
    ]
    assert {row[-1] for row in model_table(found(), "fixed", comparable=False).rows} == {""}


def test_the_best_by_hand_is_chosen_on_validation() -> None:
    assert best_by_hand(found()) == "l2"


def test_the_views_say_what_is_noise() -> None:
    first, fixed = chapter.views_of({"fixed": found()}, {})
    assert "50.0% of the test rows are in the training split, too" in " ".join(first.sentences)
    assert "the baseline has 60,929 parameters, as printed" in first.sentences[0]
    told = fixed.sentences[0]
    assert "better: L2 0.01 (+0.020)" in told and "L2, dropout, plateau (+0.000)" in told
    assert [chart.name for chart in first.charts] == ["test-auc", "test-accuracy"]
    assert len(fixed.charts) == 3 and len(fixed.tables) == 3


def test_what_a_search_adds_is_told_beside_the_best_by_hand() -> None:
    results = {"fixed": {**found(), "searched": [training(0.9) for _ in range(3)]}}
    knobs = {"batch_normalization": True, "dropout": 0.25, "l2": 1e-4, "learning_rate": 1e-3}
    view = chapter.views_of(results, {"fixed": {**knobs, "score": 0.9, "trials": 12}})[-1]
    assert "to baseline (better)" in view.sentences[0]
    assert "to L2 0.01 (better)" in view.sentences[0]
    assert view.tables[0].rows[0][:4] == ("fixed", "12", "0.900", "True")


def test_a_mask_of_the_embedding_changes_no_number() -> None:
    """The chapter's embedding has `mask_zero=True`; a convolution takes no mask."""
    import keras
    import numpy as np

    x = np.random.default_rng(0).integers(0, 21, (40, 12)).astype("int32")
    y = (x[:, :1] > 10).astype("float32")
    histories = []
    for mask in (False, True):
        keras.utils.set_random_seed(0)
        layers = keras.layers
        model = keras.Sequential(
            [
                keras.Input((12,), dtype="int32"),
                layers.Embedding(21, 4, mask_zero=mask),
                layers.Conv1D(4, 3, activation="relu"),
                layers.MaxPooling1D(2),
                layers.Flatten(),
                layers.Dense(1, "sigmoid"),
            ]
        )
        model.compile("adam", "binary_crossentropy", run_eagerly=True)
        history = model.fit(x, y, epochs=2, batch_size=20, shuffle=False, verbose=0)
        histories.append([*history.history["loss"], *model.predict(x, verbose=0).ravel()])
    np.testing.assert_array_equal(*histories)


@pytest.mark.slow
def test_the_experiment_runs_on_the_sample_and_is_resumed(tmp_path: Path) -> None:
    folder = ExperimentFolder(tmp_path / "chapter")
    command = ["chapter", "--data", "sample", "--seeds", "1", "--epochs", "1", "--trials", "1"]
    command += ["--split", "random", "--quiet", "--run-dir", str(folder.path)]
    assert main(hemolysis.PROGRAM, command) == 0
    document = json.loads(folder.table.read_text())
    assert [view["name"] for view in document["views"]] == ["every-training", "random", "search"]
    assert len(document["measurements"]) == 5  # four models and the winner
    assert (folder.searches / "random" / "journal.jsonl").exists()
    assert main(hemolysis.PROGRAM, [*command, "--resume"]) == 0
    assert len(json.loads(folder.table.read_text())["measurements"]) == 5
