"""A method or rule with options as one word of the command line:
`gp:acquisition=EI:initial_points=5`.
"""

from __future__ import annotations

import json
from typing import Any

from tftune.errors import UsageError


def parse(spec: str) -> tuple[str, dict[str, Any]]:
    """Returns the name and the options; values are JSON, or else text.

    Raises:
        UsageError: If an option has no `=`.

    Example:
        >>> parse("gp:acquisition=EI:initial_points=5")
        ('gp', {'acquisition': 'EI', 'initial_points': 5})
    """
    name, *parts = spec.split(":")
    options = {}
    for part in parts:
        key, equals, text = part.partition("=")
        if not equals:
            raise UsageError(
                f"An option of {name} has no value. Expected name:option=value. Received: "
                f"{spec!r}. Add =value."
            )
        try:
            options[key] = json.loads(text)
        except ValueError:
            options[key] = text
    return name, options


def split(text: str) -> list[str]:
    """Returns the words of a list with commas."""
    return [word.strip() for word in text.split(",") if word.strip()]
