"""What the live view says, one line an event.

Example:
    >>> duration(3725.4), duration(9.96)
    ('1:02:05', '0:00:10')
"""

from __future__ import annotations

from tftune.journal.records import Record
from tftune.journal.state import SearchState, TrialRecord
from tftune.journal.status import TrialStatus
from tftune.reports.progress import RunningTrial, Snapshot
from tftune.reports.tables import format_value
from tftune.support.tracebacks import summary

_REASONS = {
    "done": "done",
    "interrupted": "interrupted",
    "timeout": "the time limit is reached",
    "failures": "too many trials failed one after the other",
}


def greeting(state: SearchState, planned: int | None) -> str:
    """Returns the first line: what is searched, in how many trials, what earlier sessions did."""
    header = state.header
    task = f"{header['task']}: " if header.get("task") else ""
    size = f", {planned} trials" if planned else ""
    scheduler = header.get("scheduler", "none")
    rule = f"; {scheduler} stops hopeless ones" if scheduler != "none" else ""
    line = (
        f"{task}search {header.get('search', '')} for the best {state.objective} "
        f"({state.direction}){size}{rule}"
    )
    ended = sum(state.counts().values())
    return line + (f"; {ended} done already{_best(state.best())}" if ended else "")


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
    """Returns the last epoch trained, of how many."""
    return f"{trial.epoch}/{trial.last_epoch}" if trial.last_epoch else str(trial.epoch)


def end(trial: TrialRecord, now: Snapshot) -> str:
    """Returns the line of a trial that ended."""
    seconds = f"  {trial.seconds:.1f} s" if trial.seconds is not None else ""
    if trial.status is TrialStatus.FAILED:
        return f"trial {trial.trial_id} failed{seconds}: {reason(trial.message)}{outlook(now)}"
    score = f"  {now.objective} {format_value(trial.score)} at epoch {trial.best_epoch}"
    best = (
        "  the best so far"
        if now.best_trial_id == trial.trial_id
        else f"  best {format_value(now.best_score)} (trial {now.best_trial_id})"
    )
    return f"trial {trial.trial_id} {trial.status}{score}{seconds}{best}{outlook(now)}"


def retry(record: Record) -> str:
    """Returns the line of a trial that failed and is tried again."""
    return f"trial {record['trial_id']} is tried again: {reason(record.get('message'))}"


def finish(record: Record, state: SearchState) -> str:
    """Returns the last line."""
    counts = state.counts()
    told = (
        ", ".join(f"{number} {status}" for status, number in counts.items() if number)
        or "no trial ended"
    )
    return (
        f"{_REASONS.get(record['reason'], record['reason'])} after "
        f"{duration(state.wall_seconds)}: {told}{_best(state.best())}"
    )


def outlook(now: Snapshot) -> str:
    """Returns how far the search is and how long it will still take."""
    trials = f"  {now.ended}/{now.planned} trials" if now.planned else f"  {now.ended} trials"
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
