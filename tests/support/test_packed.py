"""A mapping whose settled entries are bytes behaves as one whose entries are not."""

from __future__ import annotations

import pickle

import pytest

from tftune.support.packed import PackedMapping


def to_bytes(entry: list[int]) -> bytes | None:
    return bytes(entry) if max(entry) < 256 else None


def from_bytes(name: str, content: bytes) -> list[int]:
    return list(content)


def mapping() -> PackedMapping[list[int]]:
    made = PackedMapping(to_bytes, from_bytes)
    made.update({"b": [1, 2], "a": [3], "c": [999]})
    return made


def test_settled_entries_are_equal_copies_in_their_old_place() -> None:
    kept = mapping()
    first = kept["b"]
    assert kept["b"] is first
    kept.settle("b")
    kept.settle("b")  # once more changes nothing
    assert kept["b"] == first and kept["b"] is not kept["b"]
    assert list(kept) == ["b", "a", "c"] and len(kept) == 3
    assert dict(kept) == {"b": [1, 2], "a": [3], "c": [999]}
    kept["b"].append(5)
    assert kept["b"] == [1, 2]


def test_an_entry_that_cannot_be_packed_stays() -> None:
    kept = mapping()
    kept.settle("c")
    assert kept["c"] is kept["c"]


def test_it_can_be_changed_and_pickled() -> None:
    kept = mapping()
    kept.settle("a")
    kept["a"] = [7]
    del kept["c"]
    again = pickle.loads(pickle.dumps(kept))
    assert dict(again) == dict(kept) == {"b": [1, 2], "a": [7]}
    assert "c" not in kept
    with pytest.raises(KeyError, match="nothing"):
        kept.settle("nothing")
