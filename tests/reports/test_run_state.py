"""What a search is doing, from its last word and its lock."""

from __future__ import annotations

import platform

import pytest

from tftune.reports.run_state import run_state

HERE = platform.node()


@pytest.mark.parametrize(
    ("reason", "held", "host", "status"),
    [
        (None, True, HERE, "running"),
        ("done", True, HERE, "running"),
        ("done", False, HERE, "finished"),
        ("timeout", None, None, "finished"),
        ("interrupted", False, "far away", "interrupted"),
        ("failures", False, None, "failed"),
        ("error", False, None, "failed"),
        ("of a newer version", False, None, "finished"),
        (None, False, HERE, "interrupted"),
        (None, False, None, "interrupted"),
        (None, False, "far away", "unknown"),
        (None, None, HERE, "unknown"),
    ],
)
def test_the_lock_counts_first_then_the_last_word_then_the_machine(
    reason: str | None, held: bool | None, host: str | None, status: str
) -> None:
    finish = None if reason is None else {"kind": "finish", "reason": reason}
    assert run_state(finish, True, held, host).status == status


def test_a_search_without_a_score_has_failed() -> None:
    assert run_state({"reason": "done"}, False, False).told == "failed: no trial completed"


def test_a_nested_evaluation_is_said_while_the_folder_is_held() -> None:
    finish = {"reason": "done"}
    told = run_state(finish, True, True, nested="1 of 3 folds are done").told
    assert told == "running: nested evaluation, 1 of 3 folds are done"
    assert run_state(finish, True, True).told == "running: its best trial is evaluated"
    assert run_state(finish, True, False, nested="1 of 3 folds are done").told == "finished"
