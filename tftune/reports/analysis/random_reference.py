"""What random search would have reached: the expected best of k configurations that are drawn,
without replacement, from those of which it is known that they were drawn at random.

With n draws, m of them with a score, sorted from the best b(1) to the worst b(m), the best of k is
b(i) where b(i) is among the k and none of the i - 1 better ones is:

    P(i, k) = C(n - i, k - 1) / C(n, k),      E(k) = sum of P(i, k) b(i) / sum of P(i, k)

The divisor is the chance that any of the k has a score. Nothing is said beyond k = n.

Example:
    >>> [round(best, 4) for best in expected_best([0.5, 0.75, 1.0], 3, "max")]
    [0.75, 0.9167, 1.0]
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tftune.journal.state import SearchState, TrialRecord
from tftune.journal.status import loss_of
from tftune.reports.analysis.trials import is_finite, trials_of
from tftune.reports.analysis.words import name_of
from tftune.reports.run_data import RunData

_NEGLIGIBLE = 1e-15  # chance
LEAST = 3  # draws, from which on a mean of their bests says anything
_GIVEN = re.compile(r"\b(\d+) (?:is|are) given\b")
_DRAWN = re.compile(r"\b(\d+) (?:is|are) (?:drawn at )?random\b")


@dataclass(frozen=True)
class Reference:
    """The quality of random search.

    Attributes:
        expected: The expected best after 1, 2, ... draws; empty where it cannot be told.
        draws: Trials that were drawn at random and have ended, failed ones too.
        source: Whose they are, in words.
        beside: What a legend adds where they are of another search.
        why_not: Why it cannot be told, or "".
        mean_seconds: Mean time of those trials, or None.
    """

    expected: tuple[float, ...] = ()
    draws: int = 0
    source: str = ""
    beside: str = ""
    why_not: str = ""
    mean_seconds: float | None = None


def expected_best(scores: Sequence[float], draws: int, direction: str) -> list[float]:
    """Returns the expected best of 1 to `draws` draws without replacement.

    Args:
        scores: Of the draws that have one.
        draws: How many draws there were, at least as many as scores; the others found nothing.
        direction: `max` or `min`.
    """
    ranked = sorted(scores, key=lambda score: loss_of(score, direction))
    means = []
    for count in range(1, draws + 1):
        chance = count / draws  # that the best is drawn, then that the next is and no better one
        whole = total = 0.0
        for place, score in enumerate(ranked, start=1):
            total, whole = total + chance * score, whole + chance
            left = draws - place  # draws that are worse than this one
            chance *= (left - count + 1) / left if left else 0.0
            if chance < _NEGLIGIBLE:
                break
        means.append(total / whole)
    return means


def random_trials(state: SearchState, plan: str) -> tuple[list[TrialRecord], str]:
    """Returns the trials that were drawn at random, and why there are none.

    Args:
        state: The search.
        plan: What the method said of its phases in the record of the first session.
    """
    trials = list(trials_of(state))
    search = str(state.header.get("search"))
    options = state.header.get("options") or {}
    if search == "random":
        given = len(options.get("start") or ()) + bool(options.get("warm_start"))
        return trials[given:], ""
    if search == "hyperband":
        longest = max((trial.last_epoch or 0 for trial in trials), default=0)
        whole = [each for each in trials if each.parent is None and each.last_epoch == longest]
        return whole, "Hyperband trained none of its random configurations to the end"
    if search in ("mobster", "filled-halving"):
        return [], f"{name_of(search)} trains its random configurations for a few epochs only"
    found = _DRAWN.search(plan)
    if found:
        given_first = _GIVEN.search(plan)
        first = int(given_first[1]) if given_first else 0
        return trials[first : first + int(found[1])], ""
    return [], f"the method {name_of(search)} draws none of its trials at random"


def reference_of(run: RunData, others: Sequence[RunData] = ()) -> Reference:
    """Returns what random search would have reached on the problem of a run.

    Args:
        run: The search.
        others: Searches beside it; the trials of a random search for the same are taken first.
    """
    beside = [
        other
        for other in others
        if other is not run and other.state.header.get("search") == "random"
        if _problem(other.state) == _problem(run.state)
    ]
    for source in sorted(beside, key=lambda other: -len(other.state.trials)):
        reference = _reference(source, f"all of {name_of(source.name)}")
        if reference.expected and reference.draws >= _reference(run, "").draws:
            return replace(reference, beside=f" ({name_of(source.name)})")
    return _reference(run, "of this search")


def _reference(run: RunData, whose: str) -> Reference:
    session = next((each for each in run.records if each["kind"] == "session"), {})
    trials, why_not = random_trials(run.state, str(session.get("plan") or ""))
    ended = [trial for trial in trials if trial.status.has_ended]
    scores = [
        float(trial.score)
        for trial in ended
        if trial.status.has_score and trial.score is not None and is_finite(trial.score)
    ]
    if len(ended) < LEAST or not scores:
        if not trials and why_not:
            reason = why_not
        elif len(ended) < LEAST:
            reason = f"only {len(ended)} of the trials drawn at random have ended"
        else:
            reason = f"all {len(ended)} trials drawn at random failed"
        return Reference(draws=len(ended), why_not=reason)
    seconds = [trial.seconds for trial in ended if trial.seconds is not None]
    return Reference(
        tuple(expected_best(scores, len(ended), run.state.direction)),
        len(ended),
        whose,
        mean_seconds=sum(seconds) / len(seconds) if seconds else None,
    )


def _problem(state: SearchState) -> tuple[object, ...]:
    """What must agree for two searches to be for the same."""
    header = state.header
    data = header.get("data") or {}
    return (
        state.objective,
        state.direction,
        header.get("space"),
        data.get("fingerprint"),
        header.get("training"),
        header.get("model"),
    )
