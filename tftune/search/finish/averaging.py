"""Whether the mean of the winner's last weights answers better than its best epoch.

The winner is trained once more on the training rows, for a fixed number of epochs. What the search
would keep of that training is its best epoch: it is chosen on one half of the rows that validate
and judged on the other, and by turns. The mean of the last weights has chosen nothing.
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
    model.before = as_searched(model.judge, saved, work.tasks.plan.training.keep_weights)
    if not work.window:
        work.skip("average", "of one epoch there is nothing to average", base)
    elif work.judge_step("average", saved.answers["mean"], [base]):
        model.use = "best"
        work.take("average", saved, saved.answers["mean"])
    return None


def as_searched(judge: Judge, saved: Checkpoint, keep_weights: str) -> Any:
    """Returns answers of the epoch that the search would keep, chosen on the other half.

    Args:
        judge: The rows that judge.
        saved: What the training has left.
        keep_weights: `best` or `last`, as the search says.
    """
    if keep_weights == "last":
        return saved.answers["last"]
    epochs = saved.answers["epochs"]

    def choose(rows: Any) -> Any:
        values = [judge.worth(epoch[rows], rows) for epoch in epochs]
        best = epochs[max(range(len(values)), key=lambda place: (values[place], -place))]
        return lambda judged: best[judged]

    return judge.cross_fitted(choose)
