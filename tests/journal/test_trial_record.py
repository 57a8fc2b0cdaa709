"""What attempts at a trial had told counts once, whichever of them goes on where."""

from __future__ import annotations

from typing import Any

from tftune.journal.state import SearchState

HEADER = {"kind": "header", "objective": {"name": "val_auc", "direction": "max"}, "time": 0.0}


def start(attempt: int, first_epoch: int = 0) -> dict[str, Any]:
    return {
        "kind": "start",
        "trial_id": "0000",
        "number": 0,
        "attempt": attempt,
        "values": {},
        "first_epoch": first_epoch,
        "last_epoch": None,
        "parent": None,
        "time": 1.0,
    }


def epochs(*numbers: int, value: float = 0.5) -> list[dict[str, Any]]:
    return [
        {"kind": "epoch", "trial_id": "0000", "epoch": number, "metrics": {"val_auc": value}}
        for number in numbers
    ]


def go_on(epoch: int) -> dict[str, Any]:
    return {"kind": "continue", "trial_id": "0000", "epoch": epoch, "time": 1.0}


def trained(*records: Any) -> list[tuple[int, float]]:
    state = SearchState().apply_all([HEADER, *records])
    return [(epoch, metrics["val_auc"]) for epoch, metrics in state.trials["0000"].epochs]


def test_an_attempt_that_goes_on_has_one_curve_with_the_one_before() -> None:
    again = [start(2), go_on(2), *epochs(3, 4, value=0.75)]
    assert trained(start(1), *epochs(1, 2, 3), *again) == [
        (1, 0.5),
        (2, 0.5),
        (3, 0.75),
        (4, 0.75),
    ]


def test_an_attempt_that_begins_again_has_its_own_epochs_only() -> None:
    assert trained(start(1), *epochs(1, 2), start(2), *epochs(1)) == [(1, 0.5)]
    assert trained(start(1), *epochs(1, 2), start(2), go_on(0), *epochs(1)) == [(1, 0.5)]


def test_attempts_that_told_nothing_hide_none_of_the_others() -> None:
    first = [start(1), *epochs(1, 2, 3)]
    assert trained(*first, start(2), start(3), go_on(2)) == [(1, 0.5), (2, 0.5)]
    twice = [*first, start(2), go_on(3), *epochs(4), start(3), go_on(4), *epochs(5)]
    assert [epoch for epoch, _ in trained(*twice)] == [1, 2, 3, 4, 5]


def test_only_epochs_without_a_gap_can_be_gone_on_from() -> None:
    def last(*records: Any) -> int:
        state = SearchState().apply_all([HEADER, *records])
        return state.interrupted.last(state.trials["0000"])

    assert last(start(1)) == 0
    assert last(start(1), *epochs(1, 2, 4), start(2)) == 2
    assert last(start(1, 3), *epochs(4, 5), start(2, 3)) == 5
    assert last(start(1, 3), start(2, 3)) == 0
