"""The failure policy, line by line as the table of the module has it."""

from __future__ import annotations

import json

import pytest

from tftune.journal.status import ENDED, FailureKind, TrialStatus, loss_of
from tftune.training.task import Outcome


@pytest.mark.parametrize(
    ("kind", "attempts_of_0_2_5", "counts"),
    [
        (FailureKind.DIVERGED, [1, 1, 1], False),
        (FailureKind.OVER_LIMIT, [1, 1, 1], False),
        (FailureKind.CRASHED, [1, 3, 6], True),
        (FailureKind.LOST, [4, 4, 6], True),
        (FailureKind.FATAL, [1, 1, 1], False),
        (FailureKind.REFUSED, [1, 1, 1], False),
    ],
)
def test_what_follows_from_a_failure(
    kind: FailureKind, attempts_of_0_2_5: list[int], counts: bool
) -> None:
    assert [kind.attempts(retries) for retries in (0, 2, 5)] == attempts_of_0_2_5
    assert kind.counts_in_a_row is counts


def test_every_status_has_ended_but_running_and_a_failed_trial_has_no_score() -> None:
    assert ENDED == (TrialStatus.COMPLETED, TrialStatus.PRUNED, TrialStatus.FAILED)
    assert [status.has_score for status in ENDED] == [True, True, False]


def test_a_status_is_its_word_in_json_and_in_text() -> None:
    assert json.dumps(list(TrialStatus)) == '["running", "completed", "pruned", "failed"]'
    assert f"{TrialStatus.PRUNED}" == "pruned" and TrialStatus("failed") is TrialStatus.FAILED


def test_a_failed_outcome_has_crashed_unless_it_says_otherwise() -> None:
    assert Outcome("failed").failure is FailureKind.CRASHED
    assert Outcome("failed", failure=FailureKind.DIVERGED).failure is FailureKind.DIVERGED
    assert Outcome("completed").failure is None
    with pytest.raises(ValueError, match="'finished' is not a valid TrialStatus"):
        Outcome("finished")


def test_losses_are_lower_where_scores_are_better() -> None:
    assert loss_of(0.75, "max") < loss_of(0.5, "max") and loss_of(0.5, "min") < loss_of(0.75, "min")
