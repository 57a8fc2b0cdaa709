"""The Gaussian-process oracle against scikit-optimize's own gp_minimize, to the last bit."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import keras_tuner
import pytest
import skopt
from skopt.space import Categorical, Integer, Real
from threadpoolctl import threadpool_limits

from tests.oracles.searching import Records, conditional, end, fail, finite, make, mixed
from tftune.errors import UsageError
from tftune.oracles.bayesian.gp import GaussianProcessOracle

HP = keras_tuner.HyperParameters


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """The last bits of linear algebra depend on the number of threads; one is fastest for such
    small matrices.
    """
    with threadpool_limits(1):
        yield


def branin(point: list[Any]) -> float:
    """Branin-Hoo; three equal minima of 0.397887."""
    x, y = point
    return (
        (y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6) ** 2
        + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x)
        + 10
    )


def training(point: list[Any]) -> float:
    """Shaped like a loss over learning rate and width; least at 1e-3 and 64."""
    rate, width = point
    return (math.log10(rate) + 3) ** 2 + 0.3 * (math.log2(width) - 6) ** 2


def everything(point: list[Any]) -> float:
    """A real, a logarithmic, an integer and a categorical knob."""
    dropout, rate, layers, optimizer = point
    return (
        (dropout - 0.2) ** 2
        + (math.log10(rate) + 3) ** 2
        + 0.1 * (layers - 3) ** 2
        + {"sgd": 0.5, "adam": 0.0, "rmsprop": 0.2}[optimizer]
    )


def reals() -> Any:
    hp = HP()
    hp.Float("x", -5, 10)
    hp.Float("y", 0, 15)
    return hp


def logarithms() -> Any:
    hp = HP()
    hp.Float("rate", 1e-5, 1e-1, sampling="log")
    hp.Int("width", 8, 512, sampling="log")
    return hp


def all_kinds() -> Any:
    hp = HP()
    hp.Float("dropout", 0, 0.5)
    hp.Float("rate", 1e-5, 1e-1, sampling="log")
    hp.Int("layers", 1, 6)
    hp.Choice("optimizer", ["sgd", "adam", "rmsprop"])
    return hp


PROBLEMS: dict[
    str, tuple[Callable[[list[Any]], float], Callable[[], Any], Callable[[], list[Any]]]
] = {
    "branin": (branin, reals, lambda: [Real(-5.0, 10.0), Real(0.0, 15.0)]),
    "training": (
        training,
        logarithms,
        lambda: [Real(1e-5, 1e-1, prior="log-uniform"), Integer(8, 512, prior="log-uniform")],
    ),
    "everything": (
        everything,
        all_kinds,
        lambda: [
            Real(0.0, 0.5),
            Real(1e-5, 1e-1, prior="log-uniform"),
            Integer(1, 6),
            Categorical(["sgd", "adam", "rmsprop"]),
        ],
    ),
}


def propose(
    problem: str,
    seed: int,
    calls: int,
    direction: str = "min",
    seconds: float | None = None,
    **options: Any,
) -> list[list[Any]]:
    """Runs the oracle one trial at a time on a problem and returns its points."""
    function, space, _ = PROBLEMS[problem]
    options = {
        "initial_points": 10,
        **options,
    }  # as in `gp_minimize`, where the oracle would take fewer of a short search
    oracle = GaussianProcessOracle(
        keras_tuner.Objective("score", direction),
        max_trials=calls,
        hyperparameters=space(),
        seed=seed,
        **options,
    )
    while (trial := oracle.create_trial("slot 0")).status == "RUNNING":
        loss = function(list(trial.hyperparameters.values.values()))
        if seconds is not None:
            oracle.set_trial_seconds(trial.trial_id, seconds * (1 + loss))
        end(oracle, trial, -loss if direction == "max" else loss)
    return [list(trial.hyperparameters.values.values()) for trial in oracle.trials.values()]


def minimize(
    problem: str, seed: int, calls: int, seconds: float | None = None, **options: Any
) -> list[list[Any]]:
    """Runs gp_minimize on the same problem; returns its points with NumPy's scalars made plain."""
    function, _, dimensions = PROBLEMS[problem]

    def called(point: list[Any]) -> Any:
        loss = function([x.item() if hasattr(x, "item") else x for x in point])
        return loss if seconds is None else (loss, seconds * (1 + loss))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = skopt.gp_minimize(
            called, dimensions(), n_calls=calls, random_state=seed, **options
        )
    return [[x.item() if hasattr(x, "item") else x for x in point] for point in result.x_iters]


SEARCHES = [(problem, seed) for problem in PROBLEMS for seed in (0, 7)]


@pytest.mark.parametrize(
    ("problem", "seed", "calls"),
    [
        ("branin", 0, 14),
        ("training", 0, 14),
        pytest.param("everything", 0, 20, marks=pytest.mark.slow),
        pytest.param("everything", 7, 14, marks=pytest.mark.slow),
    ],
)
def test_proposes_the_points_of_gp_minimize(problem: str, seed: int, calls: int) -> None:
    expected = minimize(problem, seed, calls)
    assert propose(problem, seed, calls, direction="max" if seed else "min") == expected
    assert (
        len({tuple(point) for point in expected}) == calls
    )  # no repeat, which the oracle would replace


