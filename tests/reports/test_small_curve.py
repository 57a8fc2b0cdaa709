"""The small picture of the best so far."""

from __future__ import annotations

import dataclasses
import re
from xml.etree import ElementTree

import pytest

from tftune.reports.progress import Progress, Snapshot
from tftune.reports.small_curve import small_curve


def snapshot(*curve: tuple[int, float], objective: str = "val_auc") -> Snapshot:
    return dataclasses.replace(Progress().snapshot(), objective=objective, curve=curve)


def points(drawn: str) -> list[tuple[float, float]]:
    (line,) = ElementTree.fromstring(drawn).iter("{http://www.w3.org/2000/svg}polyline")
    return [tuple(map(float, point.split(","))) for point in line.get("points").split()]


def test_a_step_stands_wherever_the_best_got_better() -> None:
    drawn = small_curve(snapshot((1, 0.5), (3, 0.75), (5, 0.75)))
    assert points(drawn) == [(56, 56), (184, 56), (184, 8), (312, 8), (312, 8)]
    assert ">0.5<" in drawn and ">0.75<" in drawn and "best val_auc, trials 1 to 5" in drawn
    assert 'aria-label="best so far (trials): 0.5 (1), 0.75 (3), 0.75 (5)"' in drawn


def test_a_loss_goes_down() -> None:
    ups = [up for _, up in points(small_curve(snapshot((1, 0.75), (2, 0.5))))]
    assert ups == sorted(ups) and ups[0] < ups[-1]


@pytest.mark.parametrize("curve", [(), ((1, 0.5),)])
def test_there_is_no_curve_before_two_scores(curve) -> None:
    assert small_curve(snapshot(*curve)) == ""


def test_a_search_that_never_got_better_is_a_line() -> None:
    assert len({up for _, up in points(small_curve(snapshot((1, 0.5), (9, 0.5))))}) == 1


def test_a_long_search_has_a_small_picture() -> None:
    drawn = small_curve(snapshot(*((number, number / 7) for number in range(1, 5000))))
    assert len(drawn) < 8000 and "... " in drawn


def test_a_hostile_name_stays_text_and_nothing_runs() -> None:
    hostile = "</text><script>alert(1)</script>" + "x" * 10_000
    drawn = small_curve(snapshot((1, 0.5), (2, 0.75), objective=hostile))
    assert "<script" not in drawn and len(drawn) < 2000
    ElementTree.fromstring(drawn)
    assert not re.search(r"style|class=|href", drawn)
