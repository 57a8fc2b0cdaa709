"""The TPE oracle against a plain Optuna study, and what it does with conditions, failures, stopped
and running trials.
"""

from __future__ import annotations

import math
import random
import warnings
from typing import Any

import keras_tuner
import numpy as np
import pytest

from tests.oracles.searching import bowl, conditional, end, fail, make, mixed, search
from tftune.errors import UsageError
from tftune.oracles.bayesian.parzen import ParzenStudy
from tftune.oracles.bayesian.tpe import ParzenOracle
from tftune.oracles.core.observations import Observation
from tftune.space.search_space import SearchSpace
from tftune.support.seeding import derive

optuna = pytest.importorskip("optuna")
OBJECTIVE = keras_tuner.Objective("score", "min")


def loss(rate: float, width: int, optimizer: str, depth: int) -> float:
    """Least at 1e-3, 64, adam and 3."""
    return (
        (math.log10(rate) + 3) ** 2
        + 0.3 * (math.log2(width) - 6) ** 2
        + {"sgd": 0.5, "adam": 0.0}[optimizer]
        + 0.1 * (depth - 3) ** 2
    )


def space() -> Any:
    hp = keras_tuner.HyperParameters()
    hp.Float("rate", 1e-5, 1e-1, sampling="log")
    hp.Int("width", 8, 512, sampling="log")
    hp.Choice("optimizer", ["sgd", "adam"])
    hp.Int("depth", 1, 6)
    return hp


