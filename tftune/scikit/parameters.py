"""Knobs as parameters of a scikit-learn estimator: which there are, and what each may be."""

from __future__ import annotations

from typing import Any

import numpy as np

from tftune.errors import UsageError
from tftune.space.keras_tuner_internals import get_hypermodel
from tftune.space.knob import Knob, Value
from tftune.space.search_space import CheckedHyperParameters, SearchSpace
from tftune.training.discover import declared_space


def discover(hypermodel: Any) -> SearchSpace:
    """Returns the space of a `keras_tuner.HyperModel` or a function `build(hp)`."""
    found = declared_space(get_hypermodel(hypermodel), CheckedHyperParameters().get_config())
    return SearchSpace(CheckedHyperParameters.from_config(found.space))


def plain(value: Any) -> Any:
    """Returns one of NumPy's scalars, as a grid may hold them, as Python's.

    Example:
        >>> plain(np.int64(3)), plain("relu")
        (3, 'relu')
    """
    return value.item() if isinstance(value, np.generic) else value


def value_of(space: SearchSpace, name: str, value: Any) -> Value:
    """Returns a knob's value as a plain one; a number outside the range is kept, one of the wrong
    kind is not.

    Raises:
        UsageError: If it is of the wrong kind, or no choice of the knob.
    """
    given = plain(value)
    knobs = [knob for knob in space.knobs if knob.name == name]
    if not any(_fits(knob, given) for knob in knobs):
        raise UsageError(
            f"Knob {name!r} has no such value. Expected {_expected(knobs[0])}. Received: "
            f"{given!r}. Correct the parameter."
        )
    checked: Value = float(given) if all(knob.kind == "Float" for knob in knobs) else given
    return checked


def _fits(knob: Knob, value: Any) -> bool:
    if knob.choices:
        return value in knob.choices
    if isinstance(value, bool):
        return False
    if knob.kind == "Int":
        return isinstance(value, int)
    return isinstance(value, int | float) and bool(np.isfinite(value))


def _expected(knob: Knob) -> str:
    if knob.choices:
        return f"one of {list(knob.choices)}"
    return "an integer" if knob.kind == "Int" else "a finite number"
