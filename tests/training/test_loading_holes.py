"""Releases of Keras that are known to be unsafe are named."""

from __future__ import annotations

import keras
import pytest

from tftune.training.loading_holes import MENDED, holes_of, warn_of_holes


@pytest.mark.parametrize(
    ("version", "count"),
    [("2.12.0", 10), ("3.8.0", 9), ("3.9.0", 8), ("3.11.0", 6), ("3.11.3", 4), ("3.12.0", 3)],
)
def test_an_older_release_has_more_holes(version: str, count: int) -> None:
    assert len(holes_of(version)) == count
    assert {*holes_of(version)} <= {*MENDED}


@pytest.mark.parametrize(
    "version", ["3.12.1", "3.12.4", "3.14.0", "3.15.1", "4.0.0", "3.16.0.dev1"]
)
def test_a_release_in_which_all_are_mended_has_none(version: str) -> None:
    assert holes_of(version) == []


def test_the_warning_names_release_and_holes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras, "__version__", "3.13.1")
    warn_of_holes.cache_clear()
    with pytest.warns(UserWarning, match=r"Keras 3\.13\.1 has known holes.*CVE-2026-1669"):
        warn_of_holes()
    warn_of_holes.cache_clear()
