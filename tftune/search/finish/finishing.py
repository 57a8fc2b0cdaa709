"""Finishing a search: what its winner gains by a confirmation, by the mean of its last weights, by
the validation rows as further training rows, and by the company of the next best; each step is kept
only if it gains on rows that it did not choose on.

1. *Confirm*: the race of `tftune.search.racing`, where there was none and it fits.
2. *Average*: the winner is trained once more on the training rows, for the number of epochs that
   its own best epoch and those of its repeats have in the middle. Its best epoch, chosen on one
   half of the validation rows and judged on the other, is compared with the mean of its last
   weights.
3. *Refit*: two further trainings have one half of the validation rows as training rows, and are
   judged on the other; if that gains, a last one has all rows.
4. *Ensemble*: a greedy choice among the kept models, made on one half and judged on the other, is
   compared with the best one alone, chosen and judged on the same halves; after a confirmation with
   its winner, which these rows have also chosen, so that this favours the winner. The ensemble also
   has to make up for the part of the earlier gains that it gives away: only the winner has them.

The test split is not known here at all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from tftune.errors import TftuneError
from tftune.execution.base import AbstractExecutor
from tftune.journal.recorder import Recorder
from tftune.journal.state import SearchState, TrialRecord
from tftune.journal.status import TrialStatus
from tftune.search.confirming import Confirmation
from tftune.search.finish.budget import StepsPlan, plan_steps
from tftune.search.finish.greedy_ensemble import MOST_MODELS, choose_ensemble, mean_answers
from tftune.search.finish.judging import Gain, Judge
from tftune.search.finish.rows import SearchRows, rows_of_search
from tftune.search.finish.tasks import FinishTasks
from tftune.search.finish.trainings import PREFIX, Training, Trainings
from tftune.search.racing import rounds_for
from tftune.search.run_settings import CANDIDATES, RunSettings
from tftune.search.tasks import TrialTasks
from tftune.space.knob import public_values
from tftune.training.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from tftune.training.weight_averaging import window

STEPS = ("confirm", "average", "refit", "ensemble")


@dataclass
class Step:
    """What became of a step, as the journal tells it.

    Attributes:
        step: Its name.
        status: `kept`, `not kept`, `skipped`, or `done` for what is not judged.
        why: In words.
        gain: What it is worth, where it was judged.
        trainings: How many it took.
        seconds: Of them.
    """

    step: str
    status: str
    why: str
    gain: Gain | None = None
    trainings: int = 0
    seconds: float = 0.0

    def record(self) -> dict[str, Any]:
        """Returns it as the journal has it."""
        found = asdict(self)
        gain = found.pop("gain") or dict.fromkeys(("before", "after", "gain", "low", "high"))
        return {**found, "rows": None, **gain}


@dataclass
class _Now:
    """The model as it stands between the steps."""

    trial: TrialRecord
    judge: Judge | None = None
    answers: dict[str, Any] = field(default_factory=dict)  # of the kept models, by trial
    before: Any = None  # answers of the winner so far
    use: str = "last"  # which weights of a training: `last` or `best`, their mean
    file: str | None = None  # of the weights that take the winner's place
    gains: float = 0.0


class Finish:
    """Finishes a search.

    Args:
        executor: Runs the trainings.
        recorder: Of the search; its state holds those of earlier sessions.
        tasks: Makes the tasks.
        rows: Which rows train, which judge.
        run: Limits and retries, as for trials.
        share: Part of the time that the trials took which finishing may take.
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
        share: float,
        losses: Sequence[str] = (),
        deadline: float = math.inf,
    ) -> None:
        self.executor, self.recorder, self.tasks, self.rows = executor, recorder, tasks, rows
        self.settings, self.share, self.losses, self.deadline = run, share, losses, deadline
        self.steps: dict[str, Step] = {}
        state = recorder.state
        self.budget = share * sum(trial.seconds or 0.0 for trial in state.trials.values())
        self.trainings = Trainings(executor, recorder, tasks.folder, run, self.budget, deadline)

    def run(self) -> str | None:
        """Runs all steps; returns None, or why they did not come to their end: `interrupted` or
        `timeout`.
        """
        state = self.recorder.state
        if state.best() is None:
            return None
        known = state.finished
        if known is not None and known["share"] == self.share:
            return None
        plan = self._planned()
        reason = self._confirm(plan)
        if reason is not None:
            return reason
        best = state.best()
        assert best is not None  # noqa: S101 - it was there before the race
        now = _Now(best)
        for step in (self._look, self._average, self._refit, self._ensemble):
            reason = step(now, plan)
            if reason is not None:
                return reason
        return None

    # The plan.

    def _planned(self) -> StepsPlan:
        """Returns the plan, which is written down before anything is trained."""
        state = self.recorder.state
        best = next(iter(state.ranked(1)))
        known = state.finishing
        if known is not None and (known["share"], known["trials"]) == (
            self.share,
            len(state.trials),
        ):
            names = ("confirm", "average", "halves", "seconds", "why")
            return StepsPlan(**{name: known["plan"][name] for name in names})
        cost = self.cost_of(best, epochs_of(state, best))
        race = self._cost_of_race() if state.confirmed is None else None
        plan = plan_steps(self.budget, cost, self.rows.more_rows, race, self._why_not())
        self.recorder.write(
            "finishing",
            share=self.share,
            trials=len(state.trials),
            budget=round(self.budget, 3),
            training=round(cost, 3),
            plan=asdict(plan),
        )
        return plan

    def _why_not(self) -> str:
        return self.rows.why_not or self.tasks.why_not

    def cost_of(self, trial: TrialRecord, epochs: int) -> float:
        """Returns the seconds of one training of a trial's configuration, as far as it tells."""
        settings = self.tasks.plan.training
        trained = len(trial.epochs) or max((trial.last_epoch or 1) - trial.first_epoch, 1)
        copies = max(settings.folds, 1) * settings.executions_per_trial
        return float(trial.seconds or 0.0) / trained / copies * epochs

    def _cost_of_race(self) -> float | None:
        rounds = rounds_for()
        contenders = self.recorder.state.ranked(rounds[0])
        mean = float(np.mean([trial.seconds or 0.0 for trial in contenders]))
        count = sum(min(each, len(contenders)) for each in rounds)
        return None if len(contenders) < 2 or not self.tasks.can_race else mean * count

    # The steps.

    def _confirm(self, plan: StepsPlan) -> str | None:
        state = self.recorder.state
        if state.confirmed is None and plan.confirm:
            rounds = rounds_for()
            given = (self.executor, self.recorder, self.tasks.trials, rounds, self.settings)
            reason = Confirmation(*given, deadline=self.deadline).run()
            if reason is not None:
                return reason
        paid = state.repetitions.values() if plan.confirm else ()  # else by the search
        seconds = sum(float(each.get("seconds") or 0.0) for each in paid)
        self.trainings.spent += seconds
        told = state.confirmed
        if told is None:
            self._skip("confirm", plan.why.get("confirm", "there is nothing to choose from"))
            return None
        changed = told["trial_id"] != told["search_best"]
        why = "another trial won" if changed else "the trial with the best score won"
        self.steps["confirm"] = Step("confirm", "done", why, None, len(paid), seconds)
        return None

    def _look(self, now: _Now, plan: StepsPlan) -> str | None:
        """Finds out what the kept models answer to the rows that validate."""
        if self.rows.why_not:
            return self._give_up(now, self.rows.why_not)
        candidates = self._candidates(now.trial)
        if not candidates:
            return self._give_up(
                now, "the weights of the best trial were not kept as its training left them"
            )
        wanted = [self.tasks.answers(trial, self.rows) for trial in candidates]
        reason = self.trainings.run(wanted)
        if reason is not None:
            return reason
        for trial, training in zip(candidates, wanted, strict=True):
            if not (why := self.trainings.why_not(training.key)):
                saved = load_checkpoint(self.trainings.file(training.key))
                now.answers[trial.trial_id] = saved
            elif trial.trial_id == now.trial.trial_id:
                return self._give_up(now, why)
        found = now.answers[now.trial.trial_id]
        try:
            now.judge = Judge(
                str(found.facts["kind"]),
                found.answers["labels"],
                found.answers["best"].shape[1],
                self.rows.units,
                self.recorder.state.objective,
                self.losses,
                self.tasks.seed,
            )
        except TftuneError as error:
            return self._give_up(now, f"the rows that validate cannot be halved. {error}")
        return None

    def _average(self, now: _Now, plan: StepsPlan) -> str | None:
        if now.judge is None:
            return None
        epochs = epochs_of(self.recorder.state, now.trial)
        cost = self.cost_of(now.trial, epochs)
        if not plan.average or cost > self.trainings.left:
            self._skip("average", plan.why.get("average", self._too_little(cost)))
            return None
        base = self.tasks.base(now.trial, self.rows, epochs, window(epochs))
        reason = self.trainings.run([base], self.trainings.left)
        if reason is not None:
            return reason
        if why := self.trainings.why_not(base.key):
            self._skip("average", f"the winner could not be trained again: {why}")
            return None
        saved = load_checkpoint(self.trainings.file(base.key))
        now.before = self._as_searched(now.judge, saved)
        if not window(epochs):
            self._skip("average", "of one epoch there is nothing to average", base)
            return None
        if self._judged("average", now, saved.answers["mean"], [base]):
            now.before, now.use = saved.answers["mean"], "best"
            now.file = self._finished_file(saved, now)
        return None

    def _as_searched(self, judge: Judge, saved: Checkpoint) -> Any:
        """Returns answers of the epoch that the search would keep, chosen on the other half."""
        if self.tasks.plan.training.keep_weights == "last":
            return saved.answers["last"]
        each = saved.answers["epochs"]

        def choose(rows: Any) -> Any:
            values = [judge.worth(epoch[rows], rows) for epoch in each]
            best = each[max(range(len(values)), key=lambda place: (values[place], -place))]
            return lambda judged: best[judged]

        return judge.cross_fitted(choose)

    def _refit(self, now: _Now, plan: StepsPlan) -> str | None:
        if now.judge is None:
            return None
        if now.before is None or not plan.halves:
            self._skip("refit", plan.why.get("refit", "there is no training to compare it with"))
            return None
        epochs, judge = epochs_of(self.recorder.state, now.trial), now.judge
        base = self.tasks.base(now.trial, self.rows, epochs, window(epochs))
        rates = load_checkpoint(self.trainings.file(base.key)).facts["rates"]
        given = (now.trial, self.rows, epochs, window(epochs), rates)
        cost = self.cost_of(now.trial, epochs) * self.rows.more_rows
        halves = plan.halves
        while halves and (halves + 1) * cost > self.trainings.left:
            halves -= 1
        if not halves:
            self._skip("refit", self._too_little(2 * cost))
            return None
        wanted = [self.tasks.half(*given, judge.halves, number) for number in range(halves)]
        reason = self.trainings.run(wanted, (self.trainings.left - cost) / halves)
        if reason is not None:
            return reason
        if why := next(filter(None, (self.trainings.why_not(each.key) for each in wanted)), ""):
            self._skip("refit", f"a training on more rows failed: {why}")
            return None
        after, name = np.array(now.before, np.float64), "mean" if now.use == "best" else "last"
        for number, training in enumerate(wanted):
            saved = load_checkpoint(self.trainings.file(training.key))
            after[judge.halves[1 - number]] = saved.answers[name]
        rows = None if halves == 2 else judge.halves[1]
        if not self._judged("refit", now, after, wanted, rows):
            return None
        last = self.tasks.refit(*given)
        reason = self.trainings.run([last], self.trainings.left)
        if reason is not None:
            return reason
        step = self.steps["refit"]
        step.trainings, step.seconds = step.trainings + 1, step.seconds + self._seconds([last])
        if why := self.trainings.why_not(last.key):
            step.status, step.why = "not kept", f"it gained, but its last training failed: {why}"
            return None
        now.file = self._finished_file(load_checkpoint(self.trainings.file(last.key)), now)
        now.before, now.gains = after, now.gains + (step.gain.gain if step.gain else 0.0)
        return None

    def _ensemble(self, now: _Now, plan: StepsPlan) -> str | None:
        if now.judge is None:
            return None
        judge = now.judge
        answers = {trial: saved.answers["best"] for trial, saved in now.answers.items()}
        counts: dict[str, int] = {}
        if len(answers) < 2:
            self._skip(
                "ensemble",
                "the weights of one completed trial only were kept as its training left them: "
                "search with finish, or keep_models, for more",
            )
        else:
            counts = self._chosen(judge, answers, None)
            self._judge_ensemble(now, judge, answers, counts)
        kept = self.steps["ensemble"].status == "kept"
        self._conclude(now, counts if kept else {})
        return None

    def _chosen(self, judge: Judge, answers: dict[str, Any], rows: Any) -> dict[str, int]:
        given = {name: each if rows is None else each[rows] for name, each in answers.items()}
        return choose_ensemble(given, lambda told: judge.worth(told, rows), MOST_MODELS)

    def _judge_ensemble(
        self, now: _Now, judge: Judge, answers: dict[str, Any], counts: dict[str, int]
    ) -> None:
        def choose(rows: Any) -> Any:
            found = self._chosen(judge, answers, rows)
            return lambda judged: mean_answers(
                {name: each[judged] for name, each in answers.items()}, found
            )

        winner = now.trial.trial_id

        def choose_one(rows: Any) -> Any:
            best = max(answers, key=lambda name: judge.worth(answers[name][rows], rows))
            return lambda judged: answers[best][judged]

        confirmed = self.recorder.state.confirmed is not None
        before = answers[winner] if confirmed else judge.cross_fitted(choose_one)
        gain = judge.gain(before, judge.cross_fitted(choose))
        share = counts.get(winner, 0) / sum(counts.values())
        lost = (1 - share) * now.gains
        status, why = verdict(gain, lost)
        if status == "kept" and set(counts) == {winner}:
            status, why = "not kept", "on all rows the choice is the winner alone"
        self.steps["ensemble"] = Step("ensemble", status, why, gain)

    # What all steps share.

    def _judged(
        self, name: str, now: _Now, after: Any, wanted: Sequence[Training], rows: Any = None
    ) -> bool:
        assert now.judge is not None  # noqa: S101 - asked before
        gain = now.judge.gain(now.before, after, rows)
        status, why = verdict(gain)
        if status == "kept" and gain is not None and name != "refit":
            now.gains += gain.gain
        self.steps[name] = Step(name, status, why, gain, len(wanted), self._seconds(wanted))
        return status == "kept"

    def _seconds(self, wanted: Sequence[Training]) -> float:
        known = self.recorder.state.finishing_trained
        return sum(float(known[each.key]["seconds"] or 0.0) for each in wanted if each.key in known)

    def _skip(self, name: str, why: str, *wanted: Training) -> None:
        self.steps[name] = Step(name, "skipped", why, None, len(wanted), self._seconds(wanted))

    def _too_little(self, cost: float) -> str:
        left = max(self.trainings.left, 0.0)
        return f"it would take {cost:.0f} s, of which {left:.0f} s are left"

    def _give_up(self, now: _Now, why: str) -> None:
        for name in STEPS[1:]:
            self._skip(name, why)
        self._conclude(now, {})

    def _finished_file(self, saved: Checkpoint, now: _Now) -> str:
        """Writes the weights that take the winner's place; returns the name of their file."""
        weights = saved.best if now.use == "best" else saved.last
        name = f"{PREFIX}{now.trial.trial_id}-finished"
        kept = replace(saved, last=[], best=weights, answers={})
        save_checkpoint(self.tasks.folder.checkpoint(name), kept)
        return name

    def _candidates(self, winner: TrialRecord) -> list[TrialRecord]:
        """Returns the best trials whose weights are kept, the winner first; none if its own are
        not. A pruned trial is none, and one configuration counts once.
        """
        found: list[TrialRecord] = []
        known: list[dict[str, Any]] = []
        for trial in [winner, *self.recorder.state.ranked()]:
            values = public_values(trial.values)
            pruned = trial.status is not TrialStatus.COMPLETED and trial is not winner
            if pruned or values in known or not self._has_own_weights(trial):
                if trial is winner:
                    return []
                continue
            if len(found) == CANDIDATES:
                break
            known.append(values)
            found.append(trial)
        return found if not self.tasks.plan.training.reshuffle else found[:1]

    def _has_own_weights(self, trial: TrialRecord) -> bool:
        """Whether a trial's file has the weights that its own training left, not those of a repeat
        on another cut.
        """
        file = self.tasks.folder.checkpoint(trial.trial_id)
        if not file.exists():
            return False
        score = (load_checkpoint(file).facts.get("best") or {}).get("score")
        single = self.tasks.plan.training.executions_per_trial == 1
        return score is None or trial.score is None or not single or score == trial.score

    def _conclude(self, now: _Now, counts: dict[str, int]) -> None:
        """Writes down what each step was worth and what the model consists of."""
        winner = now.trial.trial_id
        members: list[dict[str, Any]] = []
        if counts or now.file is not None:
            for trial_id, count in (counts or {winner: 1}).items():
                file = now.file if trial_id == winner and now.file is not None else trial_id
                members.append({"trial_id": trial_id, "checkpoint": file, "weight": count})
        ensemble = self.steps.get("ensemble")
        if ensemble is not None and counts:
            ensemble.why += f"; {len(counts)} models"
        self.recorder.write(
            "finished",
            trial_id=winner,
            share=self.share,
            budget=round(self.budget, 3),
            seconds=round(self.trainings.spent, 3),
            epochs=epochs_of(self.recorder.state, now.trial),
            measure=None if now.judge is None else now.judge.measure,
            steps=[self.steps[name].record() for name in STEPS if name in self.steps],
            members=members,
        )
        self.tasks.remove_files(members)


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
    rows = rows_of_search(*data, groups)
    given = (executor, recorder, FinishTasks(tasks), rows, run, run.finish_share)
    return Finish(*given, losses, deadline).run()


