"""What each step that finishes a model was worth, in words: for the terminal, the report and
`summary.json`.

Example:
    >>> from tftune.journal.state import SearchState
    >>> objective = {"name": "val_auc", "direction": "max"}
    >>> step = {"step": "average", "status": "kept", "why": "it gains clearly", "before": 0.8,
    ...     "after": 0.82, "gain": 0.02, "low": 0.01, "high": 0.03, "rows": 90, "trainings": 1,
    ...     "seconds": 4.0}
    >>> record = {"kind": "finished", "trial_id": "0003", "share": 0.2, "budget": 20.0,
    ...     "seconds": 4.5, "epochs": 12, "measure": "auc", "steps": [step], "members": [
    ...     {"trial_id": "0003", "checkpoint": "finish-0003-finished", "weight": 1}]}
    >>> state = SearchState().apply_all([{"kind": "header", "objective": objective}, record])
    >>> for sentence in sentences(state):
    ...     print(sentence)
    Finished in 4.5 of at most 20.0 s, 20 % of the trials' time. Kept: weight averaging.
    The model is trial 0003, trained again for 12 epochs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from tftune.journal.records import Record
from tftune.journal.state import SearchState
from tftune.reports.analysis.words import counted
from tftune.reports.tables import format_value

NAMES = {
    "confirm": "confirmation",
    "average": "weight averaging",
    "refit": "refit on train and validation",
    "ensemble": "ensemble of the best trials",
}
HEADER = ("step", "before", "after", "gain (95 % interval)", "rows", "trainings", "kept", "why")
NUMBERS = (1, 2, 4, 5)
HOW = (
    "Each step is judged on rows that validate and that did not choose it, in two halves by turns; "
    "the test split is used once, afterwards, for the model that came of it."
)

_KEY = re.compile(r"(.+?)(?:-(\d+))?-(answers|base|refit|half-\d+)")


def begun(record: Record, state: SearchState) -> str:
    """Returns the line with which a finish begins: what fits."""
    plan = record["plan"]
    wanted = [name for name in ("confirm", "average") if plan[name]]
    if plan["halves"]:
        wanted.append("refit")
    planned = ", ".join(NAMES[name] for name in [*wanted, "ensemble"])
    left_out = [f"no {NAMES[name]}: {why}" for name, why in plan["why"].items()]
    share = f"{100 * record['share']:g} % of the trials' time"
    told = f"finishing in at most {record['budget']:.1f} s, {share}"
    return "; ".join([f"{told}: {planned}, about {plan['seconds']:.1f} s", *left_out])


def trained(record: Record, state: SearchState) -> str:
    """Returns the line of a training that has ended."""
    message = record.get("message")
    failed = f"  {record['status']}: {message}" if message else ""
    return f"finishing: {training_words(record['key'])}  {record['seconds']:.1f} s{failed}"


def training_words(key: str) -> str:
    """Returns what a training of a finish was, by its key.

    Example:
        >>> training_words("0005-answers")
        'trial 0005 asked again'
        >>> training_words("0005-4-half-1")
        'trial 0005 trained again for 4 epochs, with half 1 of validation'
    """
    found = _KEY.fullmatch(key)
    if found is None:
        return key
    trial, epochs, kind = found.groups()
    if epochs is None:
        return f"trial {trial} asked again"
    rows = {"base": "", "refit": ", on all rows"}.get(kind)
    rows = f", with half {kind.removeprefix('half-')} of validation" if rows is None else rows
    return f"trial {trial} trained again for {counted(int(epochs), 'epoch')}{rows}"


def concluded(record: Record, state: SearchState) -> str:
    """Returns the line of the end."""
    return " ".join(_sentences(record))


FINISHING: Mapping[str, Callable[[Record, SearchState], str]] = {
    "finishing": begun,
    "finishing_trained": trained,
    "finished": concluded,
}


def sentences(state: SearchState) -> list[str]:
    """Returns what was kept and what the model is; nothing of a search that was not finished."""
    return [] if state.finished is None else _sentences(state.finished)


def _sentences(record: Record) -> list[str]:
    kept = [NAMES[each["step"]] for each in record["steps"] if each["status"] == "kept"]
    told = (
        f"Finished in {record['seconds']:.1f} of at most {record['budget']:.1f} s, "
        f"{100 * record['share']:g} % of the trials' time. Kept: {', '.join(kept) or 'nothing'}."
    )
    return [told, _model(record)]


def _model(record: Record) -> str:
    members, winner = record["members"], record["trial_id"]
    if not members:
        return f"The model is that of trial {winner}, as the search left it."
    if len(members) == 1:
        return (
            f"The model is trial {winner}, trained again for {counted(record['epochs'], 'epoch')}."
        )
    total = sum(each["weight"] for each in members)
    parts = ", ".join(
        f"trial {each['trial_id']}"
        f"{', trained again' if each['checkpoint'] != each['trial_id'] else ''} "
        f"({100 * each['weight'] / total:.0f} %)"
        for each in members
    )
    return f"The model is the weighted mean of {len(members)} models: {parts}."


def rows(record: Record) -> list[tuple[str, ...]]:
    """Returns a row of the table for each step, cells as a person reads them."""
    return [
        (
            NAMES[each["step"]],
            *(_number(each[name]) for name in ("before", "after")),
            _gain(each),
            "-" if each["rows"] is None else str(each["rows"]),
            str(each["trainings"]),
            each["status"],
            each["why"],
        )
        for each in record["steps"]
    ]


def _number(value: float | None) -> str:
    return "-" if value is None else format_value(value)


def _gain(step: Mapping[str, Any]) -> str:
    if step["gain"] is None:
        return "-"
    if step["low"] is None:
        return f"{step['gain']:+.3g}"
    ends = f"{step['low']:+.3g} to {step['high']:+.3g}"
    return f"{step['gain']:+.3g} ({ends})"


def finish_text(state: SearchState) -> str:
    """Returns the table with what it says, for a terminal; "" of a search that was not finished."""
    from tftune.reports.text_table import Column, aligned_table

    record = state.finished
    if record is None:
        return ""
    columns = [Column(name, left=place not in NUMBERS) for place, name in enumerate(HEADER)]
    measure = f"Measure: {record['measure']}. " if record["measure"] else ""
    table = aligned_table(columns, rows(record))
    return "\n".join([*_sentences(record), table, f"{measure}{HOW}"])


def content(state: SearchState) -> dict[str, Any] | None:
    """Returns what `summary.json` has of a finish, or None without one."""
    record = state.finished
    if record is None:
        return None
    names = ("trial_id", "share", "budget", "seconds", "epochs", "measure", "steps", "members")
    return {name: record[name] for name in names}
