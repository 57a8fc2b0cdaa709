"""The ladder of a search that pauses trials: which trial stands on which rung, and what it reached
there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from tftune.journal.status import TrialStatus, loss_of
from tftune.oracles.core.view import SearchView
from tftune.space.search_space import Values, public_values


@dataclass(slots=True, eq=False)
class Result:
    """What a configuration reached.

    Attributes:
        values: The configuration.
        loss: Lower is better; infinite where it is not known, or training failed.
        place: Of the configuration in the unit cube, once somebody has asked.
        rank: Its rank among comparable ones, 1 for the best, where more is known than the loss.
    """

    values: Values
    loss: float = math.inf
    place: np.ndarray | None = None
    rank: float | None = None


@dataclass(slots=True, eq=False)
class Stay(Result):
    """One trial: a configuration on one rung. Its loss is the least of this trial and of those that
    it continues.

    Attributes:
        trial_id: Of the trial.
        rung: Its number, from 0.
        epochs: The epoch until which the trial trains.
        parent: The trial that it continues, or None.
        ended: Whether it has ended.
        has_score: Whether it ended with a score.
        pruned: Whether a scheduler stopped it, so that it cannot be continued.
    """

    trial_id: str = ""
    rung: int = 0
    epochs: int = 0
    parent: str | None = None
    ended: bool = False
    has_score: bool = False
    pruned: bool = False


class Ladder:
    """Reads from the view of a search what its trials have reached.

    Nothing is kept that the view does not tell, so a resumed search has the same ladder.

    Args:
        view: Of the search.
        most: Epochs of a trial that names no budget.

    Attributes:
        stays: By id of the trial, in the order of the starts.
        continued: Ids of the trials that another one continues.
        spent: Epochs of all trials, by plan.
    """

    def __init__(self, view: SearchView, most: int) -> None:
        self._view, self._most = view, most
        self.stays: dict[str, Stay] = {}
        self.continued: set[str] = set()
        self.spent = 0
        self._ends = 0
        self._rungs: dict[int, list[Stay]] = {}

    def refresh(self) -> Ladder:
        """Reads what has happened since."""
        for number in range(len(self.stays), len(self._view.trials)):
            self._start(f"{number:04d}")
        for trial_id in self._view.end_order[self._ends :]:
            self._end(trial_id)
        self._ends = len(self._view.end_order)
        return self

    def on(self, rung: int) -> list[Stay]:
        """Returns the trials of a rung, in the order of their start."""
        return self._rungs.get(rung, [])

    def ended(self, rung: int) -> list[Stay]:
        """Returns those of them that have ended, failed ones too."""
        return [stay for stay in self.on(rung) if stay.ended]

    def running(self, rung: int) -> int:
        """Returns how many of them have not ended."""
        return sum(not stay.ended for stay in self.on(rung))

    def ranked(self, rung: int) -> list[Stay]:
        """Returns those with a score, best first, of equals the earlier."""
        return sorted((stay for stay in self.on(rung) if stay.has_score), key=_loss)

    def reranked(self, rung: int) -> list[Stay]:
        """Returns the trials of a rung that have ended, ranked by their losses; those that went on
        exchange their ranks among themselves as the higher rungs tell.
        """
        stays = self.ended(rung)
        ranks = rankdata([stay.loss for stay in stays]) if stays else []
        for stay, rank in zip(stays, ranks, strict=True):
            stay.rank = float(rank)
        roots = {stay.trial_id: stay for stay in stays}
        for higher in range(rung + 1, max(self._rungs, default=0) + 1):
            known = [stay for stay in self.ended(higher) if stay.parent in roots]
            begun = [roots[str(stay.parent)] for stay in known]
            free = sorted(float(root.rank or 0) for root in begun)
            order = sorted(range(len(known)), key=lambda place: known[place].loss)
            for place, rank in zip(order, free, strict=True):
                begun[place].rank = rank
            roots.update(zip((stay.trial_id for stay in known), begun, strict=True))
        return stays

    def own_epochs(self, stay: Stay) -> int:
        """Returns the epochs of a trial without those of the trial that it continues."""
        return stay.epochs - (self.stays[stay.parent].epochs if stay.parent in self.stays else 0)

    def forget_places(self) -> None:
        """Forgets where the configurations lie, as for a space that has grown."""
        for stay in self.stays.values():
            stay.place = None

    def unfinished(self) -> list[Stay]:
        """Returns the trials that have not ended."""
        return [stay for stay in self.stays.values() if not stay.ended]

    def _start(self, trial_id: str) -> None:
        values = self._view.trials[trial_id].hyperparameters.values
        parent = values.get("tuner/trial_id")
        epochs = int(values.get("tuner/epochs", self._most))
        rung = int(values.get("tuner/round", 0))
        stay = Stay(public_values(values), trial_id=trial_id, rung=rung, epochs=epochs)
        stay.parent = None if parent is None else str(parent)
        if stay.parent is not None:
            self.continued.add(stay.parent)
        self.spent += epochs - int(values.get("tuner/initial_epoch", 0))
        self.stays[trial_id] = stay
        self._rungs.setdefault(rung, []).append(stay)

    def _end(self, trial_id: str) -> None:
        stay, trial = self.stays[trial_id], self._view.trials[trial_id]
        stay.ended, stay.place = True, None
        stay.values = public_values(trial.hyperparameters.values)
        status: TrialStatus = self._view.status(trial_id)
        stay.pruned = status is TrialStatus.PRUNED
        if status.has_score and math.isfinite(trial.score):
            own = loss_of(float(trial.score), self._view.objective.direction)
            before = self.stays[stay.parent].loss if stay.parent in self.stays else math.inf
            stay.has_score, stay.loss = True, min(own, before)


def _loss(stay: Stay) -> float:
    return stay.loss
