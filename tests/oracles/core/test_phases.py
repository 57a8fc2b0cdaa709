"""Plans that are told before a search: true for every method and any number of trials."""

from __future__ import annotations

import re
from types import SimpleNamespace

import keras_tuner
import pytest

from tftune.cli.method_options import method_arguments
from tftune.oracles import ORACLES
from tftune.oracles.bayesian.fast_gp import FastGaussianProcessMethod

OBJECTIVE = keras_tuner.Objective("score", "max")
EARLIER = [
    {"values": {"units": units, "norm": True}, "score": units / 10, "status": "completed"}
    for units in (3, 4, 5)
]


def space(large: bool) -> keras_tuner.HyperParameters:
    hp = keras_tuner.HyperParameters()
    hp.Int("units", 1, 1000 if large else 3)
    if large:
        hp.Boolean("norm")
        hp.Float("rate", 1e-4, 1e-1, sampling="log")
    return hp


def make(name: str, max_trials: int | None, large: bool = True, **options):
    limit = {} if max_trials is None else {"max_trials": max_trials}
    return ORACLES[name](
        objective=OBJECTIVE, hyperparameters=space(large), seed=0, **limit, **options
    )


def run(oracle, most: int = 40) -> int:
    """Runs trials one after the other; returns how many there were."""
    for number in range(most):
        trial = oracle.create_trial("slot")
        if trial.status == "STOPPED":
            return number
        oracle.update_trial(trial.trial_id, {"score": (number * 7 % 5) / 5})
        trial.status = "COMPLETED"
        oracle.end_trial(trial)
    return most


@pytest.mark.parametrize("name", ORACLES)
def test_no_plan_tells_of_more_than_there_will_be(name: str) -> None:
    for max_trials in (1, 2, 7, 8, 9, 30):
        for large in (True, False):
            for given in ({}, {"start": [{"units": 2}]}):
                oracle = make(name, max_trials, large, **given)
                plan, expected = oracle.plan(), oracle.expected_trials()
                told = [
                    int(number)
                    for number in re.findall(r"(\d+) (?:are|is) (?:drawn|random|given|tried)", plan)
                ]
                assert expected <= max_trials
                assert sum(told) <= expected, plan
                if "and that is all" in plan or sum(told) >= expected:
                    assert ", then " not in plan, plan
                assert not re.search(r"\b1 (?:trials|are)\b", plan), plan
                assert "class" not in plan and "`" not in plan


@pytest.mark.parametrize(
    "name", [name for name in ORACLES if "max_epochs" not in method_arguments(name)]
)
def test_a_small_space_has_as_many_trials_as_expected(name: str) -> None:
    for given in ({}, {"start": [{"units": 2}]}, {"warm_start": small_results((1, 3))}):
        oracle = make(name, 20, large=False, **given)
        expected = oracle.expected_trials()
        assert run(oracle) == expected == (2 if "warm_start" in given else 3)


def small_results(units: tuple[int, ...]) -> list[dict]:
    return [{"values": {"units": each}, "score": each / 10} for each in units]


@pytest.mark.parametrize("name", ["hyperband", "bohb"])
def test_hyperband_expects_what_a_small_space_has(name: str) -> None:
    oracle = make(name, None, large=False, max_epochs=9)
    expected = oracle.expected_trials()
    assert run(oracle) == expected < 20
    assert f"the space has only 3 of the 15 configurations: {expected} are run" in (
        oracle.plan().replace("at most ", "")
    )


@pytest.mark.parametrize("name", ["auto", "gp-fast"])
@pytest.mark.parametrize("max_trials", [1, 2, 4, 5, 9])
@pytest.mark.parametrize("given", ["nothing", "start", "warm_start"])
def test_the_process_proposes_as_often_as_told(
    monkeypatch: pytest.MonkeyPatch, name: str, max_trials: int, given: str
) -> None:
    asked: list[int] = []

    def counted(method, draws):  # instead of the process, whose fits take a while
        asked.append(1)
        views = SimpleNamespace(expected=lambda features: None)
        return views, method.encoding.places([method.view.space.sample(draws)])

    monkeypatch.setattr(FastGaussianProcessMethod, "_promising", counted)
    more = {"start": [{"units": 7}, {"units": 8}], "warm_start": EARLIER}
    oracle = make(name, max_trials, **({given: more[given]} if given in more else {}))
    plan = oracle.plan()
    run(oracle)
    first = sum(int(number) for number in re.findall(r"(\d+) (?:are|is) (?:drawn|given)", plan))
    assert len(asked) == max_trials - first, plan
    assert ("a Gaussian process proposes" in plan) is bool(asked)


@pytest.mark.parametrize(
    ("name", "enough"),
    [("pso", 11), ("differential-evolution", 100), ("cma-es", 8), ("nelder-mead", 5)],
)
def test_a_population_too_small_to_learn_says_so(name: str, enough: int) -> None:
    words = ("none of them moves", "nothing evolves", "nothing is learnt", "does not move")
    assert any(word in make(name, 2).plan() for word in words)
    assert not any(word in make(name, enough).plan() for word in words)


def test_a_grid_counts_what_is_beside_it_and_known() -> None:
    assert "3 combinations, 3; all are tried" in make("grid", None, large=False).plan()
    hp = keras_tuner.HyperParameters()
    hp.Float("rate", 0.0, 1.0)
    common = {"objective": OBJECTIVE, "hyperparameters": hp, "seed": 0}
    beside = ORACLES["grid"](**common, levels=2, start=[{"rate": 0.3}, {"rate": 1.0}])
    assert "2 combinations, 2; all are tried after 1 configuration beside it" in beside.plan()
    assert run(beside) == beside.expected_trials() == 3
    known = make("grid", None, large=False, warm_start=small_results((1, 3)))
    assert "1 is known from earlier searches, 2 are tried" in known.plan()


def test_coarse_to_fine_tells_the_stage_in_which_it_ends() -> None:
    assert "ends in stage 2" in make("coarse-to-fine", 2).plan()
    assert "ends in stage" not in make("coarse-to-fine", 9).plan()
    assert "3 stages of 1 trial by sobol" in make("coarse-to-fine", 3).plan()
