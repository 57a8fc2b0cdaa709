"""Other libraries' methods that train each trial a little and go on with the best: which take part,
and how their processes are asked and told.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmarks.peers import preparing
from benchmarks.peers.environments import Library
from benchmarks.peers.process import Peer
from benchmarks.peers.registry import OPTUNA
from benchmarks.problems import Dimension

OPTUNA_CURVES = dataclasses.replace(OPTUNA, module="optuna_curves")
# Version 0.14 has MOBSTER among what it calls legacy, and 0.16 not at all; BOHB needs statsmodels.
SYNE_TUNE = Library(
    "syne-tune",
    "syne_tune_curves",
    ("syne-tune[gpsearchers]>=0.13,<0.14", "statsmodels>=0.14", "scipy>=1.10,<1.15.3"),
)
DEHB = Library("dehb", "dehb_curves", ("dehb>=0.1.2",))

CURVE_PEERS: dict[str, Library] = {
    "optuna-tpe+hyperband": OPTUNA_CURVES,
    "optuna-tpe+halving": OPTUNA_CURVES,
    "optuna-gp+hyperband": OPTUNA_CURVES,
    "optuna-gp+halving": OPTUNA_CURVES,
    "syne-asha": SYNE_TUNE,
    "syne-bohb": SYNE_TUNE,
    "syne-mobster": SYNE_TUNE,
    "syne-hypertune": SYNE_TUNE,
    "syne-dyhpo": SYNE_TUNE,
    "dehb": DEHB,
}


class CurvePeer(Peer):
    """A search that says after every epoch whether the trial goes on; its last argument is the most
    epochs of a trial. A trial that `ask` names again goes on from where it was.
    """

    length = "points"

    def place(self, trial: int, values: Mapping[str, float]) -> None:
        """Tells the values that a new trial really has."""
        self._say({"place": trial, "values": [values[each.name] for each in self.dimensions]})

    def report(self, trial: int, epoch: int, loss: float | None) -> bool:
        """Tells a loss, None if training diverged; returns whether the trial goes on."""
        return bool(self._say({"report": trial, "epoch": epoch, "loss": loss})["go_on"])


def prepare(methods: Iterable[str], folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Does what `preparing.prepare` does for methods of `CURVE_PEERS`."""
    return preparing.prepare({method: CURVE_PEERS[method] for method in methods}, folder, _try)


def _try(method: str, python: Path) -> None:
    """Trains one epoch of one trial.

    Raises:
        PeerError: If the library cannot do that.
    """
    space = (Dimension("a", low=0.1, high=10.0, log=True), Dimension("b"))
    module = CURVE_PEERS[method].module
    with CurvePeer(python, module, method, space, 0, 9) as peer:
        trial, values = peer.ask()
        peer.place(trial, {name: float(value) for name, value in values.items()})
        peer.report(trial, 1, 0.5)
