"""The stages of one session of a search: its trials, then the confirmation of the winner, then what
finishes its model.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from tftune.execution.base import AbstractExecutor, Job
from tftune.journal.recorder import Recorder
from tftune.journal.run_folder import RunFolder
from tftune.oracles.core.oracle import Oracle
from tftune.schedulers.base import AbstractScheduler
from tftune.search.confirming import Confirmation
from tftune.search.driver import Driver
from tftune.search.plan import SearchPlan
from tftune.search.tasks import TrialTasks

_DONE = ("done", "flat")  # ends of the trials after which a winner can be confirmed


def run_stages(
    plan: SearchPlan,
    oracle: Oracle[Any],
    scheduler: AbstractScheduler,
    recorder: Recorder,
    folder: RunFolder,
    tasks: TrialTasks,
    told: Any,
    job: Job | None = None,
    confirms: bool = True,
    finish: Callable[[AbstractExecutor, float], str | None] | None = None,
) -> str:
    """Runs the trials that are left, confirms the winner, and returns why the session ended.

    Args:
        plan: Of the search, with epochs and data.
        oracle: Caught up with the journal.
        scheduler: Stops hopeless trials.
        recorder: Of the session.
        folder: Of the run.
        tasks: Makes tasks.
        told: The same, or what announces them to a subclass of `Tuner`.
        job: Runs a task of a trial; None trains it.
        confirms: Whether a winner can be confirmed.
        finish: Finishes the model, given the executor and `time.monotonic()` at which the search
            ends; returns None, or why it did not come to its end. None finishes nothing.
    """
    run, began = plan.run, time.monotonic()
    tasks.remove_kept()  # a driver that was killed may have left some
    with run.opened_executor(folder.logs) as executor:
        given = (oracle, scheduler, executor, recorder, told, plan.training.epochs, run, job)
        reason = Driver(*given).run()
        rounds = run.rounds(len(recorder.state.trials)) if confirms and reason in _DONE else ()
        deadline = math.inf if run.timeout is None else began + run.timeout
        if rounds:
            race = Confirmation(executor, recorder, tasks, rounds, run, deadline)
            reason = race.run() or reason
            tasks.remove_kept()
        if finish is not None and reason in _DONE:
            reason = finish(executor, deadline) or reason
    return reason
