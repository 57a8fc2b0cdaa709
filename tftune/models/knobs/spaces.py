"""The spaces of tftune's own models, and values that are fixed beforehand."""

from __future__ import annotations

from typing import Literal

import keras_tuner

from tftune.support.checks import check_choice

Space = Literal["core", "full"]
SPACES: tuple[Space, ...] = ("core", "full")


def check_space(space: str) -> None:
    """Refuses a name that is no space.

    Args:
        space: `"core"` (the four main knobs) or `"full"` (all knobs).

    Raises:
        UsageError: If it is neither.
    """
    check_choice("space", space, SPACES)


def fixed_values(**values: int | float | str | bool) -> keras_tuner.HyperParameters:
    """Returns hyper-parameters with the given values fixed; a builder declares the others around
    them.

    Args:
        **values: Value of each knob; they may lie outside the range that a search uses, as `l2=0.0`
            does.

    Example:
        >>> hp = fixed_values(l2=0.0)
        >>> hp.Float("l2", 1e-6, 1e-2)
        0.0
    """
    hp = keras_tuner.HyperParameters()
    for name, value in values.items():
        hp.Fixed(name, value)
    return hp
