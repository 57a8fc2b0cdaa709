"""What the walk and the joint search have found, in words, tables and pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from tftune.reports.charts.chart import Axis, Chart, Line, Points, Rule
from tftune.reports.measures.seeds import Spread, over_seeds
from tftune.reports.measures.wilson import wilson
from tftune.reports.views.view import Table, View

if TYPE_CHECKING:
    from tftune.cli.experiments.knob_by_knob import Walked

_READ = (
    "Points are mean validation accuracies over the seeds, lines their 95 % intervals (Student's "
    "t); what was taken is marked."
)
FEW = 5  # seeds, below which an interval says little
AIM = 0.975  # of the test accuracy, on the file of 10,000 digits
_CODE = (
    "The article's code tunes on the test split: it passes the test pictures as validation data, "
    "and its best accuracies are the best of many looks at them. Here validation pictures, taken "
    "from the training part, decide, and the test split is used at the end.",
    "What its text calls momentum is ema_momentum in its code. Keras' optimizers read that only "
    "with use_ema=True; then the average of the weights takes their place after the last epoch, "
    "while every step, and the validation accuracy of every epoch, is that without momentum.",
    "Where its text has layers of n nodes, the code gives n to the first and 784, the number of "
    "pixels, to the inner ones, so that its table of layers x nodes compares other networks than "
    "it says.",
)


def step_view(number: int, walked: Walked) -> View:
    """Returns a step: its table, its picture, and whether the choice is more than noise."""
    spreads = [over_seeds(scores) for scores in walked.scores]
    best = spreads[walked.best]
    sentences = [f"Taken: {walked.texts[walked.best]}, {_percent(best)} on the validation split."]
    if walked.before is not None and walked.before != walked.best:
        sentences.append(
            f"Compared with {walked.texts[walked.before]}, the value before this step: "
            f"{difference(walked.scores[walked.best], walked.scores[walked.before])}."
        )
    elif walked.before is not None:
        sentences.append("It was the value before this step, so the step has changed nothing.")
    second = _second(spreads, walked.best)
    if second is not None:
        sentences.append(
            f"Compared with the second best, {walked.texts[second]}: "
            f"{difference(walked.scores[walked.best], walked.scores[second])}."
        )
    if len(spreads) > 1:
        sentences.append(
            "The trainings that chose it are those that are compared, so it looks rather better "
            "than it is; the test split, at the end, is free of this."
        )
    if best.count < FEW:
        wide = f"{best.count} seeds leave wide intervals, or by chance none"
        one = "One seed leaves no interval"
        sentences.append(f"{wide if best.count > 1 else one}: {FEW} or more tell more.")
    rows = tuple(
        (
            text,
            f"{100 * spread.mean:.2f}",
            _ends(spread),
            difference(walked.scores[walked.best], scores) if at != walked.best else "taken",
        )
        for at, (text, spread, scores) in enumerate(
            zip(walked.texts, spreads, walked.scores, strict=True)
        )
    )
    header = (walked.step.label, "validation %", "95 % interval", "what was taken is better by")
    return View(
        f"step-{number}-{walked.step.name}",
        f"{walked.step.title}: step {number} of the walk",
        _READ,
        tuple(sentences),
        (_chart(f"step-{number}-{walked.step.name}", walked, spreads),),
        (Table(header, rows, numbers=(1,)),),
    )


def _chart(name: str, walked: Walked, spreads: Sequence[Spread]) -> Chart:
    axis = Axis(walked.step.label, "category", categories=walked.texts)
    others = [at for at in range(len(spreads)) if at != walked.best]
    return Chart(
        name,
        axis,
        Axis("validation accuracy, %"),
        (
            _points(others, spreads, "tried", "neutral"),
            _points([walked.best], spreads, "taken", "best"),
        ),
        wide=len(spreads) > 6,
    )


def _points(places: Sequence[int], spreads: Sequence[Spread], series: str, colour: str) -> Points:
    chosen = [spreads[place] for place in places]
    one_seed = any(math.isnan(each.low) for each in chosen)
    return Points(
        [float(place) for place in places],
        [100 * each.mean for each in chosen],
        series,
        colour,
        low=[] if one_seed else [100 * max(each.low, 0) for each in chosen],
        high=[] if one_seed else [100 * min(each.high, 1) for each in chosen],
    )


def coded_view(scores: Mapping[str, Sequence[float]]) -> View:
    """Returns what the article's code does, beside what its text says."""
    kinds = list(scores)
    spreads = [over_seeds(scores[kind]) for kind in kinds]
    _, momentum, averaged, layers, inner = (scores[kind] for kind in kinds)
    sentences = (
        *_CODE,
        f"Momentum as in the text, compared with the average of the code: "
        f"{difference(momentum, averaged)}.",
        f"Inner layers of 784 nodes, compared with those of the text: {difference(inner, layers)}.",
    )
    rows = tuple(
        (kind, f"{100 * spread.mean:.2f}", _ends(spread))
        for kind, spread in zip(kinds, spreads, strict=True)
    )
    chart = Chart(
        "the-articles-code",
        Axis("", "category", categories=tuple(kinds)),
        Axis("validation accuracy, %"),
        (_points(range(len(kinds)), spreads, "", "neutral"),),
        wide=True,
    )
    table = Table(("what", "validation %", "95 % interval"), rows, numbers=(1,))
    title = "The article's code beside its text"
    return View("the-articles-code", title, _READ, sentences, (chart,), (table,))


