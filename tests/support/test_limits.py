"""Limits of what is read."""

from __future__ import annotations

import pytest

from tftune.errors import DataError, UsageError
from tftune.support.limits import LIMITS, PIXELS, Limit


def test_a_limit_is_raised_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFTUNE_MAX_PIXELS", "4e8")
    assert PIXELS.most() == 400_000_000
    PIXELS.check(400_000_000)
    with pytest.raises(DataError, match="at most 400,000,000 are read.*set TFTUNE_MAX_PIXELS"):
        PIXELS.check(400_000_001)


@pytest.mark.parametrize("said", ["many", "nan", "inf", "0", "-5", "\x1b[2J"])
def test_a_variable_that_holds_no_number_is_refused(
    said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFTUNE_MAX_PIXELS", said)
    with pytest.raises(UsageError, match="TFTUNE_MAX_PIXELS must be a number, 1 or more"):
        PIXELS.most()


def test_an_empty_variable_sets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFTUNE_MAX_PIXELS", "")
    assert PIXELS.most() == PIXELS.default


def test_every_limit_has_a_variable_of_its_own() -> None:
    assert len({limit.variable for limit in LIMITS}) == len(LIMITS)
    assert all(isinstance(limit, Limit) and limit.default >= 1 for limit in LIMITS)
