"""Finishing a search: what its winner gains by a confirmation, by the mean of its last weights, by
the validation rows as further training rows, and by the company of the next best; each step is kept
only if it gains on rows that it did not choose on.

1. *Confirm*: the race of `tftune.search.racing`, where there was none and it fits.
2. *Average*: `tftune.search.finish.averaging`.
3. *Refit*: `tftune.search.finish.refitting`.
4. *Ensemble*: `tftune.search.finish.joining`.

The journal tells what was planned (`finishing`), each training, and what each step was worth
(`finished`): what was cut short goes on, and trains nothing twice. The test split is not known here
at all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from tftune.errors import TftuneError
from tftune.execution.base import AbstractExecutor
from tftune.journal.recorder import Recorder
from tftune.journal.state import TrialRecord
from tftune.search.confirming import Confirmation
from tftune.search.finish.averaging import average
from tftune.search.finish.budget import StepsPlan, plan_steps
from tftune.search.finish.joining import AGAIN, handed_over, join
from tftune.search.finish.judging import Judge
from tftune.search.finish.refitting import refit
from tftune.search.finish.rows import SearchRows, rows_of_search
from tftune.search.finish.tasks import FinishTasks
from tftune.search.finish.trainings import Trainings
from tftune.search.finish.verdicts import DONE, SKIPPED, STEPS, Step
from tftune.search.finish.winner import candidates_of, cost_of, epochs_of
from tftune.search.finish.work import Model, Work
from tftune.search.racing import rounds_for
from tftune.search.run_settings import RunSettings
from tftune.search.tasks import TrialTasks


class _StoppedError(Exception):
    """The finish did not come to its end; the argument says why."""


class Finish:
    """Finishes a search.

    Args:
        executor: Runs the trainings.
        recorder: Of the search; its state holds those of earlier sessions.
        tasks: Makes the tasks.
        rows: Which rows train, which judge.
        run: Limits and retries, as for trials.
        losses: Names of the model's losses, or none.
        deadline: `time.monotonic()` at which the search ends.
    """

    def __init__(
        self,
        executor: AbstractExecutor,
        recorder: Recorder,
        tasks: FinishTasks,
        rows: SearchRows,
        run: RunSettings,
        losses: Sequence[str] = (),
        deadline: float = math.inf,
    ) -> None:
        self.executor, self.recorder, self.tasks, self.rows = executor, recorder, tasks, rows
        self.settings, self.losses, self.deadline = run, tuple(losses), deadline
        self.share = run.finish_share
        trials = recorder.state.trials.values()
        self.budget = self.share * sum(trial.seconds or 0.0 for trial in trials)
        given = (executor, recorder, tasks.folder, run, self.budget, deadline)
        self.trainings = Trainings(*given)

    def run(self) -> str | None:
        """Runs all steps; returns None, or why they did not come to their end: `interrupted` or
        `timeout`.
        """
        state = self.recorder.state
        known = state.finished
        if state.best() is None or (known is not None and known["share"] == self.share):
            return None
        try:
            self._run_steps()
        except _StoppedError as stopped:
            return str(stopped)
        return None

    def _run_steps(self) -> None:
        plan = self._planned()
        confirmation = self._confirm(plan)
        (winner,) = self.recorder.state.ranked(1)
        try:
            model = self._model_of(winner, plan)
        except TftuneError as error:
            steps = [Step(name, SKIPPED, str(error)) for name in STEPS[1:]]
            self._conclude(winner, [confirmation, *steps])
            return
        work = Work(self.recorder, self.tasks, self.rows, self.trainings, plan, model)
        for step in (average, refit):
            _go_on(step(work))
        counts = join(work)
        steps = [confirmation, *(work.steps[name] for name in STEPS if name in work.steps)]
        self._conclude(winner, steps, model, counts)

    def _planned(self) -> StepsPlan:
        """Returns the plan, which is written down before anything is trained."""
        state = self.recorder.state
        (best,) = state.ranked(1)
        known = state.finishing
        if known is not None and (known["share"], known["trials"]) == (
            self.share,
            len(state.trials),
        ):
            return StepsPlan(**known["plan"])
        records, settings = self.recorder.journal.records, self.tasks.plan.training
        cost = cost_of(records, best, epochs_of(state, best), settings)
        race = self._seconds_of_race() if state.confirmed is None else None
        why_not = self.rows.why_not or self.tasks.why_not
        plan = plan_steps(self.budget, cost, self.rows.more_rows, race, why_not)
        if self.settings.confirm == 0:
            plan.why["confirm"] = "confirm=0 leaves it out"
        numbers = {"budget": round(self.budget, 3), "training": round(cost, 3)}
        trials = len(state.trials)
        self.recorder.write(
            "finishing", share=self.share, trials=trials, **numbers, plan=asdict(plan)
        )
        return plan

    def _seconds_of_race(self) -> float | None:
        rounds = rounds_for()
        contenders = self.recorder.state.ranked(rounds[0])
        if len(contenders) < 2 or self.settings.confirm == 0:
            return None
        mean = float(np.mean([trial.seconds or 0.0 for trial in contenders]))
        return mean * sum(min(each, len(contenders)) for each in rounds)

    def _confirm(self, plan: StepsPlan) -> Step:
        state = self.recorder.state
        if state.confirmed is None and plan.confirm:
            given = (self.executor, self.recorder, self.tasks.trials, rounds_for(), self.settings)
            _go_on(Confirmation(*given, deadline=self.deadline).run())
        paid = list(state.repetitions.values()) if plan.confirm else []  # else by the search
        seconds = sum(float(each.get("seconds") or 0.0) for each in paid)
        self.trainings.spent += seconds
        told = state.confirmed
        if told is None:
            why = plan.why.get("confirm", "there is nothing to choose from")
            return Step("confirm", SKIPPED, why, None, len(paid), seconds)
        changed = told["trial_id"] != told["search_best"]
        why = "another trial won" if changed else "the trial with the best score won"
        return Step("confirm", DONE, why, None, len(paid), seconds)

    def _model_of(self, winner: TrialRecord, plan: StepsPlan) -> Model:
        """Returns the winner with the rows that judge, and what the kept models answer to them.

        Raises:
            TftuneError: If nothing can be judged.
        """
        if self.rows.why_not:
            raise TftuneError(self.rows.why_not)
        state, settings = self.recorder.state, self.tasks.plan.training
        candidates = candidates_of(state, self.tasks.folder, winner, settings)
        if not candidates:
            raise TftuneError(
                "the weights of the best trial were not kept as its training left them"
            )
        wanted = [self.tasks.answers(trial, self.rows) for trial in candidates]
        _go_on(self.trainings.run(wanted[:1], self.trainings.left))
        if why := self.trainings.why_not(wanted[0].key):
            raise TftuneError(why)
        # so many of the others as the time for training leaves, or a quarter of the time
        left, each = self.trainings.left, self.trainings.spent_on(wanted[0].key)
        spare = max(left - plan.training, left / 4)
        more = len(wanted) if each <= 0 else max(int(spare / each), 0)
        wanted = wanted[: 1 + more]
        _go_on(self.trainings.run(wanted[1:], max(spare, 0.0)))
        kept = {
            trial.trial_id: self.trainings.result(training)
            for trial, training in zip(candidates, wanted, strict=False)
            if not self.trainings.why_not(training.key)
        }
        own = kept[winner.trial_id]
        judge = Judge(
            str(own.facts["kind"]),
            own.answers["labels"],
            own.answers["best"].shape[1],
            self.rows.units,
            state.objective,
            self.losses,
            self.tasks.seed,
        )
        answers = {name: each.answers["best"] for name, each in kept.items()}
        confirmed = state.confirmed is not None
        before = handed_over(judge, answers, winner.trial_id, confirmed)
        return Model(winner, judge, kept, before)

    def _conclude(
        self,
        winner: TrialRecord,
        steps: Sequence[Step],
        model: Model | None = None,
        counts: dict[str, int] | None = None,
    ) -> None:
        """Writes down what each step was worth and what the model consists of."""
        file = None if model is None else model.file
        members: list[dict[str, Any]] = []
        for name, count in (counts or ({AGAIN: 1} if file else {})).items():
            trial_id = winner.trial_id if name == AGAIN else name
            own = file if name == AGAIN else name
            members.append({"trial_id": trial_id, "checkpoint": own, "weight": count})
        self.recorder.write(
            "finished",
            trial_id=winner.trial_id,
            share=self.share,
            budget=round(self.budget, 3),
            seconds=round(self.trainings.spent, 3),
            epochs=epochs_of(self.recorder.state, winner),
            measure=None if model is None else model.judge.measure,
            steps=[step.record() for step in steps],
            members=members,
        )
        self.tasks.remove_files(members)


def _go_on(reason: str | None) -> None:
    if reason is not None:
        raise _StoppedError(reason)


def finish_search(
    recorder: Recorder,
    tasks: TrialTasks,
    data: Any,
    groups: Any,
    run: RunSettings,
    losses: Sequence[str],
    executor: AbstractExecutor,
    deadline: float = math.inf,
) -> str | None:
    """Finishes a search; returns None, or why it did not come to its end.

    Args:
        recorder: Of the search.
        tasks: Makes those of trials.
        data: Positional and keyword arguments of `fit`, and the fold of each row or None.
        groups: An entry per row of train followed by validation, or None.
        run: How the search runs.
        losses: Names of the model's losses, or none.
        executor: Runs the trainings.
        deadline: `time.monotonic()` at which the search ends.
    """
    arguments, options, fold_of_row = data
    rows = rows_of_search(arguments, options, fold_of_row, groups)
    return Finish(executor, recorder, FinishTasks(tasks), rows, run, losses, deadline).run()
