"""What the best model got right and wrong on the test split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tftune.journal.records import Record
from tftune.reports.charts.chart import Axis, Band, Cells, Chart, Line, Points
from tftune.reports.distance_table import sentence
from tftune.reports.evaluation_text import (
    calibration_sentence,
    measure_name,
    number,
    with_interval,
)
from tftune.reports.pictures import mistaken_pictures, png
from tftune.reports.run_data import RunData
from tftune.reports.views.distances import distance_charts, distance_tables
from tftune.reports.views.view import Picture, Table, View

NAME = "test-split"
TITLE = "The test split"
HOW_TO_READ = (
    "Nothing was chosen on these rows, so they show what the best model is worth; bands and "
    "brackets are 95 % intervals, which are wide where there are few rows."
)
_MOST_CLASSES = 12  # of a matrix that can be read
_MOST_CURVES = 4  # of one run in a chart


def test_split(runs: Sequence[RunData]) -> View:
    """Returns the view: confusion matrix, ROC and precision-recall curves, reliability diagram,
    table of the classes and the most confident mistakes; for numbers what was predicted against
    what is true.
    """
    found = [(run, record) for run in runs if (record := run.state.evaluation()) is not None]
    if not found:
        return View(NAME, TITLE, HOW_TO_READ, why_not=_why_not(runs))
    several = len(runs) > 1
    charts: list[Chart] = []
    tables: list[Table] = []
    pictures: list[Picture] = []
    sentences: list[str] = []
    labelled = [(run, record["report"]) for run, record in found]
    classifiers = [
        (place, run, report)
        for place, (run, report) in enumerate(labelled)
        if report["kind"] == "classification"
    ]
    for run, record in found:
        title = run.name if several else ""
        sentences += _sentences(run, record, title)
        if record["report"]["kind"] == "regression":
            charts.append(_against(record["report"], title))
            tables.append(_residuals(record["report"], title))
            continue
        charts += _matrix(record["report"], title)
        charts += distance_charts(record["report"], title)
        tables += [*distance_tables(record["report"], title), _classes(record["report"], title)]
        tables += _mistakes(record["report"], title)
        pictures += _pictures(run, record, title)
    if classifiers:
        charts += [*_curve_charts(classifiers, several), _reliability(classifiers, several)]
    return View(
        NAME,
        TITLE,
        HOW_TO_READ,
        tuple(sentences),
        tuple(charts),
        tuple(tables),
        tuple(pictures),
    )


test_split.__test__ = False  # type: ignore[attr-defined]  # no test, whatever its name


def _why_not(runs: Sequence[RunData]) -> str:
    state = runs[0].state
    if state.best() is None:
        return "No trial has completed, so there is no model to evaluate."
    if state.test is None:
        return (
            "The best model was not evaluated on test data. tftune finish, tftune evaluate or "
            "evaluate_best(x, y) do that."
        )
    return (
        "Only the metrics of the model are known: it has several outputs or an unusual loss, or an "
        "older version evaluated it. tftune evaluate does it again."
    )


def _sentences(run: RunData, record: Record, title: str) -> list[str]:
    report, head = record["report"], f"{title}: " if title else ""
    told = [
        f"{measure_name(name, report)} {with_interval(found)}"
        for name, found in report["metrics"].items()
        if found["value"] is not None
    ]
    whose = "the finished model of trial" if run.state.members else "trial"
    sentences = [f"{whose} {record['trial_id']} on {report['rows']:,} rows: {'; '.join(told)}."]
    if report["kind"] == "classification":
        sentences.append(f"{calibration_sentence(report['calibration'])}.")
        sentences += [sentence(report)] if report.get("by_distance") else []
    if run.state.test_uses > 1:
        sentences.append(
            f"the test split was used {run.state.test_uses} times: choosing by it makes the "
            "model look better than it is."
        )
    sentences += report["notes"]
    return [head + text if head else text[:1].upper() + text[1:] for text in sentences]


def _matrix(report: Mapping[str, Any], title: str) -> list[Chart]:
    names, cells = report["classes"], report["confusion"]
    if cells is None or len(names) > _MOST_CLASSES:
        return []
    sizes = [max(sum(row), 1) for row in cells]
    shares = [[count / size for count in row] for row, size in zip(cells, sizes, strict=True)]
    edges = [place - 0.5 for place in range(len(names) + 1)]
    # the first class stands on top, as in the tables
    marks = Cells(
        edges,
        edges,
        shares[::-1],
        "share of the true class",
        [[f"{count:,}" for count in row] for row in cells[::-1]],
    )
    return [
        Chart(
            "confusion",
            Axis("predicted class", "category", categories=tuple(names)),
            Axis("true class", "category", categories=tuple(names[::-1])),
            (marks,),
            _titled("Confusion matrix", title),
        )
    ]


def _titled(text: str, run: str) -> str:
    return f"{text}, {run}" if run else text


def _curve_charts(
    classifiers: Sequence[tuple[int, RunData, Mapping[str, Any]]], several: bool
) -> list[Chart]:
    """Returns the ROC and the precision-recall chart with the curves of all runs."""
    made = []
    for name, area, x, y, text in (
        ("roc", "roc_auc", "false positive rate", "true positive rate", "ROC curve"),
        ("pr", "average_precision", "recall", "precision", "Precision and recall"),
    ):
        marks: list[Any] = []
        drawn = 0
        for place, run, report in classifiers:
            lines = [line for line in report["curves"] if line[name] is not None]
            lines = sorted(lines, key=lambda line: -line["rows"])
            for line in lines[: 1 if several else _MOST_CURVES]:
                colour = f"run-{(place if several else drawn) % 8}"
                told = f"{line['class']}: {with_interval(line[area])}"
                curve = line[name]
                series = f"{run.name}, {told}" if several else told
                marks.append(Band(curve["band_x"], curve["low"], curve["high"], "", colour))
                marks.append(Line(curve["x"], curve["y"], series, colour))
                drawn += 1
        if name == "roc":
            marks.append(Line((0, 1), (0, 1), "guessing", "reference", dashed=True))
        if drawn:
            axes = Axis(x, low=0.0, high=1.0), Axis(y, low=0.0, high=1.0)
            made.append(Chart(name, *axes, tuple(marks), text))
    return made


def _reliability(
    classifiers: Sequence[tuple[int, RunData, Mapping[str, Any]]], several: bool
) -> Chart:
    marks: list[Any] = [Line((0, 1), (0, 1), "perfect calibration", "reference", dashed=True)]
    for place, run, report in classifiers:
        bins = report["calibration"]["bins"]
        marks.append(
            Points(
                [one["probability"] for one in bins],
                [one["frequency"] for one in bins],
                run.name if several else report["calibration"]["of"],
                f"run-{place % 8}" if several else "best",
                hover=[f"{one['rows']:,} rows" for one in bins],
                low=[one["low"] for one in bins],
                high=[one["high"] for one in bins],
            )
        )
    axes = (
        Axis("predicted probability", low=0.0, high=1.0),
        Axis("observed share", low=0.0, high=1.0),
    )
    return Chart("reliability", *axes, tuple(marks), "Reliability")


def _classes(report: Mapping[str, Any], title: str) -> Table:
    areas = {line["class"]: line for line in report["curves"]}
    rows = tuple(
        (
            str(one["class"]),
            f"{one['rows']:,}",
            *(with_interval(one[name]) for name in ("precision", "recall", "f1")),
            with_interval(areas.get(one["class"], {}).get("roc_auc")),
        )
        for one in report["per_class"]
    )
    header = ("class", "rows", "precision", "recall", "F1", "ROC area")
    return Table(header, rows, (1, 2, 3, 4, 5), title=_titled("Classes", title))


def _mistakes(report: Mapping[str, Any], title: str) -> list[Table]:
    names = report["classes"]
    with_text = any("text" in wrong for wrong in report["mistakes"])
    rows = tuple(
        (
            str(wrong["row"]),
            str(names[wrong["true"]]),
            str(names[wrong["predicted"]]),
            number(wrong["probability"]),
            *((str(wrong.get("text", "")),) if with_text else ()),
        )
        for wrong in report["mistakes"]
    )
    header = ("row", "true", "predicted", "probability", *(("input",) if with_text else ()))
    title = _titled("The most confident mistakes", title)
    return [Table(header, rows, (0, 3), title=title)] if rows else []


def _pictures(run: RunData, record: Record, title: str) -> list[Picture]:
    """Returns the inputs of the most confident mistakes, where they are pictures and were kept."""
    if run.folder is None:
        return []
    kept = mistaken_pictures(run.folder.predictions, record["trial_id"])
    names = record["report"]["classes"]
    return [
        Picture(
            png(kept[wrong["row"]]),
            f"{f'{title}, ' if title else ''}row {wrong['row']}: {names[wrong['true']]}, taken for "
            f"{names[wrong['predicted']]} ({number(wrong['probability'])})",
        )
        for wrong in record["report"]["mistakes"]
        if wrong["row"] in kept
    ]


def _against(report: Mapping[str, Any], title: str) -> Chart:
    """Returns the chart of what was predicted against what is true."""
    target, predicted = report["points"]["target"], report["points"]["predicted"]
    ends = (min(target), max(target)) if target else (0.0, 1.0)
    return Chart(
        "predicted",
        Axis("true value"),
        Axis("predicted value"),
        (
            Line(ends, ends, "perfect prediction", "reference", dashed=True),
            Points(target, predicted, "", "best"),
        ),
        _titled("Predicted against true", title),
    )


def _residuals(report: Mapping[str, Any], title: str) -> Table:
    keys = ("target", "predicted", "residual")
    rows = tuple(
        (str(one["row"]), *(number(one[key]) for key in keys)) for one in report["residuals"]
    )
    header = ("row", "target", "predicted", "error")
    return Table(header, rows, (0, 1, 2, 3), title=_titled("The largest errors", title))
