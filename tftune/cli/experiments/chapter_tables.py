"""The tables and sentences of the chapter's experiment."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tftune.cli.experiments.chapter_figures import Found, title_of
from tftune.cli.experiments.chapter_models import MODELS, SEARCHED, SPLITS, shared_of
from tftune.cli.experiments.paired import Paired, paired, widened
from tftune.reports.measures.seeds import over_seeds
from tftune.reports.views.view import Table

METRICS = {"auc": "test AUC", "accuracy": "test accuracy"}


def of_metric(trainings: Sequence[Any], metric: str, kept: str = "written") -> list[float]:
    """Returns a test metric of each training.

    Args:
        trainings: What `train_model` returned.
        metric: `auc`, `accuracy`, `exact_auc`, `seen_auc` or `unseen_auc`.
        kept: `written` as in the chapter, or the weights of the `last` or the `best` epoch.
    """
    return [each[kept][metric] for each in trainings]


def model_table(found: Found, split: str, comparable: bool) -> Table:
    """Returns mean, deviation, interval and range of each model, and the printed number.

    Args:
        found: The trainings of each model.
        split: One that draws rows anew has the wider interval.
        comparable: Whether the data are the chapter's.
    """
    rows = []
    for metric, words in METRICS.items():
        for name, trainings in found.items():
            values = of_metric(trainings, metric)
            spread = widened(values, shared_of(split))
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
    interval = "interval for shared rows" if shared_of(split) else "95 % interval of the mean"
    header = ("metric", "model", "mean", "sd", interval, "range of seeds")
    return Table((*header, "printed", "printed is"), tuple(rows), (2, 3, 6), title="Over the seeds")


def _placed(printed: float | None, values: Sequence[float]) -> str:
    if printed is None:
        return ""
    low, high = round(min(values), 3), round(max(values), 3)
    side = "below" if printed < low else "above" if printed > high else "in"
    return f"{side} the range"


def difference_table(found: Found, split: str) -> Table:
    """Returns the paired difference of each model to the baseline."""
    rows = []
    for metric, words in METRICS.items():
        for name in found:
            if name == "baseline":
                continue
            student = difference(found, metric, name)
            cells = (words, title_of(name), f"{student.mean:+.3f}", *_verdict(student))
            wider = _verdict(difference(found, metric, name, split)) if shared_of(split) else ()
            rows.append((*cells, *wider))
    header = ("metric", "model minus baseline", "difference", "95 % interval", "verdict")
    wide = ("interval for shared rows", "verdict for shared rows") if shared_of(split) else ()
    return Table((*header, *wide), tuple(rows), (2,), title="Differences to the baseline")


def _verdict(found: Paired) -> tuple[str, str]:
    return _interval(found.low, found.high, "+"), found.verdict


def difference(
    found: Found, metric: str, name: str, split: str = "fixed", to: str = "baseline"
) -> Paired:
    """Returns how much higher a model is than another.

    Args:
        found: The trainings of each model.
        metric: `auc` or `accuracy`.
        name: The model.
        split: One that draws rows anew has the wider interval.
        to: The other model.
    """
    first, second = (of_metric(found[each], metric) for each in (name, to))
    return paired(first, second, shared_of(split))


def best_by_hand(found: Found) -> str:
    """Returns the one of the four models that is the best on validation, on the mean of the seeds,
    with the weights that it keeps.
    """
    return max(
        MODELS,
        key=lambda name: math.fsum(
            each["curves"]["val_auc"][each["kept_epoch"] - 1] for each in found[name]
        ),
    )


def weights_table(found: Found, split: str) -> Table:
    """Returns what the weights of the last and the best epoch are worth on test; the interval of
    their difference allows for splits that share rows.
    """
    rows = []
    for name, trainings in found.items():
        last, best = (of_metric(trainings, "auc", kept) for kept in ("last", "best"))
        gain = paired(best, last, shared_of(split))
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
    interval = "interval for shared rows" if shared_of(split) else "95 % interval"
    table = (*header, "difference", interval, "verdict")
    return Table(table, tuple(rows), (1, 2, 3, 4, 5), title="Weights of the last or best epoch")


def verdict_sentences(found: Found, split: str) -> list[str]:
    """Returns which differences to the baseline are noise."""
    sentences = []
    for metric, words in METRICS.items():
        told: dict[str, list[str]] = {}
        for name in found:
            if name != "baseline" and name != SEARCHED:
                wider = difference(found, metric, name, split)
                told.setdefault(wider.verdict, []).append(f"{title_of(name)} ({wider.mean:+.3f})")
        parts = [f"{verdict}: {'; '.join(names)}" for verdict, names in told.items()]
        sentences.append(
            f"Compared with the baseline in {words}, {SPLITS[split]}: {', and '.join(parts)}."
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
        f"With {SPLITS[split]} the baseline's AUC is {over_seeds(seen).mean:.3f} on the test rows "
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
