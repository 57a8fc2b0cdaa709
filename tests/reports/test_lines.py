"""What a line tells of a trial: its knobs, its failure, that it begins again."""

from __future__ import annotations

import io

import pytest

from tftune.journal.state import TrialRecord
from tftune.reports import lines
from tftune.reports.live import LiveView
from tftune.support.tracebacks import describe

KNOBS = [
    {"name": "optimizer", "kind": "Choice", "values": ["sgd", "adam"], "conditions": []},
    {
        "name": "momentum",
        "kind": "Float",
        "conditions": [{"parent": "optimizer", "values": ["sgd"]}],
    },
    {
        "name": "nesterov",
        "kind": "Boolean",
        "conditions": [{"parent": "momentum", "values": [0.9]}],
    },
    {"name": "layers", "kind": "Fixed", "default": 2, "conditions": []},
]
HEADER = {"space": {"knobs": KNOBS}}


def knobs_of(values: dict, header: dict = HEADER) -> str:
    return lines.knobs(TrialRecord("0000", 0, values), header)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"optimizer": "sgd", "momentum": 0.5, "layers": 2}, "optimizer=sgd momentum=0.5"),
        ({"optimizer": "adam", "momentum": 0.5, "nesterov": True}, "optimizer=adam"),
        ({"optimizer": "sgd", "momentum": 0.1, "nesterov": True}, "optimizer=sgd momentum=0.1"),
        ({"tuner/epochs": 3, "found later": 1e-5}, "found later=1e-05"),
        ({}, ""),
    ],
)
def test_knobs_that_play_a_part_are_told(values: dict, told: str) -> None:
    assert knobs_of(values) == told


def test_one_name_under_several_conditions_is_told_once() -> None:
    parent = {"name": "kind", "kind": "Choice", "conditions": []}
    units = [
        {"name": "units", "kind": "Int", "conditions": [{"parent": "kind", "values": [kind]}]}
        for kind in ("a", "b")
    ]
    header = {"space": {"knobs": [parent, *units]}}
    for kind in ("a", "b"):
        assert knobs_of({"kind": kind, "units": 4}, header) == f"kind={kind} units=4"
    assert knobs_of({"kind": "c", "units": 4}, header) == "kind=c"


def test_many_or_long_values_do_not_make_a_line_long() -> None:
    many = knobs_of({f"knob_{number}": number for number in range(10_000)})
    assert len(many) < 280 and many.endswith("more") and many.startswith("knob_0=0 knob_1=1")
    long = knobs_of({"layers" * 1000: "x" * 1_000_000, "b": "\x1b[31mred\u202e\n"})
    assert len(long) < 100 and long.endswith("b=red\\u202e")


@pytest.mark.parametrize("status", ["completed", "pruned", "failed"])
def test_every_end_tells_the_knobs(play, status: str) -> None:
    view = LiveView(stream=io.StringIO(), every_seconds=100.0)
    search = play(view)
    search.start(0, {"units": 24})
    search.end(0, None if status == "failed" else 0.5, 1, status, "ValueError: no")
    assert view.stream.getvalue().splitlines()[1].endswith("[units=24]")


def test_nothing_from_elsewhere_reaches_the_screen_raw_or_whole(play) -> None:
    view = LiveView(stream=io.StringIO(), every_seconds=0.0)
    search = play(view, task="be\x1b]0;title\x07ans\u202e" + "x" * 5000)
    message = "ValueError: \x1b[2J\x1b[31m" + "x" * 3_000_000 + "\x9b31m\u2066"
    search.start(0, {"units\x1b[1m": "\x07" * 100})
    search.end(0, None, status="failed", message=message)
    search.write("retry", trial_id="0000", message=message)
    text = view.stream.getvalue()
    assert not any(bad in text for bad in "\x1b\x07\x9b\u202e\u2066")
    assert max(map(len, text.splitlines())) < 900


