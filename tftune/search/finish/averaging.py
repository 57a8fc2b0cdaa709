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

from tftune.search.finish.work import Work


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
    if not work.window:
        work.skip("average", "of one epoch there is nothing to average", base)
    elif work.judge_step("average", saved.answers["mean"], [base]):
        work.take(saved, saved.answers["mean"])
    return None
