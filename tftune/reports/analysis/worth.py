"""What the best trial is worth: its value on the test split, with an interval, and how often that
split was used.

Example:
    >>> from tftune.journal.state import SearchState
    >>> header = {"objective": {"name": "val_accuracy", "direction": "max"}, "data": {"test": 100}}
    >>> state = SearchState(header=header, test={"trial_id": "0003", "metrics": {"accuracy": 0.9}})
    >>> worth = test_worth(state)
    >>> worth.words()
    'accuracy 0.9, 95 % interval 0.8256 to 0.9448 (Wilson, 100 rows)'
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tftune.journal.state import SearchState, TrialRecord
from tftune.reports.analysis.noise import Interval, interval_of
from tftune.reports.analysis.trials import is_finite
from tftune.reports.analysis.words import counted, name_of
from tftune.reports.measures import metric_names as measures
from tftune.reports.measures.metric_names import plain_name
from tftune.reports.measures.wilson import Z
from tftune.reports.tables import format_value


@dataclass(frozen=True)
class Worth:
    """A value on a split.

    Attributes:
        trial_id: Whose it is.
        metric: Of what.
        value: How much.
        interval: The interval, or None.
        why_not: Why there is none, or "".
    """

    trial_id: str
    metric: str
    value: float
    interval: Interval | None
    why_not: str

    @property
    def error(self) -> float | None:
        """The standard error that the interval tells, or None."""
        return None if self.interval is None else (self.interval.high - self.interval.low) / (2 * Z)

    def words(self) -> str:
        """Returns the value and its interval in words."""
        told = f"{name_of(self.metric)} {format_value(self.value)}"
        if self.interval is None:
            return f"{told} ({self.why_not})"
        low, high = format_value(self.interval.low), format_value(self.interval.high)
        return f"{told}, 95 % interval {low} to {high} ({self.interval.method})"


def test_worth(state: SearchState) -> Worth | None:
    """Returns the objective's metric on the test split, or another one if that is absent; None
    where the best trial was not evaluated there.
    """
    if not state.test:
        return None
    metrics = {
        name: float(value) for name, value in state.test["metrics"].items() if is_finite(value)
    }
    wanted = state.objective.removeprefix("val_")
    names = [
        *(name for name in metrics if name == wanted),
        *(name for name in metrics if plain_name(name) == plain_name(wanted)),
        *metrics,
    ]
    if not names:
        return None
    name, trial_id = names[0], str(state.test["trial_id"])
    evaluated = _evaluated(state, trial_id, name, metrics[name])
    if evaluated is not None:
        return Worth(trial_id, name, metrics[name], evaluated, "")
    found = interval_of(name, metrics[name], "test", known_rows(state))
    return Worth(trial_id, name, metrics[name], *found)


def validation_worth(state: SearchState, trial: TrialRecord) -> Worth:
    """Returns the score of a trial with the interval that the rows of its split allow."""
    value = float("nan") if trial.score is None else float(trial.score)
    training = state.header.get("training") or {}
    if training.get("folds"):
        why_not = "no interval from rows: the score is a mean over folds"
        return Worth(trial.trial_id, state.objective, value, None, why_not)
    found, why_not = interval_of(state.objective, value, "validation", known_rows(state))
    return Worth(trial.trial_id, state.objective, value, found, why_not)


def known_rows(state: SearchState) -> dict[str, Any]:
    """Returns what is told of the data, with the rows of each split and class that the reference
    models have counted.

    Example:
        >>> counted = {"split": "validation", "rows": 10, "class_counts": [6, 4]}
        >>> state = SearchState(references={"validation": counted})
        >>> known_rows(state)
        {'validation': 10, 'positives': {'validation': 4}}
    """
    data = dict(state.header.get("data") or {})
    for split, record in state.references.items():
        counts = list(record.get("class_counts") or ())
        if not isinstance(data.get(split), int) and record.get("rows"):
            data[split] = record["rows"]
        if len(counts) == 2 and data.get(split) == record["rows"]:
            known = data.get("positives")
            known = known if isinstance(known, Mapping) else {}
            data["positives"] = {split: counts[1], **known}
    return data


def best_words(state: SearchState) -> str:
    """Returns the best score with its interval, and of how many it is the best; "" without one.

    Example:
        >>> from tftune.journal.state import SearchState
        >>> best_words(SearchState(header={"objective": {"name": "val_auc", "direction": "max"}}))
        ''
    """
    best = state.best()
    if best is None:
        return ""
    worth = validation_worth(state, best)
    found, ends = worth.interval, ""
    if found is not None:
        ends = f" ({format_value(found.low)} to {format_value(found.high)})"
    ranked, of = state.standing.ranked(), ""
    if len(ranked) > 1:
        is_first = ranked[0] == best.trial_id
        how = "so likely too good" if is_first else "the winner of the confirmation"
        of = f", {place_words(state)} and {how}"
    trainings = trainings_of(state)
    mean = f", the mean of {trainings} trainings" if trainings > 1 else ""
    return f"{name_of(worth.metric)} {format_value(worth.value)}{ends}{mean}{of}"


def place_words(state: SearchState) -> str:
    """Returns where the score of the best trial stands among all: a confirmed winner need not have
    the best one.

    Args:
        state: Of a search with a best trial.
    """
    ranked, best = state.standing.ranked(), state.best()
    place = 1 + ranked.index("" if best is None else best.trial_id)
    scores = counted(len(ranked), "score")
    return f"the best of {scores}" if place == 1 else f"number {place:,} of {scores}"


def trainings_of(state: SearchState) -> int:
    """Returns over how many trainings a score is a mean."""
    training = state.header.get("training") or {}
    counts = (training.get("executions_per_trial"), training.get("folds"))
    first, second = (count if isinstance(count, int) and count > 0 else 1 for count in counts)
    return first * second


def _evaluated(state: SearchState, trial_id: str, metric: str, value: float) -> Interval | None:
    """Returns the interval that an evaluation of the same trial on the test split computed."""
    for record in reversed(state.evaluations):
        if record.get("trial_id") != trial_id or record.get("split", "test") != "test":
            continue
        ends = measures.interval_of(metric, value, record.get("report") or {})
        if ends is not None:
            rows = record.get("rows")
            on = f", {rows:,} rows" if isinstance(rows, int) else ""
            return Interval(float(ends[0]), float(ends[1]), f"from its predictions{on}")
    return None
