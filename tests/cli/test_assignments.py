"""NAME=VALUE as a person writes it: names made whole, values made what the knob needs."""

from __future__ import annotations

import argparse
from typing import Any

import pytest

from tftune.cli.assignments import (
    configuration,
    configurations,
    joined,
    knob_name,
    option_value,
    pairs,
    split,
)
from tftune.errors import UsageError

KNOBS: list[dict[str, Any]] = [
    {"name": "batch_normalization", "kind": "Boolean", "default": False},
    {"name": "batch_size", "kind": "Choice", "values": [16, 32, 64]},
    {"name": "depth", "kind": "Int", "min": 1, "max": 4},
    {"name": "dropout", "kind": "Float", "min": 0.0, "max": 0.5},
    {"name": "l2", "kind": "Fixed", "default": 0.0},
    {"name": "learning_rate", "kind": "Float", "min": 1e-4, "max": 1e-2},
    {"name": "optimizer", "kind": "Choice", "values": ["adam", "sgd", "none", "1"]},
    {"name": "nesterov", "kind": "Choice", "values": [True, False]},
    {"name": "size", "kind": "Int", "min": 8, "max": 32},
    {"name": "size", "kind": "Float", "min": 0.0, "max": 1.0},
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=1", {"a": "1"}),
        (" a = 1 , b= 2", {"a": "1", "b": "2"}),
        ("pool=max,mean,rate=1", {"pool": "max,mean", "rate": "1"}),
        ("a=x=y,b=2", {"a": "x=y", "b": "2"}),
        ("path=a/b c", {"path": "a/b c"}),
    ],
)
def test_pairs_are_separated_by_commas_that_begin_a_name(
    text: str, expected: dict[str, str]
) -> None:
    assert split(text) == expected


@pytest.mark.parametrize("text", ["", "a", "a=", "=1", ",a=1", "a=1,a=2"])
def test_what_is_no_pair_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        split(text)


def test_semicolons_separate_configurations() -> None:
    assert configurations("a=1,b=2; a=3;") == ("a=1,b=2", "a=3")
    assert pairs("a=1,b=2;c=3") == ("a=1", "b=2", "c=3")
    with pytest.raises(argparse.ArgumentTypeError, match="expected NAME=VALUE"):
        configurations(" ; ")


@pytest.mark.parametrize(
    ("short", "name"),
    [
        ("dropout", "dropout"),
        ("drop", "dropout"),
        ("Drop", "dropout"),
        ("lr", "learning_rate"),
        ("bn", "batch_normalization"),
        ("bs", "batch_size"),
        ("LR", "learning_rate"),
        ("l2", "l2"),
        ("o", "optimizer"),
    ],
)
def test_a_knob_is_known_by_name_beginning_or_initials(short: str, name: str) -> None:
    assert knob_name(short, [knob["name"] for knob in KNOBS]) == name


def test_an_exact_name_wins_over_longer_ones_and_a_beginning_over_initials() -> None:
    assert knob_name("size", ["size", "size_of_batch"]) == "size"
    assert knob_name("lr", ["learning_rate", "lrn_depth"]) == "lrn_depth"
    assert knob_name("uc", ["unitsConv", "depth"]) == "unitsConv"
    assert knob_name("cf", ["conv/filters"]) == "conv/filters"


