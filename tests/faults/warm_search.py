"""Searches that are there to be killed, each a fork of one warm process: TensorFlow is imported
once, so that a session costs what it does and not what it imports.

Run as a script it obeys lines of JSON on stdin and answers each with one: `{"begin": {...}}` begins
a session with the fields of `Session` and answers with its process; `{"ended": PID}` answers with
its exit code, or null while it runs; anything else with null, when it is ready. When stdin closes,
it ends.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np

import tftune

MARK = "TFTUNE_FAULTS_MARK"  # variable of the environment that all processes of a session have
OPTIONS: dict[str, dict[str, Any]] = {
    "gp": {"initial_points": 3},
    "hyperband": {"max_epochs": 4, "factor": 2},
    "bohb": {"max_epochs": 4, "factor": 2},
    "mobster": {"max_epochs": 4, "factor": 2, "initial_points": 3},
    "filled-halving": {"max_epochs": 4, "budget": 16, "initial_points": 3},
    "grid": {"levels": 2},
}
BRACKETS = ("hyperband", "bohb")
OWN_EPOCHS = (*BRACKETS, "mobster", "filled-halving")
TRIALS, EPOCHS = 6, 3


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
        dies_at: A part of the name of a file: the driver dies while it is written. None lets it
            live.
        delay: Seconds between the opening of that file and the death; below 0 it dies in the moment
            in which the file gets its name.
    """

    oracle: str
    folder: str
    workers: int
    lag: int = 0
    pause: float = 0.1
    mark: str = ""
    dies_at: str | None = None
    delay: float = 0.0


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
        max_retries_per_trial=3,
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


def die(name: str, delay: float) -> None:
    """Lets this process kill itself while it writes a file."""
    process = os.getpid()

    def kill(delay: float = 0.0) -> None:
        time.sleep(delay)
        os.kill(process, signal.SIGKILL)

    def listen(event: str, arguments: tuple[Any, ...]) -> None:
        if os.getpid() != process:
            return
        if event == "os.rename" and delay < 0 and name in str(arguments[1]):
            kill()
        if event == "open" and delay >= 0 and name in str(arguments[0]):
            mode, flags = arguments[1], arguments[2] or 0
            if (mode and mode[0] in "wax") or flags & (os.O_WRONLY | os.O_RDWR):
                threading.Thread(target=kill, args=(delay,), daemon=True).start()

    sys.addaudithook(listen)


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
        if session.dies_at is not None:
            die(session.dies_at, session.delay)
        search(session)
        code = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
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
