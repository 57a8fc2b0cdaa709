"""What is given beforehand: fixed knobs, start configurations, results of earlier searches."""

from __future__ import annotations

from typing import Any

import keras_tuner
import numpy as np
import pytest

from tests.oracles.searching import conditional, finite, mixed, search
from tftune.errors import UsageError
from tftune.oracles.core.given import check_names, earlier_results, fix_knobs, start_configurations
from tftune.oracles.core.oracle import Oracle
from tftune.oracles.sampling.random_search import RandomOracle
from tftune.space.search_space import SearchSpace


def fixed_space(hp: Any, **fixed: Any) -> SearchSpace:
    return SearchSpace(fix_knobs(hp, fixed))


def starts(hp: Any, *given: dict[str, Any]) -> list[dict[str, Any]]:
    return start_configurations(given, SearchSpace(hp))


def test_a_fixed_knob_has_one_value_and_the_others_their_range() -> None:
    space, before = (
        fixed_space(mixed(), units=48, optimizer="adam", norm=True),
        SearchSpace(mixed()),
    )
    drawn = [space.sample(np.random.default_rng(seed)) for seed in range(20)]
    assert {(values["units"], values["optimizer"], values["norm"]) for values in drawn} == {
        (48, "adam", True)
    }
    assert len({values["rate"] for values in drawn}) == 20
    assert space.names == before.names
    changed = {line.split("'")[1] for line in space.difference(before.config())}
    assert changed == {"units", "optimizer", "norm"}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("rate", 0.0, 0.0),  # its range is logarithmic
        ("rate", 5, 5.0),
        ("units", 1000, 1000),
        ("units", 17.0, 17),  # between two steps
        ("dropout", 0.33, 0.33),
        ("norm", 1, True),
        ("nesterov", False, False),
        ("classes", 3, 3),
        ("rate", np.float64(0.5), 0.5),
        ("units", np.int64(24), 24),
    ],
)
def test_a_number_may_lie_outside_the_range_and_has_the_knobs_type(
    name: str, value: Any, expected: Any
) -> None:
    drawn = fixed_space(mixed(), **{name: value}).sample(np.random.default_rng(0))[name]
    assert drawn == expected and type(drawn) is type(expected)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (
            "optimizer",
            "adamw",
            r"Knob 'optimizer' has no such choice\. Expected one of \['sgd', 'adam', 'rmsprop'\]\. "
            r"Received: 'adamw'",
        ),
        ("classes", 4, "Knob 'classes' has no such choice"),
        ("units", 16.5, r"Knob 'units' is an integer\. Received: 16\.5"),
        ("rate", "small", "Knob 'rate' needs a finite number. Received: 'small'"),
        ("rate", True, "Knob 'rate' needs a finite number. Received: True"),
        ("rate", float("nan"), "Knob 'rate' needs a finite number. Received: nan"),
        ("norm", "yes", "Knob 'norm' has no such choice"),
    ],
)
def test_a_value_that_the_knob_cannot_have_is_refused(name: str, value: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        fix_knobs(mixed(), {name: value})


def test_names_it_does_not_know_are_passed_over_and_the_space_given_is_not_changed() -> None:
    hp = finite()
    config = hp.get_config()
    assert fixed_space(hp, later=3).difference(SearchSpace(finite()).config()) == []
    assert fixed_space(hp, layers=2).cardinality() == 4
    assert hp.get_config() == config


def test_a_fixed_parent_settles_what_depends_on_it() -> None:
    assert fixed_space(conditional(), model="mlp").cardinality() == 3
    assert fixed_space(conditional(), model="cnn").cardinality() == 8
    assert fixed_space(conditional(), pool=True).cardinality() == 3 + 4


def test_a_name_under_two_conditions_is_fixed_under_both_in_the_type_of_each() -> None:
    space = fixed_space(conditional(), size=16)
    assert space.cardinality() == 1 + 2
    assert space.canonical({"model": "mlp"}) == {"model": "mlp", "size": 16.0}
    assert type(space.canonical({"model": "cnn"})["size"]) is int


def test_a_model_is_built_with_the_fixed_value() -> None:
    """KerasTuner asks the values of a space by name, whatever range the build declares; also before
    the first trial.
    """
    hp = fix_knobs(mixed(), {"rate": 0.0})
    assert (
        hp.Float("rate", 1e-5, 1e-1, sampling="log") == 0.0
        and hp.Int("units", 16, 128, step=16) == 16
    )
    hp = (
        RandomOracle("val_loss", hyperparameters=mixed(), seed=0, fixed={"rate": 0.0})
        .create_trial("slot")
        .hyperparameters
    )
    assert hp.Float("rate", 1e-5, 1e-1, sampling="log") == 0.0


def test_knobs_that_a_model_declares_later_are_fixed_too() -> None:
    oracle = RandomOracle(
        keras_tuner.Objective("score", "min"), max_trials=None, seed=0, fixed={"layers": 3}
    )
    oracle.update_space(finite())
    assert [trial["layers"] for trial in search(oracle)] == [3] * 4


def test_unknown_names_are_listed() -> None:
    with pytest.raises(
        UsageError,
        match=r"A fixed knob names \['lr', 'x'\], which no knob has\. Expected names among "
        r"\['layers'",
    ):
        check_names("A fixed knob", {"x": 1, "lr": 2, "norm": True}, SearchSpace(finite()))


def test_an_oracle_refuses_what_it_was_given_before_the_first_trial() -> None:
    for given, said in (
        ({"fixed": {"lr": 0.1}}, r"A fixed knob names \['lr'\]"),
        ({"start": [{"lr": 0.1}]}, r"A start configuration names \['lr'\]"),
        (
            {"start": [{"layers": 4}]},
            r"Knob 'layers' cannot start at 4\. Expected a number from 1 to 3",
        ),
        (
            {"warm_start": [{"values": {"activation": "gelu"}, "score": 1.0}]},
            "Knob 'activation' has no such choice",
        ),
    ):
        oracle = RandomOracle(
            keras_tuner.Objective("score", "min"), hyperparameters=finite(), seed=0, **given
        )
        with pytest.raises(UsageError, match=said):
            oracle.create_trial("slot 0")
        assert oracle.trials == {}


def test_a_start_is_made_whole_by_the_defaults_and_snapped() -> None:
    hp = keras_tuner.HyperParameters()
    hp.Int("units", 8, 64, step=8, default=32)
    hp.Float("dropout", 0.0, 0.5, default=0.25)
    hp.Choice("optimizer", ["sgd", "adam"], default="adam")
    assert starts(hp, {}, {"units": 17}, {"dropout": 0, "optimizer": "sgd"}) == [
        {"units": 32, "dropout": 0.25, "optimizer": "adam"},
        {"units": 16, "dropout": 0.25, "optimizer": "adam"},
        {"units": 32, "dropout": 0.0, "optimizer": "sgd"},
    ]


def test_only_the_active_knob_of_a_name_is_looked_at() -> None:
    """`size` is a Float of 0 to 1 beside `mlp` and an Int of 8 to 32 beside `cnn`."""
    assert starts(conditional(), {"model": "cnn", "size": 16}) == [
        {"model": "cnn", "size": 16, "pool": False}
    ]
    assert starts(conditional(), {"model": "mlp", "size": 0.5}) == [{"model": "mlp", "size": 0.5}]
    with pytest.raises(
        UsageError, match=r"Knob 'size' cannot start at 16\. Expected a number from 0\.0 to 1\.0"
    ):
        starts(conditional(), {"model": "mlp", "size": 16})


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (
            {"layers": 0},
            "Knob 'layers' cannot start at 0. Expected a number from 1 to 3. Received: 0",
        ),
        ({"layers": float("inf")}, "Knob 'layers' needs a finite number"),
        ({"layers": "2"}, "Knob 'layers' needs a finite number. Received: '2'"),
        ({"activation": "gelu"}, "Knob 'activation' has no such choice"),
        ({"layer": 2}, r"A start configuration names \['layer'\], which no knob has"),
    ],
)
def test_a_start_that_cannot_be_is_refused(start: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        starts(finite(), start)


def test_a_value_for_a_knob_that_plays_no_part_is_refused() -> None:
    """Dropped in silence, `pool` would look as if it had been tried."""
    with pytest.raises(
        UsageError,
        match=r"gives a value to \['pool'\], which plays no part.*active in \{'model': 'mlp', "
        r"'size': 0\.0\}",
    ):
        starts(conditional(), {"model": "mlp", "pool": True})


def test_a_start_may_repeat_a_fixed_value_but_not_contradict_it() -> None:
    space = fixed_space(mixed(), rate=0.0)
    assert start_configurations([{"rate": 0.0}], space)[0]["rate"] == 0.0
    with pytest.raises(
        UsageError,
        match=r"Knob 'rate' is fixed at 0\.0\. Received a start configuration with 0\.01",
    ):
        start_configurations([{"rate": 0.01}], space)


def test_earlier_results_are_made_whole() -> None:
    values = {"layers": 1}
    assert earlier_results(
        [
            {"values": values, "score": None},
            {"values": values, "score": 1, "status": "pruned", "seconds": 2.0},
        ]
    ) == (
        {"values": values, "score": None, "status": "failed", "seconds": None},
        {"values": values, "score": 1, "status": "pruned", "seconds": 2.0},
    )
    assert (
        earlier_results([{"values": values, "score": 3.0, "status": "failed"}])[0]["score"] is None
    )


@pytest.mark.parametrize(
    "result",
    [
        {"score": 1.0},
        {"values": {}, "score": 1.0, "status": "COMPLETED"},
        {"values": {}, "score": float("nan"), "status": "completed"},
        {"values": {}, "status": "pruned"},
    ],
)
def test_a_result_that_tells_nothing_is_refused(result: dict[str, Any]) -> None:
    with pytest.raises(
        UsageError,
        match="A result of an earlier search needs values, a finite score, and as status one of "
        "completed, pruned",
    ):
        earlier_results([result])


def oracle_with(**given: Any) -> Oracle:
    return RandomOracle(
        keras_tuner.Objective("score", "min"),
        max_trials=None,
        hyperparameters=finite(),
        seed=0,
        **given,
    )


def point(layers: int, activation: str = "relu", norm: bool = False) -> dict[str, Any]:
    return {"layers": layers, "activation": activation, "norm": norm}


def test_starts_come_first_once_each_then_the_best_of_before() -> None:
    earlier = [
        {"values": point(1), "score": 0.3},
        {"values": point(2), "score": 0.1},
        {"values": point(3), "score": 0.2},
    ]
    oracle = oracle_with(start=[point(3, "tanh"), point(3, "tanh"), {}], warm_start=earlier)
    trials = search(oracle)
    assert trials[:3] == [
        point(3, "tanh"),
        point(1),
        point(2),
    ]  # a start is tried although an earlier search had it
    assert len(trials) == 12 - 1 and point(3) not in trials


def test_the_best_of_before_respects_the_direction_and_is_a_completed_one() -> None:
    earlier = [
        {"values": point(1), "score": 0.9, "status": "pruned"},
        {"values": point(2), "score": 0.8},
        {"values": point(3), "score": 0.1},
        {"values": point(3, "tanh"), "score": None},
        {"values": point(2), "score": 0.2},  # the best one again
    ]
    oracle = RandomOracle(
        keras_tuner.Objective("score", "max"), None, finite(), seed=0, warm_start=earlier
    )
    trials = search(oracle)
    assert trials[0] == point(2)
    assert (
        not [values for values in (point(1), point(3), point(3, "tanh")) if values in trials]
        and len(trials) == 12 - 3
    )


def test_what_was_given_is_told_by_the_options_and_nothing_else_is() -> None:
    assert oracle_with().all_options() == {}
    given = oracle_with(
        start=[{"layers": 2}], warm_start=[{"values": point(1), "score": 0.5}], fixed={"norm": True}
    ).all_options()
    assert (
        given["start"] == [{"layers": 2}]
        and len(given["warm_start"]) == 1
        and set(given) == {"start", "warm_start"}
    )
