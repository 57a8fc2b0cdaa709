"""Records fold into what a search knows."""

from __future__ import annotations

from typing import Any

import pytest

from tftune.errors import RunFolderError
from tftune.journal.state import SearchState

HEADER = {"kind": "header", "objective": {"name": "val_auc", "direction": "max"}, "time": 0.0}


def start(trial: int, time: float = 1.0, attempt: int = 1) -> dict[str, Any]:
    common = {"first_epoch": 0, "last_epoch": 2, "parent": None}
    return {
        "kind": "start",
        "trial_id": f"{trial:04d}",
        "number": trial,
        "attempt": attempt,
        "values": {},
        "time": time,
        **common,
    }


def end(
    trial: int, score: float | None, status: str = "completed", time: float = 2.0
) -> dict[str, Any]:
    common = {"best_epoch": 1, "metrics": {}, "message": None, "seconds": 1.0, "parameters": 3}
    return {
        "kind": "end",
        "trial_id": f"{trial:04d}",
        "status": status,
        "score": score,
        "time": time,
        **common,
    }


@pytest.mark.parametrize(
    ("direction", "expected"),
    [("max", ["0001", "0002", "0000"]), ("min", ["0000", "0001", "0002"])],
)
def test_ranking_obeys_the_direction_and_of_equals_the_earlier_comes_first(
    direction: str, expected: list[str]
) -> None:
    header = {**HEADER, "objective": {"name": "val_auc", "direction": direction}}
    state = SearchState().apply_all(
        [
            header,
            start(0),
            start(1),
            start(2),
            start(3),
            end(0, 0.1),
            end(1, 0.5),
            end(2, 0.5),
            end(3, None, "failed"),
        ]
    )
    assert [trial.trial_id for trial in state.ranked()] == expected
    assert state.counts() == {"completed": 3, "pruned": 0, "failed": 1}


def test_a_new_attempt_forgets_the_epochs_of_the_old_one() -> None:
    epoch = {
        "kind": "epoch",
        "trial_id": "0000",
        "epoch": 1,
        "metrics": {"val_auc": 0.5},
        "seconds": 1.0,
        "time": 1.5,
    }
    state = SearchState().apply_all([HEADER, start(0), epoch, start(0, attempt=2)])
    assert (
        state.trials["0000"].epochs == []
        and state.trials["0000"].attempt == 2
        and state.trials["0000"].status == "running"
    )


def test_wall_time_is_added_up_over_sessions_and_not_over_the_pause_between() -> None:
    first = [
        {"kind": "session", "resumed": False, "time": 100.0},
        start(0, time=130.0),
    ]  # killed after 30 s
    second = [{"kind": "session", "resumed": True, "time": 1000.0}, end(0, 0.5, time=1012.0)]
    assert SearchState().apply_all([HEADER, *first, *second]).wall_seconds == pytest.approx(42.0)


def test_a_new_session_reopens_a_finished_search() -> None:
    finish = {"kind": "finish", "reason": "done", "wall_seconds": 1.0, "time": 3.0}
    state = SearchState().apply_all([HEADER, finish])
    assert state.finish is not None
    state.apply({"kind": "session", "resumed": True, "time": 4.0})
    assert state.finish is None


def test_an_empty_search_has_no_best() -> None:
    assert SearchState().apply_all([HEADER, start(0), end(0, None, "failed")]).best() is None


def test_what_was_expected_of_a_trial_is_kept_with_it() -> None:
    """Also when it has ended and is packed, and by each attempt that tells it."""
    expected = {"mean": 0.5, "low": 0.25, "high": 0.75}
    state = SearchState().apply_all([HEADER, {**start(0), "predicted": expected}, start(1)])
    assert state.trials["0000"].predicted == expected and state.trials["0001"].predicted is None
    state.apply({**start(0, attempt=2), "predicted": expected})
    state.apply(end(0, 0.5))
    assert state.trials["0000"].predicted == expected


def finished(trial: int, *members: str) -> dict[str, Any]:
    made = [{"trial_id": f"{trial:04d}", "checkpoint": each, "weight": 1} for each in members]
    return {"kind": "finished", "trial_id": f"{trial:04d}", "members": made, "time": 3.0}


def test_a_model_that_was_finished_anew_has_not_been_tested() -> None:
    tested = {"kind": "test", "trial_id": "0000", "metrics": {}, "time": 4.0}
    state = SearchState().apply_all([HEADER, start(0), end(0, 0.5), tested])
    assert state.is_tested
    state.apply(finished(0))  # nothing gained: the model is the same
    assert state.is_tested
    for _ in range(2):  # the file of the weights has the same name each time
        state.apply(finished(0, "finish-0000-finished"))
        assert not state.is_tested
        state.apply(tested)
        assert state.is_tested


def test_another_confirmed_winner_makes_a_finish_void() -> None:
    records = [HEADER, start(0), start(1), end(0, 0.5), end(1, 0.4), finished(0, "0000")]
    for winner, count in (("0000", 1), ("0001", 0)):
        state = SearchState().apply_all(records)
        state.apply({"kind": "confirmed", "trial_id": winner, "time": 5.0})
        best = state.best()
        assert best is not None and best.trial_id == winner and len(state.members) == count


@pytest.mark.parametrize(
    "records",
    [
        [end(0, 0.5)],
        [start(0), {"kind": "epoch", "trial_id": "0001", "epoch": 1, "metrics": {}, "time": 1.0}],
        [start(0), HEADER],
        [start(0), {**end(0, 0.5), "status": "lost"}],
        [{"kind": "start", "trial_id": "0000", "time": 1.0}],
        [start(0), {**end(0, 0.5), "metrics": None, "score": "high"}, start(1), end(1, 0.1)],
    ],
)
def test_a_record_that_does_not_fit_those_before_it_is_refused(
    records: list[dict[str, Any]],
) -> None:
    """As in a journal of version 0.6 or earlier that lacks lines: its checksums are all right."""
    with pytest.raises(RunFolderError, match="does not fit those before it.*Restore the file"):
        SearchState().apply_all([HEADER, *records])
