"""A mapping whose settled entries are kept as bytes: a search of ten thousand trials seldom looks
at an old one again.

Example:
    >>> kept = PackedMapping(lambda value: str(value).encode(), lambda name, content: int(content))
    >>> kept["first"], kept["second"] = 10**40, 5
    >>> kept.settle("first")
    >>> kept["first"] == 10**40, list(kept)
    (True, ['first', 'second'])
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from typing import Any, Generic, TypeVar

Entry = TypeVar("Entry")


class PackedMapping(MutableMapping[str, Entry], Generic[Entry]):
    """A mapping in the order of insertion; who looks a settled entry up gets a copy made from its
    bytes.

    Args:
        pack: Returns an entry as bytes, or None for one that must stay as it is.
        unpack: Makes the entry from its name and its bytes.
    """

    def __init__(
        self, pack: Callable[[Entry], bytes | None], unpack: Callable[[str, bytes], Entry]
    ) -> None:
        self._pack, self._unpack = pack, unpack
        self._kept: dict[str, Entry | bytes] = {}

    def settle(self, name: str) -> None:
        """Turns an entry that will not change any more into bytes."""
        kept = self._kept[name]
        packed = None if isinstance(kept, bytes) else self._pack(kept)
        if packed is not None:
            self._kept[name] = packed

    def __getitem__(self, name: str) -> Entry:
        kept = self._kept[name]
        return self._unpack(name, kept) if isinstance(kept, bytes) else kept

    def __setitem__(self, name: str, entry: Entry) -> None:
        self._kept[name] = entry

    def __delitem__(self, name: str) -> None:
        del self._kept[name]

    def __contains__(self, name: object) -> bool:
        return name in self._kept

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


class Shapes:
    """Turns mappings with the same names again and again, such as the metrics of epochs, into short
    lists and back.

    Example:
        >>> shapes = Shapes()
        >>> shapes.flat({"loss": 0.5, "auc": 0.75}), shapes.flat({"loss": 0.25, "auc": 0.5})
        ([0, 0.5, 0.75], [0, 0.25, 0.5])
        >>> shapes.flat({})
        [1]
        >>> shapes.mapping([0, 0.25, 0.5])
        {'loss': 0.25, 'auc': 0.5}
    """

    def __init__(self) -> None:
        self._names: list[tuple[str, ...]] = []
        self._numbers: dict[tuple[str, ...], int] = {}

    def flat(self, mapping: Mapping[str, Any]) -> list[Any]:
        """Returns the number of the names, and the values."""
        names = tuple(mapping)
        if names not in self._numbers:
            self._numbers[names] = len(self._names)
            self._names.append(names)
        return [self._numbers[names], *mapping.values()]

    def mapping(self, flat: Sequence[Any]) -> dict[str, Any]:
        """Returns what was made flat."""
        return dict(zip(self._names[flat[0]], flat[1:], strict=True))
