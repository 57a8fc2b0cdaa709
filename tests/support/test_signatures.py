"""What the source of a class tells is what the class would."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

from tftune.errors import UsageError
from tftune.oracles import ORACLES
from tftune.schedulers import SCHEDULERS
from tftune.support.signatures import check_arguments, describe

TARGETS = [registry.target(name) for registry in (ORACLES, SCHEDULERS) for name in registry]


@pytest.mark.parametrize("target", TARGETS)
def test_names_and_defaults_are_those_of_the_class(target: str) -> None:
    name = next((name for name in ORACLES if ORACLES.target(name) == target), None)
    kind = (
        ORACLES[name]
        if name
        else SCHEDULERS[next(name for name in SCHEDULERS if SCHEDULERS.target(name) == target)]
    )
    found = describe(target)
    for parameter in list(inspect.signature(kind).parameters.values()):
        if parameter.kind is not parameter.VAR_KEYWORD:
            argument = found.arguments[parameter.name]
            assert (argument.default is None) == (parameter.default is parameter.empty)
            if isinstance(parameter.default, int | str | bool | None):
                assert argument.default == repr(parameter.default)
    assert found.text and "Args:" not in found.text


def test_what_is_passed_on_is_found_in_the_base_classes() -> None:
    found = describe("tftune.oracles.sampling.random_search:RandomOracle").arguments
    assert {"objective", "max_trials", "seed", "start", "warm_start", "fixed"} <= set(found)
    assert found["fixed"].text.startswith("Knobs that are not tuned")
    assert "seed" not in describe("tftune.schedulers.median:MedianScheduler").arguments


def test_what_is_not_in_this_package_has_no_arguments() -> None:
    assert describe("tftune.errors:DataError").arguments == {}
    assert describe("tftune.errors:DataError").text.startswith("Get or repair the data")


def test_nothing_is_imported() -> None:
    targets = ", ".join(map(repr, TARGETS))
    code = (
        "import sys; from tftune.support.signatures import describe; [describe(target) for "
        f"target in ({targets})]; print(sorted(sys.modules))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert (
        "'tensorflow'" not in answer.stdout
        and "'numpy'" not in answer.stdout
        and "'tftune.oracles.core.oracle'" not in answer.stdout
    )


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (
            ["factor"],
            r"thing has no option 'factr'\. Did you mean 'factor'\? Expected one of: factor\.",
        ),
        ([], r"Expected no options\. Received: \['factr'\]\. It has no options: leave it out"),
    ],
)
def test_an_unknown_name_is_refused(known: list[str], said: str) -> None:
    check_arguments("thing", known, known)
    with pytest.raises(UsageError, match=said):
        check_arguments("thing", ["factr"], known)
