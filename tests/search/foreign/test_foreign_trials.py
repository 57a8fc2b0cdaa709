"""What a source must have, whatever it is."""

from __future__ import annotations

from typing import Any

import pytest

from tftune.errors import UsageError
from tftune.search.foreign.foreign_trials import MOST, ForeignTrials, finite, foreign_trial


@pytest.mark.parametrize(
    ("score", "status", "expected"),
    [
        (1, "completed", (1.0, "completed", None)),
        (0.5, "pruned", (0.5, "pruned", None)),
        (0.5, "failed", (None, "failed", None)),
        (None, "pruned", (None, "failed", "pruned")),
        (float("inf"), "completed", (None, "failed", "completed")),
        ("0.5", "completed", (None, "failed", "completed")),
    ],
)
def test_only_a_finite_score_counts(score: Any, status: str, expected: Any) -> None:
    trial = foreign_trial("0", {}, score, status, -1.0)
    assert (trial.score, trial.status, trial.said) == expected and trial.seconds is None


def test_an_integer_beyond_every_float_is_no_number() -> None:
    assert finite(10**400) is None and finite(True) is None and finite(3) == 3.0


def test_too_many_trials_are_refused() -> None:
    trials = (foreign_trial("0", {}, 1.0, "completed"),) * (MOST + 1)
    with pytest.raises(UsageError, match="has 65,537 trials. Expected at most 65,536"):
        ForeignTrials("x", "table", trials)
