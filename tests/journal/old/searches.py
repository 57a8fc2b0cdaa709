"""The searches whose run folders version 0.1.0 made, and `test_old_journals.py` takes up.

Every number in them is a small multiple of a power of two: the rows, the first weights, the
learning rates and so the losses. Floats hold these exactly, and a trial has the same scores to the
last bit on any processor and with any version of TensorFlow; still it depends on its seed and on
the order of its rows. The module runs with the code of today and with that of version 0.1.0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np

import tftune

ROWS = (np.arange(32, dtype="float32") % 4 - 1.5).reshape(32, 1)
TARGETS = ((np.arange(32) * 13 % 11 - 5) / 8).astype("float32").reshape(32, 1)
TRAIN, VALIDATION, TEST = slice(0, 16), slice(16, 24), slice(24, 32)
GROUPS = np.arange(24) // 2


class Eighths(keras.initializers.Initializer):
    """Multiples of 1/8, drawn by NumPy, which Keras seeds: its own draws depend on its version."""

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        return keras.ops.convert_to_tensor(np.random.randint(-8, 9, shape) / 8, dtype or "float32")


def _model(rate: float, offset: float = 0.0, metrics: Iterable[Any] = ()) -> Any:
    """A line, by gradient descent on the mean distance; eager, because that is sooner done."""

    def distance(wanted: Any, predicted: Any) -> Any:
        return keras.ops.mean(keras.ops.abs(wanted + offset - predicted), axis=-1)

    model = keras.Sequential(
        [keras.Input((1,)), keras.layers.Dense(1, kernel_initializer=Eighths())]
    )
    model.compile(keras.optimizers.SGD(rate), distance, metrics=list(metrics), run_eagerly=True)
    return model


def _eighth(value: float) -> float:
    return float(np.floor(8 * value) / 8)


def line(hp: Any) -> Any:
    """Three kinds of knobs, one of them under a condition."""
    rate = hp.Choice("rate", [0.0625, 0.125, 0.25])
    form = hp.Choice("form", ["plain", "moved"])
    with hp.conditional_scope("form", ["moved"]):
        offset = hp.Float("offset", 0.0, 2.0)
    offset = _eighth(offset) if form == "moved" else 0.0
    return _model(rate * hp.Int("steps", 1, 2), offset)


def numbers(hp: Any) -> Any:
    """Two numbers."""
    return _model(_eighth(hp.Float("rate", 0.125, 1.0)), _eighth(hp.Float("offset", -1.0, 1.0)))


def growing(hp: Any) -> Any:
    """A knob that only some builds declare, and no discovery finds: a `space` record."""
    offset = _eighth(hp.Float("offset", 0.0, 2.0))
    rate = 0.125 if offset < 0.75 else hp.Choice("rate", [0.0625, 0.25])
    return _model(rate, offset)


def steps(hp: Any) -> Any:
    """Six configurations."""
    return _model(hp.Choice("rate", [0.0625, 0.125, 0.25]), 0.25 * hp.Int("moved", 0, 1))


def closeness(wanted: Any, predicted: Any) -> Any:
    """The larger the better."""
    return 1 - keras.ops.mean(keras.ops.abs(wanted - predicted), axis=-1)


def close(hp: Any) -> Any:
    """With a metric of which more is better."""
    return _model(
        hp.Choice("rate", [0.0625, 0.125, 0.25, 0.5]), 0.125 * hp.Int("moved", 0, 3), [closeness]
    )


_crashed: set[float] = set()


def troubled(hp: Any) -> Any:
    """One trial crashes, one crashes once, one diverges, one has a metric that is not finite."""
    trouble = hp.Choice("trouble", ["none", "crash", "crash once", "loss", "metric"])
    offset = _eighth(hp.Float("offset", 0.0, 1.0))
    if trouble == "crash" or (trouble == "crash once" and offset not in _crashed):
        _crashed.add(offset)
        raise RuntimeError("out of luck")

    def odd(wanted: Any, predicted: Any) -> Any:
        return keras.ops.mean(predicted, axis=-1) + (float("inf") if trouble == "metric" else 0.0)

    return _model(0.125, float("nan") if trouble == "loss" else offset, [odd])


@dataclass(frozen=True)
class Search:
    """One search.

    Attributes:
        oracle: Its method.
        build: Its model-building function.
        cut: `(kind, number)`: the middle of the search is right after the first record of this kind
            of the trial with this number, or of any.
        epochs: Of a trial.
        settings: Further keywords of the Tuner.
        numerical: The method's proposals come from linear algebra, and their last digits from the
            libraries.
    """

    oracle: str
    build: Callable[[Any], Any]
    cut: tuple[str, int | None]
    epochs: int | None = 2
    settings: Mapping[str, Any] = field(default_factory=dict)
    numerical: bool = False


BUDGET = {"max_trials": 10, "oracle_options": {"max_epochs": 4, "factor": 2}}
SEARCHES = {
    "random": Search("random", growing, ("epoch", 3), settings={"max_trials": 5}),
    "grid": Search("grid", steps, ("epoch", 5), settings={"max_trials": None}),
    "hyperband": Search("hyperband", line, ("epoch", 9), epochs=None, settings=BUDGET),
    "bohb": Search(
        "bohb",
        numbers,
        ("epoch", 11),
        epochs=None,
        settings={
            "max_trials": 12,
            "oracle_options": {**BUDGET["oracle_options"], "least_points": 2},
        },
        numerical=True,
    ),
    "reproducible": Search(
        "gp-fast",
        numbers,
        ("propose", None),
        settings={"oracle_options": {"initial_points": 3}, "max_trials": 8, "reproducible": True},
        numerical=True,
    ),
    "failures": Search(
        "random",
        troubled,
        ("epoch", 4),
        settings={
            "start": [{"trouble": name} for name in ("metric", "crash", "loss", "crash once")],
            "max_trials": 6,
            "seed": 19,
            "max_retries_per_trial": 1,
        },
    ),
    "folds": Search(
        "random", close, ("epoch", 2), settings={"folds": 2, "groups": GROUPS, "max_trials": 3}
    ),
    "executions": Search(
        "random",
        close,
        ("epoch", 2),
        settings={
            "executions_per_trial": 2,
            "max_trials": 3,
            "objective": keras_tuner.Objective("val_closeness", "max"),
        },
    ),
    "median": Search(
        "random",
        line,
        ("epoch", 5),
        epochs=4,
        settings={
            "scheduler": "median",
            "scheduler_options": {"warmup_epochs": 1, "min_trials": 2},
            "max_trials": 7,
        },
    ),
    "asha": Search(
        "sobol",
        line,
        ("epoch", 6),
        epochs=4,
        settings={
            "scheduler": "asha",
            "scheduler_options": {"min_epochs": 1, "factor": 2},
            "max_trials": 8,
            "seed": 7,
        },
    ),
    "given": Search(
        "tpe",
        line,
        ("epoch", 3),
        settings={
            "start": [{"rate": 0.25, "form": "moved", "offset": 0.5}],
            "fixed": {"steps": 2},
            "oracle_options": {"initial_points": 3},
            "max_trials": 5,
            "early_stopping_patience": 2,
            "plateau_patience": 0,
        },
        numerical=True,
    ),
}


def tuner(name: str, folder: Path | str, **changes: Any) -> Any:
    """Returns the Tuner of a search, in a folder of its name below `folder`."""
    search = SEARCHES[name]
    keywords = {
        "objective": "val_loss",
        "workers": 0,
        "directory": folder,
        "project_name": name,
        "listeners": [],
        **search.settings,
    }
    keywords |= changes
    return tftune.Tuner(keywords.pop("hypermodel", search.build), search.oracle, **keywords)


def run(name: str, tuner: Any, **changes: Any) -> None:
    """Runs the search, or the rest of it."""
    fit = {
        "validation_data": (ROWS[VALIDATION], TARGETS[VALIDATION]),
        "batch_size": 8,
        "epochs": SEARCHES[name].epochs,
        "verbose": 0,
    }
    tuner.search(ROWS[TRAIN], TARGETS[TRAIN], **{**fit, **changes})


class Bowl(keras_tuner.HyperModel):
    """Trains nothing: the loss is a function of the knobs. For a search by each method."""

    def declare_hyperparameters(self, hp: Any) -> None:
        """Numbers, and a knob under a condition."""
        hp.Float("rate", 2.0**-8, 2.0**-2, sampling="log")
        hp.Int("units", 4, 32, step=4)
        hp.Choice("form", ["plain", "moved"])
        with hp.conditional_scope("form", ["moved"]):
            hp.Float("offset", 0.0, 1.0)

    def build(self, hp: Any) -> Any:
        """Returns the smallest model."""
        self.declare_hyperparameters(hp)
        return _model(0.125)

    def fit(self, hp: Any, model: Any, *args: Any, **kwargs: Any) -> dict[str, float]:
        """Returns the loss, in steps of 1/64."""
        moved = hp.get("offset") - 0.25 if hp.get("form") == "moved" else 0.5
        return {
            "val_loss": float(
                np.round(64 * ((hp.get("units") / 32 - 0.5) ** 2 + moved**2 + hp.get("rate")))
            )
            / 64
        }


METHODS = [
    name
    for name in tftune.ORACLES
    if name not in ("hyperband", "bohb", "mobster", "filled-halving")
]  # the first two need checkpoints, see SEARCHES; the others are younger than the journals
METHOD_OPTIONS: dict[str, dict[str, Any]] = {
    "auto": {"initial_points": 3},
    "gp": {"initial_points": 3},
    "gp-fast": {"initial_points": 3},
    "dngo": {"initial_points": 3},
    "forest": {"initial_points": 3, "candidates": 300},
    "hyperband": {"max_epochs": 4, "factor": 2},
    "bohb": {"max_epochs": 4, "factor": 2, "least_points": 3},
    "tpe": {"initial_points": 3},
    "cma-es": {"population": 4},
    "evolution": {"population_size": 3, "tournament_size": 2},
    "pso": {"population": 3},
    "differential-evolution": {"population": 4},
    "hammersley": {"points": 6},
    "lhs": {"points": 6},
    "poisson-disk": {"points": 6},
    "coarse-to-fine": {"trials_per_stage": 3},
}
NUMERICAL = (
    "auto",
    "gp",
    "gp-fast",
    "forest",
    "dngo",
    "bohb",
    "cma-es",
    "tpe",
    "reinforce",
    "pso",
    "differential-evolution",
)
METHOD_CUT = ("start", 4)
LONGER = (
    "cma-es",
    "evolution",
    "pso",
    "differential-evolution",
    "nelder-mead",
    "coarse-to-fine",
    "knob-by-knob",
)


def method_tuner(method: str, folder: Path | str) -> Any:
    """Returns the Tuner of a search without training by a method, in a folder of its name."""
    keywords = {
        "objective": "val_loss",
        "max_trials": 8 if method in LONGER else 6,
        "workers": 0,
        "listeners": [],
    }
    keywords |= {"early_stopping_patience": 0, "plateau_patience": 0}
    options = METHOD_OPTIONS.get(method, {})
    return tftune.Tuner(
        Bowl(), method, oracle_options=options, directory=folder, project_name=method, **keywords
    )


def run_method(tuner: Any) -> None:
    """Runs the search, or the rest of it."""
    tuner.search(ROWS[:2], TARGETS[:2], epochs=1, verbose=0)


class PlainTuner(keras_tuner.Tuner):
    """A tuner of KerasTuner's own with one of our oracles; trains nothing."""

    def run_trial(self, trial: Any, *args: Any, **kwargs: Any) -> float:
        """Returns the loss."""
        return Bowl().fit(trial.hyperparameters, None)["val_loss"]


PLAIN_ORACLES = ("random", "gp-fast", "evolution", "coarse-to-fine", "hyperband")


def plain_tuner(method: str, folder: Path | str, max_trials: int = 6) -> PlainTuner:
    """Returns a tuner of KerasTuner's own, in a folder of the method's name below `folder`."""
    hp = keras_tuner.HyperParameters()
    Bowl().declare_hyperparameters(hp)
    options = METHOD_OPTIONS.get(method, {})
    objective = keras_tuner.Objective("val_loss", "min")
    oracle = tftune.ORACLES[method](
        objective=objective, max_trials=max_trials, hyperparameters=hp, seed=0, **options
    )
    return PlainTuner(oracle, Bowl(), directory=str(folder), project_name=method)


def trial_of(record: Mapping[str, Any]) -> str | None:
    """The id of the trial that a record tells of, in the form of today or of version 0.1.0."""
    return record.get("trial_id", record.get("trial"))


def is_cut(record: Mapping[str, Any], cut: tuple[str, int | None]) -> bool:
    """Whether the middle of the search is right after this record."""
    trial = trial_of(record)
    return trial is not None and record["kind"] == cut[0] and cut[1] in (None, int(trial))
