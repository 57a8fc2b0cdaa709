"""The words of KerasTuner's tuners, and of other tools, that `Tuner` does not take: each is
answered with the way.
"""

from __future__ import annotations

import inspect
import os
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

from tftune.errors import UsageError
from tftune.oracles import ORACLES
from tftune.oracles.core.objective import direction_of
from tftune.support.checks import nearest
from tftune.support.signatures import describe

_HYPERBAND = 'oracle="hyperband", oracle_options={"%s": %s}'
# The constructors of `RandomSearch`, `BayesianOptimization`, `GridSearch` and `Hyperband`.
_WAYS = {
    "max_epochs": _HYPERBAND % ("max_epochs", "..."),
    "factor": _HYPERBAND % ("factor", "..."),
    "hyperband_iterations": _HYPERBAND % ("iterations", "..."),
    "num_initial_points": 'oracle="gp", oracle_options={"initial_points": ...}',
    "alpha": 'oracle="gp" without it: the noise of the objective is learnt from the results',
    "beta": 'oracle="gp", oracle_options={"acquisition": "LCB"}, or without it: by default three '
    "acquisition functions are weighed",
    "verbose": "verbose= of search()",
    "epochs": "epochs= of search()",
    "validation_data": "validation_data= of search()",
    "callbacks": "callbacks= of search()",
    "batch_size": "batch_size= of search()",
    # of Optuna, Ray Tune, Hyperopt, scikit-optimize and scikit-learn
    **dict.fromkeys(("direction", "mode"), 'objective=keras_tuner.Objective(name, "max")'),
    **dict.fromkeys(("metric", "scoring", "monitor"), "objective=..."),
    **dict.fromkeys(
        ("n_trials", "num_samples", "n_calls", "n_iter", "max_evals"), "max_trials=..."
    ),
    **dict.fromkeys(("n_jobs", "max_concurrent_trials"), "workers=..."),
    **dict.fromkeys(("random_state", "rstate", "sampler_seed"), "seed=..."),
    **dict.fromkeys(("sampler", "search_alg", "algo", "algorithm"), "oracle=..."),
    "pruner": "scheduler=...",
    "repeats": "executions_per_trial=...",
    **dict.fromkeys(("study_name", "experiment_name"), "project_name=..."),
    **dict.fromkeys(("storage", "storage_path", "local_dir", "logdir"), "directory=..."),
}
_ENVIRONMENT = ("KERASTUNER_TUNER_ID", "KERASTUNER_ORACLE_IP", "KERASTUNER_ORACLE_PORT")


class UnknownArgumentError(UsageError, TypeError):
    """Rename or remove the argument; also a `TypeError`, as Python raises."""


def refuse_unknown(names: Mapping[str, Any], constructor: Any) -> None:
    """Refuses keywords that the constructor does not have.

    Args:
        names: Unknown keywords with their values.
        constructor: Whose keywords are proposed.

    Raises:
        UnknownArgumentError: If there are any; the message says what to write instead.
    """
    known = [
        name
        for name, parameter in inspect.signature(constructor).parameters.items()
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        and name != "self"
    ]
    for name in names:
        raise UnknownArgumentError(
            f"Tuner has no argument {name!r}. {_way(name, known)} Expected among: "
            f"{', '.join(known)}."
        )


def _way(name: str, known: Iterable[str]) -> str:
    if name in _WAYS:
        return f"Write {_WAYS[name]}."
    holders = [method for method in ORACLES if name in describe(ORACLES.target(method)).arguments]
    if holders:
        given = f"oracle_options={{{name!r}: ...}}"
        return f"It is an option of the search method {', '.join(holders)}: write {given}."
    if guess := nearest(name, [*known, *_WAYS]).strip():
        return guess
    return "Remove it."


def refuse_positional(more: tuple[Any, ...]) -> None:
    """Refuses positional arguments after the second.

    Raises:
        UnknownArgumentError: If there are any.
    """
    if more:
        raise UnknownArgumentError(
            "Tuner takes the model and the search method by position, all else by keyword. "
            f"Received also: {', '.join(map(repr, more))}. Write for example "
            'Tuner(build, "random", objective="val_loss", max_trials=10).'
        )


def check_order(hypermodel: Any, oracle: Any) -> None:
    """Refuses arguments in the order of KerasTuner's tuners.

    Raises:
        UsageError: If an oracle stands first, or an objective second.
    """
    import keras_tuner  # here: whoever has a tuner has imported it

    if isinstance(hypermodel, keras_tuner.Oracle):
        raise UsageError(
            "The model comes first and the search method second. Received an oracle as the model. "
            "Write Tuner(build, oracle), or oracle= and hypermodel= by keyword."
        )
    if isinstance(oracle, keras_tuner.Objective) or (
        isinstance(oracle, str) and oracle not in ORACLES and direction_of(oracle) is not None
    ):
        raise UsageError(
            f"The second argument is the search method, one of: {', '.join(ORACLES)}. Received: "
            f'{oracle!r}, which is an objective. Write Tuner(build, "random", objective=...).'
        )


def refuse_elsewhere(distribution_strategy: Any, tuner_id: Any, logger: Any) -> None:
    """Refuses what KerasTuner's way of distributing needs, and says that a logger is not used.

    Raises:
        UsageError: If a strategy or an id is given, or KerasTuner's environment variables are set.
    """
    if distribution_strategy is not None:
        raise UsageError(
            "distribution_strategy is not supported: each trial trains on one device, and many "
            f"run at a time. Received: {distribution_strategy!r}. Leave it out and pass workers=, "
            "gpu_share= or ray_address=; to train one model on several GPUs, build it under "
            "strategy.scope() in build(hp), with workers=0."
        )
    if tuner_id is not None:
        raise UsageError(
            "tuner_id is not supported: one process runs the search and starts its workers "
            f"itself. Received: {tuner_id!r}. Leave it out and pass workers=, or ray_address= for "
            "other machines."
        )
    there = [name for name in _ENVIRONMENT if os.environ.get(name)]
    if there:
        raise UsageError(
            f"{', '.join(there)} is set, for KerasTuner's chief and workers. tftune has no chief: "
            "one process runs the search. Unset it and pass workers=, or ray_address= for other "
            "machines."
        )
    if logger is not None:
        warnings.warn(
            "logger is not used, nor is it by KerasTuner since 1.0.4: pass listeners=, objects "
            "with on_record(record, state) and close().",
            DeprecationWarning,
            stacklevel=4,
        )
