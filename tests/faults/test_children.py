"""One real search whose trials end their processes in every odd way: each ends as a failed trial
with its reason, and the search goes on. Meanwhile nothing listens, and no file is open to others.
"""

from __future__ import annotations

import os
import signal
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest

import tftune
from tests.execution.ray_nodes import descendants, listening
from tftune.execution.fork_server import FORKSERVER
from tftune.journal.journal import read
from tftune.search.tuner import Tuner

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(not FORKSERVER or not os.path.isdir("/proc"), reason="needs fork and /proc"),
]


def abort() -> None:
    os.kill(os.getpid(), signal.SIGABRT)


def fork_and_die() -> None:
    if not os.fork():
        time.sleep(60)  # it holds the pipe open
        os._exit(0)
    os._exit(3)


def close_all() -> None:
    os.closerange(0, 256)


def flood() -> None:
    for _ in range(300):
        sys.stderr.write("noise " * 2**12 + "\n")
    print("last words", file=sys.stderr, flush=True)
    os._exit(9)


def stop() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def unkillable_by_terminate() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.kill(os.getpid(), signal.SIGTERM)
    raise ValueError("still here")


TROUBLE = {
    "abort": (abort, "was ended by signal SIGABRT before it could report"),
    "fork": (fork_and_die, "ended with exit code 3 before it could report"),
    "close": (close_all, "lost its connection to the search"),
    "flood": (flood, "It last printed:"),
    "stop": (stop, "was stopped (SIGSTOP) and did not go on within 2 s"),
    "deaf": (unkillable_by_terminate, "ValueError: still here"),
}


class Troubled(keras_tuner.HyperModel):
    def build(self, hp: Any) -> keras.Model:
        kind = hp.Choice("kind", ["good", *TROUBLE, "better"])
        if kind in TROUBLE:
            TROUBLE[kind][0]()
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse", run_eagerly=True)
        return model


class Witness:
    """Looks around while trials run."""

    def __init__(self) -> None:
        self.sockets: set[str] = set()
        self.folders_before: set[Path] = set()
        self.looks = 0

    def on_record(self, record: Any, state: Any) -> None:
        if record["kind"] in ("start", "epoch"):
            self.looks += 1
            self.sockets |= listening([os.getpid(), *descendants(os.getpid())])

    def close(self) -> None:
        pass


def own_folders() -> set[Path]:
    """Temporary folders of this process but that of the fork server's socket, which stays."""
    return {
        path
        for path in Path(tempfile.gettempdir()).glob("tftune-*")
        for owner in path.glob(f".owner-{os.getpid()}.json")
        if owner.exists() and not list(path.glob("pymp-*"))
    }


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Tuner, Witness]]:
    place, witness = tmp_path_factory.mktemp("children"), Witness()
    before = os.umask(0o077)
    patch = pytest.MonkeyPatch()
    patch.setattr("tftune.execution.fork_server.STOPPED_LOOKS", 2)
    patch.setattr("tftune.execution.processes.STOPPED_LOOKS", 2)
    already = listening([os.getpid(), *descendants(os.getpid())])  # a debugger, a test runner
    witness.folders_before = own_folders()  # of other tests in this process
    try:
        tuner = tftune.Tuner(
            Troubled(),
            "grid",
            objective=keras_tuner.Objective("loss", "min"),
            workers=2,
            directory=place,
            project_name="run",
            max_retries_per_trial=1,
            max_consecutive_failed_trials=100,
            listeners=[witness],
        )
        x = np.zeros((8, 2), "float32")
        tuner.search(x, x[:, :1], epochs=1, verbose=0)
    finally:
        os.umask(before)
        patch.undo()
    witness.sockets -= already
    yield tuner, witness


def test_children_that_end_oddly_are_failed_trials_with_their_reasons(
    searched: tuple[Tuner, Witness],
) -> None:
    trials = {each.values["kind"]: each for each in searched[0].state.trials.values()}
    for kind, (_, reason) in TROUBLE.items():
        assert trials[kind].status == "failed" and reason in (trials[kind].message or ""), kind
        assert trials[kind].attempt == 2, kind  # as often as `max_retries_per_trial` allows


def test_the_search_goes_on_and_counts_each_trial_once(searched: tuple[Tuner, Witness]) -> None:
    tuner, _ = searched
    assert tuner.state.counts() == {"completed": 2, "pruned": 0, "failed": len(TROUBLE)}
    records = read(tuner.folder.journal)[0]
    ends = [each["trial_id"] for each in records if each["kind"] == "end"]
    starts = [each["trial_id"] for each in records if each["kind"] == "start"]
    assert len(ends) == len(set(ends)) == len(TROUBLE) + 2
    assert len(starts) == 2 * len(TROUBLE) + 2


def test_a_flood_is_kept_in_a_bounded_file(searched: tuple[Tuner, Witness]) -> None:
    tuner, _ = searched
    sizes = [path.stat().st_size for path in tuner.folder.logs.iterdir()]
    assert 2**18 < max(sizes) < 2**20 + 2**10 and len(sizes) <= len(TROUBLE)
    largest = max(tuner.folder.logs.iterdir(), key=lambda path: path.stat().st_size)
    assert largest.read_text().rstrip().endswith("last words")


def test_nothing_listens_while_children_work(searched: tuple[Tuner, Witness]) -> None:
    _, witness = searched
    assert witness.looks > len(TROUBLE) and witness.sockets == set()


def test_no_file_is_wider_than_the_umask_also_of_children(searched: tuple[Tuner, Witness]) -> None:
    tuner, _ = searched
    paths = [tuner.folder.path, *tuner.folder.path.rglob("*")]
    assert any(path.suffix == ".npz" for path in paths)  # a child wrote it
    wide = [path for path in paths if stat.S_IMODE(path.stat().st_mode) & 0o077]
    assert wide == []


def test_nothing_of_the_search_is_left_among_the_temporary_files(
    searched: tuple[Tuner, Witness],
) -> None:
    left = own_folders() - searched[1].folders_before
    assert left == set() and not list(Path("/dev/shm").glob(f"*{os.getpid()}*"))
