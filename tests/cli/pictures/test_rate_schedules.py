"""The picture of the schedules shows every schedule, as it is."""

from __future__ import annotations

from tftune.cli.pictures import PICTURES
from tftune.cli.pictures.rate_schedules import FORMULAS, SOURCES
from tftune.models.schedules import SCHEDULES, make_schedule
from tftune.reports.charts.chart import Chart, Line


def test_each_schedule_has_a_chart_with_its_shares() -> None:
    view = PICTURES["rate-schedules"](seed=0)
    assert list(SCHEDULES) == list(FORMULAS) == list(SOURCES)
    names = [chart.name for chart in view.charts]
    assert names == [*(name.replace("_", "-") for name in SCHEDULES), "growing-batch"]
    for name, chart in zip(SCHEDULES, view.charts, strict=False):
        assert isinstance(chart, Chart)
        plain, warm = chart.marks
        assert isinstance(plain, Line) and isinstance(warm, Line)
        assert plain.y[200] == make_schedule(name).factor(1, 2)
        assert warm.y[0] < plain.y[0]
    assert [row[0] for row in view.tables[0].rows] == list(SCHEDULES)
