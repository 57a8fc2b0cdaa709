"""What a nested evaluation has found, in numbers and words: for the terminal, the report and
`summary.json`.

A fold tells the validation score of its winner, v, and what that is worth on the rows of the
fold, t. The whole procedure is worth the mean of t; its optimism is the mean of v - t. Both have
Student's interval over the folds. The searches share most of their rows, so that it is somewhat too
narrow: no unbiased estimate of its width exists (Y. Bengio and Y. Grandvalet, *JMLR* 5, 2004).

Example:
    >>> from tftune.journal.state import SearchState
    >>> objective = {"name": "val_auc", "direction": "max"}
    >>> results = [{"fold": 1, "score": 0.875, "value": 0.75, "trials": 12},
    ...     {"fold": 2, "score": 0.75, "value": 0.625, "trials": 12}]
    >>> record = {"kind": "nested", "folds": 2, "metric": "auc", "results": results}
    >>> state = SearchState().apply_all([{"kind": "header", "objective": objective}, record])
    >>> worth = nested_worth(state)
    >>> worth.mean, worth.optimism.mean
    (0.6875, 0.125)
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tftune.journal.records import Record
from tftune.journal.state import SearchState
from tftune.reports.analysis.noise import is_accuracy, is_auc
from tftune.reports.analysis.words import counted, name_of
from tftune.reports.measures.seeds import Spread, over_seeds
from tftune.reports.tables import format_value


@dataclass(frozen=True)
class NestedWorth:
    """What a whole procedure is worth: the search, and every choice after it.

    Attributes:
        objective: Name of the metric that was searched for.
        metric: Its name on the outer folds.
        direction: `max` or `min`.
        folds: How many there are to be.
        results: A dictionary for each fold that is done: `fold`, `trial_id`, `score`, the best
            validation score, `value` on the fold, `interval` of it or None, `metrics`, the rows
            `train`, `validation` and `test`, `trials`, why the search ended (`reason`), `seconds`
            and the winner's `values`.
        pooled: `low`, `high`, `rows` and `method` of the interval over the rows of all folds, or
            None.
    """

    objective: str
    metric: str
    direction: str
    folds: int
    results: tuple[Mapping[str, Any], ...]
    pooled: Mapping[str, Any] | None = None

    @property
    def is_whole(self) -> bool:
        """Whether all folds are done."""
        return len(self.results) == self.folds

    @property
    def outer(self) -> Spread | None:
        """Mean and interval over the folds of what the winners are worth there, or None."""
        found = _spread([each.get("value") for each in self.results])
        if found is None or not (is_accuracy(self.metric) or is_auc(self.metric)):
            return found
        return replace(found, low=max(found.low, 0.0), high=min(found.high, 1.0))

    @property
    def mean(self) -> float:
        """What the whole procedure is worth; NaN before that is known."""
        return math.nan if self.outer is None else self.outer.mean

    @property
    def validation(self) -> Spread | None:
        """Mean and interval of the winners' validation scores, or None."""
        return _spread([each.get("score") for each in self.results])

    @property
    def optimism(self) -> Spread | None:
        """By how much a winner's validation score flatters, on average and with an interval;
        positive where it looks too good. None before it is known.
        """
        sign = 1.0 if self.direction == "max" else -1.0
        pairs = [(each.get("score"), each.get("value")) for each in self.results]
        return _spread(
            [
                None if score is None or value is None else sign * (score - value)
                for score, value in pairs
            ]
        )

    def to_dict(self) -> dict[str, Any]:
        """Returns it as `summary.json` has it under `nested`."""
        outer, validation, optimism = (
            _told(each) for each in (self.outer, self.validation, self.optimism)
        )
        return {
            "folds": self.folds,
            "done": len(self.results),
            "metric": self.metric,
            "mean": outer["mean"],
            "interval": outer["interval"],
            "pooled": None if self.pooled is None else dict(self.pooled),
            "validation": validation["mean"],
            "optimism": optimism["mean"],
            "optimism_interval": optimism["interval"],
            "results": [dict(each) for each in self.results],
        }

    def sentences(self) -> list[str]:
        """Returns the result in words."""
        if self.outer is None or self.optimism is None or self.validation is None:
            return [f"Nested evaluation: none of {self.folds} folds is done."]
        told = []
        if not self.is_whole:
            told.append(
                f"Nested evaluation: only {len(self.results)} of {self.folds} folds are done."
            )
        told.append(
            f"Nested evaluation of the whole procedure, {_searches(len(self.results))} of "
            f"{self._trials()}: {name_of(self.metric)} {format_value(self.mean)} on rows that "
            f"nothing was chosen on{self._intervals()}."
        )
        told.append(
            f"The winners' validation scores were {format_value(self.validation.mean)} on "
            f"average: {optimism_words(self.optimism)}."
        )
        return told

    def _trials(self) -> str:
        counts = sorted({int(each.get("trials") or 0) for each in self.results})
        if len(counts) > 1:
            return f"{counts[0]} to {counts[-1]} trials"
        return counted(counts[0], "trial")

    def _intervals(self) -> str:
        told = []
        outer = self.outer
        if outer is not None and math.isfinite(outer.low):
            told.append(f"over the folds {_ends(outer.low, outer.high)}")
        if self.pooled is not None:
            told.append(f"over the rows {_ends(self.pooled['low'], self.pooled['high'])}")
        return f" (95 % interval {', '.join(told)})" if told else ""


