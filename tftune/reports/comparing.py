"""Several runs compared: what may be compared at all, when each reached the same score, and whether
their models differ on the test rows.

Example:
    >>> from tftune.journal.state import SearchState
    >>> header = {"kind": "header", "search": "gp", "data": {"fingerprint": "a"}}
    >>> header["objective"] = {"name": "val_auc", "direction": "max"}
    >>> first = RunData("a", SearchState(header=header), [])
    >>> second = RunData("b", SearchState(header={**header, "data": {"fingerprint": "b"}}), [])
    >>> doubts([first, second])[0][:53]
    'The data or their splits differ: the best scores were'
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

from tftune.journal.status import loss_of
from tftune.reports.measures import comparison
from tftune.reports.measures.comparison import Difference, McNemar
from tftune.reports.run_data import RunData
from tftune.support.array_files import open_arrays
from tftune.support.texts import one_line

if TYPE_CHECKING:
    import numpy as np

SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Predictions:
    """What the best model of a run answered on the test rows.

    Attributes:
        trial_id: Whose model.
        fingerprint: Of the rows.
        labels: Shape (rows,).
        answers: Shape (rows, columns).
        classes: Whether labels are numbers of classes.
        groups: A number for each row, equal for equal inputs; None where all are different.
    """

    trial_id: str
    fingerprint: str
    labels: np.ndarray
    answers: np.ndarray
    classes: bool
    groups: np.ndarray | None = None


@dataclass(frozen=True)
class Pair:
    """Two runs on the same test rows.

    Attributes:
        first: Name of a run.
        second: Name of the other.
        why_not: Why they cannot be compared, or "".
        metric: What is compared, such as `auc`.
        difference: Of the first less the second, by a paired bootstrap.
        mcnemar: Of their right and wrong rows; None where there are no classes.
        p: Of the test that decides: McNemar's for accuracy, else the bootstrap's; corrected for
            the number of pairs.
        better: Name of the run that is better, or "" where it is noise.
    """

    first: str
    second: str
    why_not: str = ""
    metric: str = ""
    higher_is_better: bool = True
    scores: tuple[float, float] = (math.nan, math.nan)
    difference: Difference | None = None
    mcnemar: McNemar | None = None
    p: float = 1.0
    better: str = ""

    @property
    def verdict(self) -> str:
        """What is to be said, in words."""
        if self.why_not:
            return f"cannot be told: {self.why_not}"
        return f"{one_line(self.better, 80)} is better" if self.better else "this is noise"


def fingerprint(run: RunData) -> str | None:
    """Returns the fingerprint of a run's data and their splits, or None where it is not kept."""
    data = run.state.header.get("data")
    found = data.get("fingerprint") if isinstance(data, Mapping) else None
    return None if found is None else str(found)


def doubts(runs: Sequence[RunData]) -> list[str]:
    """Returns why the best scores of runs may not be compared, a sentence each."""
    found = []
    objectives = {(run.state.objective, run.state.direction) for run in runs}
    if len(objectives) > 1:
        told = ", ".join(sorted(f"{one_line(name, 60)} ({way})" for name, way in objectives))
        found.append(f"The objectives differ, so the best scores cannot be compared: {told}.")
    prints = {fingerprint(run) for run in runs}
    if None in prints and len(runs) > 1:
        lacking = ", ".join(one_line(run.name, 60) for run in runs if fingerprint(run) is None)
        found.append(
            f"Whether the data are the same is not recorded for {lacking}: the best scores can be "
            "compared only if they are."
        )
    if len(prints - {None}) > 1:
        found.append(
            "The data or their splits differ: the best scores were reached on other validation "
            "rows and cannot be compared one by one."
        )
    fits = {canonical(_split_of(run)) for run in runs}
    if len(fits) > 1 and len(prints) == 1:
        found.append(
            "The validation splits were made differently: the best scores were reached on other "
            "validation rows and cannot be compared."
        )
    return found


def _split_of(run: RunData) -> Any:
    fit, training = run.state.header.get("fit"), run.state.header.get("training")
    folds = training.get("folds") if isinstance(training, Mapping) else None
    split = fit.get("validation_split") if isinstance(fit, Mapping) else None
    return [folds, split]


def canonical(value: Any) -> str:
    """Returns a value of a header as text; equal values give equal texts."""
    return json.dumps(value, sort_keys=True, default=str)


def common_score(runs: Sequence[RunData]) -> float | None:
    """Returns the worst of the bests, which all runs reached; None where a run has no best, or
    their objectives differ.
    """
    bests = [run.state.best() for run in runs]
    ways = {(run.state.objective, run.state.direction) for run in runs}
    scores = [best.score for best in bests if best is not None and best.score is not None]
    if len(ways) > 1 or len(scores) < len(runs):
        return None
    direction = runs[0].state.direction
    return max(scores, key=lambda score: loss_of(score, direction))


