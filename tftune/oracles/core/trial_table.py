"""The trials of a search by their ids; those that ended can be kept as a few hundred bytes instead
of some thousand.

A `keras_tuner` trial is a tree of objects. What tells one from another are its values, its result
and its metrics; the knobs are shared.
"""

from __future__ import annotations

import json
from typing import Any

import keras_tuner
from keras_tuner.engine.trial import TrialStatus as KerasTunerStatus

from tftune.space.search_space import CheckedHyperParameters
from tftune.support.packed import PackedMapping, Shapes

__all__ = ["KerasTunerStatus", "SilentDisplay", "TrialTable", "new_trial"]


def new_trial(hyperparameters: keras_tuner.HyperParameters, trial_id: str, status: str) -> Any:
    """Returns a `keras_tuner` trial."""
    return keras_tuner.engine.trial.Trial(hyperparameters, trial_id=trial_id, status=status)


class TrialTable(PackedMapping[Any]):
    """Maps ids to `keras_tuner` trials.

    Example:
        >>> table = TrialTable()
        >>> hp = CheckedHyperParameters()
        >>> _ = hp.Float("dropout", 0.0, 0.5)
        >>> table["0000"] = new_trial(hp.twin(), "0000", "COMPLETED")
        >>> table["0000"].score = 0.5
        >>> table.settle("0000")
        >>> table["0000"].score, table["0000"].hyperparameters.values
        (0.5, {'dropout': 0.0})
    """

    def __init__(self) -> None:
        super().__init__(self._to_bytes, self._from_bytes)
        self._shapes = Shapes()
        self._spaces: list[CheckedHyperParameters] = []  # the first trial with these knobs
        self._numbers: dict[
            int, int
        ] = {}  # by id of the list of knobs, which stays while the trial does

    def _to_bytes(self, trial: Any) -> bytes | None:
        if not (
            isinstance(trial.hyperparameters, CheckedHyperParameters)
            and trial.hyperparameters.shares_knobs
        ):
            return None  # it has knobs of its own
        metrics = [
            [name, history.direction, [[seen.step, seen.value] for seen in history.get_history()]]
            for name, history in trial.metrics.metrics.items()
        ]
        values = self._shapes.flat(trial.hyperparameters.values)
        content = [
            self._space(trial.hyperparameters),
            values,
            trial.status,
            trial.score,
            trial.best_step,
            trial.message,
            metrics,
        ]
        return json.dumps(content, separators=(",", ":")).encode()

    def _space(self, hyperparameters: CheckedHyperParameters) -> int:
        number = self._numbers.setdefault(id(hyperparameters.space), len(self._spaces))
        if number == len(self._spaces):
            self._spaces.append(hyperparameters)
        return number

    def _from_bytes(self, trial_id: str, content: bytes) -> Any:
        space, values, status, score, best_step, message, metrics = json.loads(content)
        hyperparameters = self._spaces[space].twin()
        hyperparameters.values = self._shapes.mapping(values)
        trial = new_trial(hyperparameters, trial_id, status)
        trial.score, trial.best_step, trial.message = score, best_step, message
        for name, direction, observations in metrics:
            trial.metrics.register(name, direction=direction)
            for step, seen in observations:
                for value in seen:
                    trial.metrics.metrics[name].update(value, step=step)
        return trial


class SilentDisplay:
    """Stands where KerasTuner's display prints and clears notebook cells; ours is a report."""

    def __init__(self) -> None:
        self.verbose = 0
        self.trial_number: dict[str, int] = {}

    def on_trial_begin(self, trial: Any) -> None:
        """Shows nothing."""

    def on_trial_end(self, trial: Any) -> None:
        """Shows nothing."""

    def get_state(self) -> dict[str, Any]:
        """Has no state."""
        return {}

    def set_state(self, state: dict[str, Any]) -> None:
        """Has no state."""
