"""The share of the learning rate over a training, schedule by schedule, without and with a warm-up;
and the batch that grows where the rate would fall.
"""

from __future__ import annotations

from typing import Any

from tftune.models.schedules import SCHEDULES, Schedule, Step, make_schedule
from tftune.reports.charts.chart import Axis, Chart, Line
from tftune.reports.views.view import Table, View

STEPS, EPOCHS, WARMUP = 400, 20, 0.1
BATCH, ROWS = 16, 10_000
FORMULAS = {
    "constant": "1",
    "step": "drop ^ floor((drops + 1) t)",
    "exponential": "final ^ t",
    "polynomial": "final + (1 - final) (1 - t) ^ power",
    "cosine": "final + (1 - final) (1 + cos(pi t)) / 2",
    "triangular": "low + (1 - low) (1 - |2 x - 1|), x within a cycle",
    "one_cycle": "half cosines, to 1 and to final",
}
SOURCES = {
    "constant": "",
    "step": "Krizhevsky et al. 2012, He et al. 2016",
    "exponential": "",
    "polynomial": "Liu et al. 2015",
    "cosine": "Loshchilov & Hutter 2017",
    "triangular": "Smith 2017",
    "one_cycle": "Smith & Topin 2018",
}


def rate_schedules(seed: int = 0) -> View:
    """Returns the picture.

    Args:
        seed: Not used: nothing is drawn at random.
    """
    rows = tuple(
        (name, FORMULAS[name], _settings(kind()), SOURCES[name]) for name, kind in SCHEDULES.items()
    )
    header = ("schedule", "share of the learning rate", "by default", "source")
    return View(
        "rate-schedules",
        "Learning-rate schedules",
        "The height of a curve is the share of the optimizer's learning rate that a step takes. "
        f"The dashed curves warm up for the first {100 * WARMUP:.0f} % of the steps.",
        (
            "Warm-up: of W steps, step s takes (s + 1) / (W + 1) of the schedule's first value; "
            "the whole schedule then runs over the remaining steps (Goyal et al. 2017).",
            "Growing batch: rate / batch size is the noise of the descent, so the batch can grow "
            "by the factor by which the rate would fall (Smith et al. 2018); here from "
            f"{BATCH} to at most a tenth of {ROWS:,} rows.",
        ),
        (*map(_chart, SCHEDULES), _growth()),
        (Table(header, rows, title="t is the progress after the warm-up, from 0 to 1"),),
    )


def _settings(schedule: Schedule) -> str:
    settings = schedule.settings()
    return ", ".join(f"{name} {value:g}" for name, value in settings.items() if name != "warmup")


def _chart(name: str) -> Chart:
    percent = tuple(100 * step / STEPS for step in range(STEPS + 1))

    def line(warmup: float, series: str, **looks: Any) -> Line:
        schedule = make_schedule(name, warmup=warmup)
        shares = tuple(schedule.factor(step, STEPS) for step in range(STEPS + 1))
        return Line(percent, shares, series=series, **looks)

    return Chart(
        name.replace("_", "-"),
        Axis("steps done, %", low=0.0, high=100.0),
        Axis("share of the learning rate", low=0.0, high=1.0),
        (
            line(0.0, "without a warm-up", colour="run-0"),
            line(WARMUP, f"with a warm-up of {100 * WARMUP:.0f} %", colour="run-1", dashed=True),
        ),
        title=f"{name}: {FORMULAS[name]}",
    )


def _growth() -> Chart:
    from tftune.training.growing import BatchGrowth  # this imports TensorFlow

    lines = []
    for colour, schedule in (("run-0", Step()), ("run-1", make_schedule("cosine"))):
        growth = BatchGrowth(schedule, EPOCHS, BATCH, ROWS)
        sizes = tuple(float(growth.size(min(epoch, EPOCHS - 1))) for epoch in range(EPOCHS + 1))
        epochs = tuple(float(epoch) for epoch in range(EPOCHS + 1))
        lines.append(Line(epochs, sizes, series=schedule.name, colour=colour, steps=True))
    return Chart(
        "growing-batch",
        Axis("epochs done", low=0.0, high=float(EPOCHS), whole=True),
        Axis("examples in a batch", scale="log"),
        tuple(lines),
        title="The batch that grows instead",
    )
