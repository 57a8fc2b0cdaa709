"""A search method asked and told in this process, on a formula in place of a training."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tftune.oracles import ORACLES
from tftune.support.tensorflow_import import quiet_import

Loss = Callable[[Mapping[str, Any]], float]
Knobs = Callable[[Any], object]


def oracle(name: str, knobs: Knobs, seed: int, trials: int | None, **options: Any) -> Any:
    """Returns a search method that minimises `loss`; it writes no files.

    Args:
        name: Of `tftune.oracles.ORACLES`.
        knobs: Declares the knobs in a `keras_tuner.HyperParameters`.
        seed: Of the search.
        trials: The most trials, or None.
        **options: Of the method.
    """
    with quiet_import():
        import keras_tuner

        method = ORACLES[name]
    hp = keras_tuner.HyperParameters()
    knobs(hp)
    made = method(
        objective=keras_tuner.Objective("loss", "min"),
        max_trials=trials,
        hyperparameters=hp,
        seed=seed,
        **options,
    )
    made.autosave = False
    made.blas_threads = 1  # the last bits of a fit are then those of any machine
    return made


def play(asked: Any, loss: Loss, trials: int) -> list[tuple[dict[str, Any], float]]:
    """Runs trials one after another; returns the values and the loss of each, in their order.

    Args:
        asked: Of `oracle`.
        loss: Of the values of a trial.
        trials: How many; fewer where the method stops before.

    Example:
        >>> method = oracle("grid", lambda hp: hp.Float("rate", 0.0, 1.0), 0, None, levels=3)
        >>> [(values["rate"], loss) for values, loss in play(method, lambda v: -v["rate"], 9)]
        [(0.0, -0.0), (0.5, -0.5), (1.0, -1.0)]
    """
    told: list[tuple[dict[str, Any], float]] = []
    while len(told) < trials:
        trial = asked.create_trial("slot 0")
        if trial.status != "RUNNING":
            break
        values = dict(trial.hyperparameters.values)
        told.append((values, float(loss(values))))
        asked.update_trial(trial.trial_id, {"loss": told[-1][1]})
        trial.status = "COMPLETED"
        asked.end_trial(trial)
    return told


def proposals(asked: Any, trials: int) -> list[dict[str, Any]]:
    """Returns what a method proposes that looks at no results, which are therefore not told.

    Args:
        asked: Of `oracle`.
        trials: How many; fewer where the method stops before.

    Example:
        >>> method = oracle("grid", lambda hp: hp.Float("rate", 0.0, 1.0), 0, None, levels=3)
        >>> [values["rate"] for values in proposals(method, 9)]
        [0.0, 0.5, 1.0]
    """
    told: list[dict[str, Any]] = []
    for slot in range(trials):
        trial = asked.create_trial(f"slot {slot}")
        if trial.status != "RUNNING":
            break
        told.append(dict(trial.hyperparameters.values))
    return told


def plane(hp: Any) -> None:
    """Declares two knobs, x and y, from 0 to 1."""
    hp.Float("x", 0.0, 1.0)
    hp.Float("y", 0.0, 1.0)
