"""`summary.json`: the result of a search in one small JSON document with a fixed schema.

Example:
    >>> from tftune.journal.state import SearchState
    >>> header = {"kind": "header", "task": "beans", "search": "grid", "scheduler": "none"}
    >>> header |= {"seed": 0, "data": {"source": "sample"}, "versions": {}}
    >>> header["objective"] = {"name": "val_accuracy", "direction": "max"}
    >>> summary(SearchState().apply_all([header]))["trials"]
    {'completed': 0, 'pruned': 0, 'failed': 0}
"""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

from tftune.errors import UNSEEN
from tftune.journal.state import SearchState, TrialRecord
from tftune.reports.confirmation import content as content_of_confirmation
from tftune.reports.finish import content as content_of_finish
from tftune.reports.measures.metric_names import interval_of
from tftune.reports.nested import content as content_of_nested
from tftune.space.knob import public_values
from tftune.support.files import write_atomically

SCHEMA = 2
_UNSEEN = re.compile(f"[{UNSEEN}]")


def summary(state: SearchState, wall_seconds: float | None = None) -> dict[str, Any]:
    """Returns the content of `summary.json`.

    Args:
        state: The search, with its header.
        wall_seconds: Time the search took over all its sessions; the journal's own count by
            default.

    Returns:
        A dictionary with the keys `schema`, `task`, `search`, `scheduler`, `seed`, `split_seed`,
        `objective`, `trials`, `best`, `best_interval`, `test`, `test_intervals`, `references`,
        `data`, `wall_seconds` and `versions`; `confirmed` where the best few were trained again
        (see `tftune.reports.confirmation`), `best` being the confirmed winner then; `finish` where
        the model was finished: what each step was worth, and of which trials it consists;
        `test_by_distance` where the evaluation told the score by distance to the training rows;
        `nested` where the whole procedure was evaluated (see `tftune.reports.nested`); and
        `ended` where the last session ended before its plan was done: `flat`, `timeout`,
        `failures`, `interrupted`, `finished` or `error`. `best` is None if no trial completed;
        `best_interval` has the two ends for its score, where the rows of the validation split tell
        them, and is None else. `test` is empty until the best configuration was evaluated on the
        test split; `test_intervals` has the ends for those of its metrics whose interval is known;
        `references` has what simple models are worth on the same splits. A number that is not
        finite is None, because JSON has no word for it.
    """
    header = state.header
    seconds = state.wall_seconds if wall_seconds is None else wall_seconds
    content = {
        "schema": SCHEMA,
        "task": header.get("task"),
        "search": header.get("search"),
        "scheduler": header.get("scheduler"),
        "seed": header.get("seed"),
        "split_seed": header.get("split_seed", header.get("seed")),
        "objective": {"name": state.objective, "direction": state.direction},
        "trials": state.counts(),
        "best": _best(state.best()),
        "best_interval": _interval(state, state.best()),
        "test": dict(state.test["metrics"]) if state.test else {},
        "test_intervals": test_intervals(state),
        **test_by_distance(state),
        "references": references(state),
        "data": dict(header.get("data") or {}),
        "wall_seconds": round(seconds, 3),
        "versions": dict(header.get("versions") or {}),
    }
    if (confirmed := content_of_confirmation(state)) is not None:
        content["confirmed"] = confirmed
    if (finished := content_of_finish(state)) is not None:
        content["finish"] = finished
    if state.finish and state.finish["reason"] != "done":
        content["ended"] = state.finish["reason"]
    if (nested := content_of_nested(state)) is not None:
        content["nested"] = nested
    return {key: json_ready(value) for key, value in content.items()}


def test_intervals(state: SearchState) -> dict[str, list[float]]:
    """Returns the two ends of the interval (95 %) of each metric on the test split for which one is
    known.
    """
    if state.test is None:
        return {}
    trial = state.test["trial_id"]
    found = [
        record["report"]
        for record in state.evaluations
        if record["split"] == "test" and record["trial_id"] == trial
    ]
    ends = {
        name: interval_of(name, value, found[-1]) if found else None
        for name, value in state.test["metrics"].items()
    }
    return {name: interval for name, interval in ends.items() if interval is not None}


def test_by_distance(state: SearchState) -> dict[str, Any]:
    """Returns `{"test_by_distance": [...]}`, a row for each distance of test rows to the nearest
    training row and the last one for all, or nothing where that is not known.
    """
    record = state.evaluation()
    table = (record or {}).get("report", {}).get("by_distance")
    return {"test_by_distance": table} if table else {}


def to_json(content: Any) -> str:
    """Returns the text of `summary.json`, strict JSON with a line break at its end."""
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    # what turns the direction of writing, or is not seen, is not written raw; the value is the same
    return _UNSEEN.sub(lambda found: json.dumps(found.group())[1:-1], text) + "\n"


def write_summary(
    state: SearchState, path: Path | str, wall_seconds: float | None = None
) -> dict[str, Any]:
    """Writes `summary.json` whole or not at all, and returns its content (see `summary`)."""
    content = summary(state, wall_seconds)
    write_atomically(path, to_json(content))
    return content


def references(state: SearchState) -> dict[str, Any]:
    """Returns what the reference models are worth, by split: `metric`, by which they are ranked,
    `best`, `rows`, `models` by name with their measures, what the `network` is worth on the same
    rows and the `comparison` of the two, where they are known, and `notes`.
    """
    kept = ("metric", "best", "rows", "groups", "network", "comparison", "seconds", "notes")
    return {
        split: {
            **{name: record[name] for name in kept if name in record},
            "models": {each["name"]: each["metrics"] for each in record["models"]},
        }
        for split, record in state.references.items()
    }


def _best(trial: TrialRecord | None) -> dict[str, Any] | None:
    if trial is None:
        return None
    return {
        "trial_id": trial.trial_id,
        "score": trial.score,
        "best_epoch": trial.best_epoch,
        "values": public_values(trial.values),
    }


def _interval(state: SearchState, trial: TrialRecord | None) -> list[float] | None:
    """Returns the interval of the best score that the rows of the validation split allow."""
    from tftune.reports.analysis.worth import validation_worth

    if trial is None:
        return None
    found = validation_worth(state, trial).interval
    return None if found is None else [found.low, found.high]


def json_ready(value: Any) -> Any:
    """Returns a value as strict JSON can hold it: what is not finite is None."""
    if isinstance(value, dict):
        return {str(key): json_ready(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [json_ready(item) for item in value]
    if hasattr(value, "item") and not isinstance(value, str | bytes):
        value = value.item()  # a NumPy scalar
    return None if isinstance(value, float) and not math.isfinite(value) else value
