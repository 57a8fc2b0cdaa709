"""What a confirmation has found, in words: for the terminal, the report and `summary.json`.

Example:
    >>> from tftune.journal.state import SearchState
    >>> objective = {"name": "val_auc", "direction": "max"}
    >>> record = {"kind": "confirmed", "trial_id": "0007", "search_best": "0003", "score": 0.84,
    ...     "repeated": 0.81, "low": 0.8, "high": 0.82, "luck": 0.03, "trainings": 9, "level": 0.9,
    ...     "cut": "fresh", "rounds": [3, 2, 2, 2], "contenders": [{"trial_id": "0007",
    ...     "score": 0.84, "repeats": [0.8, 0.82, 0.81, 0.81]}]}
    >>> state = SearchState().apply_all([{"kind": "header", "objective": objective}, record])
    >>> for sentence in sentences(state):
    ...     print(sentence)
    Confirmed by 9 further trainings: trial 0007, not trial 0003, whose search score was the best.
    On 4 fresh seeds its val_auc is 0.81 (90 % interval of the mean: 0.8 to 0.82).
    Its search score, 0.84, was lucky by 0.03.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from tftune.journal.records import Record
from tftune.journal.state import SearchState
from tftune.reports.analysis.words import counted, name_of
from tftune.reports.tables import format_value

_CUTS = {
    "fresh": "each with another cut of train and validation",
    "same": "on the same train and validation rows",
}


def begun(record: Record, state: SearchState) -> str:
    """Returns the line with which a confirmation begins; it says what it costs."""
    trials, most = len(state.trials), record["trainings"]
    contenders = min(record["rounds"][0], len(state.standing.ranked()))
    return (
        f"confirming the best {contenders} of {trials} trials on fresh seeds: at most {most} "
        f"trainings, {100 * most / max(trials, 1):.0f} % more"
    )


def repeated(record: Record, state: SearchState) -> str:
    """Returns the line of a training that has ended."""
    trial_id = record["trial_id"]
    place = f"trial {trial_id} again, round {record['round'] + 1}"
    if record["score"] is None:
        words = (record.get("message") or "no score").strip().splitlines()
        return f"{place}: failed: {words[-1]}"
    score = format_value(state.trials[trial_id].score)
    seconds = f"  {record['seconds']:.1f} s" if record.get("seconds") is not None else ""
    value = format_value(record["score"])
    return f"{place}: {name_of(state.objective)} {value}, {score} in the search{seconds}"


def concluded(record: Record, state: SearchState) -> str:
    """Returns the line with the winner."""
    return " ".join(_sentences(record, state))


CONFIRMING: Mapping[str, Callable[[Record, SearchState], str]] = {
    "confirm": begun,
    "repeated": repeated,
    "confirmed": concluded,
}


def sentences(state: SearchState) -> list[str]:
    """Returns who was confirmed and what that is worth; nothing without a confirmation."""
    return [] if state.confirmed is None else _sentences(state.confirmed, state)


def _sentences(record: Record, state: SearchState) -> list[str]:
    winner, other = record["trial_id"], record["search_best"]
    how = f"Confirmed by {counted(record['trainings'], 'further training')}: trial {winner}"
    whose = (
        ", which had the best search score, too."
        if winner == other
        else f", not trial {other}, whose search score was the best."
    )
    repeats = winner_of(record)["repeats"]
    seeds = f"{len(repeats)} fresh seeds" if len(repeats) > 1 else "a fresh seed"
    interval = (
        ""
        if record["low"] is None
        else f" (90 % interval of the mean: {format_value(record['low'])} to "
        f"{format_value(record['high'])})"
    )
    objective, mean = name_of(state.objective), format_value(record["repeated"])
    return [
        f"{how}{whose}",
        f"On {seeds} its {objective} is {mean}{interval}.",
        f"Its search score, {format_value(record['score'])}, was {luck_words(record['luck'])}.",
    ]


def overtaken(state: SearchState) -> str | None:
    """Returns the trial with the best search score where another one was confirmed, else None.

    Example:
        >>> overtaken(SearchState()) is None
        True
    """
    record = state.confirmed
    if record is None or record["trial_id"] == record["search_best"]:
        return None
    return str(record["search_best"])


def overtaken_words(state: SearchState) -> list[str]:
    """Returns a sentence beside a best score that belongs to another trial than the confirmed one;
    nothing where they are one.
    """
    if (other := overtaken(state)) is None or state.confirmed is None:
        return []
    winner = state.confirmed["trial_id"]
    return [
        f"By scores alone: on fresh seeds trial {winner} was better than trial {other}, and it is "
        "the best trial of the other views."
    ]


def luck_words(amount: float) -> str:
    """Returns how lucky a search score was.

    Example:
        >>> luck_words(0.0312), luck_words(-0.02), luck_words(0.0)
        ('lucky by 0.0312', 'unlucky by 0.02', 'neither lucky nor unlucky')
    """
    if amount == 0 or not math.isfinite(amount):
        return "neither lucky nor unlucky"
    return f"{'lucky' if amount > 0 else 'unlucky'} by {format_value(abs(amount))}"


def winner_of(record: Record) -> dict[str, Any]:
    """Returns the winner's entry among the contenders."""
    entries: dict[str, dict[str, Any]] = {each["trial_id"]: each for each in record["contenders"]}
    return entries[record["trial_id"]]


def cut_words(record: Record) -> str:
    """Returns which rows the trainings had."""
    return _CUTS.get(record.get("cut", ""), _CUTS["same"])


def content(state: SearchState) -> dict[str, Any] | None:
    """Returns what `summary.json` has of a confirmation, or None without one."""
    record = state.confirmed
    if record is None:
        return None
    names = ("trial_id", "search_best", "score", "repeated", "level", "low", "high", "luck")
    more = ("trainings", "rounds", "cut", "contenders")
    return {name: record[name] for name in (*names, *more)}
