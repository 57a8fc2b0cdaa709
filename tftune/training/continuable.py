"""Whether a training can go on in another process as if it had never been interrupted.

It can if all that it will do next follows from what is kept of it. Where that is not known, an
interrupted trial begins again at its first epoch, and why is said once.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tftune.training.inputs import pipeline
from tftune.training.inputs.functions import DataFunction
from tftune.training.inputs.kinds import InputKind, kind_of
from tftune.training.inputs.saved import SavedDataset
from tftune.training.inputs.transport import SharedPipeline, unshare
from tftune.training.keras_internals import layers_of, operations_of_step
from tftune.training.task import TrialTask

# they draw from a state that only the running process has, or run code of the user's
_HIDDEN = {
    *("RandomUniform", "RandomUniformInt", "RandomStandardNormal", "RandomShuffle"),
    *("TruncatedNormal", "ParameterizedTruncatedNormal", "Multinomial", "RandomGamma"),
    *("RandomPoisson", "RandomPoissonV2", "StatefulRandomBinomial"),
    *("PyFunc", "PyFuncStateless", "EagerPyFunc"),
}
_LOOPS = ("fit", "train_step", "train_on_batch", "make_train_function")
_STATES = (
    *(tf.Variable, keras.Variable, tf.random.Generator, keras.optimizers.Optimizer),
    *(np.random.Generator, np.random.RandomState, random.Random),
)


def reason_of_data(task: TrialTask) -> str | None:
    """Returns why the data of a trial cannot be set to the epoch at which it would go on, in words
    that follow "because", or None if they can.

    Arrays are in an order that follows from seed and epoch; a dataset that was written down gives
    the same in each epoch; a pipeline that travelled as a recipe is made anew and read on.
    """
    x = task.arguments[0] if task.arguments else task.options.get("x")
    held_out = task.options.get("validation_data")
    if isinstance(held_out, tuple) and held_out:
        held_out = held_out[0]
    validates_in_part = task.options.get("validation_steps") is not None
    return _of_one("x", x, task.options.get("steps_per_epoch") is not None) or _of_one(
        "validation_data", held_out, validates_in_part
    )


def _of_one(name: str, value: Any, in_part: bool) -> str | None:
    """Returns what is against one of the inputs.

    Args:
        name: Of the argument.
        value: As it travelled.
        in_part: Whether an epoch is a number of steps, so that the next one begins where it ended.
    """
    if value is None:
        return None
    if isinstance(value, SharedPipeline):
        if name == "x" and not in_part:
            return None
        endless = value.load().cardinality() == tf.data.INFINITE_CARDINALITY
        if name == "x" and endless:
            return None
        return f"{name} is a dataset that goes on where the epoch before has ended"
    if isinstance(value, DataFunction):
        return f"{name} is made by a function, and what it makes the next time is not known"
    if not isinstance(value, SavedDataset):
        value = unshare(value)
        kind = kind_of(value)
        if kind is InputKind.DATASET and pipeline.may_vary(pipeline.graph_of(value)):
            return (
                f"{name} is a tf.data.Dataset that shuffles or varies in this process, where its "
                "place cannot be set; with workers it could"
            )
        if kind not in (InputKind.ARRAYS, InputKind.DATASET):
            return f"{name} is a {type(value).__name__}, whose place only its own code knows"
    if in_part:
        steps = "steps_per_epoch" if name == "x" else "validation_steps"
        return f"with {steps} an epoch begins in {name} where the one before has ended"
    return None


def reason_of_model(model: Any) -> str | None:
    """Returns why the state of a model that has trained an epoch is not all in its variables, in
    words that follow "because", or None if it is.
    """
    own = [part for part in [model, *(layers_of(model) or ())] if not _is_known(type(part))]
    for part in own:
        kind = type(part).__name__
        found = next((each for each in _LOOPS if _defined_by_user(part, each)), None)
        if found is not None:
            return f"{kind} has a {found}() of its own, which may keep what nobody else sees"
    if own and (model.run_eagerly or tf.config.functions_run_eagerly()):
        return f"{type(own[0]).__name__} runs eagerly, and what it draws or counts is not seen"
    known = {id(variable) for variable in model.variables}
    optimizer = getattr(model, "optimizer", None)
    known |= {id(optimizer), *(id(each) for each in getattr(optimizer, "variables", ()))}
    for part in own:
        for name, value in _states_in(part):
            if id(value) not in known:
                return (
                    f"{type(part).__name__} keeps {name!r}, a {type(value).__name__} that is none "
                    "of the model's variables"
                )
    return _reason_of_graph(model, bool(own))


def _reason_of_graph(model: Any, has_own: bool) -> str | None:
    kinds = operations_of_step(model)
    if kinds is None:
        return "what the training step draws cannot be seen" if has_own else None
    hidden = sorted(kinds & _HIDDEN)
    if hidden:
        return f"its training step has an operation with a hidden state, {hidden[0]}"
    return None


def _is_known(kind: type) -> bool:
    return kind.__module__.split(".")[0] in ("keras", "tftune")


def _defined_by_user(part: Any, name: str) -> bool:
    return any(name in vars(kind) and not _is_known(kind) for kind in type(part).__mro__[:-1])


def _states_in(part: Any) -> Iterator[tuple[str, Any]]:
    """Returns what a layer of the user's may change besides its weights, with the attributes."""
    for name, value in vars(part).items():
        if name.startswith("_self_") or name == "_tracker":
            continue
        nested = value.values() if isinstance(value, dict) else value
        several = isinstance(value, dict | list | tuple)
        for each in itertools.chain([value], nested if several else ()):
            if isinstance(each, _STATES):
                yield name, each
