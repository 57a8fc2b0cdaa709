"""Process-wide settings of Keras and TensorFlow travel and are put back."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tftune.training import keras_internals, process_settings

# what a user writes -> what it is to be afterwards
CHANGES: dict[str, tuple[Callable[[], Any], Callable[[], Any], Any]] = {
    "policy": (
        lambda: keras.mixed_precision.set_global_policy("mixed_bfloat16"),
        lambda: keras.config.dtype_policy().name,
        "mixed_bfloat16",
    ),
    "policy as an object": (
        lambda: keras.config.set_dtype_policy(keras.dtype_policies.DTypePolicy("mixed_float16")),
        lambda: keras.config.dtype_policy().compute_dtype,
        "float16",
    ),
    "floatx": (
        lambda: keras.config.set_floatx("float64"),
        keras.config.floatx,
        "float64",
    ),
    "epsilon": (lambda: keras.config.set_epsilon(1e-3), keras.config.epsilon, 1e-3),
    "image data format": (
        lambda: keras.config.set_image_data_format("channels_first"),
        keras.config.image_data_format,
        "channels_first",
    ),
    "unsafe deserialization": (
        keras.config.enable_unsafe_deserialization,
        lambda: keras_internals.global_attribute("safe_mode_saving"),
        False,
    ),
    "traceback filtering": (
        keras.config.disable_traceback_filtering,
        keras.config.is_traceback_filtering_enabled,
        False,
    ),
    "interactive logging": (
        keras.config.disable_interactive_logging,
        keras.config.is_interactive_logging_enabled,
        False,
    ),
    "flash attention": (
        keras.config.disable_flash_attention,
        lambda: keras_internals.global_attribute("flash_attention"),
        False,
    ),
    "eager functions": (
        lambda: tf.config.run_functions_eagerly(True),
        tf.config.functions_run_eagerly,
        True,
    ),
    "debug mode of tf.data": (
        tf.data.experimental.enable_debug_mode,
        lambda: keras_internals.switch("data_debug_mode"),
        True,
    ),
    "compilation": (
        lambda: tf.config.optimizer.set_jit("autoclustering"),
        tf.config.optimizer.get_jit,
        "autoclustering",
    ),
    "options of the graph optimizer": (
        lambda: tf.config.optimizer.set_experimental_options({"constant_folding": False}),
        lambda: tf.config.optimizer.get_experimental_options().get("constant_folding"),
        False,
    ),
    "soft placement": (
        lambda: tf.config.set_soft_device_placement(False),
        tf.config.get_soft_device_placement,
        False,
    ),
    "deterministic operations": (
        tf.config.experimental.enable_op_determinism,
        lambda: keras_internals.switch("deterministic_ops"),
        True,
    ),
    "tensor float 32": (
        lambda: tf.config.experimental.enable_tensor_float_32_execution(False),
        tf.config.experimental.tensor_float_32_execution_enabled,
        False,
    ),
    "numeric checks": (
        tf.debugging.enable_check_numerics,
        lambda: keras_internals.switch("check_numerics"),
        True,
    ),
    "errors of NumPy": (
        lambda: np.seterr(divide="raise"),
        lambda: np.geterr()["divide"],
        "raise",
    ),
    "printing of NumPy": (
        lambda: np.set_printoptions(precision=2),
        lambda: str(np.array(1 / 3)[None]),
        "[0.33]",
    ),
    "recursion": (lambda: sys.setrecursionlimit(4321), sys.getrecursionlimit, 4321),
}
if hasattr(keras.config, "set_max_epochs"):
    CHANGES["epochs at the most"] = (
        lambda: keras.config.set_max_epochs(3),
        keras.config.max_epochs,
        3,
    )
    CHANGES["steps at the most"] = (
        lambda: keras.config.set_max_steps_per_epoch(2),
        keras.config.max_steps_per_epoch,
        2,
    )


@pytest.fixture(autouse=True)
def settings_of_this_process() -> Iterator[None]:
    before = process_settings.capture()
    yield
    process_settings.apply(before)


@pytest.mark.parametrize("name", CHANGES)
def test_a_setting_travels_and_is_put_back(name: str) -> None:
    change, read, value = CHANGES[name]
    before = read()
    fresh = process_settings.capture()
    with process_settings.kept():
        change()
        travelled = process_settings.pickled()
        assert read() == value
    assert read() == before
    process_settings.apply_pickled(travelled, fresh)  # as another process does
    assert read() == value
    process_settings.apply_pickled(b"", fresh)  # whose next job comes from elsewhere
    assert read() == before


def test_looking_at_the_settings_changes_none() -> None:
    """Keras' own function pins the policy to what floatx is at that moment."""
    keras.utils.clear_session(free_memory=False)
    process_settings.capture()
    keras.config.set_floatx("float64")
    assert keras.config.dtype_policy().name == "float64"
    process_settings.capture()
    assert tf.executing_eagerly()


