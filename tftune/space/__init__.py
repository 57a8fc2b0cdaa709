"""THE SEARCH SPACE: the only place that maps KerasTuner's hyper-parameters, the unit cube and plain
values to each other.

Names are resolved on first use, because reports need knobs but not KerasTuner.

Example:
    >>> from tftune.space import SearchSpace
    >>> SearchSpace.__module__
    'tftune.space.search_space'
"""

from __future__ import annotations

from typing import Any

_PUBLIC = (
    "CheckedHyperParameters",
    "Condition",
    "Knob",
    "SearchSpace",
    "Value",
    "Values",
    "public_values",
)
__all__ = list(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from tftune.space import search_space

    return getattr(search_space, name)