@pytest.mark.parametrize(
    ("short", "said"),
    [
        (
            "d",
            r"The name 'd' may mean several knobs\. Expected one of: depth, dropout\. Write more",
        ),
        ("batch", "may mean several knobs. Expected one of: batch_normalization, batch_size"),
        (
            "droput",
            r"There is no knob 'droput'\. Did you mean 'dropout'\? Expected one of: "
            r"batch_normalization",
        ),
        ("xyz", r"There is no knob 'xyz'\. Expected one of"),
    ],
)
def test_a_name_that_is_not_clear_is_refused(short: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        knob_name(short, [knob["name"] for knob in KNOBS])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("depth=3", {"depth": 3}),
        ("depth=1e1", {"depth": 10}),
        ("depth=-2", {"depth": -2}),  # the range is judged by the oracle
        ("dropout=0", {"dropout": 0.0}),
        ("lr=1e-3", {"learning_rate": 0.001}),
        ("bn=yes", {"batch_normalization": True}),
        ("bn=0", {"batch_normalization": False}),
        ("nesterov=true", {"nesterov": True}),
        ("bs=32", {"batch_size": 32}),
        ("bs=3.2e1", {"batch_size": 32}),
        ("opt=sgd", {"optimizer": "sgd"}),
        ("opt=1", {"optimizer": "1"}),
        ("opt=none", {"optimizer": "none"}),
        ("l2=0", {"l2": 0.0}),
        ("l2=0.1", {"l2": 0.1}),
        ("size=16", {"size": 16}),
        ("size=0.5", {"size": 0.5}),
    ],
)
def test_values_have_the_type_of_the_knob(text: str, expected: dict[str, Any]) -> None:
    found = configuration(text, KNOBS)
    assert found == expected
    assert [type(value) for value in found.values()] == [type(value) for value in expected.values()]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("depth=2.5", "Knob 'depth' cannot be '2.5'. Expected an integer"),
        ("depth=two", "Expected an integer"),
        ("dropout=nan", "Knob 'dropout' cannot be 'nan'. Expected a number"),
        ("dropout=inf", "Expected a number"),
        ("bn=perhaps", "Expected true or false"),
        ("bs=48", "Knob 'batch_size' cannot be '48'. Expected one of: 16, 32, 64"),
        ("opt=adamw", "Expected one of: adam, sgd, none, 1"),
        ("lr=1,learning_rate=2", "Knob 'learning_rate' is given twice"),
        ("depth", "A configuration cannot be read"),
    ],
)
def test_values_that_a_knob_cannot_have_are_refused(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        configuration(text, KNOBS)


def test_several_texts_are_one_configuration() -> None:
    assert joined((), KNOBS) == {}
    assert joined(("lr=1e-3,depth=2", "bn=on"), KNOBS) == {
        "learning_rate": 0.001,
        "depth": 2,
        "batch_normalization": True,
    }
    with pytest.raises(UsageError, match="given twice"):
        joined(("depth=1", "depth=2"), KNOBS)


@pytest.mark.parametrize(
    ("text", "annotation", "expected"),
    [
        ("4", "int", 4),
        ("4", "float", 4.0),
        ("4", "int | float", 4),
        ("0.5", "int | float", 0.5),
        ("4", "str", "4"),
        ("none", "int | None", None),
        ("none", "str", "none"),
        ("true", "bool", True),
        ("0", "bool", False),
        ("1", "bool | int", 1),
        ("EI", "Literal['EI', 'PI']", "EI"),
        ("8", "int | Mapping[str, int]", 8),
        ('{"units": 4}', "int | Mapping[str, int]", {"units": 4}),
        ("[1, 2]", "Sequence[int]", [1, 2]),
        ("lhs", "", "lhs"),
        ("3", "Any", 3),
    ],
)
def test_options_have_the_type_that_the_constructor_declares(
    text: str, annotation: str, expected: Any
) -> None:
    found = option_value("option", text, annotation)
    assert found == expected and type(found) is type(expected)


@pytest.mark.parametrize(
    ("text", "annotation"),
    [("x", "int"), ("2.5", "int | None"), ("maybe", "bool"), ("nan", "float")],
)
def test_an_option_of_another_type_is_refused(text: str, annotation: str) -> None:
    with pytest.raises(UsageError, match=r"option needs a value of type .* Received: "):
        option_value("option", text, annotation)


@pytest.mark.parametrize("text", ["units=" + "9" * 400, "dropout=-" + "9" * 400, "units=1e400"])
def test_a_number_of_too_many_digits_is_refused(text: str) -> None:
    knobs = [
        {"name": "units", "kind": "Int", "min": 1, "max": 8, "default": 1},
        {"name": "dropout", "kind": "Float", "min": 0.0, "max": 1.0, "default": 0.0},
    ]
    with pytest.raises(UsageError, match="cannot be"):
        configuration(text, knobs)
    with pytest.raises(UsageError, match="needs a value of type"):
        option_value("Option 'units'", text.partition("=")[2], "int")
