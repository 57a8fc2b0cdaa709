"""Names and classes: nothing is imported before it is asked for."""

from __future__ import annotations

import sys

import pytest

from tftune.errors import UsageError
from tftune.support.registry import Registry

REGISTRY = Registry(
    "shape",
    {
        "ratio": ("fractions:Fraction", "a ratio of two integers"),
        "missing": ("no_such_module:Thing", "cannot be imported"),
    },
)


def test_names_and_lines_are_told_without_an_import(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "fractions", raising=False)
    assert list(REGISTRY) == ["ratio", "missing"] and len(REGISTRY) == 2
    assert "missing" in REGISTRY and "square" not in REGISTRY
    assert REGISTRY.summary("missing") == "cannot be imported"
    assert REGISTRY.target("ratio") == "fractions:Fraction"
    assert "fractions" not in sys.modules


def test_a_class_is_imported_when_it_is_asked_for() -> None:
    assert REGISTRY["ratio"](1, 2) * 2 == 1
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        _ = REGISTRY["missing"]


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    for error in (UsageError, KeyError):
        with pytest.raises(error, match="Unknown shape 'square'. Expected one of: ratio, missing"):
            _ = REGISTRY["square"]
    assert REGISTRY.get("square") is None


def test_a_class_that_is_not_listed_is_called_by_its_own_name() -> None:
    assert REGISTRY.name_of(REGISTRY["ratio"]) == "ratio" and REGISTRY.name_of(dict) == "dict"
