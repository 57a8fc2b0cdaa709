"""One trial in words: what `tftune show RUN --trial ID` says, and the same for JSON."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from tftune.errors import DataError, NoTrialCompletedError, UsageError
from tftune.journal.state import SearchState, TrialRecord
from tftune.reports.analysis.knobs import knob_records
from tftune.reports.history import attempts
from tftune.reports.knob_words import condition_words, inactive
from tftune.reports.run_data import RunData
from tftune.reports.tables import format_value
from tftune.reports.terminal_chart import Curve
from tftune.space.knob import public_values
from tftune.support.checks import nearest
from tftune.support.texts import one_line, printable, shown
from tftune.support.whole_files import is_within, open_whole

LOG_LINES = 20
_LOG_BYTES = 40_000
_VALIDATION = "val_"


def find_trial(run: RunData, word: str) -> TrialRecord:
    """Returns the trial that a word of the command line means.

    Args:
        run: The run.
        word: Its id, its number, or `best`.

    Raises:
        NoTrialCompletedError: If the best one is asked for and there is none.
        UsageError: If there is no such trial.
    """
    trials = run.state.trials
    if word in trials:
        return trials[word]
    if word == "best":
        best = run.state.best()
        if best is None:
            raise NoTrialCompletedError(
                f"There is no best trial in {shown(run.name)}: none has completed."
            )
        return best
    if word.isascii() and word.isdigit() and len(word) < 12:
        for name in (f"{int(word):04d}", str(int(word))):
            if name in trials:
                return trials[name]
    names = list(trials)
    known = f"{names[0]} to {names[-1]}, or best" if names else "none: no trial has begun"
    raise UsageError(
        f"There is no trial {shown(word)} in {shown(run.name)}. Expected one of {known}."
        f"{nearest(word, names)} tftune trials lists them."
    )


def rank_of(state: SearchState, trial: TrialRecord) -> int | None:
    """Returns the place of a trial among those with a score, from 1, or None if it has none."""
    ranked = state.standing.ranked()
    return ranked.index(trial.trial_id) + 1 if trial.trial_id in ranked else None


def children_of(state: SearchState, trial: TrialRecord) -> list[str]:
    """Returns the trials that continue a trial."""
    return [each.trial_id for each in state.trials.values() if each.parent == trial.trial_id]


def fate(run: RunData, trial: TrialRecord) -> str:
    """Returns one line: what became of a trial."""
    objective = one_line(run.state.objective, 60)
    words = f"Trial {trial.trial_id} of {one_line(run.name, 80)}: {trial.status}"
    if trial.score is not None:
        words += f", {objective} {format_value(trial.score)} at epoch {trial.best_epoch}"
    elif trial.epochs:
        words += f" after epoch {trial.epochs[-1][0]}"
    rank = rank_of(run.state, trial)
    if rank is not None:
        words += f", rank {rank} of {len(run.state.standing.ranked())}"
    return words


def knob_rows(run: RunData, trial: TrialRecord) -> list[tuple[str, str]]:
    """Returns name and value of each knob, those marked that play no part in the trial."""
    knobs = knob_records(run.state)
    idle = inactive(knobs, trial.values)
    conditions = {knob["name"]: condition_words(knob) for knob in knobs}
    fixed = {knob["name"] for knob in knobs if knob.get("kind") == "Fixed"}
    rows = []
    for name, value in public_values(trial.values).items():
        mark = f"  (plays no part: only {conditions[name]})" if name in idle else ""
        mark = "  (fixed)" if name in fixed and not mark else mark
        rows.append((one_line(name, 60), format_value(value) + mark))
    absent = [name for name in conditions if name not in trial.values]
    rows += [(one_line(name, 60), f"(absent: only {conditions[name]})") for name in absent]
    return rows


def metric_rows(trial: TrialRecord) -> list[tuple[str, str, str]]:
    """Returns name, training and validation value of each metric at the best epoch; of a trial
    without one those of its last epoch.
    """
    metrics = trial.metrics or (trial.epochs[-1][1] if trial.epochs else {})
    names = dict.fromkeys(name.removeprefix(_VALIDATION) for name in metrics)
    return [
        (
            one_line(name, 40),
            format_value(metrics[name]) if name in metrics else "",
            format_value(metrics[_VALIDATION + name]) if _VALIDATION + name in metrics else "",
        )
        for name in names
    ]


def whole_curve(state: SearchState, trial: TrialRecord) -> list[tuple[int, dict[str, float]]]:
    """Returns the epochs of a trial, with those of the trials that it continues before them."""
    epochs = list(trial.epochs)
    seen = {trial.trial_id}
    while trial.parent is not None and trial.parent in state.trials and trial.parent not in seen:
        first, trial = trial.first_epoch, state.trials[trial.parent]
        seen.add(trial.trial_id)
        epochs = [each for each in trial.epochs if each[0] <= first] + epochs
    return epochs


def curves(state: SearchState, trial: TrialRecord) -> list[list[Curve]]:
    """Returns what is drawn, a list for each chart: the objective, then the loss, on the validation
    and the training split.
    """
    epochs = whole_curve(state, trial)
    names = {name: None for _, metrics in epochs for name in metrics}
    plain = state.objective.removeprefix(_VALIDATION)
    charts = []
    for name in dict.fromkeys((plain, "loss")):
        found = [
            Curve(
                f"{each} ({split})", [(epoch, metrics.get(each, _NAN)) for epoch, metrics in epochs]
            )
            for each, split in ((_VALIDATION + name, "validation"), (name, "training"))
            if each in names
        ]
        if found:
            charts.append(found)
    return charts


_NAN = float("nan")


def log_tail(run: RunData, trial: TrialRecord) -> list[str]:
    """Returns the last lines of what a trial printed, where that was kept."""
    if run.folder is None or os.sep in trial.trial_id:
        return []
    path = run.folder.logs / f"{trial.trial_id}.log"
    try:
        if not is_within(run.folder.path, path):  # a link to somebody's file
            return []
        with open_whole(path, None) as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(file.tell() - _LOG_BYTES, 0))
            text = file.read().decode("utf-8", "replace")
    except (DataError, OSError, ValueError):
        return []
    return [printable(line, 400) for line in text.splitlines()[-LOG_LINES:]]


def document(run: RunData, trial: TrialRecord) -> dict[str, Any]:
    """Returns everything that is said of a trial, for JSON."""
    names = [
        *("trial_id", "number", "status", "score", "best_epoch", "seconds", "parameters"),
        *("attempt", "started", "first_epoch", "last_epoch", "parent"),
        *("reason", "message", "metrics"),
    ]
    knobs = knob_records(run.state)
    return {
        "run": run.name,
        **{name: getattr(trial, name) for name in names},
        "objective": {"name": run.state.objective, "direction": run.state.direction},
        "values": public_values(trial.values),
        "inactive": sorted(inactive(knobs, trial.values)),
        "rank": rank_of(run.state, trial),
        "children": children_of(run.state, trial),
        "attempts": [vars(each) for each in attempts(run.records, trial.trial_id)],
        "epochs": [{"epoch": epoch, "metrics": metrics} for epoch, metrics in trial.epochs],
        "log": log_tail(run, trial),
    }


def attempt_words(run: RunData, trial: TrialRecord) -> Sequence[str]:
    """Returns a line for each attempt, where there was more than one."""
    from tftune.support.tracebacks import summary

    found = attempts(run.records, trial.trial_id)
    if len(found) < 2:
        return []
    return [
        f"attempt {each.number}: {each.end} after {each.epochs} epochs"
        + (f" from epoch {each.continued + 1} on" if each.continued else "")
        + (f"; {summary(each.message)}" if each.message else "")
        for each in found
    ]
