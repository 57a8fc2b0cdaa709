"""What `RUN` means on a command line: a run folder, or its name in `runs/`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tftune.errors import RunFolderError
from tftune.journal.readable import honest
from tftune.journal.run_folder import RunFolder
from tftune.journal.state import SearchState
from tftune.reports.run_data import RunData, read_run
from tftune.support.checks import nearest
from tftune.support.texts import shown

RUNS = Path("runs")


def folder_of(run: str) -> RunFolder:
    """Returns the run folder that a word of the command line means.

    Args:
        run: A path of a run folder, or the name of a folder in `runs/`.

    Raises:
        RunFolderError: If there is no search in either.
    """
    candidates = [RunFolder(run)]
    if not Path(run).is_absolute():
        candidates.append(RunFolder(RUNS / run))
    found = next((folder for folder in candidates if _exists(folder)), None)
    if found is not None:
        return found
    known = _names()
    nor = f", nor in {shown(str(candidates[-1].path))}" if len(candidates) > 1 else ""
    raise RunFolderError(
        f"{shown(run)} is not a run folder: there is no journal.jsonl in it{nor}. Expected the "
        f"folder of a search, such as runs/beans-auto.{nearest(run, known)} tftune list shows what "
        "there is."
    )


def _exists(folder: RunFolder) -> bool:
    try:
        return folder.exists()
    except (OSError, ValueError):  # a name that is too long, or that no file can have
        return False


def _names() -> list[str]:
    try:
        return sorted(path.parent.name for path in RUNS.glob("*/journal.jsonl"))
    except OSError:
        return []


def opened(run: str) -> RunData:
    """Reads the run that a word of the command line means.

    Raises:
        RunFolderError: If there is no search, or its journal is damaged or cannot be read.
    """
    folder = folder_of(run)
    try:
        with honest(folder):
            found = read_run(folder)
            ask(found)
            return found
    except OSError as error:
        raise RunFolderError(
            f"{folder.journal} cannot be read: {error.strerror or error}. Expected the journal of "
            "a search. Look at its owner and its rights."
        ) from None


def ask(run: RunData) -> None:
    """Asks what every report asks, so that a journal that was made by hand fails here."""
    from tftune.reports.analysis.knobs import knob_records
    from tftune.reports.knob_words import condition_words, inactive, range_words

    _ = run.state.objective, run.state.direction, run.state.best()
    knobs = knob_records(run.state)
    for knob in knobs:
        _ = range_words(knob), condition_words(knob), hash(knob["name"]) + len(knob["name"])
    for trial in run.state.ranked(1):
        inactive(knobs, trial.values)
    _ask_of_what_followed(run.state)


def _ask_of_what_followed(state: SearchState) -> None:
    """Asks what is told of a confirmation, a finish, a nested evaluation, reference models."""
    if not (state.confirmed or state.finished or state.nested or state.references):
        return
    from tftune.reports import confirmation, finish, nested, references_text

    _ = confirmation.sentences(state), finish.finish_text(state), nested.sentences(state)
    _ = [state.trials[each["trial_id"]] for each in state.members], state.is_refitted
    _ = references_text.references_text(state, every=True)


def opened_all(runs: Sequence[str]) -> list[RunData]:
    """Reads several runs, each once; two of the same name are told apart by their folders.

    Raises:
        RunFolderError: As of `opened`.
    """
    found: dict[Path, RunData] = {}
    for word in runs:
        run = opened(word)
        place = run.folder.path.resolve() if run.folder is not None else Path(word)
        found.setdefault(place, run)
    return _told_apart(list(found.values()))


def _told_apart(runs: list[RunData]) -> list[RunData]:
    counts = Counter(run.name for run in runs)
    return [
        run
        if counts[run.name] == 1 or run.folder is None
        else replace(run, name=str(run.folder.path))
        for run in runs
    ]