def read_predictions(run: RunData) -> Predictions | str:
    """Returns what the best model of a run answered on the test rows, or why that is not known."""
    if run.folder is None:
        return "the rows are not kept"
    import numpy as np

    try:
        if not run.folder.predictions.exists():
            return f"the rows of {one_line(run.name, 60)} are not kept; tftune evaluate keeps them"
        with open_arrays(run.folder.predictions) as kept:
            labels, answers = kept.read("labels"), kept.read("probabilities")
            names = one_line(str(kept.read("trial_id")), 60), str(kept.read("fingerprint"))
            kind = str(kept.read("kind")) if "kind" in kept else ""
            groups = kept.read("groups") if "groups" in kept else None
    except Exception:  # damaged archives raise many kinds; objects are never unpickled
        return f"{run.folder.predictions.name} of {one_line(run.name, 60)} cannot be read"
    best = run.state.best()
    if best is None or best.trial_id != names[0]:
        return (
            f"the rows that {one_line(run.name, 60)} keeps are those of trial {names[0]}, which is "
            "not its best"
        )
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim == 2 and set(np.unique(labels)) <= {0, 1} and (labels.sum(axis=1) == 1).all():
        labels = labels.argmax(axis=1)
    answers = answers.reshape(len(answers) if answers.ndim else 1, -1) if answers.size else answers
    numbers = labels.dtype.kind in "biuf" and answers.dtype.kind in "biuf"
    if labels.ndim != 1 or not numbers or not answers.size or len(labels) != len(answers):
        return f"the rows of {one_line(run.name, 60)} have no one label each"
    classes = kind != "regression" and comparison.is_classes(labels)
    if groups is not None and len(groups) != len(labels):
        groups = None
    if classes:  # a row of which nothing is known has a negative one
        known = labels >= 0
        groups = None if groups is None else np.unique(groups[known], return_inverse=True)[1]
        labels, answers = labels[known].astype(int), answers[known]
    return Predictions(*names, labels, answers, classes, groups)


def pairs(runs: Sequence[RunData], resamples: int = comparison.RESAMPLES) -> list[Pair]:
    """Returns all pairs of runs, tested on the test rows that both have answered; p-values are
    corrected for the number of tests.
    """
    kept = [read_predictions(run) for run in runs]
    drawn: dict[tuple[str, str], Any] = {}
    found = []
    for one, other in combinations(range(len(runs)), 2):
        found.append(_pair(runs, kept, one, other, drawn, resamples))
    tested = [place for place, pair in enumerate(found) if not pair.why_not]
    corrected = comparison.holm([found[place].p for place in tested])
    for place, p in zip(tested, corrected, strict=True):
        found[place] = _judged(replace(found[place], p=p))
    return found


def _pair(
    runs: Sequence[RunData],
    kept: Sequence[Predictions | str],
    one: int,
    other: int,
    drawn: dict[tuple[str, str], Any],
    resamples: int,
) -> Pair:
    names = runs[one].name, runs[other].name
    first, second = kept[one], kept[other]
    if isinstance(first, str):
        return Pair(*names, why_not=first)
    if isinstance(second, str):
        return Pair(*names, why_not=second)
    import numpy as np

    if first.fingerprint != second.fingerprint or not np.array_equal(first.labels, second.labels):
        return Pair(*names, why_not="the splits differ")
    objective = runs[one].state.objective
    if objective != runs[other].state.objective:
        objective = "accuracy"
    metric = comparison.metric_for(objective, first.answers, first.classes)
    scores = [
        comparison.safely(metric.score, each.labels, each.answers) for each in (first, second)
    ]
    for name, each in zip(names, (first, second), strict=True):
        if (name, metric.name) not in drawn:  # the same resamples for all
            drawn[name, metric.name] = comparison.resampled_scores(
                metric.score, each.labels, [each.answers], resamples, groups=first.groups
            )[0]
    change = drawn[names[0], metric.name] - drawn[names[1], metric.name]
    between = comparison.difference(scores[0] - scores[1], change)
    test = None
    if first.classes:
        right = [comparison.classes_of(each.answers) == each.labels for each in (first, second)]
        test = comparison.mcnemar(*right)
    p = test.p if test is not None and metric.name == "accuracy" else between.p
    return Pair(
        *names,
        metric=metric.name,
        higher_is_better=metric.higher_is_better,
        scores=(scores[0], scores[1]),
        difference=between,
        mcnemar=test,
        p=p,
    )


def _judged(pair: Pair) -> Pair:
    """Returns a pair with the better run, if the difference is more than noise."""
    value = 0.0 if pair.difference is None else pair.difference.value
    if pair.p >= SIGNIFICANT or value == 0 or math.isnan(value):
        return pair
    first = (value > 0) == pair.higher_is_better
    return replace(pair, better=pair.first if first else pair.second)
