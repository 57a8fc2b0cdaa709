"""What of another tool's trials fits a space, and how what does not is named."""

from __future__ import annotations

from typing import Any

import pytest

from tftune.errors import UsageError
from tftune.search.foreign.fitting import fit_source, fit_trials, warning_of
from tftune.search.foreign.foreign_trials import ForeignTrials, foreign_trial
from tftune.space.knob import Condition, Knob

KNOBS = (
    Knob("units", "Int", 8, low=8, high=64, step=8),
    Knob("rate", "Float", 0.01, low=1e-4, high=0.1, sampling="log"),
    Knob("act", "Choice", "relu", choices=("relu", "tanh")),
    Knob("slope", "Float", 0.5, low=0.0, high=1.0, conditions=(Condition("act", ("tanh",)),)),
)
WHOLE = {"units": 16, "rate": 0.01, "act": "relu"}


def fitted(*trials: dict[str, Any]) -> Any:
    found = [foreign_trial(str(n), each, 0.5, "completed") for n, each in enumerate(trials)]
    return fit_trials(found, KNOBS)


def source(*trials: tuple[dict[str, Any], float | None], **told: Any) -> ForeignTrials:
    made = tuple(
        foreign_trial(str(n), values, score, "completed")
        for n, (values, score) in enumerate(trials)
    )
    return ForeignTrials("old.csv", "table", made, **told)


def test_a_trial_that_fits_says_nothing() -> None:
    found = fitted(WHOLE, {**WHOLE, "act": "tanh", "slope": 1}, {**WHOLE, "slope": 99})
    assert [each["values"] for each in found.results] == [
        WHOLE,
        {**WHOLE, "act": "tanh", "slope": 1.0},
        WHOLE,  # the slope plays no part beside relu
    ]
    assert found.sentences() == []


def test_what_does_not_fit_is_named_with_its_values() -> None:
    found = fitted(
        WHOLE,
        {**WHOLE, "units": 65, "rate": 0.5},
        {**WHOLE, "units": 4},
        {**WHOLE, "act": "lion"},
        {"units": 17, "layers": 3},
    )
    assert [each["values"]["units"] for each in found.results] == [16, 16]
    assert found.sentences() == [
        "3 of 5 trials left out: units 65, 4 are outside 8 to 64; rate 0.5 is outside 0.0001 to "
        "0.1; act lion is none of relu, tanh",
        "not a knob here, dropped: 'layers'",
        "not told there, taken at the default: rate=0.01, act='relu'",
        "moved to the nearest step: units of 1 trial",
    ]


def test_a_fixed_knob_takes_its_value_only() -> None:
    knobs = (Knob("units", "Int", 8, low=8, high=64), Knob("depth", "Fixed", 3, choices=(3,)))
    trials = [
        foreign_trial("0", {"units": 8, "depth": depth}, 0.5, "completed") for depth in (3, "3", 4)
    ]
    found = fit_trials(trials, knobs)
    assert len(found.results) == 2
    assert found.sentences() == ["1 of 3 trials left out: depth 4 is not 3, at which it is fixed"]


@pytest.mark.parametrize(
    "value", [10**400, float("nan"), float("inf"), "1e999", "9" * 5000, "x", [1], None, True]
)
def test_a_value_that_no_knob_can_have_is_left_out(value: Any) -> None:
    found = fitted({**WHOLE, "units": value}, WHOLE)
    if value is None:
        assert found.assumed == {"units": 8}
        return
    assert len(found.results) == 1
    assert "1 of 2 trials left out: units " in found.sentences()[0]
    assert len(found.sentences()[0]) < 200


def test_many_values_are_named_by_their_first() -> None:
    found = fitted(WHOLE, *({**WHOLE, "units": 100 + n} for n in range(9)))
    assert "units 100, 101, 102, 103, 104 and 4 more are outside 8 to 64" in found.sentences()[0]


def test_no_knob_in_common_is_refused() -> None:
    with pytest.raises(UsageError, match="knows none of the knobs of this search. Expected some"):
        fit_source(source(({"lr": 1}, 0.5)), KNOBS)


def test_no_score_left_is_refused_with_what_does_not_fit() -> None:
    trials = (({"units": 99}, 0.5), ({"units": 8}, None))
    with pytest.raises(UsageError, match="that has a score fits this search: 1 of 2 trials left"):
        fit_source(source(*trials), KNOBS)


def test_the_warning_says_what_is_taken_and_what_is_not_known() -> None:
    found, what = fit_source(source((WHOLE, 0.5), ({**WHOLE, "units": 99}, 0.5)), KNOBS)
    said = warning_of(found, what, "val_auc", "max")
    assert said.startswith(
        "1 of 2 trials of old.csv (table) are taken; it does not say what its score is, which is "
        "taken as val_auc (max). 1 of 2 trials left out: units 99 is outside 8 to 64. With which"
    )
    named, what = fit_source(source((WHOLE, 0.5), objective="val_auc", direction="max"), KNOBS)
    assert "does not say what its score is" not in warning_of(named, what, "val_auc", "max")


@pytest.mark.parametrize("missing", ["nan", "NaN", "None", "null", "", None])
def test_a_word_for_no_value_is_no_value(missing: object) -> None:
    found = fitted({"units": 8, "rate": missing, "act": missing})
    assert found.results[0]["values"] == {"units": 8, "rate": 0.01, "act": "relu"}
    assert dict(found.assumed) == {"rate": 0.01, "act": "relu"}
    choice = (Knob("act", "Choice", "relu", choices=("relu", "None")),)
    taken = fit_trials([foreign_trial("0", {"act": "None"}, 0.5, "completed")], choice)
    assert taken.results[0]["values"] == {"act": "None"}
