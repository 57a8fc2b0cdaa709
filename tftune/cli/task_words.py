"""`python -m tftune.<task> predict ...` and `evaluate ...`: the subcommands of `tftune` for the
runs of one task, by default for the newest that is finished.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path

from tftune.cli.command import run_subcommand
from tftune.cli.experiments import EXPERIMENTS
from tftune.cli.runs import RUNS
from tftune.cli.terminal import aligned, tell
from tftune.errors import RunFolderError, TftuneError
from tftune.journal.readable import LONGEST_HEADER, MALFORMED
from tftune.journal.run_folder import JOURNAL, RunFolder
from tftune.reports.run_data import read_run
from tftune.support import limits
from tftune.support.whole_files import open_whole

WORDS = {
    "predict": "classes of files or sequences, by the best model of a run",
    "evaluate": "what that model is worth on the test data",
}


def words_help(task: str) -> str:
    """Returns what the help of a program says of its words."""
    rows = [(f"python -m tftune.{task} {word} ... [--run-dir RUN]", WORDS[word]) for word in WORDS]
    text = f"after a search (--help tells more; by default the newest run):\n{aligned(rows)}"
    experiments = EXPERIMENTS.get(task)
    if not experiments:
        return text
    rows = [(f"python -m tftune.{task} {name}", experiments.summary(name)) for name in experiments]
    return f"{text}\n\nexperiments (--help tells more):\n{aligned(rows)}"


def run_word(task: str, word: str, arguments: Sequence[str]) -> int:
    """Runs a subcommand on a run of a task and returns its exit code.

    Args:
        task: The program, such as `beans`.
        word: One of `WORDS`.
        arguments: What follows it: those of the subcommand without RUN, and `--run-dir RUN`.

    Raises:
        SystemExit: For `--help` and mistakes in the arguments.
    """
    program = f"python -m tftune.{task} {word}"
    options = [each for each in arguments if each != "--"]
    if "-h" in options or "--help" in options:
        print(
            f"{program} ... [--run-dir RUN] is the following command with RUN in its place\n"
            f"(default: TFTUNE_RUN_DIR, else the newest finished run of {task} below {RUNS}/).\n"
        )
        return run_subcommand(word, ["--help"], f"tftune {word}")
    parser = argparse.ArgumentParser(prog=program, add_help=False, allow_abbrev=False)
    parser.add_argument("--run-dir", metavar="RUN", default=os.environ.get("TFTUNE_RUN_DIR"))
    found, rest = parser.parse_known_args(list(arguments))
    try:
        run = found.run_dir or str(newest_run(task))
    except TftuneError as error:
        tell(f"error: {error}")
        return error.exit_code
    if found.run_dir is None:
        tell(f"run: {run}")
    # a name such as -x is no option
    return run_subcommand(word, [f"./{run}" if run.startswith("-") else run, *rest], program)


def newest_run(task: str, below: Path = RUNS) -> Path:
    """Returns the folder of the run of a task that was finished last.

    Args:
        task: The program, such as `beans`.
        below: Where to look, at any depth.

    Raises:
        RunFolderError: If there is none.
    """
    finished, others = [], []
    for journal in below.rglob(JOURNAL):
        try:
            run = read_run(RunFolder(journal.parent)) if _is_of(journal, task) else None
        except (TftuneError, OSError, *MALFORMED):
            continue  # damaged, hostile, or not begun
        if run is None:
            continue
        reason = (run.state.finish or {}).get("reason", "interrupted")
        if run.state.test is not None or reason not in ("interrupted", "error"):
            finished.append((run.records[-1].get("time", 0.0), journal.parent))
        else:
            others.append(journal.parent)
    if finished:
        return max(finished)[1]
    unfinished = f" Received: unfinished ones, such as {others[0]}." if others else ""
    raise RunFolderError(
        f"There is no finished run of {task} below {below.absolute()}. Expected one."
        f"{unfinished} Pass the folder of a run with --run-dir, or run a search first: python -m "
        f"tftune.{task} --data sample"
    )


def _is_of(journal: Path, task: str) -> bool:
    """Whether a journal is of a task, by its first line: the others need not be read."""
    with open_whole(journal, limits.JOURNAL) as file:
        return bool(json.loads(file.readline(LONGEST_HEADER)).get("task") == task)
