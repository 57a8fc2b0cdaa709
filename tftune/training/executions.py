"""When an epoch may be one call of a model's graph, and how.

Keras starts each batch from Python unless it is told to do several in one execution. Nothing but
time changes by it for a model all of whose code is Keras' own and callbacks that act on epochs. A
callback that looks at batches would be called once an epoch, a class of the user's could do
something that is only right once a batch, and so both keep Keras' way. Losses and metrics that are
functions do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from types import FunctionType, MethodType
from typing import Any

import keras
import tensorflow as tf

from tftune.models.rank_metrics import is_state
from tftune.models.relatives import is_traced_before
from tftune.training.keras_executions import Executions, results_once
from tftune.training.keras_internals import (
    compilation_of,
    is_validation_of_fit,
    profiles_batches,
)
from tftune.training.object_graph import describe

MAX_STEPS_PER_EXECUTION = 1000
_HOOKS = [
    f"on_{kind}batch_{moment}"
    for kind in ("", "train_", "test_", "predict_")
    for moment in ("begin", "end")
]


def steps_per_execution(steps: int) -> int:
    """Returns the largest divisor of the steps of an epoch that is at most 1000: an epoch is a
    whole number of executions.

    Example:
        >>> steps_per_execution(33), steps_per_execution(4000)
        (33, 1000)
    """
    return max(
        divisor
        for divisor in range(1, min(steps, MAX_STEPS_PER_EXECUTION) + 1)
        if steps % divisor == 0
    )


def looks_at_batches(callback: Any) -> bool:
    """Returns whether a callback does anything at the beginning or the end of a batch.

    Example:
        >>> looks_at_batches(keras.callbacks.EarlyStopping()), looks_at_batches(
        ...     keras.callbacks.ModelCheckpoint("x.keras", save_freq=10)
        ... )
        (False, True)
    """
    default = keras.callbacks.Callback
    own = [
        name
        for name in _HOOKS
        if name in getattr(callback, "__dict__", ())
        or getattr(type(callback), name, None) is not getattr(default, name)
    ]
    if not own:
        return False
    kind = type(callback)
    if kind in (keras.callbacks.ModelCheckpoint, keras.callbacks.BackupAndRestore):
        return bool(callback.save_freq != "epoch")
    if kind is keras.callbacks.TensorBoard:
        single = callback.update_freq != "epoch" or callback.write_steps_per_second
        return bool(single or profiles_batches(callback))
    return True


class Speed:
    """What is known of a model between its trainings.

    Attributes:
        executions: The graphs that were traced for it.
    """

    def __init__(self) -> None:
        self.executions = Executions()
        self._compilation: Any = None
        self._all_of_keras = False

    def is_all_of_keras(self, model: Any) -> bool:
        """Returns whether nothing of a step is code of the user's but functions for `compile`.

        Asked once a compilation.
        """
        compilation = compilation_of(model)
        if compilation is None or compilation is not self._compilation:
            self._compilation = compilation
            self._all_of_keras = describe(model, partial(_need_not_be_told, model)) is not None
        return self._all_of_keras

    def may_join(self, model: Any, options: dict[str, Any]) -> bool:
        """Returns whether an epoch may be one execution.

        Args:
            model: Compiled.
            options: Arguments of `fit`, all by name.
        """
        callbacks = options.get("callbacks")
        return (
            model.steps_per_execution == 1
            and not model.run_eagerly
            # no bar that moves with the batches
            and options.get("verbose", "auto") in (0, 2)
            and not isinstance(callbacks, keras.callbacks.CallbackList)
            and not any(looks_at_batches(callback) for callback in flat(callbacks))
            and self.is_all_of_keras(model)
        )

    @contextmanager
    def joined(self, model: Any, steps: int, validation_steps: int = 0) -> Iterator[None]:
        """Lets the model do so many batches in one execution; what a callback evaluates or predicts
        meanwhile is done as the model was compiled.

        Args:
            model: Compiled.
            steps: Of a training's execution.
            validation_steps: Of a validation; 0 if they are not known.
        """
        compiled = model.steps_per_execution
        own = {name: vars(model).get(name) for name in ("evaluate", "predict")}
        self.executions.set_steps(model, steps, validation_steps)
        for name in own:
            apart = self._apart(getattr(model, name), compiled, validation_steps)
            setattr(model, name, MethodType(apart, model))
        try:
            with results_once(model):
                yield
        finally:
            for name, method in own.items():
                delattr(model, name) if method is None else setattr(model, name, method)
            if model.steps_per_execution == steps:
                self.executions.set_steps(model, compiled)

    def _apart(self, method: Any, compiled: int, validation_steps: int) -> Any:
        def done_apart(model: Any, *arguments: Any, **options: Any) -> Any:
            joined = model.steps_per_execution
            if is_validation_of_fit(options):
                return method(*arguments, **options)
            self.executions.set_steps(model, compiled)
            try:
                return method(*arguments, **options)
            finally:
                self.executions.set_steps(model, joined, validation_steps)

        return done_apart


def _need_not_be_told(model: Any, part: Any, name: str) -> bool:
    """Tells the method that is replaced, what is a variable in a shared graph, and functions that
    `compile` was given: they compute from a batch what it says, however many are done at once.
    """
    value = vars(part)[name]
    if (part is model and name == "fit") or isinstance(value, tf.Variable) or is_state(part, name):
        return True
    if is_traced_before(part, name):
        return True
    computes = isinstance(part, keras.losses.Loss | keras.metrics.Metric)
    if not (computes or (part is model and name == "loss")):
        return False
    given = keras.tree.flatten(value)
    functions = [item for item in given if isinstance(item, FunctionType)]
    others = [item for item in given if not isinstance(item, FunctionType | str | None)]
    return bool(functions) and all(type(item).__module__.startswith("keras.") for item in others)


def flat(callbacks: Any) -> list[Any]:
    """Returns the callbacks of a `fit`, which may be one or nested lists."""
    return [] if callbacks is None else list(keras.tree.flatten(callbacks))
