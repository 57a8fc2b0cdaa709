"""Process-wide settings of Keras, TensorFlow and NumPy: read in the user's process, applied where a
trial runs, put back afterwards.

Such as the dtype policy, floatx, what `tf.config.run_functions_eagerly` says, and objects that were
registered for deserialization. What `keras.json` says is among them. A version that lacks one
leaves it out.

Example:
    >>> import keras
    >>> with kept():
    ...     keras.config.set_epsilon(1e-3)
    >>> keras.config.epsilon()
    1e-07
"""

from __future__ import annotations

import contextlib
import sys
import sysconfig
from collections.abc import Callable, Iterator
from typing import Any

import cloudpickle

Settings = dict[str, Any]
_OBJECTS = ("registered", "named", "in scope")  # the three ways to make an object known to Keras


def capture() -> Settings | None:
    """Returns the settings of this process, or None where Keras is not imported: there are none."""
    if "keras" not in sys.modules:
        return None
    return {name: read() for name, (read, _) in _table().items()}


def apply(settings: Settings | None) -> None:
    """Makes the settings those that `capture` returned; what is so already is not touched.

    Args:
        settings: None changes nothing.
    """
    if settings is None:
        return
    for name, (read, write) in _table().items():
        if name in settings and not _equal(read(), settings[name]):
            write(settings[name])


@contextlib.contextmanager
def kept() -> Iterator[None]:
    """Puts back what is changed inside."""
    before = capture()
    try:
        yield
    finally:
        apply(before)


@contextlib.contextmanager
def names_as_fresh() -> Iterator[None]:
    """Lets layers and metrics made inside be called as in a fresh process, as in a child."""
    if "keras" not in sys.modules:
        yield
        return
    from tftune.training.keras_internals import fresh_names

    with fresh_names():
        yield


def pickled() -> bytes:
    """Returns the settings of this process and its custom objects as they travel to another.

    A setting or an object that cannot be pickled is left out: a trial that needs it says so.
    """
    settings = capture()
    if settings is None:
        return b""
    parts = {name: _pickle(value) for name, value in settings.items()}
    objects = [(way, key, _pickle(value)) for way, key, value in _custom_objects()]
    return bytes(cloudpickle.dumps((parts, objects)))


def apply_pickled(travelled: bytes, otherwise: Settings | None) -> None:
    """Applies what `pickled` returned in another process.

    Args:
        travelled: Settings and custom objects; none where the other process has no Keras.
        otherwise: For settings that did not travel.
    """
    settings = dict(otherwise or {})
    objects: list[Any] = []
    if travelled:
        parts, objects = cloudpickle.loads(travelled)
        settings |= {name: cloudpickle.loads(part) for name, part in parts.items() if part}
    apply(settings)
    in_scope = {}
    for way, key, part in objects:
        with contextlib.suppress(Exception):  # its module is not here; who needs it says so
            value = cloudpickle.loads(part)
            if way == "in scope":
                in_scope[key] = value
            else:
                _register(way, key, value)
    from tftune.training import keras_internals

    keras_internals.set_global_attribute("custom_objects_scope_dict", in_scope or None)


def _register(way: str, key: str, value: Any) -> None:
    import keras

    if way == "registered":
        keras.saving.register_keras_serializable(*key.split(">", 1))(value)
    else:
        keras.saving.get_custom_objects()[key] = value


def _custom_objects() -> Iterator[tuple[str, str, Any]]:
    """Yields the objects that the user has made known to Keras, with the way and their keys; those
    of installed libraries make themselves known when they are imported.
    """
    import keras

    from tftune.training import keras_internals

    for key, value in list(keras.saving.get_custom_objects().items()):
        own_name = ">" in key and _registered_name(value) == key
        if not (own_name and _is_installed(value)):
            yield _OBJECTS[0 if own_name else 1], key, value
    scope = keras_internals.global_attribute("custom_objects_scope_dict") or {}
    for key, value in scope.items():
        yield _OBJECTS[2], key, value


def _registered_name(value: Any) -> str | None:
    import keras

    try:
        return str(keras.saving.get_registered_name(value))
    except (TypeError, AttributeError):  # not hashable, or without a name
        return None


def _is_installed(value: Any) -> bool:
    module = sys.modules.get(getattr(value, "__module__", None) or "")
    file = getattr(module, "__file__", None) or ""
    return any(
        file.startswith(sysconfig.get_path(kind)) for kind in ("purelib", "platlib", "stdlib")
    )


def _pickle(value: Any) -> bytes:
    with contextlib.suppress(Exception):
        return bytes(cloudpickle.dumps(value))
    return b""


def _equal(one: Any, other: Any) -> bool:
    try:
        return type(one) is type(other) and bool(one == other)
    except Exception:
        return False  # a policy of the user's own


def _table() -> dict[str, tuple[Callable[[], Any], Callable[[Any], None]]]:
    """Returns how each setting is read and written."""
    import keras
    import numpy as np
    import tensorflow as tf

    from tftune.training import keras_internals as internals

    config = keras.config
    table: dict[str, tuple[Callable[[], Any], Callable[[Any], None]]] = {
        "floatx": (config.floatx, config.set_floatx),
        "epsilon": (config.epsilon, config.set_epsilon),
        "image_data_format": (config.image_data_format, config.set_image_data_format),
        "traceback_filtering": (
            config.is_traceback_filtering_enabled,
            _turn(config.enable_traceback_filtering, config.disable_traceback_filtering),
        ),
        "interactive_logging": (
            config.is_interactive_logging_enabled,
            _turn(config.enable_interactive_logging, config.disable_interactive_logging),
        ),
        "run_functions_eagerly": (
            tf.config.functions_run_eagerly,
            tf.config.run_functions_eagerly,
        ),
        "tensor_float_32": (
            tf.config.experimental.tensor_float_32_execution_enabled,
            tf.config.experimental.enable_tensor_float_32_execution,
        ),
        "tensorflow_traceback_filtering": (
            tf.debugging.is_traceback_filtering_enabled,
            _turn(
                tf.debugging.enable_traceback_filtering, tf.debugging.disable_traceback_filtering
            ),
        ),
        "tensorflow_context": (internals.context_settings, internals.set_context_settings),
        "numpy_errors": (np.geterr, lambda value: _drop(np.seterr(**value))),
        "numpy_print": (np.get_printoptions, lambda value: np.set_printoptions(**value)),
        "recursion_limit": (sys.getrecursionlimit, sys.setrecursionlimit),
    }
    # a policy that is not set follows floatx, and reading it in public would set it
    for name in ("dtype_policy", "safe_mode_saving", "flash_attention"):
        table[name] = (
            _reader(internals.global_attribute, name),
            _writer(internals.set_global_attribute, name),
        )
    for name in internals.SWITCHES:
        if internals.switch(name) is not None:
            table[name] = (
                _reader(internals.switch, name),
                _writer(internals.set_switch, name),
            )
    for name in ("max_epochs", "max_steps_per_epoch"):  # Keras 3.12
        if hasattr(config, f"set_{name}"):
            table[name] = (getattr(config, name), getattr(config, f"set_{name}"))
    return table


def _turn(on: Callable[[], None], off: Callable[[], None]) -> Callable[[Any], None]:
    return lambda value: on() if value else off()


def _reader(read: Callable[[str], Any], name: str) -> Callable[[], Any]:
    return lambda: read(name)


def _writer(write: Callable[[str, Any], None], name: str) -> Callable[[Any], None]:
    return lambda value: write(name, value)


def _drop(value: Any) -> None:
    """For a function that returns what was before."""
