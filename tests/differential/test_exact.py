"""Each case gives the numbers of plain Keras, in this process and in a child."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.differential.cases import CASES
from tests.differential.compare import differences
from tests.differential.trainings import History, plain_histories, tuned_histories

_plain: dict[str, list[History]] = {}


def trainings() -> list[Any]:
    """Each case with each number of workers; what the quick suite leaves out is marked slow."""
    return [
        pytest.param(
            case,
            workers,
            id=f"{case.name}-w{workers}",
            marks=[] if workers in case.quick else [pytest.mark.slow],
        )
        for case in CASES
        for workers in case.workers
    ]


@pytest.mark.parametrize(("case", "workers"), trainings())
def test_training_is_that_of_plain_keras(
    case: Any, workers: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if case.name not in _plain:
        _plain[case.name] = plain_histories(case, tmp_path)
    executor = request.getfixturevalue("child") if workers else 0
    tuned, failures = tuned_histories(case, tmp_path, executor)
    assert failures == []
    assert differences(_plain[case.name], tuned, case.rtol) == []


def test_there_are_enough_cases_and_each_has_a_name_of_its_own() -> None:
    assert len(CASES) >= 60 and len({case.name for case in CASES}) == len(CASES)
    assert sum(0 in case.quick for case in CASES) >= 20
    assert sum(1 in case.quick for case in CASES) >= 10