def nested_worth(state: SearchState) -> NestedWorth | None:
    """Returns what the nested evaluation of a search has found, or None without one."""
    return None if state.nested is None else worth_of(state.nested, state.header["objective"])


def worth_of(record: Record, objective: Mapping[str, str]) -> NestedWorth:
    """Returns what a record of a nested evaluation tells.

    Args:
        record: As `tftune.search.nested` writes it.
        objective: `name` and `direction` of the objective.
    """
    return NestedWorth(
        objective["name"],
        str(record.get("metric") or objective["name"].removeprefix("val_")),
        objective["direction"],
        int(record["folds"]),
        tuple(sorted(record.get("results") or (), key=lambda each: each["fold"])),
        record.get("pooled"),
    )


def sentences(state: SearchState) -> list[str]:
    """Returns the result of a search's nested evaluation in words; nothing without one."""
    worth = nested_worth(state)
    if worth is None:
        return []
    counts = {int(each.get("trials") or 0) for each in worth.results}
    now = sum(state.counts().values())
    told = worth.sentences()
    if worth.results and now > max(counts):
        ended = any(each.get("reason") == "timeout" for each in worth.results)
        until = "; its time limit has ended it" if ended else " until it is called again"
        told.append(
            f"The search itself has {now:,} trials by now: the nested evaluation is of a shorter "
            f"one{until}."
        )
    return told


def content(state: SearchState) -> dict[str, Any] | None:
    """Returns what `summary.json` has of a nested evaluation, or None without one."""
    worth = nested_worth(state)
    return None if worth is None else worth.to_dict()


def optimism_words(optimism: Spread) -> str:
    """Returns how much validation flatters, and whether that is more than chance.

    Example:
        >>> optimism_words(Spread(3, 0.0312, 0.01, 0.0524))
        'validation flattered by 0.0312 (95 % interval 0.01 to 0.0524)'
        >>> optimism_words(Spread(3, -0.02, -0.06, 0.02))
        'validation did not flatter, -0.02 (95 % interval -0.06 to 0.02: noise)'
    """
    ends = ""
    if math.isfinite(optimism.low):
        noise = ": noise" if optimism.low <= 0 <= optimism.high else ""
        ends = f" (95 % interval {_ends(optimism.low, optimism.high)}{noise})"
    if optimism.mean > 0:
        return f"validation flattered by {format_value(optimism.mean)}{ends}"
    return f"validation did not flatter, {format_value(optimism.mean)}{ends}"


def measured_words(worth: NestedWorth) -> str:
    """Returns the measured optimism, for the honesty card: what is estimated without it."""
    if worth.optimism is None:
        return "not known: the objective has no value on the outer folds"
    of = "" if worth.is_whole else f" of {worth.folds}"
    return (
        f"{optimism_words(worth.optimism)}, in {len(worth.results)}{of} outer folds, whose "
        "searches had fewer rows and other seeds than this one; it holds all that was chosen, "
        "epochs too"
    )


def _searches(count: int) -> str:
    return "1 search" if count == 1 else f"{count} searches"


def _ends(low: float, high: float) -> str:
    return f"{format_value(low)} to {format_value(high)}"


def _spread(values: Sequence[Any]) -> Spread | None:
    finite = [float(value) for value in values if value is not None and math.isfinite(value)]
    return over_seeds(finite) if finite else None


def _told(spread: Spread | None) -> dict[str, Any]:
    if spread is None:
        return {"mean": None, "interval": None}
    ends = [spread.low, spread.high] if math.isfinite(spread.low) else None
    return {"mean": spread.mean, "interval": ends}
