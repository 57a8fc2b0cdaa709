"""The score by distance in words, and as part of the view of the test split."""

from __future__ import annotations

from typing import Any

import numpy as np

from tftune.datasets.nearness import Nearness
from tftune.reports.distance_table import distance_text
from tftune.reports.measures.evaluation import classification_report
from tftune.reports.views.distances import distance_charts, distance_tables


def report() -> dict[str, Any]:
    labels = np.tile([0, 1], 60)
    distances = np.repeat([0, 1, 7], 40)
    scores = np.where(distances < 7, labels * 0.6 + 0.2, 0.3 + 0.4 * (np.arange(120) % 5 > 2))
    nearness = Nearness(distances, np.arange(120))
    return classification_report(labels, scores, ["no", "yes"], nearness=nearness)


def test_the_table_tells_rows_inputs_and_both_scores() -> None:
    lines = distance_text(report()).splitlines()
    assert lines[0].startswith("Score by distance to the nearest training sequence, with intervals")
    assert lines[1].split() == ["edits", "rows", "inputs", "yes", "accuracy", "ROC", "area"]
    assert lines[2].split()[:4] == ["0", "40", "40", "20"] and "1.000 (" in lines[2]
    assert lines[4].startswith("  6 to 8") and lines[5].split()[:4] == ["all", "120", "120", "60"]
    assert lines[6].startswith("Of the 120 rows 67 % are within 3 edits of a training sequence.")
    assert "At the distance 0 ROC area is 1.000, at 6 to 8 it is 0." in lines[6]


def test_the_view_draws_what_has_an_interval() -> None:
    (chart,), (table,) = distance_charts(report(), ""), distance_tables(report(), "second")
    assert chart.x.categories == ("0", "1", "6-8")
    assert [points.series for points in chart.marks] == ["ROC area", "accuracy"]
    assert all(len(points.low) == len(points.x) == 3 for points in chart.marks)
    assert table.title.endswith(", second") and len(table.rows) == 4


def test_a_report_without_distances_has_none() -> None:
    plain = classification_report([0, 1], [0.1, 0.9])
    assert distance_text(plain) == ""
    assert distance_charts(plain, "") == distance_tables(plain, "") == []