def test_a_setting_that_cannot_be_pickled_stays_at_home() -> None:
    fresh = process_settings.capture()
    np.set_printoptions(formatter={"all": iter("x").__class__.__new__})  # any odd callable
    keras.config.set_epsilon(1e-3)
    travelled = process_settings.pickled()
    process_settings.apply(fresh)
    process_settings.apply_pickled(travelled, fresh)
    assert keras.config.epsilon() == 1e-3


def test_where_keras_is_not_imported_there_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "keras")
    assert process_settings.capture() is None and process_settings.pickled() == b""
    with process_settings.kept():
        pass


@contextlib.contextmanager
def known_to_keras() -> Iterator[dict[str, Any]]:
    known = keras.saving.get_custom_objects()
    before = dict(known)
    try:
        yield known
    finally:
        known.clear()
        known.update(before)


class Twice(keras.layers.Layer):
    """A layer that a user registers."""

    def call(self, inputs: Any) -> Any:
        return 2 * inputs


def test_custom_objects_travel_by_each_way_of_making_them_known() -> None:
    with known_to_keras() as known, keras.saving.custom_object_scope({"in_scope": abs}):
        keras.saving.register_keras_serializable("mine", "Double")(Twice)
        known["halved"] = lambda value: value / 2
        known["lost"] = (value for value in "a generator")
        travelled = process_settings.pickled()
    assert keras.saving.get_registered_object("mine>Double") is None
    with known_to_keras() as known:
        process_settings.apply_pickled(travelled, None)
        assert keras.saving.get_registered_object("mine>Double") is Twice
        assert keras.saving.get_registered_name(Twice) == "mine>Double"
        assert known["halved"](4) == 2 and "lost" not in known
        assert keras.saving.get_registered_object("in_scope") is abs
        process_settings.apply_pickled(b"", None)
        assert keras.saving.get_registered_object("in_scope") is None


def test_objects_of_installed_libraries_register_themselves() -> None:
    import keras_tuner.applications  # noqa: F401 - registers an augmentation

    ways = [key for _, key, _ in process_settings._custom_objects()]
    assert not any(key.startswith("keras_tuner>") for key in ways)


def test_what_keras_does_not_promise_is_there() -> None:
    """The guard of `keras_internals`: a version without these leaves settings at home."""
    assert keras_internals.global_state is not None
    assert all(keras_internals.switch(name) is not None for name in keras_internals.SWITCHES)
    assert set(keras_internals.context_settings()) == set(keras_internals._CONTEXT)


def test_without_private_names_the_public_settings_still_travel(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keras_internals, "global_state", None)
    monkeypatch.setattr(keras_internals, "_context", lambda: None)
    monkeypatch.setattr(
        keras_internals,
        "_SWITCHES",
        {name: ("no.such.module", *rest) for name, (_, *rest) in keras_internals._SWITCHES.items()},
    )
    with process_settings.kept():
        keras.config.set_epsilon(1e-3)
        assert "deterministic_ops" not in (process_settings.capture() or {})
    assert keras.config.epsilon() == 1e-7
