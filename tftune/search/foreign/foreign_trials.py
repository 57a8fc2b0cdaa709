"""What is read from another tool: its trials, and what it says of their score.

Example:
    >>> trial = foreign_trial("7", {"units": 8}, float("nan"), "completed")
    >>> trial.status, trial.score
    ('failed', None)
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tftune.errors import UsageError
from tftune.journal.status import TrialStatus
from tftune.support.texts import shown

MOST = 2**16  # trials of one source; every one is told to the search method


@dataclass(frozen=True)
class Asked:
    """What a person says of a source.

    Attributes:
        objective: What the score is called in the search that is to learn; None takes what the
            source says.
        direction: `max` or `min`; None takes what the source says.
        study: The study of an Optuna storage that has several.
        column: The column of a table that holds the score.
        stated: Whether `objective` and `direction` were said of this source, so that they count
            more than its own words; otherwise they are those of the search.
    """

    objective: str | None = None
    direction: str | None = None
    study: str | None = None
    column: str | None = None
    stated: bool = False


@dataclass(frozen=True)
class ForeignTrial:
    """One trial.

    Attributes:
        name: What the source calls it: a number, an id, a line.
        values: What its knobs were, as the source holds them: a table holds texts.
        score: A finite number, or None.
        status: `completed`, `pruned` or `failed`.
        seconds: How long it took, or None.
        said: What the source says became of it, where that is another status.
    """

    name: str
    values: Mapping[str, Any]
    score: float | None
    status: str
    seconds: float | None = None
    said: str | None = None


@dataclass(frozen=True)
class ForeignTrials:
    """The trials of one source.

    Attributes:
        source: The path or address, as it was given, without a password.
        kind: What it is, in words.
        trials: All that have ended, in the source's order.
        objective: What the source calls the score, or None where it does not say.
        direction: `max` or `min`, or None where the source does not say.
        notes: What the reader left out, in sentences.
        results: Mappings with values, score, status and seconds, once they were made to fit a
            space; see `tftune.search.foreign.fitting`.
    """

    source: str
    kind: str
    trials: tuple[ForeignTrial, ...]
    objective: str | None = None
    direction: str | None = None
    notes: tuple[str, ...] = ()
    results: tuple[dict[str, Any], ...] = ()

    def __post_init__(self) -> None:
        if not self.trials:
            raise UsageError(
                f"No trial has ended in {self.source} ({self.kind}), so there is nothing to start "
                "from. Expected trials with a score. Leave it out."
            )
        if not any(trial.score is not None for trial in self.trials):
            raise UsageError(
                f"No trial in {self.source} ({self.kind}) has a score that is a finite number, so "
                f"there is nothing to start from. Received: {counted(self.trials)}. Leave it out, "
                "or say where the score is: tftune import --help"
            )
        scoreless = Counter(trial.said for trial in self.trials if trial.said is not None)
        told = [
            f"{count} {said} without a finite score count as failed"
            for said, count in scoreless.items()
        ]
        object.__setattr__(self, "notes", tuple(dict.fromkeys((*self.notes, *told))))
        if len(self.trials) > MOST:
            raise UsageError(
                f"{self.source} ({self.kind}) has {len(self.trials):,} trials. Expected at most "
                f"{MOST:,}. Keep the best of them in a table."
            )


def foreign_trial(
    name: str, values: Mapping[str, Any], score: object, status: str, seconds: object = None
) -> ForeignTrial:
    """Returns a trial; one without a finite score has failed."""
    number, lasted = finite(score), finite(seconds)
    said = TrialStatus(status).value
    failed = said == TrialStatus.FAILED or number is None
    return ForeignTrial(
        name,
        values,
        None if failed else number,
        TrialStatus.FAILED.value if failed else said,
        lasted if (lasted or 0) >= 0 else None,
        said if failed and said != TrialStatus.FAILED else None,
    )


def finite(number: object) -> float | None:
    """Returns a number as a float, or None if it is none or not finite."""
    if isinstance(number, bool) or not isinstance(number, int | float):
        return None
    try:
        return float(number) if math.isfinite(number) else None
    except OverflowError:  # an integer beyond every float
        return None


def counted(trials: tuple[ForeignTrial, ...]) -> str:
    """Returns how many trials there are of each status, in words.

    Example:
        >>> counted((foreign_trial("0", {}, 1.0, "completed"), foreign_trial("1", {}, 1, "failed")))
        '1 completed, 1 failed'
    """
    counts = Counter(trial.status for trial in trials)
    return ", ".join(f"{count} {status}" for status, count in counts.items())


def unreadable(source: str, what: str, error: object) -> UsageError:
    """Returns the error for a source that is damaged, or is something else."""
    return UsageError(
        f"{source} cannot be read as {what}. Received: {shown(str(error), 300)}. Restore it from a "
        "copy, or export its trials as a table (CSV)."
    )
