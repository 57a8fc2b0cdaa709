"""Verdicts by paired differences, on numbers that can be checked by hand."""

from __future__ import annotations

import math

import pytest

from tftune.cli.experiments.claims import Claim, change, headline

NAN = math.nan


@pytest.mark.parametrize(
    ("with_it", "expected", "verdict"),
    [
        ((5.0, 6.0, 5.0), -1, "supported"),
        ((5.0, 6.0, 5.0), 1, "contradicted"),
        ((9.0, 12.0, 10.0), -1, "cannot be told"),
        ((9.0, 11.0, 10.0), -1, "cannot be told"),  # no difference at all
        ((8.0, 10.0, 9.0), -1, "supported"),  # the same in all seeds: no width
        ((5.0, NAN, NAN), -1, "cannot be told"),  # one seed has no interval
        ((NAN, NAN, NAN), -1, "cannot be told"),
    ],
)
def test_a_verdict_is_by_the_interval(
    with_it: tuple[float, ...], expected: int, verdict: str
) -> None:
    assert Claim("H1", "epochs", (9.0, 11.0, 10.0), with_it, expected).verdict == verdict


def test_a_seed_that_lacks_a_value_is_left_out_of_both() -> None:
    spread = change([1.0, NAN, 3.0], [2.0, 9.0, 6.0])  # 1 and 3: mean 2, deviation 1.414
    assert spread.count == 2 and spread.mean == 2
    assert spread.high - spread.mean == pytest.approx(12.706, abs=1e-3)  # t of 1 degree, times 1


def test_a_headline_counts_every_verdict() -> None:
    three = [(5.0, 6.0, 5.0), (15.0, 16.0, 15.0), (9.0, 12.0, 10.0)]
    claims = [Claim("H1", "epochs", (9.0, 11.0, 10.0), each, -1) for each in three]
    told = headline("H1", claims)
    assert "supported by 1 of 3" in told and "contradicted by 1" in told and "1 cannot" in told
    assert headline("H2", claims) == "H2: was not tested."
