"""How many batches a model does in one call of its graph: what Keras does not promise about it, as
in keras_internals.py, and the loop that takes the place of Keras' own.

Keras' loop asks in each step whether there is another batch, which leads every variable through a
branch, and computes the value of every metric, which nobody sees before the last step; then it
computes them once more, operation by operation. Where the number of batches is known none of this
is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from tftune.training.keras_internals import compilation_of

_NAMES = ("steps_per_execution", "train_function", "test_function")
_RESULTS = "_get_metrics_result_or_logs"  # asks the metrics again after the last batch


class Executions:
    """How many batches a model does in one call of its graph, and the graphs that were traced for
    it.

    A graph is kept for each number, so that it can be changed and changed back. A version of Keras
    without these attributes keeps the number that the model was compiled with.
    """

    def __init__(self) -> None:
        self._compilation: Any = None
        self._now = _Calls()
        self._trained: dict[int, Any] = {}
        self._tested: dict[_Calls, Any] = {}

    def was_traced_for(self, model: Any, steps: int) -> bool:
        """Returns whether a training has done so many batches in one call since it was compiled."""
        return compilation_of(model) is self._compilation and steps in self._trained

    def set_steps(self, model: Any, steps: int, validation_steps: int = 0) -> None:
        """Lets a compiled model do so many batches in one call.

        Args:
            model: Compiled.
            steps: Of a call; of which a whole number makes an epoch, where they are more than 1.
            validation_steps: Of the validation at the end of an epoch; 0 if they are not known.
        """
        if not all(hasattr(model, name) for name in _NAMES):
            return
        compilation = compilation_of(model)
        if compilation is None or compilation is not self._compilation:
            self._compilation, self._trained, self._tested = compilation, {}, {}
            self._now = _Calls()
        if model.steps_per_execution != self._now.steps:
            self._now = _Calls(model.steps_per_execution)
        # more of them than of a training's call are several calls
        new = _Calls(steps, validation_steps if 1 < steps >= validation_steps else 0)
        if new == self._now:
            return
        self._trained[self._now.steps] = model.train_function
        self._tested[self._now] = model.test_function
        self._now, model.steps_per_execution = new, steps
        looped = steps > 1 and not model.jit_compile and hasattr(model, _RESULTS)
        model.train_function = self._trained.get(steps)
        model.test_function = self._tested.get(new)
        # what is None, Keras makes
        if looped and model.train_function is None:
            model.train_function = one_call(model, model.train_step, steps)
        if looped and model.test_function is None and new.validation_steps:
            model.test_function = one_call(model, model.test_step, new.validation_steps)


@dataclass(frozen=True)
class _Calls:
    """Batches of a training's call, and of the one call of a validation, 0 where Keras loops."""

    steps: int = 0
    validation_steps: int = 0


class _LastResults(dict[str, Any]):
    """What the metrics say after the last batch of a call."""


def one_call(model: Any, step: Callable[[Any], Any], steps: int) -> Callable[[Any], Any]:
    """Returns a function that does so many batches of an iterator and returns the results."""

    def execution(iterator: Any) -> Any:
        def body(done: Any) -> tuple[Any]:
            step(next(iterator))
            return (done + 1,)

        with _without_results(model):
            tf.while_loop(lambda done: done < steps, body, (tf.constant(0),))
        return model.get_metrics_result()

    graph = tf.function(execution, reduce_retracing=True, autograph=False)
    return lambda iterator: _LastResults(graph(iterator))


@contextmanager
def _without_results(model: Any) -> Iterator[None]:
    """Lets the steps that are traced inside count what the metrics count, and no more."""
    model.get_metrics_result = dict
    try:
        yield
    finally:
        del model.get_metrics_result


@contextmanager
def results_once(model: Any) -> Iterator[None]:
    """Takes what a call of several batches returned for the values of the metrics."""
    ask = getattr(model, _RESULTS, None)
    if ask is None:
        yield
        return
    setattr(model, _RESULTS, lambda logs: logs if isinstance(logs, _LastResults) else ask(logs))
    try:
        yield
    finally:
        delattr(model, _RESULTS)
