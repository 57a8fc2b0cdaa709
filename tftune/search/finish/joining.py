"""Whether the best trials together answer better than the model so far, which is one of them.

The greedy choice is made on one half of the rows that validate and judged on the other, and by
turns; so was the choice of the best trial alone that the search hands over. Where the model so far
was trained again, it has chosen nothing by these rows, but the other members have: their best
epochs. It has then gained over what the search hands over, which has chosen as they have, and so
has an ensemble that gains over it.
"""

from __future__ import annotations

from typing import Any

from tftune.search.finish.greedy_ensemble import MOST_MODELS, choose_ensemble, mean_answers
from tftune.search.finish.judging import Judge
from tftune.search.finish.verdicts import KEPT, NOT_KEPT, Step, verdict
from tftune.search.finish.work import Model, Work

AGAIN = "trained again"  # name of the model that takes the winner's place
_Answers = dict[str, Any]


def join(work: Work) -> dict[str, int]:
    """Judges the ensemble, and returns how often each member counts; nothing if it is not kept."""
    model = work.model
    answers = library_of(model)
    if len(model.kept) < 2:
        reshuffled = work.tasks.plan.training.reshuffle
        work.skip(
            "ensemble",
            "each trial had a cut of its own, so no rows are held out of all"
            if reshuffled
            else "the weights of one completed trial only were kept as its training left them: "
            "search with finish, or keep_models, for more",
        )
        return {}
    judge = model.judge
    counts = chosen(judge, answers, None)

    def choose(rows: Any) -> Any:
        found = chosen(judge, answers, rows)
        return lambda judged: mean_answers(
            {name: each[judged] for name, each in answers.items()}, found
        )

    gain = judge.gain(model.before, judge.cross_fitted(choose))
    status, why = verdict(gain)
    if status == KEPT and len(counts) == 1:
        status, why = NOT_KEPT, "on all rows the choice is one model alone"
    if status == KEPT:
        why = f"{why}; {len(counts)} of the {len(answers)} models"
    work.steps["ensemble"] = Step("ensemble", status, why, gain)
    return counts if status == KEPT else {}


def library_of(model: Model) -> _Answers:
    """Returns the answers of all models that can be members."""
    answers = {trial: saved.answers["best"] for trial, saved in model.kept.items()}
    return answers if model.file is None else {AGAIN: model.before, **answers}


def handed_over(judge: Judge, kept: _Answers, winner: str, confirmed: bool) -> Any:
    """Returns the answers of what the search hands over: the best of the kept models, chosen on the
    other half; after a confirmation those of its winner.

    Args:
        judge: The rows that judge.
        kept: Answers of the kept models, by trial.
        winner: The best trial.
        confirmed: Whether it won a confirmation.
    """

    def choose_one(rows: Any) -> Any:
        best = max(kept, key=lambda name: judge.worth(kept[name][rows], rows))
        return lambda judged: kept[best][judged]

    return kept[winner] if confirmed else judge.cross_fitted(choose_one)


def chosen(judge: Judge, answers: _Answers, rows: Any) -> dict[str, int]:
    """Returns how often each member of the greedy choice counts.

    Args:
        judge: The rows that judge.
        answers: Of each model to all of them.
        rows: Which rows it is made on; None: all.
    """
    given = {name: each if rows is None else each[rows] for name, each in answers.items()}
    return choose_ensemble(given, lambda told: judge.worth(told, rows), MOST_MODELS)
