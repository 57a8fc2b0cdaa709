"""Ray: what a job does to itself costs only itself, a lost node costs its jobs only, and nothing
listens beyond loopback.
"""

from __future__ import annotations

import importlib.util
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

if (
    importlib.util.find_spec("ray") is None
):  # not imported yet: Ray reads its settings once, and `token` must come first
    pytest.skip("Ray is not installed: pip install 'tftune[ray]'", allow_module_level=True)
if not sys.platform.startswith("linux"):
    pytest.skip("looks into /proc", allow_module_level=True)

from tests.execution.ray_nodes import LOOPBACK, Nodes, descendants, listening
from tftune.errors import UsageError
from tftune.execution.base import AbstractExecutor, JobError
from tftune.execution.ray_cluster import RayExecutor
from tftune.testing.executors import (
    IsolatedExecutorContract,
    double,
    hang,
    is_alive,
    kill_itself,
    run,
    wait_until,
)
from tftune.training import process_settings
from tftune.training.inputs.arrays import SharedArray
from tftune.training.inputs.transport import unshare
from tftune.training.task import TrialTask

CHECKPOINT = 300_000  # bytes: more than Ray sends inside an answer


@pytest.fixture(scope="module", autouse=True)
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Lets Ray use a key of the tests and none of the user's."""
    file = tmp_path_factory.mktemp("ray") / "token"
    file.write_text(secrets.token_hex(32))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_AUTH_MODE", "token")
        patch.setenv("RAY_AUTH_TOKEN_PATH", str(file))
        yield


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    """Two nodes with one processor each."""
    nodes = Nodes()
    try:
        nodes.add()
        yield nodes
    finally:
        nodes.close()


@pytest.fixture(scope="module")
def executor(nodes: Nodes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RayExecutor]:
    """One slot on each node."""
    executor = RayExecutor(
        address=nodes.address, logs=tmp_path_factory.mktemp("run") / "logs", memory=1.5
    )
    yield executor
    executor.close()


def wait_for_yes(report: Any) -> int:
    while not report(os.getpid()):
        time.sleep(0.1)
    return os.getpid()


def eat_memory(report: Any) -> None:
    _ = [bytearray(b"x" * 10**8) for _ in range(18)]
    time.sleep(600)


def eat_address_space(report: Any) -> None:
    import resource

    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 2**28, used + 2**28))
    bytearray(2**30)


