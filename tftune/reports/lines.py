"""What the live view says, one line an event.

Example:
    >>> duration(3725.4), duration(9.96)
    ('1:02:05', '0:00:10')
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tftune.journal.records import Record
from tftune.journal.state import SearchState, TrialRecord
from tftune.journal.status import TrialStatus
from tftune.reports.analysis.words import counted
from tftune.reports.progress import RunningTrial, Snapshot
from tftune.reports.run_state import REASONS
from tftune.reports.tables import format_value
from tftune.space.knob import public_values
from tftune.support.texts import one_line
from tftune.support.tracebacks import summary

_LONGEST_KNOBS = 240  # characters of a line that tell the knobs
_LONGEST_VALUE = 32
_MOST_STEPS = 8  # of the best so far


def greeting(state: SearchState, planned: int | None) -> str:
    """Returns the first line: what is searched, in how many trials, what earlier sessions did."""
    header = state.header
    task = f"{one_line(str(header['task']), 80)}: " if header.get("task") else ""
    ended = sum(state.counts().values())
    size = f", {counted(planned, 'trial')}" if planned and planned >= ended else ""
    scheduler = header.get("scheduler", "none")
    rule = f"; {scheduler} stops hopeless ones" if scheduler != "none" else ""
    line = (
        f"{task}search {header.get('search', '')} for the best {state.objective} "
        f"({state.direction}){size}{rule}"
    )
    more = f", more than the {planned} planned" if planned and planned < ended else ""
    return line + (f"; {ended} done already{more}{_best(state.best())}" if ended else "")


def epoch(trial: RunningTrial, now: Snapshot) -> str:
    """Returns the line of a running trial."""
    score = f"  {now.objective} {format_value(trial.value)}" if trial.value is not None else ""
    best = (
        f"  best {format_value(now.best_score)} (trial {now.best_trial_id})"
        if now.best_trial_id
        else ""
    )
    return f"trial {trial.trial_id}  epoch {epochs(trial)}{score}{best}{outlook(now)}"


def epochs(trial: RunningTrial) -> str:
    """Returns the last epoch trained, of how many, and in which attempt if not the first."""
    attempt = f", attempt {trial.attempt}" if trial.attempt > 1 else ""
    of = f"/{trial.last_epoch}" if trial.last_epoch else ""
    return f"{trial.epoch}{of}{attempt}"


def end(trial: TrialRecord, now: Snapshot, header: Mapping[str, Any] | None = None) -> str:
    """Returns the line of a trial that ended.

    Args:
        trial: The trial.
        now: The search at its end.
        header: Of the search: it tells which knobs play no part in a trial.
    """
    seconds = f"  {trial.seconds:.1f} s" if trial.seconds is not None else ""
    told = knobs(trial, header or {})
    told = f"  [{told}]" if told else ""
    if trial.status is TrialStatus.FAILED:
        failed = f"trial {trial.trial_id} failed{seconds}: {reason(trial.message)}"
        return f"{failed}{outlook(now)}{told}"
    score = f"  {now.objective} {format_value(trial.score)} at epoch {trial.best_epoch}"
    best = (
        "  the best so far"
        if now.best_trial_id == trial.trial_id
        else f"  best {format_value(now.best_score)} (trial {now.best_trial_id})"
    )
    return f"trial {trial.trial_id} {trial.status}{score}{seconds}{best}{outlook(now)}{told}"


def knobs(trial: TrialRecord, header: Mapping[str, Any]) -> str:
    """Returns the values of a trial in a few words: those of knobs that play a part in it and are
    not fixed, cut to 240 characters.

    Args:
        trial: The trial.
        header: Of the search, with the records of the knobs.
    """
    values = public_values(trial.values)
    active: dict[str, Any] = {}
    left_out: set[str] = set()
    for knob in header.get("space", {}).get("knobs", []):
        name, conditions = knob["name"], knob.get("conditions", [])
        holds = all(active.get(each["parent"]) in each["values"] for each in conditions)
        if holds and name in values:
            active[name] = values[name]
        if knob.get("kind") == "Fixed" or not (holds or name in active):
            left_out.add(name)
        elif holds:
            left_out.discard(name)
    words = [
        f"{one_line(name, _LONGEST_VALUE)}={one_line(format_value(value), _LONGEST_VALUE)}"
        for name, value in values.items()
        if name not in left_out
    ]
    told = ""
    for number, word in enumerate(words):
        if len(told) + len(word) > _LONGEST_KNOBS:
            return f"{told} and {len(words) - number} more".strip()
        told += f" {word}" if told else word
    return told


def goes_on(trial_id: str, epoch: int) -> str:
    """Returns the line of a trial that goes on where it was interrupted."""
    return f"trial {trial_id} goes on after epoch {epoch}, where it was interrupted"


def again(trial_id: str, epoch: int) -> str:
    """Returns the line of a trial that an earlier session left unfinished and that begins anew."""
    after = f"after epoch {epoch}" if epoch else "before its first epoch ended"
    return f"trial {trial_id} begins again: it was interrupted {after}"


def retry(record: Record) -> str:
    """Returns the line of a trial that failed and is tried again."""
    return f"trial {record['trial_id']} is tried again: {reason(record.get('message'))}"


def printed(trial_id: str, line: str, most_running: int) -> str:
    """Returns a line that a trial has printed, with its trial where several run at a time.

    Example:
        >>> printed("0003", "hello", most_running=1), printed("0003", "hello", most_running=2)
        ('hello', 'trial 0003 | hello')
    """
    return f"trial {trial_id} | {line}" if most_running > 1 else line


def finish(record: Record, state: SearchState) -> str:
    """Returns the last line."""
    counts = state.counts()
    told = (
        ", ".join(f"{number} {status}" for status, number in counts.items() if number)
        or "no trial ended"
    )
    reason = REASONS.get(record["reason"], record["reason"])
    if record["reason"] == "flat" and record.get("stop_when_flat"):
        reason = f"no better in {record['stop_when_flat']} trials: ended"
    return f"{reason} after {duration(state.wall_seconds)}: {told}{_best(state.best())}"


def gain(now: Snapshot) -> str | None:
    """Returns what the last trials gained and what those to come may gain, or None while it is too
    early to tell.
    """
    if now.gain is None:
        return None
    left = now.planned is not None and now.planned > now.ended
    further = f"the {now.gain.further} left" if left else f"{now.gain.further} more"
    lately = f"the last {now.gain.recent} trials gained {_amount(now.gain.gained)}"
    return f"{lately}, {further} may gain {_amount(now.gain.expected)}"


def _amount(number: float) -> str:
    return f"{number:.2g}" if number > 0 else "nothing"


def best_so_far(now: Snapshot) -> str | None:
    """Returns the curve of the best so far in words, its last eight steps, or None before there is
    a score.
    """
    steps = [f"{format_value(score)} ({count})" for count, score in now.curve]
    more = "... " if len(steps) > _MOST_STEPS else ""
    return f"best so far (trials): {more}{', '.join(steps[-_MOST_STEPS:])}" if steps else None


def outlook(now: Snapshot) -> str:
    """Returns how far the search is and how long it will still take."""
    count = f"{now.ended}/{now.planned}" if now.planned else str(now.ended)
    trials = f"  {count} trial{'' if count == '1' else 's'}"
    left = f"  about {duration(now.seconds_left)} left" if now.seconds_left else ""
    return trials + left


def duration(seconds: float) -> str:
    """Returns a time as hours, minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def reason(message: str | None) -> str:
    """Returns a recorded failure on one line: what was wrong, and where in the user's code."""
    return summary(message)


def _best(trial: TrialRecord | None) -> str:
    return f", best {format_value(trial.score)} (trial {trial.trial_id})" if trial else ""
