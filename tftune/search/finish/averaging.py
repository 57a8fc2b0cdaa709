"""Whether the mean of the winner's last weights answers better than what the search hands over.

The winner is trained once more on the training rows, for a fixed number of epochs, and the mean of
its last weights has chosen nothing; the number of epochs, and the rate where the plateau rule
lowers it, come from the rows that validate, as they do in all that it is compared with.

What the search hands over is the best of the kept models, chosen on one half of these rows and
judged on the other, and by turns: one further training is worth less than the best of many, and has
to make up for that. After a confirmation it is the winner of that. Its best epoch was chosen by all
these rows, so that the comparison favours the search.
"""

from __future__ import annotations

from typing import Any

from tftune.search.finish.judging import Judge
from tftune.search.finish.work import Work
from tftune.training.checkpoints import Checkpoint


def average(work: Work) -> str | None:
    """Runs the step; returns None, or why it did not come to its end."""
    left = work.trainings.left
    base = work.base()
    work.trainings.count([base.key])
    if not work.plan.average or (not work.trainings.is_done(base.key) and work.cost > left):
        work.skip("average", work.plan.why.get("average") or work.too_little(work.cost))
        return None
    reason = work.trainings.run([base], left)
    if reason is not None:
        return reason
    if why := work.trainings.why_not(base.key):
        work.skip("average", f"the winner could not be trained again: {why}", base)
        return None
    saved, model = work.result(base), work.model
    model.trained = True
    keep_weights = work.tasks.plan.training.keep_weights
    model.optimism = optimism_of_epochs(model.judge, saved, keep_weights)
    if not work.window:
        work.skip("average", "of one epoch there is nothing to average", base)
    elif work.judge_step("average", saved.answers["mean"], [base]):
        work.take(saved, saved.answers["mean"])
    return None


def optimism_of_epochs(judge: Judge, saved: Checkpoint, keep_weights: str) -> float:
    """Returns how much better a training looks on the rows that have chosen its best epoch than on
    rows that have not, at least 0.

    Args:
        judge: The rows that judge.
        saved: What the training has left.
        keep_weights: `best` or `last`, as the search says: the last epoch is not chosen.
    """
    if keep_weights == "last":
        return 0.0
    epochs = saved.answers["epochs"]

    def choose(rows: Any) -> Any:
        values = [judge.worth(epoch[rows], rows) for epoch in epochs]
        best = epochs[max(range(len(values)), key=lambda place: (values[place], -place))]
        return lambda judged: best[judged]

    seen = choose(slice(None))(slice(None))
    unseen = judge.cross_fitted(choose)
    amount = judge.worth_in_halves(seen) - judge.worth_in_halves(unseen)
    return amount if amount > 0 else 0.0  # also where no epoch has answered by numbers
