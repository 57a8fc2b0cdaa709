"""The rule that weighs bias and variance."""

from __future__ import annotations

from tftune.reports.analysis.verdicts import Amount, Verdict, judged


def test_what_may_be_chance_is_never_high() -> None:
    wide = Amount(0.2, -0.1, 0.5)
    assert judged(wide, wide, whole=1.0) is Verdict.UNKNOWN
    assert judged(None, wide, whole=0.5) is Verdict.UNKNOWN


def test_a_part_below_a_third_is_not_high() -> None:
    bias, gap = Amount(0.20, 0.19, 0.21), Amount(0.05, 0.04, 0.06)
    assert judged(bias, gap, whole=1.0) is Verdict.BIAS
    assert judged(gap, bias, whole=1.0) is Verdict.VARIANCE


def test_a_model_beyond_its_target_has_no_fault() -> None:
    assert judged(Amount(-0.1, -0.1, -0.1), Amount(0.02, 0.01, 0.03), 1.0) is Verdict.NEITHER


def test_an_amount_without_an_interval_is_told_without() -> None:
    assert Amount(0.25).words() == "0.25" and not Amount(0.25).is_there
    assert Amount(0.25, 0.2, 0.3).words() == "0.25 (0.2 to 0.3)"
