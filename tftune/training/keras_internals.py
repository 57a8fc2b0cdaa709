"""What Keras does not promise and training relies on; it stands here and nowhere else.

Tried with Keras 3.8 (TensorFlow 2.18) and 3.15 (2.21). Each function says what is done where
another version lacks the name: a slower way with the same numbers. `tests/training/` guards each.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf

try:
    from keras.src.backend.common import global_state
    from keras.src.utils.naming import to_snake_case
except ImportError:
    global_state = to_snake_case = None
try:
    from keras.src.models.functional import Functional
except ImportError:
    Functional = None


# Attributes of Keras' objects that repeat what other attributes say, by object id, by a running
# number or as the arguments of the constructor. Where another version names them otherwise, no two
# models are alike, and each one is traced.
DERIVED_ATTRIBUTES = frozenset(
    {
        "_auto_config",  # arguments of the constructor
        "_call_signature",
        "_compile_config",  # arguments of `compile`
        "_nodes",  # of a functional model, by id; `_nodes_by_depth` has the nodes
        "_obj_reference_counts_dict",
        "_tracker",  # ids of what the lists of variables and layers have
        "_trainable_variables_indices",
    }
)


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


@contextmanager
def fresh_names() -> Iterator[None]:
    """Lets objects be called as in a fresh process: the first unnamed `Dense` is `dense`, whatever
    was made before. Where Keras' counters are out of reach nothing changes.
    """
    if global_state is None:
        yield
        return
    before = global_state.get_global_attribute("object_name_uids")
    global_state.set_global_attribute("object_name_uids", None)
    try:
        yield
    finally:
        global_state.set_global_attribute("object_name_uids", before)


def is_made_of_layers(model: Any) -> bool:
    """Returns whether a model is a `Sequential` or a functional one, and so all in its config.

    The class of functional models has no public name. Without it they count as models of a class of
    the user's, which share no graph.
    """
    return isinstance(model, keras.Sequential) or (
        Functional is not None and isinstance(model, Functional)
    )


def build_optimizer(model: Any) -> None:
    """Makes the optimizer's variables, once: `LossScaleOptimizer` makes its own anew each time."""
    optimizer = getattr(model, "optimizer", None)  # none where it is not compiled
    if optimizer is not None and not optimizer.built:
        optimizer.build(model.trainable_variables)


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


def compilation_of(model: Any) -> Any:
    """Returns an object that each call of `model.compile` makes anew, or None where Keras has none:
    then nothing that was traced is used again.
    """
    return getattr(model, "_loss_tracker", None)


def profiles_batches(tensorboard: Any) -> bool:
    """Returns whether a TensorBoard callback looks at single batches to profile them; True where
    Keras does not tell.
    """
    return bool(getattr(tensorboard, "_should_trace", True))


def is_validation_of_fit(arguments: dict[str, Any]) -> bool:
    """Returns whether a call of `evaluate` is the validation at the end of an epoch of `fit`."""
    return bool(arguments.get("_use_cached_eval_dataset"))


def global_attribute(name: str) -> Any:
    """Returns one of Keras' settings that no public function tells; None where it is not set, or
    out of reach.

    Args:
        name: `dtype_policy` (whose public function sets it), `safe_mode_saving`, `flash_attention`
            or `custom_objects_scope_dict`.
    """
    return None if global_state is None else global_state.get_global_attribute(name)


def set_global_attribute(name: str, value: Any) -> None:
    """Sets what `global_attribute` returns; None takes it back. Nothing where it is out of reach.

    Args:
        name: As there.
        value: The new value.
    """
    if global_state is not None:
        global_state.set_global_attribute(name, value)