def plain_study(seed: int, trials: int, multivariate: bool) -> list[dict[str, Any]]:
    """Optuna alone: its sampler made anew for each trial, with the seed of that trial."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        study = optuna.create_study(study_name="witness")
        for number in range(trials):
            study.sampler = optuna.samplers.TPESampler(
                seed=derive(seed, number, "proposal"), multivariate=multivariate, constant_liar=True
            )
            trial = study.ask()
            rate, width = (
                trial.suggest_float("rate", 1e-5, 1e-1, log=True),
                trial.suggest_int("width", 8, 512, log=True),
            )
            optimizer, depth = (
                trial.suggest_categorical("optimizer", ["sgd", "adam"]),
                trial.suggest_int("depth", 1, 6),
            )
            study.tell(trial, loss(rate, width, optimizer, depth))
    return [trial.params for trial in study.get_trials()]


@pytest.mark.parametrize(
    ("seed", "multivariate", "direction"), [(0, True, "min"), (1, True, "max"), (2, False, "min")]
)
def test_proposes_what_an_optuna_study_proposes(
    seed: int, multivariate: bool, direction: str
) -> None:
    sign = -1.0 if direction == "max" else 1.0
    oracle = ParzenOracle(
        keras_tuner.Objective("score", direction), 25, space(), seed, multivariate=multivariate
    )
    while (trial := oracle.create_trial("slot 0")).status == "RUNNING":
        end(oracle, trial, sign * loss(**trial.hyperparameters.values))
    assert [trial.hyperparameters.values for trial in oracle.trials.values()] == plain_study(
        seed, 25, multivariate
    )


def test_better_than_random() -> None:
    def best(name: str, seed: int) -> float:
        oracle = make(
            name, seed=seed, max_trials=40, **({"initial_points": 10} if name == "tpe" else {})
        )
        search(oracle)
        return float(oracle.get_best_trials()[0].score)

    assert np.mean([best("tpe", seed) for seed in range(3)]) < 0.8 * np.mean(
        [best("random", seed) for seed in range(3)]
    )


@pytest.mark.parametrize("group", [False, True])
def test_only_active_knobs_are_suggested(group: bool) -> None:
    hp = conditional()
    with hp.conditional_scope("model", ["cnn"]):
        hp.Float("momentum", 0.0, 1.0)
    with hp.conditional_scope("model", ["mlp"]):
        hp.Float("slope", 0.0, 1.0)
    oracle = ParzenOracle(OBJECTIVE, 16, hp, 0, initial_points=4, group=group)
    while (trial := oracle.create_trial("slot 0")).status == "RUNNING":
        values = trial.hyperparameters.values
        end(oracle, trial, values.get("momentum", 1 + values.get("slope", 0.0)))
    told = oracle.method._study.study.get_trials(states=[optuna.trial.TrialState.COMPLETE])
    assert {frozenset(trial.params) for trial in told} == {
        frozenset({"model", "size (1)", "slope"}),
        frozenset({"model", "size (2)", "pool", "momentum"}),
    }
    assert sum(trial.params["model"] == "cnn" for trial in told) > 8


def test_ordered_choices_are_positions_and_others_are_not() -> None:
    hp = keras_tuner.HyperParameters()
    hp.Choice("batch", [16, 32, 64])
    hp.Choice("optimizer", ["sgd", "adam"])
    hp.Fixed("classes", 3)
    study = ParzenOracle(OBJECTIVE, 10, hp, 0).method._new_study()
    kinds = {
        name: type(distribution).__name__ for name, distribution in study._distributions.items()
    }
    assert kinds == {"batch": "IntDistribution", "optimizer": "CategoricalDistribution"}
    assert study._parameters({"batch": 64, "optimizer": "adam", "classes": 3}) == {
        "batch": 2,
        "optimizer": "adam",
    }


def test_stopped_trials_are_told_as_pruned_and_failed_ones_as_bad() -> None:
    oracle = make("tpe", max_trials=8, max_consecutive_failed_trials=None)
    for number in range(5):
        trial = oracle.create_trial("slot 0")
        if number == 3:
            fail(oracle, trial)
        else:
            oracle.end_from_record(
                {
                    "trial_id": trial.trial_id,
                    "status": "pruned" if number == 2 else "completed",
                    "score": float(number),
                }
            )
    oracle.create_trial("slot 0")
    states = optuna.trial.TrialState
    told = oracle.method._study.study.get_trials(states=[states.COMPLETE, states.PRUNED])
    assert [trial.state.name for trial in told] == [
        "COMPLETE",
        "COMPLETE",
        "PRUNED",
        "COMPLETE",
        "COMPLETE",
    ]
    assert [trial.value for trial in told[:2]] == [0.0, 1.0] and told[2].intermediate_values == {
        0: 1.0
    }  # no worse than the worst
    assert told[3].value == pytest.approx(1.1)


def test_running_trials_are_kept_away_from() -> None:
    """With one knob and a clear best region, slots that ask together spread out, and leave no trace
    in the study.
    """
    hp = keras_tuner.HyperParameters()
    hp.Float("x", 0.0, 1.0)
    oracle = ParzenOracle(OBJECTIVE, 40, hp, 0)
    for _ in range(12):
        trial = oracle.create_trial("slot 0")
        end(oracle, trial, (trial.hyperparameters.values["x"] - 0.3) ** 2)
    beside = [oracle.create_trial(f"slot {slot}").hyperparameters.values["x"] for slot in range(4)]
    assert len(set(beside)) == 4
    lonely = [
        oracle.method._told_study().ask(derive(0, number, "proposal"))["x"]
        for number in range(12, 16)
    ]
    assert beside[0] == lonely[0] and beside[1:] != lonely[1:]
    states = {trial.state.name for trial in oracle.method._study.study.get_trials()}
    assert states == {"COMPLETE", "FAIL"}


def test_earlier_results_shape_the_first_proposal() -> None:
    earlier = []
    reference = SearchSpace(mixed())
    for number in range(30):
        values = reference.sample(np.random.default_rng(number))
        earlier.append(
            {
                "values": values,
                "score": bowl(reference, values),
                "status": "completed",
                "seconds": None,
            }
        )
    warm = make("tpe", max_trials=8, warm_start=earlier)
    warm_losses = [
        bowl(reference, values) for values in search(warm)[1:]
    ]  # the first repeats the best
    cold_losses = [bowl(reference, values) for values in search(make("random", max_trials=8))]
    assert np.mean(warm_losses) < 0.7 * np.mean(cold_losses)


def test_optuna_and_the_global_generators_stay_as_they_were(
    capfd: pytest.CaptureFixture[str],
) -> None:
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.DEBUG)
    states = random.getstate(), np.random.get_state()[1].tolist()
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            study = ParzenStudy(SearchSpace(conditional()), startup=2, group=True)
            for number in range(6):
                study.tell(
                    [
                        Observation(
                            study.ask(number, [{"model": "mlp", "size": 0.5}]),
                            float(number),
                            "completed",
                        )
                    ]
                )
        assert optuna.logging.get_verbosity() == optuna.logging.DEBUG
    finally:
        optuna.logging.set_verbosity(before)
    assert states == (random.getstate(), np.random.get_state()[1].tolist())
    assert not caught and not capfd.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"initial_points": 0}, "initial_points must be an integer of at least 1"),
        ({"candidates": 0}, "candidates must be an integer of at least 1"),
        ({"multivariate": False, "group": True}, "group=True needs multivariate=True"),
    ],
)
def test_unusable_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        ParzenOracle("val_loss", hyperparameters=mixed(), **options)
