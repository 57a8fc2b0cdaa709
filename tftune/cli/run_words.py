"""One run in words: what `tftune show RUN` says, and the same for JSON."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from tftune.cli.plan_words import planned_trials, told
from tftune.reports.analysis.knobs import knob_records
from tftune.reports.confirmation import content as content_of_confirmation
from tftune.reports.finish import content as content_of_finish
from tftune.reports.history import Session, outlook, sessions
from tftune.reports.lines import duration
from tftune.reports.nested import content as content_of_nested
from tftune.reports.overview import age, folder_size, size, state_of
from tftune.reports.run_data import RunData
from tftune.reports.run_state import REASONS, RunState, RunStatus
from tftune.reports.tables import format_value
from tftune.support.texts import command_line, one_line, quoted

_FILES = (
    ("journal.jsonl", "every record"),
    ("summary.json", "the result"),
    ("trials.csv", "every trial, a row each"),
    ("best_model.keras", "the best model"),
    ("report.html", "every view on one page"),
    ("predictions.npz", "its answers on the test rows"),
    ("checkpoints", "weights"),
    ("logs", "what failed trials printed"),
    ("nested", "the searches of the nested evaluation, a run folder a fold"),
    ("tensorboard", "curves for TensorBoard"),
)


def state_now(run: RunData) -> RunState:
    """Returns what a run is doing now."""
    last = next((each for each in reversed(run.records) if each["kind"] == "session"), {})
    return state_of(run.folder, run.state, last)


def standing_words(run: RunData, doing: RunState, now: float | None = None) -> str:
    """Returns one line: what the search is doing, how many trials, how long, since when."""
    now = time.time() if now is None else now
    counts = run.state.counts()
    ended, planned = sum(counts.values()), planned_trials(run)
    of = f" of {planned}" if planned is not None else ""
    fates = ", ".join(f"{number} {status}" for status, number in counts.items())
    last = next((each["time"] for each in reversed(run.records) if "time" in each), None)
    since = "" if last is None else f"; last record {age(now - last)} ago"
    return (
        f"{doing.told}; {ended}{of} trials ({fates}) in {duration(run.state.wall_seconds)}{since}"
    )


def session_words(session: Session) -> str:
    """Returns one line about a session."""
    start = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(session.started))
    workers = "" if session.workers is None else f", workers {told(session.workers)}"
    end = "no end recorded" if session.end is None else REASONS.get(session.end, session.end)
    return (
        f"{start}  {'resumed' if session.resumed else 'begun'}{workers}: {session.ended} trials "
        f"in {duration(session.seconds)}; {one_line(end, 80)}"
    )


def outlook_words(run: RunData) -> list[str]:
    """Returns what a running search is doing at this moment, a line a trial."""
    ahead = outlook(run.state, planned_trials(run))
    lines = []
    for trial_id, epoch, last, value in ahead.running:
        of = "" if last is None else f"/{last}"
        score = "" if value is None else f"  {one_line(run.state.objective, 60)} "
        lines.append(
            f"trial {trial_id}  epoch {epoch}{of}{score}"
            f"{'' if value is None else format_value(value)}"
        )
    if ahead.seconds_left is not None:
        lines.append(f"about {duration(ahead.seconds_left)} left")
    return lines


Measured = tuple[str, float | None, float | None, float | None]


def measured_on_test(run: RunData) -> list[Measured]:
    """Returns name, value and the ends of the interval of each metric on the test split.

    The metrics that the model was compiled with come first; intervals are those of the last
    evaluation of the same trial, if there was one.
    """
    test = run.state.test
    if test is None:
        return []
    from tftune.reports.measures.metric_names import interval_of, measure_of

    report = _report(run, test["trial_id"])
    measured = {each[0]: each for each in _measured(report)}
    rows: list[Measured] = []
    for name, value in test["metrics"].items():
        low, high = interval_of(name, value, report) or (None, None)
        measured.pop(measure_of(name), None)
        rows.append((str(name), value, low, high))
    return [*rows, *measured.values()]


def heading_of_test(run: RunData) -> str:
    """Returns the heading of the test metrics: whose, and how often the split was used."""
    uses = run.state.test_uses
    trial = "" if run.state.test is None else f", trial {run.state.test['trial_id']}"
    often = f" (used {uses} times: choosing by it makes it too good)" if uses > 1 else ""
    return f"Test split{trial}{often}"


def _report(run: RunData, trial_id: str) -> Mapping[str, Any]:
    """Returns the report of the last evaluation of a trial on the test split, or nothing."""
    for record in reversed(run.state.evaluations):
        if record.get("trial_id") == trial_id and record.get("split", "test") == "test":
            report = record.get("report")
            if isinstance(report, Mapping) and isinstance(report.get("metrics"), Mapping):
                return report
    return {}


def _measured(report: Mapping[str, Any]) -> list[Measured]:
    """Returns what a report measures, with its intervals."""
    found: list[Measured] = []
    for name, each in (report.get("metrics") or {}).items():
        told = each if isinstance(each, Mapping) else {"value": each}
        value, low, high = (_number(told.get(key)) for key in ("value", "low", "high"))
        if value is not None:
            found.append((str(name), value, low, high))
    return found


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def with_interval(value: float | None, low: float | None, high: float | None) -> str:
    """Returns a number with its interval.

    Example:
        >>> with_interval(0.75, 0.5, 0.875), with_interval(0.75, None, None)
        ('0.75 [0.5, 0.875]', '0.75')
    """
    text = "" if value is None else format_value(value)
    if low is None or high is None:
        return text
    return f"{text} [{format_value(low)}, {format_value(high)}]"


def file_rows(run: RunData) -> list[tuple[str, str]]:
    """Returns path and meaning, with the size, of what is in the folder."""
    if run.folder is None:
        return []
    rows = []
    for name, text in _FILES:
        path = run.folder.path / name
        try:
            count = folder_size(path) if path.is_dir() else path.stat().st_size
        except OSError:
            continue
        rows.append((quoted(str(path)), f"{text}, {size(count)}"))
    return rows


def commands(run: RunData) -> dict[str, str]:
    """Returns the commands that repeat the search in a new folder and, where it may go on, resume
    it; none where the journal does not tell how it was begun. A `script` of one's own does both.
    """
    origin = run.state.header.get("origin")
    script = origin.get("script") if isinstance(origin, Mapping) else None
    if isinstance(script, str):
        return {"script": one_line(script, 2000)}
    command = origin.get("command") if isinstance(origin, Mapping) else None
    if not isinstance(command, str) or run.folder is None:
        return {}
    try:
        words = _without(shlex.split(command))
    except ValueError:  # $'...' of a hostile name
        return {"repeat": one_line(command, 2000)}
    place = str(run.folder.path)
    found = {"repeat": command_line([*words, "--run-dir", f"{place.rstrip(os.sep)}-again"])}
    planned = planned_trials(run)
    ended = sum(run.state.counts().values())
    reason = (run.state.finish or {}).get("reason")
    if reason != "done" or (planned is not None and ended < planned):
        found["resume"] = command_line([*words, "--run-dir", place, "--resume"])
    return found


def _without(words: list[str]) -> list[str]:
    """Returns a command without where it writes."""
    kept: list[str] = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word == "--run-dir":
            skip = True
        elif not word.startswith("--run-dir=") and word not in ("--resume", "--overwrite"):
            kept.append(word)
    return kept


def document(run: RunData, doing: RunState, count: int) -> dict[str, Any]:
    """Returns everything that is said of a run, for JSON."""
    state = run.state
    ahead = outlook(state, planned_trials(run)) if doing.status is RunStatus.RUNNING else None
    return {
        "run": run.name,
        "folder": None if run.folder is None else str(run.folder.path),
        "state": str(doing.status),
        "reason": doing.reason,
        "plan": {key: value for key, value in state.header.items() if key not in ("kind", "space")},
        "knobs": [dict(knob) for knob in knob_records(state)],
        "planned": planned_trials(run),
        "trials": state.counts(),
        "seconds": state.wall_seconds,
        "sessions": [asdict(session) for session in sessions(run.records)],
        "outlook": None if ahead is None else asdict(ahead),
        "best": [_best(trial) for trial in state.ranked(count)],
        "confirmed": content_of_confirmation(state),
        "finish": content_of_finish(state),
        "test": None if state.test is None else dict(state.test),
        "intervals": [
            {"metric": name, "value": value, "low": low, "high": high}
            for name, value, low, high in measured_on_test(run)
        ],
        "references": {split: dict(record) for split, record in state.references.items()},
        "nested": content_of_nested(state),
        "commands": commands(run),
    }


def _best(trial: Any) -> dict[str, Any]:
    content = {name: getattr(trial, name) for name in ("trial_id", "status", "score")}
    rest = ("best_epoch", "seconds", "parameters", "values", "metrics")
    return {**content, **{name: getattr(trial, name) for name in rest}}