def verdict(gain: Gain | None, lost: float = 0.0) -> tuple[str, str]:
    """Returns whether a step is kept, and why.

    Args:
        gain: What it is worth; None where its measure is not defined.
        lost: What of earlier gains it gives away.

    Example:
        >>> verdict(Gain(0.8, 0.81, 0.01, -0.01, 0.03, 50))
        ('kept', 'it gains, within the noise')
        >>> verdict(Gain(0.8, 0.81, 0.01, -0.01, 0.03, 50), lost=0.02)
        ('not kept', 'it gains less than the earlier steps that only the winner has: 0.02')
    """
    if gain is None or not math.isfinite(gain.gain):
        return "not kept", "the measure is not defined on these rows"
    if gain.gain <= 0:
        return "not kept", "it does not gain"
    if gain.gain <= lost:
        told = f"{lost:.2g}"
        return "not kept", f"it gains less than the earlier steps that only the winner has: {told}"
    return "kept", "it gains clearly" if gain.low > 0 else "it gains, within the noise"


def epochs_of(state: SearchState, trial: TrialRecord) -> int:
    """Returns for how many epochs a configuration is trained where nothing watches: the middle one
    of its best epoch and those of its repeats, of two the later.

    Args:
        state: Of the search.
        trial: Of the configuration.
    """
    repeats = [
        record.get("best_epoch")
        for (trial_id, _), record in state.repetitions.items()
        if trial_id == trial.trial_id
    ]
    found = sorted(int(each) for each in [trial.best_epoch, *repeats] if each)
    return found[len(found) // 2] if found else max(trial.last_epoch or 1, 1)