_CONTEXT = ("_optimizer_jit", "_optimizer_experimental_options", "_soft_device_placement")
_Switch = tuple[str, Callable[[Any], bool], Callable[[Any, bool], Any]]
_SWITCHES: dict[str, _Switch] = {  # TensorFlow's, which can be switched on in public only
    "deterministic_ops": (
        "tensorflow.python.framework.config",
        lambda module: module.is_op_determinism_enabled(),
        lambda module, on: (
            module.enable_op_determinism() if on else module.disable_op_determinism()
        ),
    ),
    "data_debug_mode": (
        "tensorflow.python.data.ops.debug_mode",
        lambda module: module.DEBUG_MODE,
        lambda module, on: module.toggle_debug_mode(on),
    ),
    "check_numerics": (
        "tensorflow.python.debug.lib.check_numerics_callback",
        lambda module: hasattr(module._state, "check_numerics_callback"),
        lambda module, on: (
            tf.debugging.enable_check_numerics() if on else tf.debugging.disable_check_numerics()
        ),
    ),
}
SWITCHES = tuple(_SWITCHES)


def switch(name: str) -> bool | None:
    """Returns whether one of `SWITCHES` is on, or None where this version does not tell."""
    module, is_on, _ = _SWITCHES[name]
    try:
        return bool(is_on(importlib.import_module(module)))
    except (ImportError, AttributeError):
        return None


def set_switch(name: str, on: bool) -> None:
    """Switches one of `SWITCHES` on or off, where `switch` tells."""
    module, _, turn = _SWITCHES[name]
    turn(importlib.import_module(module), on)


def context_settings() -> dict[str, Any]:
    """Returns TensorFlow's settings of compilation and placement without looking for devices, as
    its public functions do; those that are not set are None. None at all where it is out of reach.
    """
    context = _context()
    found = {name: getattr(context, name) for name in _CONTEXT if hasattr(context, name)}
    return {
        name: dict(value) if isinstance(value, dict) else value for name, value in found.items()
    }


def set_context_settings(values: dict[str, Any]) -> None:
    """Sets what `context_settings` returned, of those that differ."""
    now, context = context_settings(), _context()
    for name, value in values.items():
        if name in now and now[name] != value:
            if name == "_soft_device_placement":
                tf.config.set_soft_device_placement(True if value is None else value)
            setattr(context, name, value)
            context.function_call_options = None  # made anew from the settings


def _context() -> Any:
    try:
        return importlib.import_module("tensorflow.python.eager.context").context()
    except (ImportError, AttributeError):
        return None


def compiled_metrics(model: Any) -> Any:
    """Returns the metrics that a model was compiled with, as the user gave them; None where Keras
    does not tell, and another function of the same name then counts as the same metric.
    """
    compiled = getattr(model, "_compile_metrics", None)
    given = [getattr(compiled, name, None) for name in ("_user_metrics", "_user_weighted_metrics")]
    return [part for part in given if part is not None] or None


def compiled_arguments(model: Any) -> dict[str, Any] | None:
    """Returns the arguments that a model was compiled with, as they were given, or None where it
    was not compiled or Keras does not tell; what relies on them is then not done or asked for.
    """
    given = getattr(getattr(model, "_compile_config", None), "config", None)
    return dict(given) if isinstance(given, dict) and model.compiled else None


def operations_of_step(model: Any) -> set[str] | None:
    """Returns the kinds of operations, such as `MatMul`, in the graphs of a model's training step;
    None where they are not told, or it was not traced.
    """
    seen, kinds = set[int](), set[str]()
    waiting: list[Any] = [getattr(model, "train_function", None)]
    try:
        while waiting:
            function = waiting.pop()
            if id(function) in seen:
                continue
            seen.add(id(function))
            if hasattr(function, "_list_all_concrete_functions"):
                for concrete in function._list_all_concrete_functions():
                    graph = concrete.graph.as_graph_def()
                    bodies = [graph.node, *(each.node_def for each in graph.library.function)]
                    kinds |= {node.op for body in bodies for node in body}
            elif hasattr(function, "__closure__"):
                waiting += [each.cell_contents for each in function.__closure__ or ()]
    except Exception:  # a cell that is empty, a method that is named otherwise
        return None
    return kinds or None
