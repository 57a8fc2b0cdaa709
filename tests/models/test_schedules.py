"""Every schedule is what its formula says, at values that can be checked by hand and beside Keras'
own where Keras has it.
"""

from __future__ import annotations

from typing import Any

import keras
import pytest

from tftune.errors import UsageError
from tftune.models.schedules import SCHEDULES, make_schedule

TOTAL = 12
kerass = keras.optimizers.schedules
PAIRS: dict[str, tuple[dict[str, float], Any]] = {
    "constant": ({}, lambda step: 1.0),
    "step": (
        {"drops": 2, "drop": 0.1},
        # Keras lets a boundary belong to the value before it
        kerass.PiecewiseConstantDecay([3, 7], [1.0, 0.1, 0.01]),
    ),
    "exponential": ({"final": 0.05}, kerass.ExponentialDecay(1.0, TOTAL, 0.05)),
    "polynomial": (
        {"final": 0.1, "power": 2.0},
        kerass.PolynomialDecay(1.0, TOTAL, 0.1, power=2.0),
    ),
    "cosine": ({"final": 0.2}, kerass.CosineDecay(1.0, TOTAL, 0.2)),
}


@pytest.mark.parametrize("name", PAIRS)
def test_schedules_that_keras_has_are_those_of_keras(name: str) -> None:
    settings, of_keras = PAIRS[name]
    schedule = make_schedule(name, **settings)
    for step in range(TOTAL + 1):
        assert schedule.factor(step, TOTAL) == pytest.approx(float(of_keras(step)), abs=1e-6)


def test_cosine_after_warmup_is_that_of_keras_but_for_its_step_at_rate_0() -> None:
    of_keras = kerass.CosineDecay(0.0, 8, alpha=0.1, warmup_target=1.0, warmup_steps=4)
    schedule = make_schedule("cosine", final=0.1, warmup=1 / 3)
    after = [schedule.factor(step, 12) for step in range(4, 12)]
    assert after == pytest.approx([float(of_keras(step)) for step in range(4, 12)], abs=1e-6)
    assert [schedule.factor(step, 12) for step in range(4)] == pytest.approx([0.2, 0.4, 0.6, 0.8])


@pytest.mark.parametrize(
    ("name", "settings", "shares"),
    [
        ("triangular", {"cycles": 2, "low": 0.0}, [0.0, 0.5, 1.0, 0.5, 0.0, 0.5, 1.0, 0.5]),
        (
            "one_cycle",
            {"rise": 0.5, "start": 0.0, "final": 0.0},
            [0.0, 0.1464, 0.5, 0.8536, 1.0, 0.8536, 0.5, 0.1464],
        ),
        ("step", {"drops": 3, "drop": 0.5}, [1.0, 1.0, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125]),
    ],
)
def test_values_by_hand(name: str, settings: dict[str, float], shares: list[float]) -> None:
    schedule = make_schedule(name, **settings)
    assert [schedule.factor(step, 8) for step in range(8)] == pytest.approx(shares, abs=1e-4)


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("warmup", [0.0, 0.25, 0.9])
@pytest.mark.parametrize("total", [1, 2, 7, 1000])
def test_shares_lie_between_0_and_1_and_warm_up_rises(name: str, warmup: float, total: int) -> None:
    schedule = make_schedule(name, warmup=warmup)
    shares = [schedule.factor(step, total) for step in range(total + 3)]
    assert all(0.0 < share <= 1.0 for share in shares)
    warm = shares[: round(warmup * total) + 1]
    assert warm == sorted(warm) and len(set(warm)) == len(warm)
    if schedule.falls:
        rest = shares[round(warmup * total) :]
        assert rest == sorted(rest, reverse=True)


@pytest.mark.parametrize("name", SCHEDULES)
def test_progress_alone_decides(name: str) -> None:
    """Twice the steps pass the same shares at the same progress."""
    schedule = make_schedule(name)
    some = [schedule.factor(step, 60) for step in range(60)]
    assert some == pytest.approx([schedule.factor(2 * step, 120) for step in range(60)])


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("cos", {}, "schedule must be one of constant, step.*Received: 'cos'"),
        ("cosine", {"warmup": 1.0}, "warmup must be a number .*below 1. Received: 1.0"),
        ("cosine", {"final": 1.5}, "final must be a number .*Received: 1.5"),
        ("exponential", {"final": 0.0}, "final must be a number above 0.*Received: 0.0"),
        ("step", {"drops": 0}, "drops must be .*Received: 0"),
        ("step", {"drop": 0.0}, "drop must be a number above 0.*Received: 0.0"),
        ("polynomial", {"power": 0.0}, "power must be a number above 0. Received: 0.0"),
        ("triangular", {"cycles": 0}, "cycles must be .*Received: 0"),
        ("one_cycle", {"rise": 1.0}, "rise must be a number above 0 and below 1. Received: 1.0"),
    ],
)
def test_what_is_impossible_is_refused(name: str, settings: dict[str, float], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        make_schedule(name, **settings)
