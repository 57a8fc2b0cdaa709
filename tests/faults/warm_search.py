"""Searches that are there to be killed, each a fork of one warm process: TensorFlow is imported
once, so that a session costs what it does and not what it imports.

Run as a script it obeys lines of JSON on stdin and answers each with one: `{"begin": {...}}` begins
a session with the fields of `Session` and answers with its process; `{"ended": PID}` answers with
its exit code, or null while it runs; anything else with null, when it is ready. When stdin closes,
it ends.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import multiprocessing.util
import os
import pkgutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np

import tftune
from tests.faults.deaths import die_when_armed, start_fork_servers_from_here

MARK = "TFTUNE_FAULTS_MARK"  # variable of the environment that all processes of a session have
OPTIONS: dict[str, dict[str, Any]] = {
    "gp": {"initial_points": 3},
    "hyperband": {"max_epochs": 3, "factor": 3},
    "bohb": {"max_epochs": 3, "factor": 3},
    "mobster": {"max_epochs": 4, "factor": 2, "initial_points": 3},
    "filled-halving": {"max_epochs": 4, "budget": 16, "initial_points": 3},
    "grid": {"levels": 2},
}
BRACKETS = ("hyperband", "bohb")
OWN_EPOCHS = (*BRACKETS, "mobster", "filled-halving")
TRIALS, EPOCHS = 6, 3
NAMES_PROCESS = 15  # PR_SET_NAME: a fork inherits the name, but shows the environment of its parent
# what a session would import; not the fork server's own imports
IMPORTED = ("execution", "journal", "oracles", "reports", "schedulers", "search", "training")
LEFT_OUT = ("tftune.execution.preload",)


@dataclass
class Session:
    """One session of a search.

    Attributes:
        oracle: Name of the method.
        folder: The run folder.
        workers: Child processes at a time.
        lag: Of the reproducible way, or 0.
        pause: Seconds that an epoch lasts longer than it takes.
        mark: Of its processes.
        cold: Whether the fork server is a fresh Python that imports TensorFlow, as it is for a
            user, instead of a fork of this process.
        ray: Address of a Ray cluster, on which the trials run; or "".
    """

    oracle: str
    folder: str
    workers: int
    lag: int = 0
    pause: float = 0.1
    mark: str = ""
    cold: bool = False
    ray: str = ""


class Pause(keras.callbacks.Callback):
    """Makes an epoch last, so that a kill hits the middle of a trial."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        time.sleep(float(os.environ["PAUSE"]))


def build(hp: keras_tuner.HyperParameters) -> keras.Model:
    """Eager, because tracing a graph would take longer than the training."""
    model = keras.Sequential([keras.Input((4,))])
    model.add(keras.layers.Dense(hp.Int("units", 2, 8), activation="relu"))
    model.add(keras.layers.Dropout(hp.Float("dropout", 0.0, 0.5)))
    model.add(keras.layers.Dense(1, activation="sigmoid"))
    optimizer = keras.optimizers.Adam(hp.Float("learning_rate", 1e-3, 1e-1, sampling="log"))
    model.compile(optimizer, "binary_crossentropy", metrics=["accuracy"], run_eagerly=True)
    return model


def search(session: Session) -> None:
    """Searches, evaluates the best trial, and saves its model."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(80, 4)).astype("float32")
    y = (x.sum(axis=1, keepdims=True) > 0).astype("float32")
    folder, brackets = Path(session.folder), session.oracle in BRACKETS
    tuner = tftune.Tuner(
        build,
        session.oracle,
        objective=keras_tuner.Objective("val_loss", "min"),
        max_trials=None if brackets else TRIALS,
        oracle_options=OPTIONS.get(session.oracle, {}),
        directory=folder.parent,
        project_name=folder.name,
        workers=session.workers,
        reproducible=session.lag,
        max_retries_per_trial=5,  # as often as one is killed, at the most
        ray_address=session.ray or None,
        checkpoint=True,
    )
    tuner.search(
        x[:40],
        y[:40],
        validation_data=(x[40:60], y[40:60]),
        batch_size=20,
        callbacks=[Pause()],
        epochs=None if session.oracle in OWN_EPOCHS else EPOCHS,
    )
    tuner.evaluate_best(x[60:], y[60:])


def begin(session: Session) -> int:
    """Begins a session in a fork of this process and returns its process id."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        os.setsid()
        log = os.open(f"{session.folder}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        null = os.open(os.devnull, os.O_RDONLY)
        for descriptor, target in ((null, 0), (log, 1), (log, 2)):
            os.dup2(descriptor, target)
        scratch = Path(f"{session.folder}.tmp")
        scratch.mkdir(exist_ok=True)
        os.environ |= {"TMPDIR": str(scratch), MARK: session.mark, "PAUSE": str(session.pause)}
        tempfile.tempdir = None
        if session.mark:
            ctypes.CDLL(None).prctl(NAMES_PROCESS, session.mark.encode(), 0, 0, 0)
            die_when_armed(session.folder)
        if not session.cold:
            start_fork_servers_from_here()
        search(session)
        code = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        multiprocessing.util._exit_function()  # as where a program ends
        os._exit(code)


codes: dict[int, int] = {}


def code_of(process: int) -> int | None:
    """Returns the exit code of a session, as often as it is asked for, or None while it runs."""
    if process not in codes:
        ended, status = os.waitpid(process, os.WNOHANG)
        if not ended:
            return None
        codes[process] = os.waitstatus_to_exitcode(status)
    return codes[process]


def main() -> None:
    """Obeys until stdin closes."""
    for package in IMPORTED:
        found = importlib.import_module(f"tftune.{package}")
        for each in pkgutil.walk_packages(found.__path__, f"{found.__name__}."):
            if each.name not in LEFT_OUT:
                importlib.import_module(each.name)
    for module in ("histogram", "scalar", "text"):
        importlib.import_module(f"tensorboard.plugins.{module}.summary_v2")
    gc.freeze()
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    for line in sys.stdin:
        command = json.loads(line)
        answer: Any = None
        if "begin" in command:
            answer = begin(Session(**command["begin"]))
        elif "ended" in command:
            answer = code_of(command["ended"])
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
