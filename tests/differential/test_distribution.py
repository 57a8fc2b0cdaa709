"""Where plain Keras draws an order of rows that nobody can share, eight seeds agree in the mean."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.differential import data, own_models
from tests.differential.case import EPOCHS, Case
from tests.differential.models import dense
from tests.differential.trainings import plain_histories, tuned_histories

SEEDS = range(8)
QUANTILE = 5.41  # of Student's t with 7 degrees of freedom: one false alarm in a thousand
SHUFFLED: dict[str, Any] = {"epochs": 4, "batch_size": 4}

# Of rmse, no mean over rows, the order of the rows changes the training loss.
model = dense("sgd", "Sequential, rmse as loss", loss=own_models.rmse)
no_validation = data.without_validation(data.arrays)


def of(name: str, made: Callable[[], dict[str, Any]], fit: Any, **options: Any) -> Case:
    """The model whose loss tells in which order it saw the rows."""
    return Case(name, model, made, fit, **options)


def again(shuffle: Callable[[Any], Any]) -> Callable[[], dict[str, Any]]:
    """Data whose Dataset shuffles anew each epoch."""
    return data.dataset("a Dataset that shuffles", lambda rows: shuffle(rows).batch(4))


CASES = [
    of("arrays", data.arrays, SHUFFLED),
    of("sample_weight", data.weighted(data.arrays), SHUFFLED),
    of("class_weight", data.arrays, SHUFFLED | {"class_weight": {0: 1.0, 1: 3.0}}),
    of("validation_split", no_validation, SHUFFLED | {"validation_split": 0.25}),
    of("DataFrame", data.of("pandas", as_x=data.frame, as_y=data.frame), SHUFFLED),
    of("shuffle by batches", data.arrays, SHUFFLED | {"shuffle": "batch"}),
    of("Dataset without a seed", again(lambda rows: rows.shuffle(64)), EPOCHS | {"epochs": 4}),
    of("Dataset with a seed", again(lambda rows: rows.shuffle(64, seed=3)), EPOCHS | {"epochs": 4}),
    of("PyDataset", data.py_dataset("PyDatasets"), EPOCHS | {"epochs": 4}),
]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_eight_seeds_agree_in_the_mean(
    case: Case, workers: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    executor = request.getfixturevalue("child") if workers else 0
    gaps = []
    for seed in SEEDS:
        (plain,) = plain_histories(case, tmp_path, seed)
        tuned, failures = tuned_histories(case, tmp_path / str(seed), executor, seed)
        assert failures == [] and len(tuned) == 1
        assert [epoch for epoch, _ in tuned[0]] == [epoch for epoch, _ in plain]
        gaps.append(tuned[0][-1][1]["loss"] - plain[-1][1]["loss"])
    spread = np.std(gaps, ddof=1) / np.sqrt(len(gaps))
    assert abs(np.mean(gaps)) <= QUANTILE * spread + 1e-6, gaps
