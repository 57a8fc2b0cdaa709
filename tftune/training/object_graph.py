"""What an object is made of, at any depth: told from all its attributes, not from a list of what is
known.

Two objects with one description are alike in every attribute, in the exact type of every part and
in which parts are one and the same. Values of variables do not count, since they can be copied.
"""

from __future__ import annotations

import collections
import enum
import functools
import hashlib
import re
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tftune.training.keras_internals import DERIVED_ATTRIBUTES

_SIMPLE = (type(None), bool, int, float, complex, str, bytes)
_WRITTEN = (tf.DType, tf.TensorShape, np.dtype, np.generic, re.Pattern, enum.Enum, slice, range)
_OF_KERAS = ("keras", "builtins", "numpy")
_OF_CONTAINERS = (*_OF_KERAS, "collections", "tensorflow")
# what does in a graph as Keras does, for it is tested against it
_OURS = (
    "tftune.models.augmentation.Augmentation",
    "tftune.training.fused_adam._update_step",
    "tftune.models.losses.BinaryKLDivergence",
    "tftune.models.losses.SparseLoss",
    "tftune.models.scheduling._apply",
    "tftune.models.scheduling.RateTable",
    "tftune.training.graphs.VariableDropout",
    "tftune.models.own_rows.OwnRows",
    "tftune.models.own_rows.OwnRows.build",
    "tftune.models.relatives.Relatives",
    "tftune.models.relatives.Relatives.build",
    "tftune.models.rank_metrics.ExactAUC",
    "tftune.models.rank_metrics.AveragePrecision",
    "tftune.models.rank_metrics.save_for_plain_keras.<locals>.save",
)
_VARIABLE = "a value that may differ"


class _ForeignError(Exception):
    """Something is part of the object of which nobody can say what it does."""


@dataclass
class Description:
    """What an object is made of.

    Attributes:
        digest: Equal for objects that are alike.
        parts: All objects of Keras in it but variables, in an order that is one for objects that
            are alike.
        variables: All of its variables, in such an order, too.
    """

    digest: str = ""
    parts: list[Any] = field(default_factory=list)
    variables: list[Any] = field(default_factory=list)


def describe(
    root: Any, may_differ: Callable[[Any, str], bool] = lambda part, name: False
) -> Description | None:
    """Describes an object of Keras.

    Args:
        root: Such as a model that is built and compiled.
        may_differ: Tells of a part and the name of an attribute whether its value does not count.

    Returns:
        The description, or None if anything in it comes neither from Keras nor from Python itself:
        a class or function of the user's, a table of TensorFlow, a symbolic tensor.
    """
    found = Description()
    try:
        words = "\n".join(_Walk(may_differ, found).words(root))
    except _ForeignError:
        return None
    found.digest = hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()
    return found


class _Walk:
    """Goes through an object once, part by part; a part that comes again is named by its number."""

    def __init__(self, may_differ: Callable[[Any, str], bool], found: Description) -> None:
        self.may_differ, self.found = may_differ, found

    def words(self, root: Any) -> Iterator[str]:
        waiting, alive = [root], []  # two objects that live have two ids
        numbers: dict[int, int] = {}
        while waiting:
            value = waiting.pop()
            if type(value) in _SIMPLE:
                yield repr(value)
            elif id(value) in numbers:
                yield f"#{numbers[id(value)]}"
            else:
                numbers[id(value)] = len(numbers)
                alive.append(value)
                word, inside = self._look_at(value)
                yield word
                waiting.extend(reversed(inside))

    def _look_at(self, value: Any) -> tuple[str, list[Any]]:
        """Returns what is said of a value, and what it is made of."""
        name = _name_of(type(value))
        if isinstance(value, _WRITTEN):
            return f"{name} {value!r}", []
        if isinstance(value, np.ndarray | tf.Tensor):
            return _array(value), []
        if isinstance(value, dict | list | tuple | set | frozenset | collections.deque):
            return self._container(value, _checked(name, _OF_CONTAINERS))
        if isinstance(value, type):
            return f"class {_checked(_name_of(value))}", []
        if isinstance(value, types.ModuleType):
            return f"module {_checked(value.__name__)}", []
        if isinstance(value, types.FunctionType):
            cells = [cell.cell_contents for cell in value.__closure__ or ()]
            inside = [cells, value.__defaults__, value.__kwdefaults__, vars(value)]
            return f"function {_checked(_name_of(value))}", inside
        if isinstance(value, types.MethodType):
            return "method", [value.__func__, value.__self__]
        if isinstance(value, functools.partial):
            return "partial", [value.func, value.args, value.keywords]
        if value is tf.distribute.get_strategy() and not tf.distribute.has_strategy():
            return "one device", []
        return self._object(value, _checked(name))

    def _container(self, value: Any, name: str) -> tuple[str, list[Any]]:
        if isinstance(value, set | frozenset):
            if not all(type(item) in _SIMPLE for item in value):
                raise _ForeignError
            return f"{name} {sorted(map(repr, value))}", []
        inside = value.items() if isinstance(value, dict) else [value]
        return f"{name} {len(value)}", [item for pair in inside for item in pair]

    def _object(self, value: Any, name: str) -> tuple[str, list[Any]]:
        if isinstance(value, keras.Initializer):
            return name, []  # it has done its work; its seed is another in each model
        if not hasattr(value, "__dict__"):
            raise _ForeignError
        attributes = dict(vars(value))
        if isinstance(value, keras.Variable):
            memory = value.value
            if isinstance(memory, tf.distribute.DistributedValues):
                raise _ForeignError
            attributes = {key: item for key, item in attributes.items() if item is not memory}
            self.found.variables.append(value)
        else:
            self.found.parts.append(value)
        # TensorFlow's own records of an object begin with `_self_`
        names = sorted(
            key
            for key in attributes
            if key not in DERIVED_ATTRIBUTES and not key.startswith("_self_")
        )
        inside = [_VARIABLE if self.may_differ(value, key) else attributes[key] for key in names]
        return f"{name} {names}", inside


def _array(value: Any) -> str:
    if isinstance(value, tf.Tensor) and not hasattr(value, "numpy"):
        raise _ForeignError  # a symbolic one
    array = np.asarray(value)
    if array.dtype == object:
        raise _ForeignError
    content = hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
    return f"{type(value).__name__} {array.dtype} {array.shape} {content}"


def _name_of(code: Any) -> str:
    return f"{code.__module__}.{code.__qualname__}"


def _checked(name: str, origins: tuple[str, ...] = _OF_KERAS) -> str:
    if name.split(".")[0] not in origins and name not in _OURS:
        raise _ForeignError
    return name
