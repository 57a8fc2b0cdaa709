"""Energy: the assumption can be changed, and a wrong one is named."""

from __future__ import annotations

import pytest

from tftune.reports.analysis.energy import DEFAULT_WATTS, energy_words, watts_of


@pytest.mark.parametrize("text", ["many", "-5", "0", "nan", "inf", "1e999"])
def test_watts_that_are_none_are_passed_over_and_named(text: str) -> None:
    watts, complaint = watts_of(text)
    assert watts == DEFAULT_WATTS
    assert "TFTUNE_WATTS was passed over" in complaint and repr(text) in complaint


def test_a_worker_of_250_watts_for_two_hours_takes_half_a_kilowatt_hour() -> None:
    watts, complaint = watts_of("250")
    assert complaint == ""
    assert energy_words(2 * 3600, watts) == "about 0.5 kWh (500 Wh)"


def test_little_energy_has_no_exponent() -> None:
    assert energy_words(4.8, 10.0) == "about 0.000013 kWh (0.013 Wh)"
    assert energy_words(0.0, 10.0) == "about 0 kWh (0 Wh)"
