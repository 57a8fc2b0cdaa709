"""`search(lambda: make_dataset(), ...)`: a function makes the data where and when a trial needs
them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tftune.training.inputs.call import FitCall, unpacked
from tftune.training.inputs.kinds import InputKind, kind_of


@dataclass(frozen=True)
class DataFunction:
    """A function without arguments that returns what `fit` takes as `x` or as `validation_data`.

    Attributes:
        function: As the user gave it.
    """

    function: Callable[[], Any]

    def make(self) -> Any:
        """Calls it."""
        return self.function()


def with_functions_marked(call: FitCall) -> FitCall:
    """Returns the call with functions that make data as `DataFunction`s; others are left alone.

    Example:
        >>> marked = with_functions_marked(FitCall.of((), {"x": lambda: "dataset"}))
        >>> marked.x.make()
        'dataset'
    """
    if not call.plain:
        return call
    if kind_of(call.x) is InputKind.FUNCTION:
        call = call.with_x(DataFunction(call.x))
    data = call.options.get("validation_data")
    if data is not None and not isinstance(data, tuple) and kind_of(data) is InputKind.FUNCTION:
        call = call.with_options(validation_data=DataFunction(data))
    return call


def with_functions_called(
    arguments: tuple[Any, ...], options: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Returns arguments of `fit` with what the functions made in their places.

    A function for `x` may return (x, y) or (x, y, sample_weight) of arrays.
    """
    data = options.get("validation_data")
    x = arguments[0] if arguments else options.get("x")
    if not isinstance(x, DataFunction) and not isinstance(data, DataFunction):
        return arguments, options
    if isinstance(data, DataFunction):
        options = {**options, "validation_data": data.make()}
    if not isinstance(x, DataFunction):
        return arguments, options
    made = x.make()
    y = weight = None
    if isinstance(made, tuple) and len(made) in (2, 3):
        made, y, weight = unpacked(made)
    call = FitCall(tuple(arguments), options).with_x(made, y)
    if not arguments or len(arguments) == 1:
        # `y` has no place of its own yet
        options = {name: value for name, value in call.options.items() if name not in ("x", "y")}
        given = (made,) if y is None else (made, y)
        return given, options if weight is None else {**options, "sample_weight": weight}
    return call.arguments, dict(call.options)