def test_a_trial_of_an_earlier_session_is_told_to_begin_again(play) -> None:
    first = play()
    first.trial(0, [0.5])
    first.start(1)
    first.epoch(1, 1, 0.25)
    first.epoch(1, 2, 0.25)
    first.start(2)
    view = LiveView(stream=io.StringIO(), every_seconds=0.0)
    again = first.resumed([view])
    again.start(1, attempt=2)
    again.start(2, attempt=2)
    again.epoch(1, 1, 0.25)
    again.start(3)
    told = view.stream.getvalue().splitlines()
    assert told[1] == "trial 0001 begins again: it was interrupted after epoch 2"
    assert told[2] == "trial 0002 begins again: it was interrupted before its first epoch ended"
    assert told[3].startswith("trial 0001  epoch 1/3, attempt 2  val_accuracy 0.25")
    assert len(told) == 4


def test_a_trial_that_goes_on_is_told_to_and_counts_its_epochs_on(play) -> None:
    first = play()
    first.start(0)
    for epoch in (1, 2):
        first.epoch(0, epoch, 0.25)
    first.start(1)
    first.epoch(1, 1, 0.25)
    view = LiveView(stream=io.StringIO(), every_seconds=0.0)
    again = first.resumed([view])
    again.start(0, attempt=2, kept=True)
    again.write("continue", trial_id="0000", epoch=2)
    again.epoch(0, 3, 0.5)
    again.start(1, attempt=2, kept=True)
    again.write("continue", trial_id="0001", epoch=0)  # what was kept did not fit
    told = view.stream.getvalue().splitlines()
    assert told[1] == "trial 0000 goes on after epoch 2, where it was interrupted"
    assert told[2].startswith("trial 0000  epoch 3/3, attempt 2  val_accuracy 0.5")
    assert told[3] == "trial 0001 begins again: it was interrupted after epoch 1"
    assert len(told) == 4


def test_a_count_never_exceeds_the_plan(play) -> None:
    first = play(expected_trials=10)
    for number in range(10):
        first.trial(number, [0.5])
    first.start(10)
    view = LiveView(stream=io.StringIO(), every_seconds=0.0)
    again = first.resumed([view])  # with four
    again.trial(10, [0.5], attempt=2)
    told = view.stream.getvalue().splitlines()
    assert "; 10 done already, more than the 4 planned, best 0.5" in told[0]
    assert "4 trials" not in told[0]
    assert "10/11 trials" in told[2] and "11/11 trials" in told[3]


def test_a_failure_is_told_by_its_own_line_and_place(play) -> None:
    words = "negative units\n\nArguments received:\n  * kwargs=<class 'empty'>"
    try:
        raise ValueError(words)
    except ValueError as error:
        message = describe(error)
    view = LiveView(stream=io.StringIO(), every_seconds=100.0)
    search = play(view)
    search.failure(0, message)
    line = view.stream.getvalue().splitlines()[1]
    assert "failed  3.5 s: ValueError: negative units (" in line and "kwargs" not in line
    assert "test_lines.py, line " in line and ": raise ValueError(words))" in line


def test_the_end_of_a_search_tells_what_the_last_trials_gained(play) -> None:
    view = LiveView(stream=io.StringIO(), every_seconds=100.0)
    search = play(view, expected_trials=8)
    for number in range(8):
        search.trial(number, [0.5 + 0.001 * (number == 7)])
    search.write("finish", reason="done", wall_seconds=4.0)
    told = view.stream.getvalue().splitlines()[-2:]
    assert told[0].startswith("done after")
    assert told[1] == "the last 4 trials gained 0.001, 8 more may gain 0.0005"


def test_an_interrupted_search_tells_what_those_left_may_gain(play) -> None:
    view = LiveView(stream=io.StringIO(), every_seconds=100.0)
    search = play(view, expected_trials=20)
    for number in range(8):
        search.trial(number, [0.5])
    search.write("finish", reason="interrupted", wall_seconds=4.0)
    last = view.stream.getvalue().splitlines()[-1]
    assert last == "the last 4 trials gained nothing, the 12 left may gain nothing"


def test_a_flat_search_says_why_it_ended(play) -> None:
    view = LiveView(stream=io.StringIO(), every_seconds=100.0)
    search = play(view)
    search.trial(0, [0.5])
    search.trial(1, [0.25])
    search.write("finish", reason="flat", stop_when_flat=1, wall_seconds=4.0)
    last = view.stream.getvalue().splitlines()[-1]
    assert last.startswith("no better in 1 trials: ended after 0:00:0")
    assert last.endswith("2 completed, best 0.5 (trial 0000)")
