"""What takes part in the measurement of costs: something that proposes a configuration and is told
its result, again and again.

All search Hartmann-6: six real numbers, which every library can handle.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Protocol

import keras_tuner
import numpy as np

from benchmarks.function_problems import function_problem
from benchmarks.problems import Problem
from benchmarks.searches import make_oracle, tell
from tftune.errors import TftuneError
from tftune.oracles import ORACLES
from tftune.space.search_space import public_values
from tftune.support.seeding import generator


class ExhaustedError(TftuneError):
    """Measure at fewer trials: the method has no further proposal."""


class Contender(Protocol):
    """Something that proposes.

    Attributes:
        warm_up: Proposals after results were told at once that are not measured.
    """

    warm_up: int

    def step(self) -> None:
        """Asks for one configuration and tells its result."""


def made_up_results(problem: Problem, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns random points, shape (count, D), and their losses."""
    low, high = (
        np.array([getattr(dimension, side) for dimension in problem.dimensions])
        for side in ("low", "high")
    )
    points = low + generator(0, count, "results told at once").random((count, len(low))) * (
        high - low
    )
    return points, problem.points(points)  # type: ignore[misc]


class OracleContender:
    """An oracle of the registry.

    Args:
        spec: Its name, with options if any.
        trials: The most trials it will be asked for.
        told: Results told beforehand, as those of an earlier search.
    """

    warm_up = 2  # the best result is tried again, and what was told is taken in

    def __init__(self, spec: str, trials: int, told: int = 0) -> None:
        self.problem = function_problem("hartmann-6")
        names = [dimension.name for dimension in self.problem.dimensions]
        points, losses = made_up_results(self.problem, told)
        earlier = [
            {
                "values": dict(zip(names, map(float, point), strict=True)),
                "score": float(loss),
                "status": "completed",
                "seconds": 1.0,
            }
            for point, loss in zip(points, losses, strict=True)
        ]
        self.oracle = make_oracle(
            spec, self.problem, 0, trials, **({"warm_start": earlier} if told else {})
        )

    def step(self) -> None:
        """Asks for a trial and ends it as the driver does."""
        trial = self.oracle.create_trial("slot 0")
        if trial.status != "RUNNING":
            raise ExhaustedError(f"The method stopped after {len(self.oracle.trials)} trials.")
        tell(self.oracle, trial, self.problem.loss(public_values(trial.hyperparameters.values)))


class SkoptContender:
    """scikit-optimize's Optimizer as `gp_minimize` or `forest_minimize` builds it; it fits when it
    is told.

    Args:
        estimator: `GP` or `ET` (extra trees).
        told: Results told beforehand.
    """

    warm_up = 0

    def __init__(self, estimator: str, told: int = 0) -> None:
        from skopt import Optimizer, space
        from skopt.utils import cook_estimator

        self.problem = function_problem("hartmann-6")
        dimensions: Any = [space.Real(each.low, each.high) for each in self.problem.dimensions]
        acquisition = "gp_hedge" if estimator == "GP" else "EI"
        if estimator == "GP":
            from skopt.utils import normalize_dimensions

            dimensions = normalize_dimensions(dimensions)
            model: Any = cook_estimator("GP", space=dimensions, random_state=0, noise="gaussian")
        else:
            model = cook_estimator(estimator, random_state=0)
        self.optimizer = Optimizer(
            dimensions, model, n_initial_points=10, acq_func=acquisition, random_state=0
        )
        if told:
            points, losses = made_up_results(self.problem, told)
            self.optimizer.tell(points.tolist(), losses.tolist())

    def step(self) -> None:
        """Asks and tells."""
        point = self.optimizer.ask()
        self.optimizer.tell(point, float(self.problem.points(np.array([point]))[0]))  # type: ignore[misc]


