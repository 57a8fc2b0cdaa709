"""Search spaces, an objective and loops for tests of search methods."""

from __future__ import annotations

import json
import math
import pickle
import sys
from collections.abc import Callable, Mapping
from typing import Any

import keras_tuner

from tftune.journal.status import TrialStatus, loss_of
from tftune.oracles.core.trial_table import KerasTunerStatus
from tftune.space.search_space import SearchSpace, public_values

Make = Callable[..., Any]  # makes an oracle over a space that is given by name
Trials = list[dict[str, Any]]  # the values of trials in the order of their start


def mixed() -> Any:
    """Every kind of knob; infinitely many configurations."""
    hp = keras_tuner.HyperParameters()
    hp.Float("rate", 1e-5, 1e-1, sampling="log")
    hp.Int("units", 16, 128, step=16)
    hp.Choice("optimizer", ["sgd", "adam", "rmsprop"])
    hp.Boolean("norm")
    hp.Float("dropout", 0.0, 0.5, step=0.1)
    hp.Float("momentum", 0.5, 0.99, sampling="reverse_log")
    hp.Choice("nesterov", [True, False])
    hp.Fixed("classes", 3)
    return hp


def finite() -> Any:
    """12 configurations."""
    hp = keras_tuner.HyperParameters()
    hp.Int("layers", 1, 3)
    hp.Choice("activation", ["relu", "tanh"])
    hp.Boolean("norm")
    return hp


def conditional() -> Any:
    """11 configurations: 3 of mlp, 4 x 2 of cnn; the name `size` stands under both conditions."""
    hp = keras_tuner.HyperParameters()
    hp.Choice("model", ["mlp", "cnn"])
    with hp.conditional_scope("model", ["mlp"]):
        hp.Float("size", 0.0, 1.0, step=0.5)
    with hp.conditional_scope("model", ["cnn"]):
        hp.Int("size", 8, 32, step=8)
        hp.Boolean("pool")
    return hp


def one_point() -> Any:
    """One configuration."""
    hp = keras_tuner.HyperParameters()
    hp.Int("units", 8, 8)
    hp.Fixed("classes", 3)
    hp.Choice("activation", ["relu"])
    return hp


SPACES: dict[str, Callable[[], Any]] = {
    "mixed": mixed,
    "finite": finite,
    "conditional": conditional,
    "one_point": one_point,
}


def bowl(space: SearchSpace, values: Mapping[str, Any]) -> float:
    """A smooth objective of a configuration, least where every knob is at 0.3 of its range."""
    return float(((space.to_unit(public_values(values)) - 0.3) ** 2).sum())


def end(oracle: Any, trial: Any, score: float | None = None) -> None:
    """Reports a score, by default the bowl's, and ends the trial."""
    if score is None:
        loss = bowl(oracle.space, trial.hyperparameters.values)
        score = loss_of(loss, oracle.objective.direction)
    oracle.update_trial(trial.trial_id, {"score": score})
    trial.status = KerasTunerStatus.COMPLETED
    oracle.end_trial(trial)


def fail(oracle: Any, trial: Any) -> None:
    """Ends a trial as failed."""
    trial.status, trial.message = KerasTunerStatus.FAILED, "out of memory"
    oracle.end_trial(trial)


def search(oracle: Any, until: int | None = None) -> list[dict[str, Any]]:
    """Runs one trial at a time until the oracle stops, or `until` trials were started; returns
    their values.
    """
    while until is None or len(oracle.trials) < until:
        trial = oracle.create_trial("slot 0")
        if trial.status != KerasTunerStatus.RUNNING:
            break
        end(oracle, trial)
    return all_values(oracle)


def all_values(oracle: Any) -> list[dict[str, Any]]:
    """The values of all trials, in the order of their start."""
    return [dict(trial.hyperparameters.values) for trial in oracle.trials.values()]


def fresh_values(oracle: Any) -> list[dict[str, Any]]:
    """The configurations of trials that continue no other, without the budget."""
    values = [trial.hyperparameters.values for trial in oracle.trials.values()]
    return [public_values(each) for each in values if "tuner/trial_id" not in each]


class Records:
    """Keeps what the driver's journal would keep of a search, as JSON."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.memo: Any = None
        self.position = 0

    def start(self, trial: Any) -> None:
        """Notes a start."""
        self._append(
            {
                "kind": "start",
                "trial_id": trial.trial_id,
                "number": int(trial.trial_id),
                "values": trial.hyperparameters.values,
            }
        )

    def end(self, oracle: Any, trial: Any, status: str = TrialStatus.COMPLETED) -> None:
        """Ends a trial as the driver does, and notes it with the memo."""
        score = None
        if status != TrialStatus.FAILED:
            loss = bowl(oracle.space, trial.hyperparameters.values)
            score = loss_of(loss, oracle.objective.direction)
        metrics = {} if score is None else {"score": score, "loss": math.inf}
        record = {
            "kind": "end",
            "trial_id": trial.trial_id,
            "status": status,
            "score": score,
            "best_epoch": 2,
            "metrics": metrics,
            "message": None,
        }
        record["seconds"] = 1.5
        oracle.end_from_record(record)
        self._append(record)
        self.memo, self.position = json.loads(json.dumps(oracle.memo())), len(self.events)

    def _append(self, record: dict[str, Any]) -> None:
        self.events.append(json.loads(json.dumps(record)))


if __name__ == "__main__":  # the other process of `OracleContract`
    print(json.dumps(search(pickle.load(sys.stdin.buffer))))
