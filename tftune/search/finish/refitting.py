"""Whether the winner gains by the validation rows as further training rows.

A refit on all rows leaves none to judge it. So two trainings have one half of these rows each, and
are judged on the other half, against the model so far; if the time suffices for one of the two
only, on one half. They see half of the further rows, so that the gain of all is rather more. If
they gain, a last training has all rows, judged by nothing. All are trained for the same number of
epochs, at the learning rates of the first training, and the mean of their last weights counts.
"""

from __future__ import annotations

import numpy as np

from tftune.search.finish.trainings import Training
from tftune.search.finish.verdicts import NOT_KEPT
from tftune.search.finish.work import Work


def refit(work: Work) -> str | None:
    """Runs the step; returns None, or why it did not come to its end."""
    model, trainings = work.model, work.trainings
    if not model.trained or not work.plan.halves:
        why = work.plan.why.get("refit", "there is no training to compare it with")
        work.skip("refit", why)
        return None
    rates = work.result(work.base()).facts["rates"]
    given = (model.trial, work.rows, work.epochs, work.window, rates)
    last = work.tasks.refit(*given)
    cost = work.seconds([work.base()]) * work.rows.more_rows
    halves = work.plan.halves
    while halves and (halves + 1) * cost > trainings.left:
        halves -= 1
    if not halves:
        work.skip("refit", work.too_little(2 * cost))
        return None
    wanted = [work.tasks.half(*given, model.judge.halves, number) for number in range(halves)]
    reason = trainings.run(wanted, (trainings.left - cost) / halves)
    if reason is not None:
        return reason
    if why := next(filter(None, (trainings.why_not(each.key) for each in wanted)), ""):
        work.skip("refit", f"a training on more rows did not end: {why}", *wanted)
        return None
    after = np.array(model.before, np.float64)
    name = "mean" if work.window else "last"  # whatever averaging alone was worth
    for number, training in enumerate(wanted):
        after[model.judge.halves[1 - number]] = work.result(training).answers[name]
    rows = None if halves == 2 else model.judge.halves[1]
    if not work.judge_step("refit", after, wanted, rows):
        return None
    return _on_all_rows(work, last, wanted, after)


def _on_all_rows(
    work: Work, last: Training, wanted: list[Training], after: np.ndarray
) -> str | None:
    reason = work.trainings.run([last], work.trainings.left)
    if reason is not None:
        return reason
    step = work.steps["refit"]
    step.trainings, step.seconds = len(wanted) + 1, work.seconds([*wanted, last])
    if why := work.trainings.why_not(last.key):
        step.status, step.why = NOT_KEPT, f"it gained, but its last training did not end: {why}"
        return None
    work.take(work.result(last), after)
    return None
