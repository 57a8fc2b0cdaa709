"""A missing library is named with the extra that brings it, and the method stays listed."""

from __future__ import annotations

import importlib
from typing import Any

import keras_tuner
import pytest

from tests.oracles.searching import REQUIRED, mixed
from tftune.errors import UsageError
from tftune.oracles import ORACLES
from tftune.oracles.core.optional import need


def test_returns_what_import_returns() -> None:
    assert need("json", extra="optuna").dumps([1]) == "[1]"


def test_a_missing_library_is_named_with_its_extra() -> None:
    with pytest.raises(
        UsageError, match=r"needs the library not_there.*pip install 'tftune\[optuna\]'"
    ):
        need("not_there.deeper", extra="optuna")


def test_a_fault_inside_a_library_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(module: str) -> Any:
        raise ModuleNotFoundError("No module named 'pandas'", name="pandas")

    monkeypatch.setattr(importlib, "import_module", broken)
    with pytest.raises(ModuleNotFoundError, match="pandas"):
        need("nevergrad", extra="nevergrad")


@pytest.mark.parametrize("name", REQUIRED)
def test_a_method_without_its_library_is_listed_and_says_what_to_install(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = importlib.import_module

    def without(module: str, *rest: Any) -> Any:
        top = module.split(".")[0]
        if top == REQUIRED[name]:
            raise ModuleNotFoundError(f"No module named {top!r}", name=top)
        return whole(module, *rest)

    made = ORACLES[name]
    monkeypatch.setattr(importlib, "import_module", without)
    extra = "nevergrad" if REQUIRED[name] == "nevergrad" else "optuna"
    with pytest.raises(UsageError, match=rf"pip install 'tftune\[{extra}\]'"):
        made(keras_tuner.Objective("score", "min"), hyperparameters=mixed(), seed=0)
