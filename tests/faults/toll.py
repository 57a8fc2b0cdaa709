"""The kinds of kills, and what they have cost."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

# Of the driver's files, those in whose writing it dies; what is written by a child is watched for.
FILES = {
    "summary": "summary.json",
    "table of trials": "trials.csv",
    "TensorBoard": "tfevents",
}
# These hit whatever the search does when their moment has come.
ANY_TIME = ("everything", "driver", "child", "fork server", "weights", "TensorBoard")
# These hit the writing of the results, when all trials have ended.
AT_THE_END = ("final evaluation", "best model", "summary", "table of trials")
KINDS = (*ANY_TIME, *AT_THE_END)


@dataclass
class Toll:
    """What the kills have cost.

    Attributes:
        kills: By kind; each has ended a process that lived.
        missed: Sessions that ended before their kill.
        torn: Kills that left a file half-written.
        early: Kills before the session had begun a trial.
        continued: Trials that went on after an epoch, not from the beginning.
        moments: How much of its search was done at each kill, from 0 to 1.
    """

    kills: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    torn: int = 0
    early: int = 0
    continued: int = 0
    moments: list[float] = field(default_factory=list)

    def add(self, other: Toll) -> None:
        """Counts what another search has cost, too."""
        self.kills += other.kills
        self.missed += other.missed
        self.torn += other.torn
        self.early += other.early
        self.continued += other.continued
        self.moments += other.moments

    def __str__(self) -> str:
        """The checks have failed before this is printed if a trial was lost."""
        return (
            f"{self.kills.total()} kills ({_counted(self.kills)}), {self.missed.total()} missed"
            f"{_bracketed(self.missed)}; {self.early} before a first trial, {self.torn} in the "
            f"middle of a file; {self.continued} trials went on in mid-training; 0 trials lost, "
            "repeated or changed, nothing left behind"
        )

    def spread(self) -> str:
        """Returns how many kills fell in each tenth of their search."""
        tenths = Counter(min(9, int(10 * moment)) for moment in self.moments)
        return " ".join(str(tenths[tenth]) for tenth in range(10))


def _counted(kinds: Counter[str]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))


def _bracketed(kinds: Counter[str]) -> str:
    return f" ({_counted(kinds)})" if kinds else ""
