"""A read-only mapping from names to classes that imports a class only when it is asked for.

`python -m tftune.beans --help` lists every search method from here without importing TensorFlow.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from typing import Any

from tftune.errors import UsageError
from tftune.support.other_words import OtherWords
from tftune.support.texts import shown


class Registry(Mapping[str, Any]):
    """Maps a name to a class given as `"module:Class"`, with one line that describes it.

    Args:
        kind: What the entries are, for messages, such as `"search method"`.
        entries: `{name: ("module:Class", "one line")}`.
        package: What a module that begins with a dot is relative to.
        words: What others call the entries.

    Example:
        >>> shapes = Registry("shape", {"ratio": ("fractions:Fraction", "of two integers")})
        >>> shapes["ratio"](1, 2)
        Fraction(1, 2)
        >>> shapes.summary("ratio")
        'of two integers'
        >>> Registry("shape", {"ratio": (".ratios:Ratio", "of two")}, "shapes").target("ratio")
        'shapes.ratios:Ratio'
    """

    def __init__(
        self,
        kind: str,
        entries: Mapping[str, tuple[str, str]],
        package: str = "",
        words: OtherWords | None = None,
    ) -> None:
        self._kind = kind
        self._words = words or OtherWords()
        self._entries = {
            name: (package + target if target.startswith(".") else target, text)
            for name, (target, text) in entries.items()
        }

    def __getitem__(self, name: str) -> Any:
        module, _, attribute = self._entry(name)[0].partition(":")
        return getattr(importlib.import_module(module), attribute)

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries  # Mapping's own would import the class

    def target(self, name: str) -> str:
        """Returns where an entry's class is, as `"module:Class"`; imports nothing."""
        return self._entry(name)[0]

    def summary(self, name: str) -> str:
        """Returns the one line that describes an entry."""
        return self._entry(name)[1]

    def name_of(self, kind: type) -> str:
        """Returns the name of a class, or the class's own name if it is not listed; imports
        nothing.

        Example:
            >>> from fractions import Fraction
            >>> Registry("number", {"ratio": ("fractions:Fraction", "a ratio")}).name_of(Fraction)
            'ratio'
        """
        path = f"{kind.__module__}:{kind.__qualname__}"
        return next(
            (name for name, (target, _) in self._entries.items() if target == path), kind.__name__
        )

    def suggestion(self, name: str) -> str:
        """Returns what to say of a name that is not listed: ` Did you mean ...?`, what other tools
        mean by it, or nothing.

        Example:
            >>> shapes = Registry("shape", {"ratio": ("fractions:Fraction", "of two integers")})
            >>> shapes.suggestion("Ration")
            " Did you mean 'ratio'?"
        """
        return self._words.suggestion(name, self._entries)

    def _entry(self, name: str) -> tuple[str, str]:
        try:
            return self._entries[name]
        except KeyError:
            known = ", ".join(self._entries)
            raise UnknownNameError(
                f"Unknown {self._kind} {shown(name)}.{self.suggestion(name)} Expected one of: "
                f"{known}."
            ) from None


class UnknownNameError(UsageError, KeyError):
    """Choose a name that the registry lists; also a `KeyError`, as a mapping must raise."""

    def __str__(self) -> str:
        return str(self.args[0])  # KeyError would print the repr
