"""The tables and sentences of the chapter's experiment."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tftune.cli.experiments.chapter_figures import Found, title_of
from tftune.cli.experiments.chapter_models import MODELS, SEARCHED
from tftune.cli.experiments.paired import Paired, paired
from tftune.reports.measures.seeds import over_seeds
from tftune.reports.views.view import Table

SHARED = 1 / 8  # test rows to train rows, where each seed draws them anew
METRICS = {"auc": "test AUC", "accuracy": "test accuracy"}


def of_metric(trainings: Sequence[Any], metric: str, kept: str = "written") -> list[float]:
    """Returns a test metric of each training.

    Args:
        trainings: What `train_model` returned.
        metric: `auc`, `accuracy`, `exact_auc`, `seen_auc` or `unseen_auc`.
        kept: `written` as in the chapter, or the weights of the `last` or the `best` epoch.
    """
    return [each[kept][metric] for each in trainings]


def model_table(found: Found, comparable: bool) -> Table:
    """Returns mean, deviation, interval and range of each model, and the printed number.

    Args:
        found: The trainings of each model.
        comparable: Whether the data are the chapter's.
    """
    rows = []
    for metric, words in METRICS.items():
        for name, trainings in found.items():
            values = of_metric(trainings, metric)
            spread = over_seeds(values)
            printed = getattr(MODELS[name], metric) if name in MODELS else None
            rows.append(
                (
                    words,
                    title_of(name),
                    f"{spread.mean:.3f}",
                    _number(_deviation(values)),
                    _interval(spread.low, spread.high),
                    f"{min(values):.3f} to {max(values):.3f}",
                    "" if printed is None else f"{printed:.3f}",
                    _placed(printed, values) if comparable else "",
                )
            )
    header = ("metric", "model", "mean", "sd", "95 % interval of the mean", "range of seeds")
    return Table((*header, "printed", "printed is"), tuple(rows), (2, 3, 6), title="Over the seeds")


def _placed(printed: float | None, values: Sequence[float]) -> str:
    if printed is None:
        return ""
    low, high = round(min(values), 3), round(max(values), 3)
    return "below" if printed < low else "above" if printed > high else "in the range"


def difference_table(found: Found) -> Table:
    """Returns the paired difference of each model to the baseline."""
    rows = [
        (
            METRICS[metric],
            title_of(name),
            f"{student.mean:+.3f}",
            _interval(student.low, student.high, "+"),
            student.verdict,
            _interval(wider.low, wider.high, "+"),
            wider.verdict,
        )
        for metric in METRICS
        for name in found
        if name != "baseline"
        for student, wider in [differences(found, metric, name)]
    ]
    header = ("metric", "model less baseline", "difference", "95 % interval", "verdict")
    wide = ("interval for shared rows", "verdict for shared rows")
    return Table((*header, *wide), tuple(rows), (2,), title="Differences to the baseline")


def differences(found: Found, metric: str, name: str, to: str = "baseline") -> tuple[Paired, ...]:
    """Returns a model's difference to another, with Student's interval and with the wider one."""
    values = [of_metric(found[each], metric) for each in (name, to)]
    return paired(*values), paired(*values, SHARED)


def weights_table(found: Found) -> Table:
    """Returns what the weights of the last and the best epoch are worth on test."""
    rows = []
    for name, trainings in found.items():
        last, best = (of_metric(trainings, "auc", kept) for kept in ("last", "best"))
        gain = paired(best, last)
        epochs = [each["best_epoch"] for each in trainings]
        rows.append(
            (
                title_of(name),
                f"{over_seeds([each['epochs'] for each in trainings]).mean:.1f}",
                f"{over_seeds(epochs).mean:.1f}",
                f"{over_seeds(last).mean:.3f}",
                f"{over_seeds(best).mean:.3f}",
                f"{gain.mean:+.3f}",
                _interval(gain.low, gain.high, "+"),
                gain.verdict,
            )
        )
    header = ("model", "epochs", "best epoch", "test AUC, last epoch", "test AUC, best epoch")
    table = (*header, "difference", "95 % interval", "verdict")
    return Table(table, tuple(rows), (1, 2, 3, 4, 5), title="Weights of the last or best epoch")


def verdict_sentences(found: Found, split: str) -> list[str]:
    """Returns which differences to the baseline are noise."""
    sentences = []
    for metric, words in METRICS.items():
        told: dict[str, list[str]] = {}
        for name in found:
            if name != "baseline" and name != SEARCHED:
                wider = differences(found, metric, name)[1]
                told.setdefault(wider.verdict, []).append(f"{title_of(name)} ({wider.mean:+.3f})")
        parts = [f"{verdict}: {'; '.join(names)}" for verdict, names in told.items()]
        sentences.append(
            f"Against the baseline in {words} on the {split} split: {'. '.join(parts)}."
        )
    return sentences


def seen_sentence(found: Found, split: str) -> str:
    """Returns what the baseline is worth on rows that it has seen and on others."""
    seen, unseen = (
        [value for value in of_metric(found["baseline"], name) if not math.isnan(value)]
        for name in ("seen_auc", "unseen_auc")
    )
    if not seen or not unseen:
        return ""
    return (
        f"On the {split} split the baseline's AUC is {over_seeds(seen).mean:.3f} on the test rows "
        f"whose sequence it has trained on, and {over_seeds(unseen).mean:.3f} on the others."
    )


def _deviation(values: Sequence[float]) -> float:
    if len(values) < 2:
        return math.nan
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.3f}"


def _interval(low: float, high: float, sign: str = "") -> str:
    return "" if math.isnan(low) else f"{low:{sign}.3f} to {high:{sign}.3f}"
