"""A session of a search: opens the journal, checks that it is this search's, and brings the oracle
up to date.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from tftune.journal.journal import SCHEMA, Journal
from tftune.journal.provenance import versions
from tftune.journal.recorder import Recorder
from tftune.journal.run_folder import RunFolder, check_agrees
from tftune.journal.state import Listener
from tftune.oracles.core.oracle import Oracle
from tftune.search.proposals import restore_events
from tftune.space.search_space import SearchSpace


def make_header(
    oracle: Oracle,
    search: str,
    scheduler: tuple[str, dict[str, Any]],
    training: dict[str, Any],
    data: dict[str, Any],
    task: str,
    lag: int | None = None,
) -> dict[str, Any]:
    """Returns what identifies a search: the first record of its journal.

    Args:
        oracle: Proposes the trials.
        search: Its name.
        scheduler: Name and options of what stops hopeless trials.
        training: How a trial is trained.
        data: What the reports say of the data, `fingerprint` among it.
        task: A name for the reports.
        lag: L of the reproducible way (see `tftune.search.proposals`), or None.
    """
    name, options = scheduler
    return {
        "schema": SCHEMA,
        "task": task,
        "search": search,
        "options": oracle.all_options(),
        "scheduler": name,
        **({"scheduler_options": options} if options else {}),
        "seed": oracle.seed,
        **({"lag": lag} if lag is not None else {}),
        "objective": {"name": oracle.objective.name, "direction": oracle.objective.direction},
        "space": SearchSpace(oracle.hyperparameters).config(),
        "data": data,
        "training": training,
        "versions": versions(),
    }


def open_session(
    folder: RunFolder,
    oracle: Oracle,
    header: dict[str, Any],
    listeners: Sequence[Listener],
    workers: int | str | None,
) -> Recorder:
    """Begins a search, or goes on with the one in the folder.

    Args:
        folder: The run folder.
        oracle: As it was made; it hears again what the journal tells.
        header: What identifies the search; written if the folder is new, compared if it is not.
        listeners: Follow the search.
        workers: Trials at a time, for the record.

    Returns:
        The recorder, whose state holds what earlier sessions did.

    Raises:
        RunFolderError: If the folder holds another search, is damaged or in use; nothing has then
            been written.
    """
    journal = Journal(folder.journal)
    try:
        old = next(iter(journal.records), None)
        if old is not None:
            check_agrees(old, header, SearchSpace(oracle.hyperparameters).difference(old["space"]))
        events, memo, position = restore_events(journal.records, header.get("lag"))
        oracle.autosave = False  # the journal is the record
        oracle.restore(events, memo, position)
        recorder = Recorder(journal, listeners)
    except BaseException:
        journal.close()
        raise
    if journal.torn_bytes:
        warnings.warn(
            f"The journal's last line was torn and is cut off ({journal.torn_bytes} bytes).",
            stacklevel=4,
        )
    if old is None:
        recorder.write("header", **header)
    recorder.write(
        "session",
        resumed=old is not None,
        plan=oracle.plan(),
        expected_trials=oracle.expected_trials(),
        workers=workers,
    )
    return recorder
