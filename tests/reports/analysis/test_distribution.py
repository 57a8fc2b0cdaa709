"""The spread of scores, and histograms whose bins hold all of them."""

from __future__ import annotations

import pytest

from tftune.reports.analysis.distribution import edges_of, histogram, summary_of


def test_the_best_tenth_and_the_gap() -> None:
    scores = [number / 100 for number in range(100)]
    spread = summary_of(scores, "max")
    assert (spread.count, spread.best, spread.worst, spread.tenth) == (100, 0.99, 0.0, 10)
    assert (spread.gap, spread.ties) == (0.01, 1)
    assert spread.median == pytest.approx(0.495)
    assert spread.tenth_quartiles == pytest.approx((0.9225, 0.945, 0.9675))


def test_the_lowest_is_the_best_of_losses() -> None:
    spread = summary_of([0.5, 0.25, 0.25, 1.0], "min")
    assert (spread.best, spread.gap, spread.ties, spread.worst) == (0.25, 0.0, 2, 1.0)
    assert spread.tenth_quartiles == (0.25, 0.25, 0.25)


def test_one_score_has_no_gap() -> None:
    assert summary_of([0.5], "max").gap is None


@pytest.mark.parametrize("values", [[0.5], [0.0, 0.0], [-1.0, 3.0, 3.0], [1e-9, 1.0, 10.0]])
def test_every_value_falls_into_a_bin(values: list[float]) -> None:
    edges = edges_of(values, log=min(values) > 0 and len(values) > 2)
    assert edges == sorted(set(edges))
    assert edges[0] <= min(values) and max(values) <= edges[-1]
    assert sum(histogram(values, edges)) == len(values)


def test_a_thousand_scores_have_thirty_bins() -> None:
    assert len(edges_of([float(number) for number in range(1000)])) == 31
