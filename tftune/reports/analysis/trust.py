"""How far the best score can be trusted: its noise, what choosing adds, and the step to the test.

Example:
    >>> from tftune.journal.state import SearchState
    >>> header = {"objective": {"name": "val_auc", "direction": "max"}}
    >>> trust_of(SearchState(header=header)) is None
    True
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from tftune.journal.state import SearchState, TrialRecord
from tftune.journal.status import loss_of
from tftune.reports.analysis.curves import curve_of
from tftune.reports.analysis.noise import Optimism, jitter, optimism_of
from tftune.reports.analysis.trials import is_finite, score_of, scored
from tftune.reports.analysis.worth import Worth, test_worth, validation_worth
from tftune.reports.measures.metric_names import plain_name
from tftune.reports.measures.wilson import Z


@dataclass(frozen=True)
class Trust:
    """What is known of the best score.

    Attributes:
        best: The best trial.
        chosen_from: How many trials have a score.
        validation: Its score.
        test: Its value on the test split, or None.
        fold_spread: Standard deviation between the folds at the best epoch, or None.
        jitter: Standard deviation from epoch to epoch near the best one, or None.
        noise: Which of these stands for the noise of one score, or None.
        noise_is: What it is, in words.
        optimism: What choosing the best adds, or None.
        gap: How much worse the test value is than the score; negative where it is better; None
            where they cannot be compared.
        explained: What choosing and chance explain of a gap, or None.
    """

    best: TrialRecord
    chosen_from: int
    validation: Worth
    test: Worth | None
    fold_spread: float | None
    jitter: float | None
    noise: float | None
    noise_is: str
    optimism: Optimism | None
    gap: float | None
    explained: float | None


def trust_of(state: SearchState) -> Trust | None:
    """Returns what is known of the best score, or None where there is none."""
    ranked = scored(state)
    if not ranked:
        return None
    best, direction = ranked[0], state.direction
    validation, test = validation_worth(state, best), test_worth(state)
    folds = (state.header.get("training") or {}).get("folds") or 0
    told = best.metrics.get(f"{state.objective}_std")
    fold_spread = float(told) if is_finite(told) else None  # type: ignore[arg-type]
    jumps = jitter(curve_of(best, state.objective), best.best_epoch or 0)
    noise, noise_is = None, ""
    if fold_spread is not None and folds > 1:
        noise, noise_is = fold_spread / math.sqrt(folds), "the error of the mean over the folds"
    elif jumps is not None:
        noise, noise_is = jumps, "the spread from epoch to epoch"
    elif validation.error is not None:
        noise, noise_is = (
            validation.error,
            "at most: the error from the rows of the split, which all trials share",
        )
    losses = [loss_of(score_of(trial), direction) for trial in ranked]
    optimism = optimism_of(losses, noise) if noise is not None else None
    gap = explained = None
    same = test is not None and test.trial_id == best.trial_id
    if test is not None and same and plain_name(test.metric) == plain_name(state.objective):
        gap = loss_of(test.value, direction) - loss_of(score_of(best), direction)
        if test.error is not None and validation.error is not None:
            chance = Z * math.hypot(test.error, validation.error)
            explained = chance + (optimism.amount if optimism else 0.0)
    return Trust(
        best,
        len(ranked),
        validation,
        test,
        fold_spread,
        jumps,
        noise,
        noise_is,
        optimism,
        gap,
        explained,
    )
