"""The examples in the benchmarks' docstrings."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import benchmarks

MODULES = sorted(
    module.name for module in pkgutil.walk_packages(benchmarks.__path__, "benchmarks.")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__
    assert doctest.testmod(module).failed == 0
