"""Suggestions for a name that is not known: a word of other tools, or one that is nearly right.

Example:
    >>> words = OtherWords({"ratio": "fraction quotient"}, {"real": "not offered: use a ratio"})
    >>> words.suggestion("Quotient", ["ratio"]), words.suggestion("rato", ["ratio"])
    (" Did you mean 'ratio'?", " Did you mean 'ratio'?")
    >>> words.suggestion("reals", ["ratio"]), words.suggestion("real", ["ratio"])
    ('', ' real: not offered: use a ratio.')
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping

from tftune.support.texts import one_line


class OtherWords:
    """Words that other tools use for what a registry lists, and for what it does not.

    Upper case, `-`, `_`, blanks and the ends that class names have (such as Sampler or Tuner) make
    no difference.

    Args:
        names: Our name, and the words for it, separated by blanks.
        truths: A word, or several, and what to say instead of a name.
        ends: What a class name may end with.
    """

    def __init__(
        self,
        names: Mapping[str, str] | None = None,
        truths: Mapping[str, str] | None = None,
        ends: Iterable[str] = (),
    ) -> None:
        self._names: dict[str, list[str]] = {}
        for name, words in (names or {}).items():
            for word in words.split():
                self._names.setdefault(_key(word), []).append(name)
        self._truths = {
            _key(word): truth for words, truth in (truths or {}).items() for word in words.split()
        }
        self._ends = sorted(map(_key, ends), key=len, reverse=True)

    @property
    def names(self) -> set[str]:
        """The names that some word leads to."""
        return {name for names in self._names.values() for name in names}

    def suggestion(self, text: str, known: Iterable[str]) -> str:
        """Returns ` Did you mean ...?`, or what is true of the word, or nothing.

        Args:
            text: What was given.
            known: All names that there are.
        """
        known = list(known)
        if not isinstance(text, str) or len(text) > 100:
            return ""
        others = {
            word: [name for name in names if name in known] for word, names in self._names.items()
        }
        own = {word: names for word, names in others.items() if names}
        own |= {_key(name): [name] for name in known}
        for key in self._forms(_key(text)):
            if key in own:
                return f" Did you mean {own[key][0]!r}?"
            if key in self._truths:
                return f" {one_line(text)}: {self._truths[key]}."
        found = difflib.get_close_matches(text, known, n=1)
        if not found:
            near = difflib.get_close_matches(_key(text), own, n=1, cutoff=0.75)
            found = [own[key][0] for key in near]
        return f" Did you mean {found[0]!r}?" if found else ""

    def _forms(self, key: str) -> Iterable[str]:
        yield key
        for end in self._ends:
            if key.endswith(end) and len(key) > len(end):
                yield key[: -len(end)]


def _key(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", text.casefold())
