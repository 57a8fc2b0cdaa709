"""How many epochs a search that pauses trials may spend: told, or turned from seconds by the first
trials.
"""

from __future__ import annotations

from tftune.errors import UsageError
from tftune.oracles.core.view import SearchView
from tftune.oracles.multifidelity.ladder import Ladder, Stay
from tftune.support.checks import check_count

_TIMED = 5  # trials whose duration tells what an epoch costs
_UNTOLD = 20  # ends without a duration after which nobody will tell one
_MOST = 10**15  # epochs; beyond it floats, by which the plan is made, leave integers out


def check_budget(budget: object, least: int) -> None:
    """Checks that a budget of epochs is a count from one training to 10^15, or None.

    Raises:
        UsageError: If it is not.
    """
    check_count("budget", budget, least, optional=True)
    if isinstance(budget, int) and budget > _MOST:
        raise UsageError(
            f"budget must be at most 10**15 epochs. Received: a number of {len(str(budget))} "
            "digits. Pass what can be trained."
        )


class EpochBudget:
    """The budget of one search.

    What an epoch costs is the seconds of the first five trials over their epochs. These seconds
    include the time in which a trial builds its model, so short trainings make an epoch look dear.
    The plan is made once, from those five trials; what is left is computed from all trials that
    have ended, so that the time is used to its end.

    Args:
        epochs: Of all trials together, or None.
        seconds: Of all trials together, or None; one of the two is given.
        least: The least number of epochs of a plan.
    """

    def __init__(self, epochs: int | None, seconds: float | None, least: int) -> None:
        self.epochs, self.seconds, self._least = epochs, seconds, least

    @property
    def told(self) -> list[float | None]:
        """Epochs and seconds, as a journal can hold them."""
        return [self.epochs, self.seconds]

    def total(self, ladder: Ladder, view: SearchView) -> int | None:
        """Returns the epochs of the plan; None until enough trials have ended with a score.

        Raises:
            UsageError: If nobody tells how long trials take.
        """
        if self.seconds is None:
            return self.epochs
        first = self._timed(ladder, view)[:_TIMED]
        if len(view.end_order) >= _UNTOLD and all(
            view.seconds(trial_id) is None for trial_id in view.end_order
        ):
            raise UsageError(
                f"seconds={self.seconds:g} cannot be turned into epochs: nobody tells how long a "
                "trial takes. Expected a search by tftune. Pass budget, a number of epochs."
            )
        if len(first) < _TIMED:
            return None
        return max(self._least, _in_epochs(self.seconds, first))

    def left(self, ladder: Ladder, view: SearchView) -> int:
        """Returns the epochs that are not spent, running trials counted as they are planned."""
        if self.seconds is None:
            return (self.epochs or 0) - ladder.spent
        timed = self._timed(ladder, view)
        spent = self.spent_seconds(view)
        if not timed:  # trials that fail cost time, too
            return self._least if spent < self.seconds else 0
        running = sum(map(ladder.own_epochs, ladder.unfinished()))
        return _in_epochs(self.seconds - spent, timed) - running

    @staticmethod
    def spent_seconds(view: SearchView) -> float:
        """Returns the seconds of all trials that have ended."""
        return sum(view.seconds(trial_id) or 0.0 for trial_id in view.end_order)

    @staticmethod
    def _timed(ladder: Ladder, view: SearchView) -> list[tuple[int, float]]:
        """Returns epochs and seconds of the trials that have a score, in the order of their end:
        one that failed has not trained its epochs.
        """
        found = []
        for trial_id in view.end_order:
            stay: Stay | None = ladder.stays.get(trial_id)
            seconds = view.seconds(trial_id)
            if stay is not None and stay.has_score and seconds is not None:
                found.append((ladder.own_epochs(stay), seconds))
        return found


def _in_epochs(seconds: float, timed: list[tuple[int, float]]) -> int:
    epochs, taken = map(sum, zip(*timed, strict=True))
    return int(min(_MOST, min(_MOST, max(0.0, seconds)) * epochs / max(taken, 1e-9)))