class OptunaContender:
    """A sampler of Optuna with its default settings.

    Args:
        sampler: `TPESampler` or `CmaEsSampler`.
    """

    warm_up = 0

    def __init__(self, sampler: str) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.problem = function_problem("hartmann-6")
        self.study = optuna.create_study(sampler=getattr(optuna.samplers, sampler)(seed=0))

    def step(self) -> None:
        """Asks and tells."""
        trial = self.study.ask()
        values = {
            each.name: trial.suggest_float(each.name, each.low, each.high)
            for each in self.problem.dimensions
        }
        self.study.tell(trial, self.problem.loss(values))


class NevergradContender:
    """An optimiser of nevergrad with its default settings.

    Args:
        name: In nevergrad's registry, such as `DE`.
        trials: Its budget.
    """

    warm_up = 0

    def __init__(self, name: str, trials: int) -> None:
        import nevergrad

        self.problem = function_problem("hartmann-6")
        space = nevergrad.p.Array(init=np.full(len(self.problem.dimensions), 0.5)).set_bounds(
            0.0, 1.0
        )
        space.random_state.seed(0)
        self.optimizer = nevergrad.optimizers.registry[name](parametrization=space, budget=trials)

    def step(self) -> None:
        """Asks and tells."""
        candidate = self.optimizer.ask()
        self.optimizer.tell(candidate, float(self.problem.points(candidate.value[None, :])[0]))  # type: ignore[misc]


class KerasTunerContender:
    """KerasTuner's own Bayesian optimisation; its method `populate_space` alone, without the files
    it writes.

    Args:
        told: Results told beforehand.
    """

    warm_up = 0

    def __init__(self, told: int = 0) -> None:
        self.problem = function_problem("hartmann-6")
        objective = keras_tuner.Objective("loss", "min")
        self.oracle = keras_tuner.oracles.BayesianOptimizationOracle(
            objective=objective,
            max_trials=100_000,
            hyperparameters=self.problem.hyperparameters(),
            seed=1,
        )
        names = [dimension.name for dimension in self.problem.dimensions]
        for point, loss in zip(*made_up_results(self.problem, told), strict=True):
            self._note(dict(zip(names, map(float, point), strict=True)), float(loss))

    def step(self) -> None:
        """Asks and tells."""
        values = self.oracle.populate_space(f"{len(self.oracle.trials):06d}")["values"]
        self._note(values, self.problem.loss(values))

    def _note(self, values: dict[str, Any], loss: float) -> None:
        hyperparameters = self.problem.hyperparameters()
        hyperparameters.values = dict(values)
        trial = keras_tuner.engine.trial.Trial(
            hyperparameters, trial_id=f"{len(self.oracle.trials):06d}", status="COMPLETED"
        )
        trial.score = loss
        self.oracle.trials[trial.trial_id] = trial


Maker = Callable[[int, int], Contender]  # (trials, told)

# The second tells whether results can be told all at once.
LIBRARIES: dict[str, tuple[Maker, bool]] = {
    "skopt gp_minimize": (lambda trials, told: SkoptContender("GP", told), True),
    "skopt forest_minimize": (lambda trials, told: SkoptContender("ET", told), True),
    "optuna TPESampler": (lambda trials, told: OptunaContender("TPESampler"), False),
    "optuna CmaEsSampler": (lambda trials, told: OptunaContender("CmaEsSampler"), False),
    "nevergrad DE": (lambda trials, told: NevergradContender("DE", trials), False),
    "nevergrad PSO": (lambda trials, told: NevergradContender("PSO", trials), False),
    "keras_tuner BayesianOptimization": (lambda trials, told: KerasTunerContender(told), True),
}


def make_contender(name: str, trials: int, told: int = 0) -> Contender:
    """Returns a library's method by its name in `LIBRARIES`, or an oracle.

    Args:
        name: Of a library's method, or of an oracle, with options if any.
        trials: The most trials it will be asked for.
        told: Results told beforehand.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return (
            LIBRARIES[name][0](trials, told)
            if name in LIBRARIES
            else OracleContender(name, trials, told)
        )


def can_jump(name: str) -> bool:
    """Returns whether results can be told all at once."""
    return LIBRARIES[name][1] if name in LIBRARIES else True


def contender_names() -> list[str]:
    """Returns all oracles, then the libraries."""
    return [*ORACLES, *LIBRARIES]
