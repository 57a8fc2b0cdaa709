"""Whether the best trials together answer better than the best one alone.

The greedy choice is made on one half of the rows that validate and judged on the other, and by
turns; so is the choice of the best one alone, to be as little, or as much, flattered. After a
confirmation the ensemble is compared with the winner of that, which these rows have also chosen:
this favours the winner. Where the winner has gained by earlier steps, the other members have not;
the ensemble has to make up for the part of these gains that it gives away, one minus the weight of
the winner.
"""

from __future__ import annotations

from typing import Any

from tftune.search.finish.greedy_ensemble import MOST_MODELS, choose_ensemble, mean_answers
from tftune.search.finish.judging import Judge
from tftune.search.finish.verdicts import KEPT, NOT_KEPT, Step, verdict
from tftune.search.finish.work import Work

_Answers = dict[str, Any]


def join(work: Work) -> dict[str, int]:
    """Judges the ensemble, and returns how often each member counts; nothing if it is not kept."""
    model = work.model
    answers = {trial: saved.answers["best"] for trial, saved in model.kept.items()}
    if len(answers) < 2:
        reshuffled = work.tasks.plan.training.reshuffle
        work.skip(
            "ensemble",
            "each trial had a cut of its own, so no rows are held out of all"
            if reshuffled
            else "the weights of one completed trial only were kept as its training left them: "
            "search with finish, or keep_models, for more",
        )
        return {}
    judge, winner = model.judge, model.trial.trial_id
    counts = chosen(judge, answers, None)

    def choose(rows: Any) -> Any:
        found = chosen(judge, answers, rows)
        return lambda judged: mean_answers(
            {name: each[judged] for name, each in answers.items()}, found
        )

    def choose_one(rows: Any) -> Any:
        best = max(answers, key=lambda name: judge.worth(answers[name][rows], rows))
        return lambda judged: answers[best][judged]

    confirmed = work.state.confirmed is not None
    before = answers[winner] if confirmed else judge.cross_fitted(choose_one)
    gain = judge.gain(before, judge.cross_fitted(choose))
    share = counts.get(winner, 0) / sum(counts.values())
    status, why = verdict(gain, (1 - share) * model.gains)
    if status == KEPT and len(counts) == 1:
        status, why = NOT_KEPT, "on all rows the choice is one model alone"
    if status == KEPT:
        why = f"{why}; {len(counts)} models of {len(answers)}"
    work.steps["ensemble"] = Step("ensemble", status, why, gain)
    return counts if status == KEPT else {}


def chosen(judge: Judge, answers: _Answers, rows: Any) -> dict[str, int]:
    """Returns how often each member of the greedy choice counts.

    Args:
        judge: The rows that judge.
        answers: Of each model to all of them.
        rows: Which rows it is made on; None: all.
    """
    given = {name: each if rows is None else each[rows] for name, each in answers.items()}
    return choose_ensemble(given, lambda told: judge.worth(told, rows), MOST_MODELS)
