"""What search methods share that pause trials after a few epochs and continue the best: the values
of their trials, which checkpoints are kept, and how a search goes on after a restart.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from typing import Any

from tftune.journal.status import TrialStatus, loss_of
from tftune.oracles.core.method import SearchMethod
from tftune.oracles.multifidelity.filling import Filler
from tftune.oracles.multifidelity.hedge import hedged
from tftune.oracles.multifidelity.ladder import Ladder, Result, Stay
from tftune.oracles.multifidelity.reasons import START, goes_on
from tftune.space.search_space import Values, public_values
from tftune.support.checks import check_count, check_number

logger = logging.getLogger(__name__)


class PausingMethod(SearchMethod):
    """Pauses each trial at a rung; a later trial continues the weights of the best.

    A subclass says where the rungs stand, `epochs`, and what is begun or continued, `propose`.

    Args:
        max_epochs: R, the most epochs of one configuration, at least 1.
        initial_points: Results of a rung before a model of them proposes, at least 2.
        random_fraction: Share of the configurations that is drawn at random even then, 0 to 1.
        max_paused: Paused trials whose weights are kept, at least 1.
        hedge: How many of the first configurations go on whatever their rank (see `hedge.py`), at
            least 0.

    Raises:
        UsageError: If a number is outside its range.
    """

    places_starts = True  # they need a budget
    epochs: Sequence[int]

    def __init__(
        self,
        max_epochs: int,
        initial_points: int,
        random_fraction: float,
        max_paused: int,
        hedge: int,
    ) -> None:
        check_count("max_epochs", max_epochs, least=1)
        check_count("initial_points", initial_points, least=2)
        check_number("random_fraction", random_fraction, 0, 1, example=0.2)
        check_count("max_paused", max_paused, least=1)
        check_count("hedge", hedge, least=0)
        self.max_epochs, self.initial_points = max_epochs, initial_points
        self.random_fraction = float(random_fraction)
        self.max_paused, self.hedge = max_paused, hedge

    def reset(self) -> None:
        """Empties the rungs."""
        self._ladder = Ladder(self.view, self.max_epochs)
        self._filler = Filler(self.view, self.random_fraction)
        self._paused: list[str] = []  # ids of the trials that can be continued
        self._earlier = self._earlier_results()

    def space_changed(self) -> None:
        """Goes on with the rungs as they are; the model learns anew."""
        self._filler.forget()
        self._ladder.forget_places()
        self._earlier = self._earlier_results()

    @property
    def planned_epochs(self) -> int:  # type: ignore[override]
        """R, the most epochs of one configuration."""
        return self.max_epochs

    @property
    def hedged_trials(self) -> int:
        """How many of the first trials go on whatever their rank."""
        return self.hedge

    def memo(self) -> dict[str, Any]:
        """Returns the paused trials and the model's lengths; everything else the view tells."""
        return {"paused": list(self._paused), **self._filler.memo()}

    def restore_memo(self, memo: Mapping[str, Any]) -> None:
        """Sets what `memo` described."""
        self._paused = list(memo["paused"])
        self._filler.restore_memo(memo)

    def observe(self, trial: Any) -> None:
        """Pauses a trial that has a score, is not at its end and was not stopped by a scheduler; if
        there are too many then, the least promising is forgotten.
        """
        stay = self.ladder().stays[trial.trial_id]
        if stay.has_score and not stay.pruned and stay.epochs < self.max_epochs:
            self._paused.append(stay.trial_id)
        if len(self.paused()) > self.max_paused:
            forgotten = self.least_promising()
            self._paused.remove(forgotten)
            logger.info(
                "Trial %s will not be continued: %d paused trials are kept (max_paused).",
                forgotten,
                self.max_paused,
            )

    def needed_checkpoints(self) -> set[str]:
        """Returns the paused trials, and those that are being continued."""
        parents = {stay.parent for stay in self.ladder().unfinished() if stay.parent}
        return parents | set(self.paused())

    def ladder(self) -> Ladder:
        """Returns the ladder as it is now."""
        return self._ladder.refresh()

    def paused(self) -> list[str]:
        """Returns the ids of the trials that can be continued."""
        continued = self.ladder().continued
        self._paused = [trial_id for trial_id in self._paused if trial_id not in continued]
        return self._paused

    def least_promising(self) -> str:
        """Returns the paused trial with the worst rank on its rung, of equals that of the lower
        rung. Those that go on whatever their rank wait for their turn, but fill half of the places
        at the most.
        """
        ladder, places = self.ladder(), {}
        for rung in range(len(self.epochs)):
            for place, stay in enumerate(ladder.ranked(rung)):
                places[stay.trial_id] = (place, -rung)
        due = [stay.trial_id for stay in hedged(ladder, self.hedged_trials)]
        kept = [trial_id for trial_id in due if trial_id in self._paused][: self.max_paused // 2]
        return max((each for each in self._paused if each not in kept), key=places.__getitem__)

    def best_paused(self) -> Stay | None:
        """Returns the paused trial with the least loss, of equals the one that paused first, or
        None if no trial is paused.
        """
        stays = self.ladder().stays
        paused = [stays[trial_id] for trial_id in self.paused()]
        return min(paused, key=lambda stay: stay.loss, default=None)

    def new(
        self, trial_number: int, groups: Sequence[Sequence[Result]], rung: int = 0
    ) -> Values | None:
        """Returns a configuration to begin with on a rung, or None if there is none left.

        Args:
            trial_number: Of the trial.
            groups: Results that the model learns from; none for a draw at random.
            rung: On which it begins.
        """
        fresh = self.view.next_start()
        self.reason = START
        if fresh is None:
            fresh = self._filler.draw(groups, self.ladder().unfinished(), trial_number)
            self.reason = self._filler.reason
        return None if fresh is None else {**fresh, **self._budget(0, rung, self.epochs[rung])}

    def continued(self, stay: Stay, rung: int, until: int | None = None, why: str = "") -> Values:
        """Returns the values of a trial that continues another one.

        Args:
            stay: The trial that is continued.
            rung: Of the trial.
            until: The epoch at which it ends; None for that of the rung.
            why: What else than its rank is the reason.
        """
        budget = self._budget(stay.epochs, rung, until or self.epochs[rung])
        ranked = self.ladder().ranked(stay.rung)
        place = 1 + next(place for place, each in enumerate(ranked) if each is stay)
        compared = (place, len(ranked), stay.epochs)
        self.reason = goes_on(int(budget["tuner/epochs"]), *compared, why)
        return {**stay.values, **budget, "tuner/trial_id": stay.trial_id}

    def how_new(self) -> str:
        """Returns how new configurations come about, in one line."""
        trials, count = self.expected_trials(), self.initial_points
        if trials is not None and trials <= count:
            return "new configurations are random"
        return (
            f"new configurations are random until there are {count} results, then a Gaussian "
            "process proposes"
        )

    def groups(self, rung: int) -> list[list[Result]]:
        """Returns what the model learns from, in groups that can be compared: the ranks on a rung,
        those who went on ranked by where they got, and those of earlier searches; nothing while
        there are too few.
        """
        own: list[Result] = [*self.ladder().reranked(rung)]
        found = [group for group in (own, *self._earlier) if group]
        return found if sum(map(len, found)) >= self.initial_points else []

    def _earlier_results(self) -> list[list[Result]]:
        """Returns the results of earlier searches, those of equally many epochs together."""
        found: dict[int, list[Result]] = {}
        for result in self.view.warm_start:
            loss = math.inf
            if result["status"] != TrialStatus.FAILED and result["score"] is not None:
                loss = loss_of(float(result["score"]), self.view.objective.direction)
            epochs = int(result["values"].get("tuner/epochs", self.max_epochs))
            found.setdefault(epochs, []).append(Result(public_values(result["values"]), loss))
        return list(found.values())

    @staticmethod
    def _budget(first: int, rung: int, until: int) -> Values:
        return {
            "tuner/epochs": until,
            "tuner/initial_epoch": first,
            "tuner/bracket": 0,
            "tuner/round": rung,
        }
