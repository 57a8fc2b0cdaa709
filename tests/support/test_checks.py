"""Checks on options: what they accept and what they say."""

from __future__ import annotations

import re

import pytest

from tftune.errors import UsageError
from tftune.support.checks import check_choice, check_number


def test_good_values_pass() -> None:
    check_choice("kind", "b", {"a": 1, "b": 2})
    for value in (0, 0.5, 1):
        check_number("share", value, 0.0, 1.0)
    check_number("rate", 1e-9, 0.0, above=True)


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan"), float("inf"), None, "0.5", True])
def test_bad_numbers_are_refused_with_an_example(value: object) -> None:
    message = (
        f"share must be a number of at least 0 and at most 1. Received: {value!r}. Pass for "
        "example share=0.5."
    )
    with pytest.raises(UsageError, match=re.escape(message)):
        check_number("share", value, 0.0, 1.0, example=0.5)


def test_the_end_of_an_open_range_is_refused() -> None:
    with pytest.raises(
        UsageError, match=re.escape("rate must be a number above 0. Received: 0.0.")
    ):
        check_number("rate", 0.0, 0.0, above=True, example=0.1)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(
        UsageError,
        match=re.escape("kind must be one of a, b. Received: 'c'. Pass for example kind='a'."),
    ):
        check_choice("kind", "c", ["a", "b"])
