"""Learning curves as schedulers see them, from what the journal tells: one value an epoch, a
continued training in one piece.

Example:
    >>> from tftune.journal.state import TrialRecord
    >>> state = SearchState(header={"objective": {"name": "val_auc", "direction": "max"}})
    >>> epochs = [(1, {"val_auc": 0.5}), (2, {"val_auc": 0.75})]
    >>> state.trials["0000"] = TrialRecord("0000", 0, {}, epochs=epochs)
    >>> curves_of(state)
    {'0000': [0.5, 0.75]}
    >>> continued = TrialRecord("0001", 1, {}, first_epoch=2, parent="0000")
    >>> continued.epochs.append((3, {"val_auc": 0.875}))
    >>> state.trials["0001"] = continued
    >>> curves_of(state)
    {'0001': [0.5, 0.75, 0.875]}
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from tftune.journal.state import SearchState, TrialRecord


def curves_of(state: SearchState) -> dict[str, list[float]]:
    """Returns the curves of all trials but those that another trial continues: its curve holds
    theirs.
    """
    continued = {trial.parent for trial in state.trials.values()}
    return {
        name: curve_of(state, trial)
        for name, trial in state.trials.items()
        if name not in continued
    }


def curve_of(state: SearchState, trial: TrialRecord) -> list[float]:
    """Returns the objective after the epochs 1, 2, ... of a trial, those of the trials that it
    continues included.
    """
    parent = state.trials.get(trial.parent) if trial.parent is not None else None
    curve = curve_of(state, parent)[: trial.first_epoch] if parent is not None else []
    for epoch, metrics in trial.epochs:
        place(curve, epoch, metrics, state.objective)
    return curve


def place(curve: list[float], epoch: int, metrics: Mapping[str, float], objective: str) -> None:
    """Puts the value of an epoch at its place, so that the curve ends with it.

    Epochs that were not reported, and one without the objective, are NaN. An epoch that comes
    again, because a HyperModel trains twice, begins the curve anew from there.

    Example:
        >>> curve = [0.5]
        >>> place(curve, 3, {"val_auc": 0.75}, "val_auc")
        >>> curve
        [0.5, nan, 0.75]
        >>> place(curve, 2, {"val_auc": 0.625}, "val_auc")
        >>> curve
        [0.5, 0.625]
    """
    del curve[epoch - 1 :]
    curve += [math.nan] * (epoch - 1 - len(curve))
    curve.append(metrics.get(objective, math.nan))


class LiveCurves:
    """The curves of a search that is running, and which of them a scheduler may look at.

    Args:
        state: What the journal tells; read at the start only, and when a trial begins.
        lag: L of the reproducible way: trial n is compared with the trials up to n - L, which have
            all ended, and with no other; so a decision does not depend on who is faster. None shows
            all curves.
    """

    def __init__(self, state: SearchState, lag: int | None = None) -> None:
        self.state, self.lag = state, lag
        self._parents = {name: trial.parent for name, trial in state.trials.items()}
        self._curves = (
            curves_of(state)
            if lag is None
            else {name: curve_of(state, trial) for name, trial in state.trials.items()}
        )

    def begin(self, trial: TrialRecord) -> None:
        """Takes up a trial; one that continues another stands in its place."""
        if self.lag is None:
            self._curves.pop(trial.parent or "", None)
        else:
            self._parents[trial.trial_id] = trial.parent
        self._curves[trial.trial_id] = curve_of(self.state, trial)

    def add(self, trial: str, epoch: int, metrics: Mapping[str, float]) -> None:
        """Takes the metrics of an epoch."""
        place(self._curves[trial], epoch, metrics, self.state.objective)

    def seen_by(self, trial: str) -> Mapping[str, list[float]]:
        """Returns the curves that a decision about a trial may use, its own among them."""
        if self.lag is None:
            return self._curves
        ended = [other for other in self._parents if int(other) <= int(trial) - self.lag]
        continued = {self._parents[other] for other in [*ended, trial]}
        return {
            name: self._curves[name]
            for name in [*(other for other in ended if other not in continued), trial]
        }
