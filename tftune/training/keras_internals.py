"""What Keras does not promise and training relies on; it stands here and nowhere else.

Tried with Keras 3.8 (TensorFlow 2.18) and 3.15 (2.21). Each function says what is done where
another version lacks the name: a slower way with the same numbers. `tests/training/` guards each.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import keras

try:
    from keras.src.backend.common import global_state
    from keras.src.utils.naming import to_snake_case
except ImportError:
    global_state = to_snake_case = None
try:
    from keras.src.models.functional import Functional
except ImportError:
    Functional = None


def name_as_first(kinds: Iterable[type]) -> None:
    """Lets the next unnamed object of a class be called as the first of this process was.

    Keras calls the `AUC()` of a process' second model `auc_1`. Where its counters are out of reach
    that name stays, and a search for `val_auc` says that the metric must be given a name.

    Args:
        kinds: Classes whose objects Keras names.
    """
    if global_state is None or to_snake_case is None:
        return
    counters = global_state.get_global_attribute("object_name_uids") or {}
    for kind in kinds:
        counters.pop(to_snake_case(kind.__name__), None)


def is_made_of_layers(model: Any) -> bool:
    """Returns whether a model is a `Sequential` or a functional one, and so all in its config.

    The class of functional models has no public name. Without it they count as models of a class of
    the user's, which share no graph.
    """
    return isinstance(model, keras.Sequential) or (
        Functional is not None and isinstance(model, Functional)
    )


def layers_of(model: Any) -> list[Any] | None:
    """Returns the layers at any depth, also those inside a wrapper; None where Keras does not tell.

    `model.layers` has only the outermost.
    """
    flatten = getattr(model, "_flatten_layers", None)
    return None if flatten is None else list(flatten(include_self=False))


def adam_state(optimizer: Any, variable: Any) -> tuple[Any, Any] | None:
    """Returns Adam's running means of a variable's gradient and of its square, or None where Keras
    keeps them elsewhere: its own update is then the one to use.

    Args:
        optimizer: A `keras.optimizers.Adam` that is built.
        variable: One of those that it updates.
    """
    index_of = getattr(optimizer, "_get_variable_index", None)
    means = getattr(optimizer, "_momentums", None)
    squares = getattr(optimizer, "_velocities", None)
    if index_of is None or means is None or squares is None:
        return None
    index = index_of(variable)
    return means[index], squares[index]


def set_steps_per_execution(model: Any, steps: int) -> None:
    """Lets a compiled model do so many batches in one call of its graph from the next `fit` on.

    What was traced for another number is dropped. A version without these attributes keeps the
    number that the model was compiled with.
    """
    known = all(
        hasattr(model, name) for name in ("steps_per_execution", "train_function", "test_function")
    )
    if known and model.steps_per_execution != steps:
        model.steps_per_execution = steps
        model.train_function = model.test_function = None


def compiled_arguments(model: Any) -> dict[str, Any] | None:
    """Returns the arguments that a model was compiled with, as they were given, or None where it
    was not compiled or Keras does not tell; what relies on them is then not done or asked for.
    """
    given = getattr(getattr(model, "_compile_config", None), "config", None)
    return dict(given) if isinstance(given, dict) and model.compiled else None
