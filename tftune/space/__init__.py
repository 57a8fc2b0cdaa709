"""THE SEARCH SPACE: the only place that maps KerasTuner's hyper-parameters, the unit cube and plain
values to each other.

Names are resolved on first use, because reports need knobs but not KerasTuner.

Example:
    >>> from tftune.space import SearchSpace
    >>> SearchSpace.__module__
    'tftune.space.search_space'
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tftune.space.checked_hyperparameters import CheckedHyperParameters
    from tftune.space.knob import Condition, Knob, Value, Values, public_values
    from tftune.space.search_space import SearchSpace

__all__ = [
    "CheckedHyperParameters",
    "Condition",
    "Knob",
    "SearchSpace",
    "Value",
    "Values",
    "public_values",
]
_MODULES = {"CheckedHyperParameters": "checked_hyperparameters", "SearchSpace": "search_space"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"{__name__}.{_MODULES.get(name, 'knob')}")
    return getattr(module, name)
