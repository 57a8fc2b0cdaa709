"""What the model of a search method expected of its proposals, against what came.

Example:
    >>> pairs = [Pair("0003", 0.5, 0.5, 0.4, 0.6, True), Pair("0004", 0.9, 0.5, 0.4, 0.6, True)]
    >>> judged(pairs)
    Judgement(inside=1, count=2, rank=None, verdict='')
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tftune.journal.state import SearchState, TrialRecord
from tftune.journal.status import TrialStatus
from tftune.reports.analysis.trials import is_finite, trials_of

SHARE = 0.68  # of the results that should lie inside the intervals
# Search methods of tftune that have a model which tells a mean.
WITH_A_MODEL = ("auto", "dngo", "forest", "gp", "gp-fast")

_LEAST_FOR_RANKS = 5
_UNLIKELY = 0.05


@dataclass(frozen=True)
class Pair:
    """One trial: what was expected, and what came.

    Attributes:
        trial_id: Its id.
        score: What came.
        mean: What was expected.
        low: The lower end of its interval.
        high: Its upper end.
        whole: Whether the trial completed; a pruned one has not shown all it can.
    """

    trial_id: str
    score: float
    mean: float
    low: float
    high: float
    whole: bool


@dataclass(frozen=True)
class Judgement:
    """How good the expectations were, over the trials that completed.

    Attributes:
        inside: How many results lie inside their intervals.
        count: Of how many.
        rank: The correlation of ranks of expected and actual scores; None for fewer than 5 trials
            or where all are alike.
        verdict: `too sure` or `too careful` where as few, or as many, inside would come by chance
            less than once in 20 times; else "".
    """

    inside: int
    count: int
    rank: float | None
    verdict: str


def pairs_of(state: SearchState) -> list[Pair]:
    """Returns what was expected of the trials that have a score, in the order of their start."""
    found = []
    for trial in trials_of(state):
        ends = _ends(trial)
        if ends is not None and trial.status.has_score and is_finite(trial.score):
            whole = trial.status is TrialStatus.COMPLETED
            found.append(Pair(trial.trial_id, float(trial.score or 0.0), *ends, whole))
    return found


def judged(pairs: Sequence[Pair]) -> Judgement:
    """Returns how good the expectations were."""
    whole = [pair for pair in pairs if pair.whole]
    inside = sum(pair.low <= pair.score <= pair.high for pair in whole)
    scores = np.array([pair.score for pair in whole])
    means = np.array([pair.mean for pair in whole])
    return Judgement(inside, len(whole), _rank(means, scores), _verdict(inside, len(whole)))


def _rank(means: Any, scores: Any) -> float | None:
    if len(means) < _LEAST_FOR_RANKS or np.ptp(means) == 0 or np.ptp(scores) == 0:
        return None
    from scipy.stats import rankdata

    return float(np.corrcoef(rankdata(means), rankdata(scores))[0, 1])


def _verdict(inside: int, count: int) -> str:
    if not count:
        return ""
    from scipy.stats import binom

    if binom.cdf(inside, count, SHARE) < _UNLIKELY:
        return "too sure"
    return "too careful" if binom.sf(inside - 1, count, SHARE) < _UNLIKELY else ""


def _ends(trial: TrialRecord) -> tuple[float, float, float] | None:
    known = trial.predicted if isinstance(trial.predicted, dict) else {}
    mean, low, high = (known.get(name) for name in ("mean", "low", "high"))
    if mean is None or low is None or high is None:
        return None
    return (mean, low, high) if all(map(is_finite, (mean, low, high))) else None
