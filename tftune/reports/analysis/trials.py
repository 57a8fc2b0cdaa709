"""The trials of a search, unpacked once for all views, and their fates in plain words.

Example:
    >>> from tftune.journal.state import SearchState
    >>> state = SearchState(header={"objective": {"name": "val_auc", "direction": "max"}})
    >>> trials_of(state), scored(state), fates_in_words({"completed": 2, "failed": 1})
    ((), [], '2 completed, 1 failed')
"""

from __future__ import annotations

import math
import weakref
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from tftune.journal.state import SearchState, TrialRecord
from tftune.journal.status import TrialStatus

Item = TypeVar("Item")

# How a fate is coloured, in the order in which it is told.
FATES = {
    TrialStatus.COMPLETED: "completed",
    TrialStatus.PRUNED: "pruned",
    TrialStatus.FAILED: "failed",
    TrialStatus.RUNNING: "neutral",
}
FATE_WORDS = {
    "completed": "completed",
    "pruned": "pruned (stopped early as hopeless)",
    "failed": "failed",
    "running": "not ended",
}

_Unpacked = tuple[Any, tuple[Any, ...], tuple[TrialRecord, ...]]
_unpacked: dict[int, _Unpacked] = {}  # by the identity of a state, while it lives


def trials_of(state: SearchState) -> tuple[TrialRecord, ...]:
    """Returns the trials in the order of their start; they are unpacked again only after further
    records.
    """
    version = (len(state.trials), tuple(state.counts().values()), state.wall_seconds)
    known = _unpacked.get(id(state))
    if known is not None and known[0]() is state and known[1] == version:
        return known[2]
    trials = tuple(state.trials.values())
    if version[-1] > 0:  # else nothing tells a further epoch of a running trial
        if known is None or known[0]() is not state:
            weakref.finalize(state, _unpacked.pop, id(state), None).atexit = False
        _unpacked[id(state)] = (weakref.ref(state), version, trials)
    return trials


def scored(state: SearchState) -> list[TrialRecord]:
    """Returns the trials with a finite score, best first, of equals the earlier first; a confirmed
    winner is the first of all.
    """
    by_id = {trial.trial_id: trial for trial in trials_of(state)}
    ranked = (by_id[trial.trial_id] for trial in state.ranked())
    return [trial for trial in ranked if is_finite(trial.score)]


def by_score(state: SearchState) -> list[TrialRecord]:
    """Returns the same trials in the order of their scores, whoever was confirmed."""
    by_id = {trial.trial_id: trial for trial in scored(state)}
    return [by_id[trial_id] for trial_id in state.standing.ranked() if trial_id in by_id]


def score_of(trial: TrialRecord) -> float:
    """Returns the score of a trial, NaN where there is none."""
    return math.nan if trial.score is None else float(trial.score)


def is_finite(value: Any) -> bool:
    """Returns whether a value is a number that is neither NaN nor infinite."""
    return isinstance(value, int | float) and math.isfinite(value)


def count_fates(state: SearchState) -> dict[str, int]:
    """Returns how many trials had each fate, `running` for those that have not ended."""
    counts = Counter(trial.status.value for trial in trials_of(state))
    return {status.value: counts[status.value] for status in FATES}


def fates_in_words(counts: Mapping[str, int]) -> str:
    """Returns numbers of trials by fate as words; what there is none of is left out."""
    told = [f"{counts[fate]:,} {word}" for fate, word in FATE_WORDS.items() if counts.get(fate)]
    return ", ".join(told)


def thinned(items: Sequence[Item], most: int) -> list[Item]:
    """Returns at most so many items, evenly spaced, the first and the last among them.

    Example:
        >>> thinned(range(9), 3), thinned("ab", 3), thinned("abc", 1)
        ([0, 4, 8], ['a', 'b'], ['a'])
    """
    if len(items) <= most:
        return list(items)
    if most < 2:
        return list(items[:most])
    return [items[round(index * (len(items) - 1) / (most - 1))] for index in range(most)]
