"""A knob that exists only beside certain values of another one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

Plain = TypeVar("Plain")


@contextmanager
def only_for(hp: Any, parent: str, values: Sequence[Any]) -> Iterator[None]:
    """Declares what is declared within for these values of another knob only.

    Where the other knob was not declared before, what is declared within is always there: a model
    whose optimizer is fixed in its code may tune that optimizer's momentum.

    Args:
        hp: The hyper-parameters to declare it in.
        parent: Name of the other knob.
        values: Its values beside which the knob within exists; at others its value is None.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Choice("optimizer", ["adam", "sgd"])
        >>> with only_for(hp, "optimizer", ["sgd"]):
        ...     print(hp.Float("momentum", 0.0, 0.9))
        None
    """
    # one that does not apply now, in a scope around this, is declared nevertheless
    if parent not in hp and not any(
        name == parent or name.endswith(f"/{parent}") for name in (each.name for each in hp.space)
    ):
        yield
        return
    with hp.conditional_scope(parent, list(values)):
        yield


def optional(value: Any, kind: Callable[[Any], Plain]) -> Plain | None:
    """Returns a value as a plain one of its kind; None, of a knob that does not apply, stays.

    Example:
        >>> optional(None, float) is None, optional(1, float)
        (True, 1.0)
    """
    return None if value is None else kind(value)