@pytest.mark.slow
def test_a_choice_with_an_order_is_a_number_and_one_without_is_none() -> None:
    batches, sizes = list(range(8, 128)), [1.5 - step / 64 for step in range(64)]
    hp = HP()
    hp.Choice("batch", batches)  # numbers have an order, in which they need not ascend
    hp.Choice("size", sizes)
    hp.Choice("optimizer", ["sgd", "adam"])
    hp.Choice("rate", [0.1, 0.001, 0.01], ordered=False)

    def loss(point: list[Any]) -> float:
        batch, size, optimizer, rate = point
        return float(
            (batch - 40) ** 2 / 900
            + 0.03 * (63 - size)
            + (optimizer == "sgd")
            + abs(math.log10(rate) + 3)
        )

    dimensions = [
        Integer(0, 119),
        Integer(0, 63),
        Categorical(["sgd", "adam"]),
        Categorical([0.1, 0.001, 0.01]),
    ]
    expected = [
        list(point)
        for point in skopt.gp_minimize(loss, dimensions, n_calls=13, random_state=0).x_iters
    ]
    assert len({tuple(point) for point in expected}) == 13
    oracle = GaussianProcessOracle(
        keras_tuner.Objective("score", "min"), 13, hp, seed=0, initial_points=10
    )
    proposed = []
    while (trial := oracle.create_trial("slot 0")).status == "RUNNING":
        batch, size, *others = trial.hyperparameters.values.values()
        proposed.append([batches.index(batch), sizes.index(size), *others])
        end(oracle, trial, loss(proposed[-1]))
    assert proposed == expected


@pytest.mark.slow
@pytest.mark.parametrize(("problem", "seed"), SEARCHES)
def test_proposes_the_points_of_gp_minimize_to_the_end(problem: str, seed: int) -> None:
    assert propose(problem, seed, 30) == minimize(problem, seed, 30)


@pytest.mark.parametrize("acquisition", ["EI", "PI", "LCB", "EIps"])
@pytest.mark.quick("EI", "LCB")
def test_every_acquisition_function_is_that_of_gp_minimize(acquisition: str) -> None:
    seconds = 20.0 if acquisition == "EIps" else None
    expected = minimize("everything", 3, 7, seconds, acq_func=acquisition, n_initial_points=4)
    assert (
        propose("everything", 3, 7, seconds=seconds, acquisition=acquisition, initial_points=4)
        == expected
    )


@pytest.mark.parametrize(
    ("design", "theirs", "points"),
    [
        ("sobol", "sobol", 5),
        pytest.param("halton", "halton", 5, marks=pytest.mark.slow),
        ("hammersley", "hammersly", 5),
        ("lhs", "lhs", 5),
        pytest.param("grid", "grid", 3, marks=pytest.mark.slow),
    ],
)  # the fourth point of the grid repeats the second
@pytest.mark.slow
def test_every_initial_design_is_that_of_gp_minimize(design: str, theirs: str, points: int) -> None:
    expected = minimize(
        "everything", 3, points + 1, initial_point_generator=theirs, n_initial_points=points
    )
    assert (
        propose("everything", 3, points + 1, initial_design=design, initial_points=points)
        == expected
    )


def test_a_design_is_not_repeated_by_parallel_slots() -> None:
    """scikit-optimize counts told points, and would give every slot the same first point of a
    design.
    """
    oracle = make("gp", max_trials=6, initial_design="lhs", initial_points=5)
    rates = [
        oracle.create_trial(f"slot {number}").hyperparameters.values["rate"] for number in range(6)
    ]
    assert len(set(rates)) == 6


def test_resuming_from_a_memo_fits_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    first, records = make("gp"), Records()
    for _ in range(5):
        trial = first.create_trial("slot 0")
        records.start(trial)
        records.end(first, trial)
    second = make("gp")
    with monkeypatch.context() as patch:
        patch.setattr(
            "skopt.learning.gaussian_process.gpr.GaussianProcessRegressor.fit",
            lambda *_: pytest.fail("fitted"),
        )
        second.restore(records.events, records.memo, records.position)
        proposed = second.create_trial("slot 0").hyperparameters.values
    assert proposed == first.create_trial("slot 0").hyperparameters.values
    assert len(json.dumps(records.memo)) < 5000


def results(oracle: GaussianProcessOracle) -> list[float]:
    """The losses that the optimiser was told."""
    return list(oracle.method._optimizer.yi)


def test_a_failure_is_told_as_worse_than_the_worst() -> None:
    oracle = make(
        "gp", max_trials=8, direction="max", max_consecutive_failed_trials=None, initial_points=8
    )
    for number in range(6):
        trial = oracle.create_trial("slot 0")
        if number in (0, 4):
            fail(oracle, trial)
        else:
            end(oracle, trial, {1: 0.5, 2: 0.9, 3: math.nan, 5: 0.4}[number])
        if number == 0:
            assert results(oracle) == []  # worse than what? It is kept back
    assert results(oracle) == pytest.approx(
        [-0.5, -0.45, -0.9, -0.46, -0.46, -0.4]
    )  # worst + 0.1 (worst - best), at that time
    assert oracle.method._optimizer.Xi[1] == oracle.method._point(oracle.trials["0000"])