def train(report: Any, task: TrialTask) -> tuple[float, str]:
    """As a trial does: reads the arrays and the parent's weights, writes its own."""
    assert task.checkpoint is not None and task.parent_checkpoint is not None
    while not report(str(task.checkpoint)):
        time.sleep(0.1)
    parent = Path(task.parent_checkpoint).read_bytes()
    Path(task.checkpoint).write_bytes(parent * (CHECKPOINT // len(parent)))
    x, options = unshare(task.arguments)[0], unshare(task.options)
    return float(np.sum(x) + np.sum(options["validation_data"][0])), type(x).__name__


class TestRayExecutor(IsolatedExecutorContract):
    @pytest.fixture(autouse=True)
    def cluster(self, nodes: Nodes, executor: RayExecutor) -> None:
        self.address = nodes.address

    def make_executor(self) -> AbstractExecutor:
        return RayExecutor(1, address=self.address)

    @pytest.fixture
    def executor(self, executor: RayExecutor) -> RayExecutor:  # the one of this module
        return executor


class Barrier:
    """Says yes to nobody before `count` jobs have reported; remembers what each said first."""

    def __init__(self, count: int) -> None:
        self.count, self.heard = count, dict[str, Any]()

    def __call__(self, key: str, message: Any) -> bool:
        self.heard.setdefault(key, message)
        return len(self.heard) >= self.count


def test_as_many_jobs_run_at_a_time_as_there_are_slots_and_others_wait(
    executor: RayExecutor,
) -> None:
    assert executor.slots == 2
    for key in "abc":
        executor.start(key, wait_for_yes)
    both = Barrier(2)
    ends = run(executor, 3, both)
    assert len({end.result for end in ends.values()}) == 2  # a process a slot
    assert set(both.heard) == {"a", "b", "c"}


def test_a_good_job_leaves_no_log_and_a_bad_one_leaves_its_own(executor: RayExecutor) -> None:
    executor.start("crash", kill_itself)
    run(executor, 1)
    assert (
        executor.logs is not None and (executor.logs / "crash.log").read_text() == "about to fall\n"
    )
    executor.start("good", double, 4)
    assert run(executor, 1)["good"].result == 8
    assert not (executor.logs / "good.log").exists()


def print_and_look_around(report: Any) -> dict[str, Any]:
    print("before a report")
    report(None)
    print("after it")
    return {"variable": os.environ.get("TFTUNE_TEST_LATE"), "epsilon": keras.config.epsilon()}


def test_a_job_finds_the_drivers_settings_and_what_it_prints_comes_back(
    executor: RayExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed: list[tuple[str, str]] = []
    executor.on_output = lambda key, line: printed.append((key, line))
    monkeypatch.setenv("TFTUNE_TEST_LATE", "set by the program")  # long after Ray began
    with process_settings.kept():
        keras.config.set_epsilon(1e-3)
        executor.start("talk", print_and_look_around)
        end = run(executor, 1)["talk"]
    executor.on_output = None
    assert end.result == {"variable": "set by the program", "epsilon": 1e-3}
    assert printed == [("talk", "before a report"), ("talk", "after it")]


@pytest.mark.slow
def test_a_job_that_eats_memory_meets_its_limit_and_costs_only_itself(
    executor: RayExecutor,
) -> None:
    with pytest.raises(JobError, match="used more than 1.5 GB"):
        executor.call(eat_memory)
    with pytest.raises(JobError, match="MemoryError"):
        executor.call(eat_address_space)
    assert executor.call(double, 1) == 2


def test_a_killed_job_is_gone_and_its_slot_free(executor: RayExecutor) -> None:
    process: list[int] = []
    executor.start("hang", hang)
    while not process:
        assert executor.poll(lambda key, message: bool(process.append(message)), 1.0) == []
    executor.kill("hang")
    assert executor.running == []
    executor.start("a", wait_for_yes)
    executor.start("b", wait_for_yes)  # needs both slots
    assert set(run(executor, 2, Barrier(2))) == {"a", "b"}
    assert wait_until(lambda: not Path(f"/proc/{process[0]}").exists())


def test_a_job_that_waits_can_be_killed(executor: RayExecutor) -> None:
    for key in "abc":
        executor.start(key, wait_for_yes)
    executor.kill("c")
    assert set(run(executor, 2)) == {"a", "b"} and executor.running == []


@pytest.mark.parametrize(
    "generations", [0, pytest.param(2, marks=pytest.mark.slow)], ids=["child", "actor"]
)
def test_a_process_that_somebody_kills_loses_its_job_only(
    executor: RayExecutor, generations: int
) -> None:
    def on_report(key: str, message: int) -> bool:
        if key == "victim" and not killed:
            killed.append(_ancestor(message, generations))
            os.kill(killed[0], signal.SIGKILL)
        return bool(killed)

    killed: list[int] = []
    executor.start("victim", hang if generations == 0 else wait_for_yes)
    executor.start("other", wait_for_yes)
    ends = run(executor, 2, on_report)
    assert ends["victim"].lost and ends["victim"].error is not None
    assert not ends["other"].lost and ends["other"].error is None
    executor.start("victim", double, 2)
    assert run(executor, 1)["victim"].result == 4


def _ancestor(process: int, generations: int) -> int:
    for _ in range(generations):
        process = int(Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[1])
    return process


def test_arrays_and_weights_travel_to_the_other_node_and_back(
    executor: RayExecutor, tmp_path: Path
) -> None:
    x, held_out = np.arange(1000.0), np.ones(10)
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "held_out.npy", held_out)
    (tmp_path / "parent.npz").write_bytes(b"weights!")
    barrier = Barrier(2)
    for key in "ab":
        task = TrialTask(
            key,
            0,
            0,
            b"",
            {},
            "loss",
            "min",
            arguments=(SharedArray(str(tmp_path / "x.npy")),),
            options={"validation_data": (SharedArray(str(tmp_path / "held_out.npy")),)},
            parent_checkpoint=str(tmp_path / "parent.npz"),
            checkpoint=str(tmp_path / f"{key}.npz"),
        )
        executor.start(key, train, task)
    ends = run(executor, 2, barrier)
    assert {end.result for end in ends.values()} == {(499510.0, "memmap")}
    here = {key for key, path in barrier.heard.items() if path == str(tmp_path / f"{key}.npz")}
    assert len(here) == 1  # the other trial saw a folder of its own node
    assert all((tmp_path / f"{key}.npz").stat().st_size == CHECKPOINT for key in "ab")
    away = next(Path(path) for key, path in barrier.heard.items() if key not in here)
    files = [entry for entry in away.parent.glob("[!.]*") if entry.is_file()]
    assert sorted(entry.suffix for entry in files) == [
        ".npy",
        ".npy",
    ]  # arrays stay, weights do not


@pytest.mark.parametrize(
    "all_of_it", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["node", "raylet"]
)
def test_a_node_that_dies_costs_its_job_and_a_new_one_takes_its_place(
    executor: RayExecutor, nodes: Nodes, all_of_it: bool
) -> None:
    processes: dict[str, int] = {}

    def on_report(key: str, message: int) -> bool:
        processes.setdefault(key, message)
        if len(processes) == 2 and not victim:
            victim.extend(
                name
                for name, process in processes.items()
                if process in descendants(nodes.raylets[-1])
            )
            nodes.kill_last(all_of_it)
        return goes_on.is_set()

    victim: list[str] = []
    goes_on = threading.Event()
    executor.start("a", wait_for_yes)
    executor.start("b", wait_for_yes)
    ends = run(executor, 1, on_report)
    assert list(ends) == victim and ends[victim[0]].lost
    assert len(executor.running) == 1  # the job on the other node goes on
    assert wait_until(lambda: not is_alive(processes[victim[0]]))
    executor.start("again", double, 3)  # waits for the slot that is left
    goes_on.set()
    ends = run(executor, 2, on_report)
    assert ends["again"].result == 6 and not any(end.lost for end in ends.values())
    nodes.add()
    executor.start("a", wait_for_yes)
    executor.start("b", wait_for_yes)
    assert set(run(executor, 2, Barrier(2))) == {"a", "b"}  # two at a time again


def test_a_cluster_and_its_jobs_listen_on_loopback_only(
    executor: RayExecutor, nodes: Nodes
) -> None:
    executor.call(double, 1)
    processes = descendants(nodes.process.pid)
    assert len(processes) >= 8 and listening(processes) | listening([os.getpid()]) <= LOOPBACK


def test_more_slots_than_the_cluster_has_are_refused(executor: RayExecutor, nodes: Nodes) -> None:
    with pytest.raises(
        UsageError,
        match=r"room for \d trials at a time with threads=1 and gpu_share=0\. Received: workers=9",
    ):
        RayExecutor(9, address=nodes.address)
    with pytest.raises(UsageError, match=r"room for 0 trials .* gpu_share=0\.5"):
        RayExecutor(address="auto", gpu_share=0.5)
    with pytest.raises(
        UsageError, match=r"connected to another Ray cluster\. Expected '10\.0\.0\.1:6379'"
    ):
        RayExecutor(1, address="10.0.0.1:6379")
    assert executor.call(double, 1) == 2  # they have not closed the connection


def test_what_cannot_travel_is_refused(executor: RayExecutor) -> None:
    with pytest.raises(UsageError, match="cannot be sent to a child process"):
        executor.start("a", double, threading.Lock())
    assert executor.running == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"slots": 0}, "workers must be an integer of at least 1 or None. Received: 0"),
        ({"threads": 0}, "threads must be an integer of at least 1. Received: 0"),
        ({"gpu_share": -0.5}, "gpu_share must be a number of at least 0. Received: -0.5"),
        (
            {"gpu_share": 1.5},
            "gpu_share must be a part of one GPU or a whole number of them. Received: 1.5",
        ),
    ],
)
def test_wrong_arguments_are_refused_before_ray_is_started(
    arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        RayExecutor(**arguments)


def test_a_missing_ray_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(
        UsageError, match=r"need the library Ray\. .* Install it: pip install 'tftune\[ray\]'"
    ):
        RayExecutor(1)


@pytest.mark.parametrize(
    ("address", "message"),
    [("ray://host:1", "must be 'auto' or HOST:PORT"), ("127.0.0.1:9", "No Ray cluster answers")],
)
@pytest.mark.slow
def test_a_cluster_that_cannot_be_reached_is_told_soon(address: str, message: str) -> None:
    from tftune.execution.ray_session import _reach

    started = time.monotonic()
    with pytest.raises(UsageError, match=message):
        _reach(address)
    assert time.monotonic() - started < 15


PRIVATE = """
    import json, os, sys, time
    from tests.execution.ray_nodes import descendants, listening
    from tftune.execution.ray_cluster import RayExecutor

    def job(report):
        report(os.getpid())
        time.sleep(600)

    executor = RayExecutor(1)
    executor.start("hang", job)
    heard = []
    while not heard:
        executor.poll(lambda key, process: bool(heard.append(process)), 1.0)
    processes = descendants(os.getpid())
    addresses = sorted(listening([os.getpid(), *processes]))
    folders = [executor._session._folder, executor._slots[0].folder]
    if sys.argv[1] == "kill":  # Ray's own agents end a minute later
        processes = [  # raylet, actor, fork server, child
            process for process in processes if heard[0] in [process, *descendants(process)]
        ]
    token = os.path.expanduser("~/.ray/auth_token")
    private = [folder for folder in [*folders, token] if os.path.exists(folder)]
    modes = [os.stat(path).st_mode & 0o077 for path in private]
    print(json.dumps([heard[0] in processes, processes, addresses, folders, modes]), flush=True)
    if sys.argv[1] == "close":
        executor.close()
    else:
        os.kill(os.getpid(), 9)
"""


@pytest.mark.slow
@pytest.mark.parametrize("end", ["close", "kill"])
def test_a_private_ray_listens_on_loopback_and_leaves_nothing(tmp_path: Path, end: str) -> None:
    script = tmp_path / "driver.py"
    script.write_text(textwrap.dedent(PRIVATE))
    root = str(Path(__file__).parents[2])
    driver = subprocess.run(
        [sys.executable, str(script), end],
        capture_output=True,
        text=True,
        timeout=110,
        env={**os.environ, "PYTHONPATH": root, "HOME": str(tmp_path), "RAY_AUTH_MODE": "token"},
    )
    assert driver.returncode == (0 if end == "close" else -signal.SIGKILL), driver.stderr
    found, processes, addresses, folders, modes = json.loads(driver.stdout.splitlines()[-1])
    assert len(modes) >= 2 and not any(modes)  # nobody else looks in, or reads the token
    assert found and len(processes) >= 4 and set(addresses) <= LOOPBACK and addresses
    assert wait_until(lambda: not [process for process in processes if is_alive(process)])
    left = [folder for folder in folders if Path(folder).exists()]
    for folder in left:
        shutil.rmtree(folder, ignore_errors=True)
    assert not left or end == "kill"
