"""A call of `search()`, which is a call of `fit`: every argument under its name, numbers as Python
numbers, lists of numbers as arrays.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras
import keras_tuner

from tftune.errors import UsageError
from tftune.models.hypermodel import AbstractTunableModel
from tftune.support.checks import check_count, check_number, nearest, shortened
from tftune.training.inputs.kinds import InputKind, kind_of
from tftune.training.inputs.leaves import with_arrays

FIT_NAMES = tuple(inspect.signature(keras.Model.fit).parameters)[1:]
_COUNTS = {
    "batch_size": 1,
    "validation_batch_size": 1,
    "steps_per_epoch": 1,
    "validation_steps": 1,
    "initial_epoch": 0,
}
OURS = ("epochs", "verbose", "callbacks")


def is_plain_fit(hypermodel: Any, gets_data: bool = True) -> bool:
    """Whether a HyperModel's `fit` passes what it is given on to Keras' `fit`, names and all.

    Args:
        hypermodel: A `keras_tuner.HyperModel`.
        gets_data: Whether it is given inputs; a `fit` of its own that is not has others.
    """
    fit = type(hypermodel).fit
    if fit in (keras_tuner.HyperModel.fit, AbstractTunableModel.fit):
        return True
    if not gets_data:
        return False
    kinds = {parameter.kind for parameter in inspect.signature(fit).parameters.values()}
    return inspect.Parameter.VAR_POSITIONAL in kinds and inspect.Parameter.VAR_KEYWORD in kinds


def own_names(hypermodel: Any) -> frozenset[str]:
    """Returns the names that a HyperModel's `fit` takes itself, beside those of Keras' `fit`.

    Example:
        >>> class Repeated(keras_tuner.HyperModel):
        ...     def fit(self, hp, model, *args, repeats=1, **kwargs):
        ...         return [model.fit(*args, **kwargs) for _ in range(repeats)]
        >>> sorted(own_names(Repeated()))
        ['repeats']
    """
    parameters = list(inspect.signature(type(hypermodel).fit).parameters.values())[3:]
    variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return frozenset(each.name for each in parameters if each.kind not in variable)


@dataclass(frozen=True)
class FitCall:
    """What a user passes to `search()`.

    Attributes:
        arguments: Positional arguments of `fit`.
        options: Keyword arguments of `fit`, but `epochs`, `verbose` and `callbacks`.
        callbacks: As given.
        epochs: As given, or None.
        verbose: As given.
        plain: Whether the arguments are those of Keras' `fit`; a HyperModel's own `fit` may give
            them any meaning, and they are then left as they are.
    """

    arguments: tuple[Any, ...] = ()
    options: Mapping[str, Any] = None  # type: ignore[assignment]
    callbacks: Any = None
    epochs: int | None = None
    verbose: Any = 1
    plain: bool = True

    @classmethod
    def of(
        cls,
        arguments: Sequence[Any],
        options: Mapping[str, Any],
        plain: bool = True,
        own: frozenset[str] = frozenset(),
    ) -> FitCall:
        """Returns a call with its arguments sorted.

        Args:
            arguments: Positional arguments of `search`.
            options: Its keyword arguments.
            plain: Whether they are those of Keras' `fit` (see `is_plain_fit`).
            own: Further names that a HyperModel's `fit` takes.

        Raises:
            UsageError: If Keras' `fit` does not know an argument, or has it twice, or a number is
                none or out of range.

        Example:
            >>> import numpy as np
            >>> call = FitCall.of(([1, 2], [0, 1], 8), {"epochs": np.int64(3)})
            >>> call.x.shape, call.options, call.epochs
            ((2,), {'batch_size': 8}, 3)
        """
        named = dict(options)
        arguments = tuple(arguments)
        if plain:
            _check_names(arguments, {name: named[name] for name in named if name not in own})
            # what comes after x and y is clearer under its name
            named |= dict(zip(FIT_NAMES[2:], arguments[2:], strict=False))
            arguments = tuple(with_arrays(value, name) for name, value in _pairs(arguments))
            named = {
                name: value if name in own else _normal(name, value)
                for name, value in named.items()
            }
        ours = {name: named.pop(name, None) for name in OURS}
        if ours["epochs"] is not None:
            check_count("epochs", ours["epochs"], least=1)
            ours["epochs"] = int(ours["epochs"])
        verbose = 1 if ours["verbose"] in (None, "auto") else ours["verbose"]
        return cls(arguments, named, ours["callbacks"], ours["epochs"], verbose, plain)

    @property
    def x(self) -> Any:
        """The inputs, wherever they stand."""
        return self.arguments[0] if self.arguments else self.options.get("x")

    @property
    def y(self) -> Any:
        """The targets, wherever they stand."""
        return self.arguments[1] if len(self.arguments) > 1 else self.options.get("y")

    @property
    def sample_weight(self) -> Any:
        """The weights of the rows, or None."""
        return self.options.get("sample_weight")

    @property
    def validation(self) -> tuple[Any, Any, Any]:
        """Inputs, targets and weights of the validation data, None for what there is not."""
        return unpacked(self.options.get("validation_data"))

    @property
    def validates(self) -> bool:
        """Whether an epoch ends with a validation, as far as the arguments tell."""
        return self.options.get("validation_data") is not None or bool(
            self.options.get("validation_split")
        )

    def with_options(self, **options: Any) -> FitCall:
        """Returns the call with other keyword arguments."""
        return replace(self, options={**self.options, **options})

    def with_x(self, x: Any, y: Any = None) -> FitCall:
        """Returns the call with other inputs, and targets if any are given."""
        if not self.arguments:
            changed = {"x": x} if y is None else {"x": x, "y": y}
            return replace(self, options={**self.options, **changed})
        rest = self.arguments[1:] if y is None else (y, *self.arguments[2:])
        return replace(self, arguments=(x, *rest))


def unpacked(data: Any) -> tuple[Any, Any, Any]:
    """Returns the three parts of validation data, or of what a function makes.

    A tuple, or a list, of up to three is taken apart as Keras does.

    Example:
        >>> unpacked(("x", "y"))
        ('x', 'y', None)
        >>> unpacked("dataset")
        ('dataset', None, None)
    """
    if not isinstance(data, tuple | list):
        return data, None, None
    if not 1 <= len(data) <= 3:
        raise UsageError(
            "validation_data must be (x, y), (x, y, sample_weight), or a dataset. Received: a "
            f"{type(data).__name__} of {len(data)}. Several inputs stand in a list or dict of "
            "their own: validation_data=([x1, x2], y)."
        )
    x, y, weight = (*data, None, None)[:3]
    return x, y, weight


def _pairs(arguments: tuple[Any, ...]) -> list[tuple[str, Any]]:
    return list(zip(FIT_NAMES[:2], arguments[:2], strict=False))


def _check_names(arguments: tuple[Any, ...], options: Mapping[str, Any]) -> None:
    if len(arguments) > len(FIT_NAMES):
        raise UsageError(
            f"search() takes at most {len(FIT_NAMES)} positional arguments, those of model.fit. "
            f"Received: {len(arguments)}. Pass all but x and y by name."
        )
    for name in options:
        if name not in FIT_NAMES:
            raise UsageError(
                f"search() has no argument {name!r}: it takes those of model.fit. Expected one of "
                f"{', '.join(FIT_NAMES)}. Received: {name}={shortened(options[name])}."
                f"{nearest(name, FIT_NAMES)} A HyperModel whose fit() takes *args and **kwargs, or "
                "names of its own, may have others."
            )
    for name in FIT_NAMES[: len(arguments)]:
        if name in options:
            raise UsageError(
                f"search() received {name!r} twice: by its place and by its name. Pass it once."
            )


def _normal(name: str, value: Any) -> Any:
    """Returns an argument of `fit` in its usual form, and refuses what is none."""
    if value is None:
        return None
    if name in _COUNTS:
        check_count(name, value, least=_COUNTS[name], optional=True)
        return int(value)
    if name == "validation_split":
        check_number(name, value, 0, 1, below=True, example=0.2)
        return float(value)
    if name == "validation_freq":
        return _frequency(value)
    if name == "class_weight":
        return _class_weight(value)
    if name == "validation_data":
        return _validation(value)
    return with_arrays(value, name) if name in ("x", "y", "sample_weight") else value


def _frequency(value: Any) -> Any:
    if isinstance(value, list | tuple | set | frozenset):
        return [int(epoch) for epoch in sorted(value)]
    check_count("validation_freq", value, least=1)
    return int(value)


def _class_weight(value: Any) -> dict[int, float]:
    if not isinstance(value, Mapping):
        raise UsageError(
            "class_weight must be a dict from class numbers to weights. Received: "
            f"{shortened(value)}. Pass for example class_weight={{0: 1.0, 1: 4.0}}."
        )
    weights = {}
    for label, weight in value.items():
        if isinstance(label, bool | str) or int(label) != label:
            raise UsageError(
                "class_weight must have whole numbers as keys, the numbers of the classes. "
                f"Received: {label!r}. Pass for example class_weight={{0: 1.0, 1: 4.0}}."
            )
        weights[int(label)] = float(weight)
    return weights


def _validation(value: Any) -> Any:
    if not isinstance(value, tuple | list):
        if kind_of(value) is InputKind.OTHER:
            raise UsageError(
                "validation_data must be (x, y), (x, y, sample_weight), a dataset, a PyDataset, a "
                f"generator or a function that makes one. Received: {shortened(value)}."
            )
        return value
    names = ("validation_data[0]", "validation_data[1]", "validation_data[2]")
    parts = unpacked(value)[: len(value)]
    return tuple(with_arrays(part, name) for part, name in zip(parts, names, strict=False))