def test_an_absurd_loss_does_not_end_the_search() -> None:
    """A finite loss whose square overflows would give a Gaussian process of NaN."""
    oracle = make("gp", max_trials=6)
    for number in range(6):
        end(oracle, oracle.create_trial("slot 0"), 1e200 if number == 1 else None)
    assert max(abs(loss) for loss in results(oracle)) < 10


def test_pending_trials_leave_the_optimiser_as_it_is() -> None:
    """Constant liar on a copy: what is asked beside others changes nothing once they are told."""
    oracle = make("gp", max_trials=20)
    for _ in range(4):
        end(oracle, oracle.create_trial("slot 0"))
    before = oracle.memo()
    oracle.method._optimizer.models[0].told = "here"  # a deep copy is lied to, this object is not
    trials = [oracle.create_trial(f"slot {number}") for number in range(3)]
    after = oracle.memo()
    assert {key: value for key, value in after.items() if key != "asked"} == {
        key: value for key, value in before.items() if key != "asked"
    }
    assert len(results(oracle)) == 4
    assert len({trial.hyperparameters.values["rate"] for trial in trials}) == 3


def test_inactive_knobs_stand_at_their_default() -> None:
    oracle = GaussianProcessOracle(
        keras_tuner.Objective("score", "min"), hyperparameters=conditional(), seed=0
    )
    translate = oracle.method._translator
    assert translate.point({"model": "mlp", "size": 0.5}) == [
        "mlp",
        1,
        0,
        False,
    ]  # size of mlp: number 1 of 0, 0.5, 1; of cnn: 8
    assert translate.values(["cnn", 1, 2, True]) == {"model": "cnn", "size": 24, "pool": True}
    assert translate.values(["mlp", 1, 2, True]) == {"model": "mlp", "size": 0.5}


def test_a_repeat_is_replaced_by_a_neighbour() -> None:
    oracle = GaussianProcessOracle(
        keras_tuner.Objective("score", "min"), max_trials=None, hyperparameters=finite(), seed=0
    )
    oracle.memory.start({"layers": 2, "activation": "relu", "norm": True})
    near = oracle.untried({"layers": 2, "activation": "relu", "norm": True}, 1)
    assert near in (
        {"layers": 1, "activation": "relu", "norm": True},
        {"layers": 3, "activation": "relu", "norm": True},
    )


def test_seconds_reach_the_optimiser_also_after_a_restart() -> None:
    first, records = make("gp", acquisition="EIps"), Records()
    for _ in range(2):
        trial = first.create_trial("slot 0")
        records.start(trial)
        records.end(first, trial)
    second = make("gp", acquisition="EIps")
    second.restore(records.events, records.memo, records.position)
    assert second.method._optimizer.yi == first.method._optimizer.yi
    assert [row[1] for row in first.method._optimizer.yi] == [math.log(1.5)] * 2


@pytest.mark.slow
def test_knobs_found_during_the_search_join_in() -> None:
    def run(trials: int, restored_from: Records | None = None) -> tuple[Any, Records]:
        oracle, records = make("gp", max_trials=6), restored_from or Records()
        if restored_from is not None:
            oracle.restore(records.events, records.memo, records.position)
        for number in range(len(oracle.trials), trials):
            trial = oracle.create_trial("slot 0")
            records.start(trial)
            if number == 3:
                trial.hyperparameters.Float("decay", 1e-6, 1e-2, sampling="log")
                config = trial.hyperparameters.get_config()
                records._append({"kind": "space", "config": config})
                oracle.update_space(HP.from_config(config))
            records.end(oracle, trial)
        return oracle, records

    whole, _ = run(6)
    _, half = run(5)
    resumed, _ = run(6, half)
    values = [trial.hyperparameters.values for trial in resumed.trials.values()]
    assert values[4:] == [trial.hyperparameters.values for trial in whole.trials.values()][4:]
    assert (
        "decay" in values[4] and "decay" in values[5] and values[4]["decay"] != values[5]["decay"]
    )


def test_few_trials_are_not_all_random() -> None:
    assert make("gp", max_trials=8, initial_points=None).method.initial_points == 4
    assert make("gp", max_trials=30, initial_points=None).method.initial_points == 10
    assert "3 are drawn by the design sobol, then a Gaussian process proposes (EI)" in (
        make("gp", initial_design="sobol", acquisition="EI").plan()
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"acquisition": "UCB"},
            "acquisition must be one of gp_hedge, EI, PI, LCB, EIps. Received: 'UCB'",
        ),
        ({"initial_design": "hammersly"}, "initial_design must be one of .*hammersley"),
        ({"initial_points": 0}, "initial_points must be an integer of at least 1"),
    ],
)
def test_unknown_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        GaussianProcessOracle("val_loss", hyperparameters=mixed(), **options)
