"""`tftune show`: one run, or one trial of it."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import textwrap
import time
from collections.abc import Sequence

from tftune.cli.command import Subcommand
from tftune.cli.converters import integer, source
from tftune.cli.runs import opened
from tftune.cli.terminal import aligned, print_document
from tftune.journal.state import TrialRecord
from tftune.reports.run_data import RunData

_NARROWEST, _WIDEST = 40, 80  # characters of a chart


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "run", metavar="RUN", type=source, help="a run folder, or its name in runs/"
    )
    parser.add_argument(
        "--trials",
        metavar="N",
        type=integer(0),
        default=10,
        help="how many of the best trials are shown (default: 10)",
    )
    parser.add_argument(
        "--trial",
        metavar="ID",
        help="one trial instead: its id, its number, or best",
    )
    parser.add_argument("--json", action="store_true", help="one JSON document to stdout")


def _run(options: argparse.Namespace) -> int:
    run = opened(options.run)
    if options.trial is not None:
        return _show_trial(run, options.trial, options.json)
    from tftune.cli import run_words as words

    doing = words.state_now(run)
    if options.json:
        print_document(words.document(run, doing, options.trials))
        return 0
    _show_run(run, options.trials)
    return 0


def _section(title: str, rows: Sequence[tuple[str, str]]) -> None:
    if rows:
        print(f"\n{title}\n{aligned(rows)}")


def _wrapped(title: str, rows: Sequence[tuple[str, str]]) -> None:
    """Prints a section whose texts are broken where the terminal ends."""
    left = max((len(name) for name, _ in rows), default=0)
    width = max(shutil.get_terminal_size().columns - left - 4, _NARROWEST // 2)
    lines: list[tuple[str, str]] = []
    for name, text in rows:
        parts = textwrap.wrap(text, width, break_on_hyphens=False) or [""]
        lines += [(name, parts[0]), *(("", part) for part in parts[1:])]
    _section(title, lines)


def _show_run(run: RunData, count: int) -> None:
    from tftune.cli import run_words as words
    from tftune.cli.plan_words import knob_rows, plan_rows
    from tftune.reports.analysis.worth import best_words
    from tftune.reports.confirmation import sentences
    from tftune.reports.finish import finish_text
    from tftune.reports.history import sessions
    from tftune.reports.nested import sentences as of_nested
    from tftune.reports.references_text import references_text
    from tftune.reports.run_state import RunStatus
    from tftune.reports.tables import print_best_trials
    from tftune.support.texts import one_line

    doing = words.state_now(run)
    print(f"{one_line(run.name, 80)}: {words.standing_words(run, doing)}")
    _wrapped("Plan", plan_rows(run))
    _table("Knobs", ("knob", "range", "default", "condition"), knob_rows(run))
    print("\nSessions")
    for session in sessions(run.records):
        print(f"  {words.session_words(session)}")
    if doing.status is RunStatus.RUNNING:
        lines = words.outlook_words(run)
        print("\nAt this moment\n  " + "\n  ".join(lines or ["no trial is in training"]))
    if count and run.state.best() is not None:
        total = len(run.state.standing.ranked())
        of = f"{min(count, total)} of {total} with a score"
        print(f"\nBest trials by {one_line(run.state.objective, 80)} ({of})")
        print_best_trials(run.state, count=count)
        print(f"\nBest score: {best_words(run.state)}")
    elif count:
        print("\nNo trial has a score.")
    if confirmed := sentences(run.state):
        print("\n" + "\n".join(confirmed))
    if finished := finish_text(run.state):
        print(f"\n{finished}")
    if run.state.test is not None:
        _section(
            words.heading_of_test(run),
            [
                (one_line(name, 60), words.with_interval(*ends))
                for name, *ends in words.measured_on_test(run)
            ],
        )
    if nested := of_nested(run.state):
        print("\n" + "\n".join(nested))
    beaten = references_text(run.state, every=True)
    if beaten:
        print(f"\n{beaten}")
    _section("Files", words.file_rows(run))
    found = words.commands(run)
    if "resume" in found and doing.status is not RunStatus.RUNNING:
        print(f"\nResume it with\n  {found['resume']}")
    if "script" in found:
        print(f"\nBegun, and resumed, by\n  {found['script']}")
    elif "repeat" in found:
        print(f"\nRepeat it with\n  {found['repeat']}")
    else:
        print("\nHow it was begun is not recorded: in a notebook, or by an older version.")


def _table(title: str, names: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    from tftune.reports.text_table import Column, aligned_table

    if rows:
        kept = [place for place in range(len(names)) if any(row[place] for row in rows)]
        columns = [Column(names[place], left=True) for place in kept]
        table = aligned_table(columns, [[row[place] for place in kept] for row in rows])
        print(f"\n{title}\n  " + table.replace("\n", "\n  "))


def _show_trial(run: RunData, word: str, as_json: bool) -> int:
    from tftune.cli import trial_words as words
    from tftune.journal.status import TrialStatus
    from tftune.support.texts import printable
    from tftune.support.tracebacks import LONGEST

    trial = words.find_trial(run, word)
    if as_json:
        print_document(words.document(run, trial))
        return 0
    print(words.fate(run, trial))
    for line in [*_facts(run, trial), *words.attempt_words(run, trial)]:
        print(f"  {line}")
    _section("Knobs", words.knob_rows(run, trial))
    when = "at the best epoch" if trial.metrics else "at the last epoch"
    _table(f"Metrics {when}", ("metric", "training", "validation"), words.metric_rows(trial))
    _draw(run, trial)
    if trial.message:
        text = printable(trial.message, LONGEST)
        title = "Failure" if trial.status is TrialStatus.FAILED else "Message"
        print(f"\n{title}\n  " + text.strip("\n").replace("\n", "\n  "))
    log = words.log_tail(run, trial)
    if log:
        print(f"\nThe end of logs/{trial.trial_id}.log\n  " + "\n  ".join(log))
    return 0


def _facts(run: RunData, trial: TrialRecord) -> list[str]:
    from tftune.cli.trial_words import children_of
    from tftune.support.texts import one_line

    start = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(trial.started))
    seconds = "" if trial.seconds is None else f", {trial.seconds:.1f} s"
    attempt = f", attempt {trial.attempt}" if trial.attempt > 1 else ""
    weights = "" if trial.parameters is None else f", {trial.parameters:,} parameters"
    lines = [f"started {start}{seconds}{attempt}{weights}"]
    if trial.reason:
        lines.append(f"why: {one_line(trial.reason, 200)}")
    if trial.parent is not None:
        from_where = f"from epoch {trial.first_epoch}"
        gone = "from its first epoch, since the folder had no weights of it"
        lines.append(f"continues trial {trial.parent} {from_where if trial.first_epoch else gone}")
    children = children_of(run.state, trial)
    if children:
        lines.append(f"continued by {', '.join(children)}")
    return lines


def _draw(run: RunData, trial: TrialRecord) -> None:
    from tftune.cli.trial_words import curves
    from tftune.reports.terminal_chart import draw, wants_ascii
    from tftune.support.texts import one_line

    width = max(min(shutil.get_terminal_size().columns, _WIDEST), _NARROWEST) - 2
    plain = wants_ascii(sys.stdout)
    colours = sys.stdout.isatty() and not plain and "NO_COLOR" not in os.environ
    for group in curves(run.state, trial):
        mark = None if trial.best_epoch is None else float(trial.best_epoch)
        lines = draw(group, width, 12, plain, colours, "epoch", mark)
        if lines:
            print(f"\n{one_line(group[0].name.split(' (')[0], 60)} by epoch")
            print("\n".join(f"  {line}" for line in lines))


COMMAND = Subcommand(
    _add_arguments,
    _run,
    (
        ("runs/beans-auto", "the plan, the best trials, how it went"),
        ("beans-auto --trial best", "one trial: its knobs, its learning curve"),
    ),
)