def joint_view(walk: Sequence[float], joint: Mapping[str, Any], search: str) -> View:
    """Returns both searches, training by training."""
    scores = [math.nan if score is None else score for score in joint["scores"]]
    lines = tuple(
        Line(
            range(1, len(each) + 1),
            [100 * best for best in accumulate(each, _better)],
            series,
            colour,
            steps=True,
        )
        for each, series, colour in (
            (walk, "knob by knob", "neutral"),
            (scores, f"joint search ({search})", "best"),
        )
        if each
    )
    chart = Chart(
        "joint-search",
        Axis("trainings", whole=True),
        Axis("best validation accuracy so far, %"),
        lines,
        wide=True,
    )
    rows = tuple((name, _value(value)) for name, value in joint["values"].items())
    table = Table(("knob", "value"), rows, title="What the joint search has chosen")
    sentences = (
        f"Both made {len(walk)} trainings of the same number of epochs. The walk spends them on "
        "values of one knob at a time, each with several seeds; the joint search on values of all "
        "knobs at once, one training each.",
        "The best validation accuracy so far favours many single trainings, the luckiest of which "
        "counts: the comparison on the test split, below, does not.",
    )
    read = "The best single training so far; higher is better."
    return View(
        "joint-search", "All knobs jointly, at equal cost", read, sentences, (chart,), (table,)
    )


def final_view(
    values: Mapping[str, Mapping[str, Any]],
    found: Mapping[str, Sequence[Mapping[str, Any]]],
    rows: int,
) -> View:
    """Returns the comparison on the test split.

    Args:
        values: Of the knobs of each configuration: before any step, after the article's steps,
            after all steps, jointly.
        found: Trainings of each, with fresh seeds.
        rows: Of the test split.
    """
    tests = {kind: [each["test_accuracy"] for each in found[kind]] for kind in found}
    spreads = {kind: over_seeds(tests[kind]) for kind in tests}
    before, article, walk, joint = tests
    validation = {
        kind: over_seeds([each["val_accuracy"] for each in found[kind]]).mean for kind in found
    }
    # a best one that the test split chose would look better on it than it is
    best = max((article, walk, joint), key=lambda kind: validation[kind])
    low, high = wilson(spreads[best].mean * rows, rows)
    sentences = (
        f"The joint search compared with the walk: {difference(tests[joint], tests[walk])}.",
        "The article's steps compared with the network before any step: "
        f"{difference(tests[article], tests[before])}.",
        f"Shifts on top of them: {difference(tests[walk], tests[article])}.",
        f"The best one on validation, {best}, has {_percent(spreads[best])} on test, the mean of "
        f"{len(tests[best])} trainings, where {100 * AIM:g} % were aimed at on the file of 10,000 "
        f"digits. Besides the seeds, {rows:,} test pictures leave {100 * low:.2f} to "
        f"{100 * high:.2f}.",
    )
    table = Table(
        ("configuration", "validation %", "test %", "95 % interval over seeds"),
        tuple(
            (kind, f"{100 * validation[kind]:.2f}", f"{100 * spread.mean:.2f}", _ends(spread))
            for kind, spread in spreads.items()
        ),
        numbers=(1, 2),
    )
    knobs = sorted({name for each in values.values() for name in each})
    told = Table(
        ("knob", *values),
        tuple(
            (name, *(_value(each[name]) if name in each else "-" for each in values.values()))
            for name in knobs
        ),
        title="Their knobs",
    )
    chart = Chart(
        "on-the-test-split",
        Axis("", "category", categories=tuple(spreads)),
        Axis("test accuracy, %"),
        (
            _points(range(len(spreads)), list(spreads.values()), "", "best"),
            Rule(100 * AIM, "y", "aim for the file of 10,000 digits"),
        ),
    )
    read = (
        "Test accuracy of trainings whose seeds no choice has seen: mean and 95 % interval over "
        "the seeds."
    )
    return View("on-the-test-split", "On the test split", read, sentences, (chart,), (table, told))


def difference(first: Sequence[float], second: Sequence[float]) -> str:
    """Returns how much better the first is, in points, with the interval of the differences over
    seeds, and says where it is noise.

    Example:
        >>> difference([0.97, 0.98, 0.99], [0.96, 0.96, 0.98])
        '+1.33 points (-0.10 to +2.77), noise'
    """
    spread = over_seeds([one - other for one, other in zip(first, second, strict=True)])
    told = f"{100 * spread.mean:+.2f} points"
    if math.isnan(spread.low):
        return f"{told} (one seed)"
    verdict = ", noise" if spread.low <= 0 <= spread.high else ""
    return f"{told} ({100 * spread.low:+.2f} to {100 * spread.high:+.2f}){verdict}"


def _second(spreads: Sequence[Spread], best: int) -> int | None:
    others = [at for at in range(len(spreads)) if at != best]
    return max(others, key=lambda at: spreads[at].mean, default=None)


def _better(one: float, other: float) -> float:
    return other if math.isnan(one) else one if math.isnan(other) else max(one, other)


def _percent(spread: Spread) -> str:
    ends = _ends(spread)
    return f"{100 * spread.mean:.2f} %" + (f" ({ends})" if ends != "-" else "")


def _ends(spread: Spread) -> str:
    if math.isnan(spread.low):
        return "-"
    return f"{100 * max(spread.low, 0):.2f} to {100 * min(spread.high, 1):.2f}"


def _value(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
