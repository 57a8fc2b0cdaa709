"""The plan of a run in words: what was searched, and how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tftune.reports.analysis.knobs import knob_records
from tftune.reports.knob_words import condition_words, range_words
from tftune.reports.run_data import RunData
from tftune.reports.tables import format_value
from tftune.support.texts import one_line, shown

LONGEST = 300  # characters of a line


def planned_trials(run: RunData) -> int | None:
    """Returns how many trials the search was to make, or None where it is not known."""
    last = next((each for each in reversed(run.records) if each["kind"] == "session"), {})
    planned = last.get("expected_trials")
    return planned if isinstance(planned, int) else None


def told(value: Any) -> str:
    """Returns a value of a header on one line: of a mapping its items, of a number its digits."""
    if isinstance(value, Mapping):
        words = (f"{one_line(str(key), 60)}={_item(item)}" for key, item in value.items())
        return one_line(", ".join(words), LONGEST)
    return "" if value is None else one_line(_item(value), LONGEST)


def _item(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return one_line(value, 100) if isinstance(value, str) else shown(value, 100)


def plan_rows(run: RunData) -> list[tuple[str, str]]:
    """Returns what was searched, `(what, how)` each."""
    header = run.state.header
    training = dict(header.get("training") or {})
    epochs = training.pop("epochs", None)
    planned = planned_trials(run)
    rows = [
        ("task", told(header.get("task"))),
        ("objective", f"{one_line(run.state.objective, 80)} ({run.state.direction})"),
        ("method", _with_options(header.get("search"), header.get("options"))),
        ("scheduler", _with_options(header.get("scheduler"), header.get("scheduler_options"))),
        ("chosen", told(header.get("chosen"))),
        ("trials", "" if planned is None else str(planned)),
        ("seed", told(header.get("seed"))),
        ("split seed", told(header.get("split_seed"))),
        ("lag", told(header.get("lag"))),
        ("epochs", told(epochs)),
        ("training", told(training)),
        ("data", told(_short_data(header.get("data")))),
        ("model", told(header.get("model"))),
        ("fit", told(header.get("fit"))),
        ("versions", told(header.get("versions"))),
    ]
    return [(name, text) for name, text in rows if text]


def _with_options(name: Any, options: Any) -> str:
    text = told(options) if options else ""
    return one_line(f"{told(name)} ({text})" if text else told(name), LONGEST) if name else text


def _short_data(data: Any) -> Any:
    if not isinstance(data, Mapping):
        return data
    # counts by class, ceilings and the like stand in the report and in `tftune show --json`
    short = {name: value for name, value in data.items() if not isinstance(value, Mapping)}
    if isinstance(short.get("fingerprint"), str):
        short["fingerprint"] = short["fingerprint"][:12]
    return short


def knob_rows(run: RunData) -> list[tuple[str, str, str, str]]:
    """Returns name, range, default and condition of each knob."""
    return [
        (
            one_line(str(knob["name"]), 60),
            range_words(knob),
            "" if knob.get("kind") == "Fixed" else format_value(knob.get("default")),
            condition_words(knob),
        )
        for knob in knob_records(run.state)
    ]
