"""What the reference models of a search are worth beside its network, as the journal tells it.

Example:
    >>> from tftune.journal.state import SearchState
    >>> tables_of(SearchState(header={"objective": {"name": "val_auc", "direction": "max"}}))
    []
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tftune.journal.state import SearchState
from tftune.reports.analysis.noise import interval_of
from tftune.reports.analysis.trials import is_finite
from tftune.reports.analysis.words import counted, name_of
from tftune.reports.analysis.worth import known_rows
from tftune.reports.evaluation_text import measure_name, number
from tftune.reports.measures.metric_names import measure_of

SPLITS = ("test", "validation")
_REFITTED = "The network was trained on the validation rows, too, the reference models were not."
_SHOWN = ("auc", "average_precision", "accuracy", "macro_f1", "mae", "rmse")


@dataclass(frozen=True)
class Row:
    """One model of a table.

    Attributes:
        name: For people.
        metrics: Its measures, each with the two ends of its interval.
        is_network: Whether it is the tuned network.
        is_best: Whether it is the reference that was the best in validation.
        on: What it looks at, or "".
        seconds: How long it took to fit, or None.
    """

    name: str
    metrics: Mapping[str, Mapping[str, float | None]]
    is_network: bool = False
    is_best: bool = False
    on: str = ""
    seconds: float | None = None


@dataclass(frozen=True)
class ReferenceTable:
    """What models are worth on a split.

    Attributes:
        split: Which.
        rows: The network first, then the references.
        deciding: The measure by which they are ranked.
        measures: Those that are shown, the deciding one first.
        of: Of how many rows, in words.
        verdict: What a comparison on equal rows says, or "".
        notes: What a reader should know.
        classes: How many classes there are; 0 of numbers.
    """

    split: str
    rows: tuple[Row, ...]
    deciding: str
    measures: tuple[str, ...]
    of: str
    verdict: str
    notes: tuple[str, ...]
    classes: int

    @property
    def best(self) -> Row | None:
        """The reference that was the best in validation, or None."""
        return next((row for row in self.rows if row.is_best), None)

    def name_of(self, measure: str) -> str:
        """Returns what a measure is called."""
        return measure_name(measure, {"classes": range(self.classes)})


def tables_of(state: SearchState) -> list[ReferenceTable]:
    """Returns the tables of a search, that of the test split first; none where nothing was
    fitted.
    """
    found = [table_of(state, state.references.get(split)) for split in SPLITS]
    return [table for table in found if table is not None]


def table_of(state: SearchState, record: Mapping[str, Any] | None) -> ReferenceTable | None:
    """Returns the table of a record, or None where there are no models in it.

    Args:
        state: Of the search.
        record: Of the kind `references`.
    """
    if record is None or not record.get("models"):
        return None
    deciding, best = record["metric"], record.get("best")
    rows = [
        Row(
            each["name"],
            each["metrics"],
            is_best=each["name"] == best,
            on=str(each.get("on") or ""),
            seconds=each.get("seconds"),
        )
        for each in record["models"]
    ]
    measured = [*_SHOWN] if deciding in _SHOWN else [deciding, *_SHOWN]
    there = {name for row in rows for name, one in row.metrics.items() if one["value"] is not None}
    shown = [deciding, *(name for name in measured if name in there and name != deciding)]
    network = _network(state, record)
    return ReferenceTable(
        record["split"],
        (*([network] if network else []), *rows),
        deciding,
        tuple(shown),
        _of(record),
        verdict_of(record),
        (*(record.get("notes") or ()), *([_REFITTED] if _is_ahead(state, record) else [])),
        len(record.get("class_counts") or ()),
    )


def _is_ahead(state: SearchState, record: Mapping[str, Any]) -> bool:
    """Whether the network of a record had more training rows than the references."""
    return record["split"] == "test" and bool(record.get("network")) and state.is_refitted


def best_reference(state: SearchState) -> list[tuple[str, float]]:
    """Returns the best reference model with its objective on the validation split; nothing where
    there is none, or where it is measured by something else.
    """
    record = state.references.get("validation") or {}
    deciding = record.get("metric")
    if deciding != measure_of(state.objective):
        return []
    found = [each for each in record.get("models") or () if each["name"] == record.get("best")]
    return [(each["name"], float(each["metrics"][deciding]["value"])) for each in found]


def notes_of(state: SearchState) -> list[str]:
    """Returns why there are no references, where the journal says it."""
    records = [state.references[split] for split in SPLITS if split in state.references]
    return [note for record in records if not record.get("models") for note in record["notes"]]


def _of(record: Mapping[str, Any]) -> str:
    rows, groups = record["rows"], record["groups"]
    different = f", {groups:,} different inputs" if groups < rows else ""
    return f"{counted(rows, 'row')}{different}"


def _network(state: SearchState, record: Mapping[str, Any]) -> Row | None:
    """Returns the row of the network: measured on the same rows, or as the best trial told it."""
    if record.get("network"):
        told = _called(record.get("trial_id"), finished=bool(state.members))
        return Row(told, record["network"], is_network=True)
    best = state.best()
    if record["split"] != "validation" or best is None:
        return None
    metrics = {
        measure_of(name): {"value": float(value), "low": None, "high": None}
        for name, value in best.metrics.items()
        if name.startswith("val_") and is_finite(value) and not name.endswith("_std")
    }
    if record["metric"] in ("log_loss", "mse", "mae") and measure_of(state.objective) == "loss":
        metrics[record["metric"]] = {"value": best.score, "low": None, "high": None}
    return Row(_called(best.trial_id), _with_ends(state, metrics), is_network=True)


def _called(trial_id: Any, finished: bool = False) -> str:
    if finished:
        return "the finished model"
    return "the network" if trial_id is None else f"the network, trial {name_of(trial_id)}"


def _with_ends(
    state: SearchState, metrics: dict[str, dict[str, float | None]]
) -> dict[str, dict[str, float | None]]:
    """Returns what a trial told, with the intervals that the rows of the split allow."""
    if (state.header.get("training") or {}).get("folds"):
        return metrics  # a mean over folds
    data = known_rows(state)
    for name, one in metrics.items():
        found, _ = interval_of(name, one["value"], "validation", data)
        if found is not None:
            one |= {"low": found.low, "high": found.high}
    return metrics


def verdict_of(record: Mapping[str, Any]) -> str:
    """Returns what the comparison of the network with the best reference says, or "".

    Example:
        >>> between = {"value": 0.1, "low": -0.05, "high": 0.25, "p": 0.2}
        >>> pair = {"with": "mean", "measure": "auc", "difference": between, "better": 0}
        >>> verdict_of({"comparison": pair, "class_counts": [5, 5]})
        'The network less mean, ROC area: 0.100 (-0.050 to 0.250), which is noise.'
    """
    pair = record.get("comparison")
    if not pair:
        return ""
    between, classes = pair["difference"], len(record.get("class_counts") or ())
    measure = measure_name(pair["measure"], {"classes": range(classes)})
    if between["low"] is None:  # the rows have one input alone
        return f"The network less {pair['with']}, {measure}: {number(between['value'])}."
    ends = f"{number(between['low'])} to {number(between['high'])}"
    words = {0: "which is noise", 1: "in favour of the network", 2: f"in favour of {pair['with']}"}
    return (
        f"The network less {pair['with']}, {measure}: {number(between['value'])} ({ends}), "
        f"{words[pair['better']]}."
    )
