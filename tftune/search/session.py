"""A session of a search: its journal is opened and compared with the plan, the oracle caught up."""

from __future__ import annotations

import contextlib
import platform
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from tftune.errors import TftuneError
from tftune.journal.journal import History, Journal
from tftune.journal.listener import Listener
from tftune.journal.readable import honest
from tftune.journal.recorder import Recorder
from tftune.journal.records import Record
from tftune.journal.run_folder import RunFolder
from tftune.oracles.core.oracle import Oracle
from tftune.schedulers.base import AbstractScheduler
from tftune.search.differences import doubts
from tftune.search.plan import SearchPlan
from tftune.search.proposals import restore_events


def open_session(
    folder: RunFolder,
    plan: SearchPlan,
    oracle: Oracle[Any],
    scheduler: AbstractScheduler,
    listeners: Sequence[Listener] = (),
    known: History | None = None,
    fit: Mapping[str, Any] | None = None,
    model: Mapping[str, Any] | None = None,
    signature: Any = None,
) -> Recorder:
    """Begins a search, or resumes the one in the folder.

    Args:
        folder: The run folder.
        plan: What is searched; its header is written if the folder is new, compared if it is not.
        oracle: As the plan made it; it hears again what the journal tells.
        scheduler: As the plan made it.
        listeners: Follow the search.
        known: What was read of the journal before.
        fit: The arguments of `fit`, as `fit_identity` tells them.
        model: The model, as `model_identity` tells it.
        signature: Of the inputs, which the folder is to remember.

    Returns:
        The recorder, whose state holds what earlier sessions did.

    Raises:
        RunFolderError: If the folder holds another search, is damaged or in use; nothing has then
            been written.
    """
    header = plan.header(oracle, scheduler, fit, model, signature)
    journal = Journal(folder.journal, known)
    try:
        old = next(iter(journal.records), None)
        with contextlib.nullcontext() if old is None else honest(folder):
            if old is not None:
                difference = oracle.space.difference(old["space"])
                plan.check_resumes(old, header, difference, folder.path)
            events, memo, position = restore_events(journal.records, plan.run.lag)
            oracle.autosave = False  # the journal is the record
            oracle.restore(events, memo, position)
        limits = (plan.run.budget, plan.run.training_seconds)
        extended = old is not None and oracle.method.extend(*limits)
        recorder = Recorder(journal, listeners)
        if journal.torn_bytes:
            warnings.warn(
                f"The journal's last line was torn and is cut off ({journal.torn_bytes} bytes).",
                stacklevel=4,
            )
        for doubt in [] if old is None else doubts(old, header):
            warnings.warn(doubt, stacklevel=4)
        if old is None:
            recorder.write("header", **header)
        recorder.write(
            "session",
            resumed=old is not None,
            plan="\n".join(filter(None, [plan.reason, oracle.plan(), plan.run.told_end])),
            expected_trials=oracle.expected_trials(),
            workers=plan.run.workers_told,
            host=platform.node(),  # only there can it be seen whether the session goes on
        )
        if extended:  # what is proposed from now on follows from it
            recorder.write("memo", events=len(events), state=oracle.memo())
    except BaseException:
        journal.close()
        raise
    return recorder


def show_earlier(oracle: Oracle[Any], records: Sequence[Record]) -> None:
    """Lets an oracle show the trials of a journal to who looks at it; it cannot go on from there.

    Its method is told nothing, so nothing is computed. Records that do not fit the oracle's space
    are passed over: `search` says what differs.
    """
    oracle.autosave = False
    with contextlib.suppress(TftuneError):
        oracle.memory.show(restore_events(records)[0])
