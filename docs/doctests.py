"""Lets Griffe, which reads the docstrings for the reference, take `Example:` for a section of
doctests, as it takes `Examples:`.
"""

from __future__ import annotations

import re
from typing import Any

import griffe


class ExampleSections(griffe.Extension):
    """Renames the section in every docstring before it is parsed."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """Is called for each module, class, function and attribute.

        Args:
            obj: What was read.
        """
        if obj.docstring:
            obj.docstring.value = re.sub(
                r"^Example:$", "Examples:", obj.docstring.value, flags=re.MULTILINE
            )
