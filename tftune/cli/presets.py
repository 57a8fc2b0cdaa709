"""Presets: many options under one name, each of which the user may still set otherwise.

A flag wins over an environment variable, that over the preset, and that over the default. Fixed
knobs and start configurations are joined knob by knob: a knob that the user fixes or starts with is
no longer the preset's.

Example:
    >>> quick = Preset("a first look", {"epochs": 5}, fix={"filters": 16}, start={"l2": 0.0})
    >>> quick.joined({"units": 32}, [{"l2": 0.1}])
    ({'filters': 16, 'units': 32}, [{'l2': 0.1}])
    >>> quick.joined({"l2": 1.0}, [])
    ({'filters': 16, 'l2': 1.0}, [])
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Preset:
    """Options that belong together.

    Attributes:
        text: What they are for, and how long they take.
        options: Values by the names of the options, such as `image_size`.
        fix: Knobs that are not tuned, with their values, in the space that `options` names.
        start: The first configuration of that space.
    """

    text: str
    options: Values = field(default_factory=dict)
    fix: Values = field(default_factory=dict)
    start: Values = field(default_factory=dict)

    def joined(
        self, fixed: Values, starts: Sequence[Values]
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Returns the fixed knobs and the start configurations of the preset and the user.

        Args:
            fixed: What the user fixed.
            starts: The user's start configurations; the preset's fills in what they leave open.
        """
        started = {name for start in starts for name in start}
        kept = {name: value for name, value in self.fix.items() if name not in started}
        begin = {name: value for name, value in self.start.items() if name not in fixed}
        begun = [{**begin, **start} for start in starts] or ([begin] if begin else [])
        return {**kept, **fixed}, begun

    def words(self) -> str:
        """Returns the options as a command line says them."""
        said = [f"--{name.replace('_', '-')} {value}" for name, value in self.options.items()]
        for flag, knobs in (("--fix", self.fix), ("--start", self.start)):
            if knobs:
                said.append(flag + " " + ",".join(f"{name}={_said(knobs[name])}" for name in knobs))
        return " ".join(said)


def _said(value: Any) -> str:
    return (
        str(value).lower()
        if isinstance(value, bool)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )


def joined_with_preset(
    options: argparse.Namespace, fixed: Values, starts: Sequence[Values]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Returns the fixed knobs and the start configurations of a command line and its preset, if it
    has one and its space is the preset's.

    Args:
        options: The command line.
        fixed: What `--fix` says.
        starts: What `--start` says.
    """
    preset: Preset | None = getattr(options, "recipe", None)
    if preset is None or preset.options.get("space", options.space) != options.space:
        return dict(fixed), [dict(start) for start in starts]
    return preset.joined(fixed, starts)
