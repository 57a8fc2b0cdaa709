"""What a finish was worth, in words, in a table and in `summary.json`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from tftune.reports.finish import begun, content, finish_text, rows, sentences, trained
from tftune.reports.summary import summary
from tftune.search.finish.judging import Gain
from tftune.search.finish.verdicts import Step

JUDGED = {"rows": 90, "trainings": 1, "seconds": 4.0}
KEPT = {"before": 0.8, "after": 0.82, "gain": 0.02, "low": -0.01, "high": 0.05, **JUDGED}
NOTHING = dict.fromkeys(("before", "after", "gain", "low", "high", "rows"))
STEPS = [
    {"step": "confirm", "status": "skipped", "why": "it does not fit", "trainings": 0, **NOTHING},
    {"step": "average", "status": "kept", "why": "it gains, within the noise", **KEPT},
    {"step": "refit", "status": "not kept", "why": "it does not gain", **KEPT, "gain": -0.02},
    {"step": "ensemble", "status": "kept", "why": "it gains clearly; 2 of the 3 models", **KEPT},
]
FINISHED: dict[str, Any] = {
    "trial_id": "0001",
    "share": 0.2,
    "budget": 20.0,
    "seconds": 12.5,
    "epochs": 7,
    "measure": "accuracy",
    "steps": STEPS,
    "members": [
        {"trial_id": "0001", "checkpoint": "finish-0001-finished", "weight": 3},
        {"trial_id": "0000", "checkpoint": "0000", "weight": 1},
    ],
}


def searched(play: Callable[..., Any], **changes: Any) -> Any:
    search = play()
    for number, score in enumerate((0.7, 0.9)):
        search.trial(number, [score])
    search.write("finished", **{**FINISHED, **changes})
    return search


def test_what_was_kept_and_what_the_model_is(play: Callable[..., Any]) -> None:
    assert sentences(searched(play).state) == [
        "Finished in 12.5 of at most 20.0 s, 20 % of the trials' time. Kept: weight averaging, "
        "ensemble of the best trials.",
        "The model is the weighted mean of 2 models: trial 0001, trained again (75 %), "
        "trial 0000 (25 %).",
    ]


def test_one_member_and_none(play: Callable[..., Any]) -> None:
    alone = searched(play, members=FINISHED["members"][:1])
    assert sentences(alone.state)[1] == "The model is trial 0001, trained again for 7 epochs."
    nothing = searched(play, members=[], steps=[{**STEPS[1], "status": "not kept"}])
    assert sentences(nothing.state)[0].endswith("Kept: nothing.")
    assert sentences(nothing.state)[1] == (
        "The model is that of trial 0001, as the search left it."
    )


def test_the_table_has_a_row_a_step_with_its_interval(play: Callable[..., Any]) -> None:
    state = searched(play).state
    told = rows(state.finished)
    assert told[1] == (
        *("weight averaging", "0.8", "0.82", "+0.02 (-0.01 to +0.05)", "90", "1", "kept"),
        "it gains, within the noise",
    )
    assert told[0][1:5] == ("-", "-", "-", "-")
    text = finish_text(state)
    assert "the test split is used once" in text and text.count("\n") == 7


def test_a_gain_without_an_interval_is_told_alone(play: Callable[..., Any]) -> None:
    step = Step("average", "kept", "it gains", Gain(0.8, 0.9, 0.1, math.nan, math.nan, 4))
    assert step.record()["low"] is None
    state = searched(play, steps=[step.record()]).state
    assert rows(state.finished)[0][3] == "+0.1"


def test_the_summary_has_it_and_one_without_has_not(play: Callable[..., Any]) -> None:
    state = searched(play).state
    found = content(state)
    assert found is not None and found["members"] == FINISHED["members"]
    assert summary(state)["finish"]["steps"][1]["gain"] == 0.02
    plain = play()
    plain.trial(0, [0.5])
    assert "finish" not in summary(plain.state) and finish_text(plain.state) == ""


def test_the_plan_is_told_beforehand(play: Callable[..., Any]) -> None:
    plan = {"confirm": False, "average": True, "halves": 0, "seconds": 4.0, "training": 4.0}
    plan["why"] = {"refit": "it would take 9 s more; 6 s are left"}
    record = {"budget": 10.0, "share": 0.2, "plan": plan}
    assert begun(record, play().state) == (
        "finishing in at most 10.0 s, 20 % of the trials' time: weight averaging, ensemble of the "
        "best trials, about 4.0 s; no refit on train and validation: it would take 9 s more; 6 s "
        "are left"
    )
    line = {"key": "0001-7-base", "seconds": 4.0, "status": "failed", "message": "it diverged"}
    assert trained(line, play().state) == (
        "finishing: trial 0001 trained again for 7 epochs  4.0 s  failed: it diverged"
    )
