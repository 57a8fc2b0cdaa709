"""Child processes: what a job does to itself costs only itself, and nothing outlives the driver."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tftune.errors import UsageError
from tftune.execution.base import AbstractExecutor, JobError
from tftune.execution.choose import default_workers
from tftune.execution.fork_server import FORKSERVER
from tftune.execution.processes import ProcessExecutor
from tftune.testing.executors import (
    IsolatedExecutorContract,
    double,
    is_alive,
    kill_itself,
    raise_error,
)


@pytest.fixture
def executor(tmp_path: Path) -> Iterator[ProcessExecutor]:
    executor = ProcessExecutor(2, logs=tmp_path / "logs")
    yield executor
    executor.close()


class TestProcessExecutor(IsolatedExecutorContract):
    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path) -> None:
        self.logs = tmp_path / "logs"

    def make_executor(self) -> AbstractExecutor:
        return ProcessExecutor(2, logs=self.logs)


def wait_for_ever(report: Any) -> None:
    time.sleep(600)


def describe(report: Any) -> dict[str, Any]:
    import tensorflow as tf

    return {
        "threads": tf.config.threading.get_intra_op_parallelism_threads(),
        "cores": sorted(os.sched_getaffinity(0)),
        "pid": os.getpid(),
    }


def test_a_killed_job_is_gone_and_its_slot_free(executor: ProcessExecutor) -> None:
    executor.start("hang", wait_for_ever)
    process = executor._children["hang"].process
    executor.kill("hang")
    assert executor.running == [] and not process.is_alive()


def test_children_are_pinned_to_their_share_when_they_fill_the_machine(tmp_path: Path) -> None:
    cores = sorted(os.sched_getaffinity(0))
    full = ProcessExecutor(len(cores))
    described = full.call(describe)
    full.close()
    assert (
        described["threads"] == 1
        and described["cores"] == cores[:1]
        and described["pid"] != os.getpid()
    )
    half = ProcessExecutor(len(cores) + 1)
    assert half.call(describe)["cores"] == cores
    half.close()


def test_a_good_job_leaves_no_log_and_a_bad_one_leaves_its_own(
    executor: ProcessExecutor, tmp_path: Path
) -> None:
    executor.call(double, 1)
    assert list((tmp_path / "logs").iterdir()) == []
    with pytest.raises(JobError):
        executor.call(kill_itself)
    assert [entry.read_text() for entry in (tmp_path / "logs").iterdir()] == ["about to fall\n"]


def test_what_cannot_travel_is_refused_with_the_way_out(executor: ProcessExecutor) -> None:
    import tensorflow as tf

    with pytest.raises(
        UsageError, match=r"cannot be sent to a child process.*tf\.data\.Dataset.*workers=0"
    ):
        executor.start("a", double, tf.data.Dataset.range(3))
    assert executor.running == []


@pytest.mark.parametrize(("workers", "received"), [(-1, "-1"), (True, "True"), (1.5, "1.5")])
def test_a_wrong_number_of_workers_is_refused(workers: Any, received: str) -> None:
    with pytest.raises(
        UsageError, match=f"workers must be an integer of at least 1. Received: {received}"
    ):
        ProcessExecutor(workers)


def test_the_default_is_a_worker_a_core() -> None:
    assert default_workers() == len(os.sched_getaffinity(0))


def test_children_end_when_the_driver_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "driver.py"
    script.write_text(
        textwrap.dedent(
            """
            import os, subprocess, sys, time
            from tftune.execution.processes import ProcessExecutor

            def job(report):
                own = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
                report(f"{os.getpid()} {own.pid}")
                time.sleep(600)

            executor = ProcessExecutor(1)
            executor.start("a", job)
            while True:
                executor.poll(lambda key, pids: print(pids, flush=True) or False, 1.0)
            """
        )
    )  # no main guard: the child must not run the script again
    driver = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert driver.stdout is not None
    child, own = map(int, driver.stdout.readline().split())
    driver.kill()
    driver.wait()
    driver.stdout.close()
    deadline = time.monotonic() + 20
    while (is_alive(child) or is_alive(own)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive(child) and not is_alive(own)  # what the job has started ends, too


def eat(report: Any, gigabytes: float) -> int:
    held = []
    while len(held) < gigabytes * 100:
        held.append(b"x" * 10_000_000)
        time.sleep(0.01)
    return len(held)


def test_a_job_that_eats_memory_is_ended_and_others_go_on(tmp_path: Path) -> None:
    executor = ProcessExecutor(2, logs=tmp_path, memory=1.0)
    try:
        executor.start("greedy", eat, 4.0)
        executor.start("modest", double, 4)
        ends = {}
        while executor.running:
            ends |= {end.key: end for end in executor.poll(lambda key, message: False, 1.0)}
    finally:
        executor.close()
    assert ends["modest"].result == 8
    assert ends["greedy"].over_limit and "used more than 1 GB, the limit of a trial" in str(
        ends["greedy"].error
    )


def visible_gpu(report: Any) -> str | None:
    return os.environ.get("CUDA_VISIBLE_DEVICES")


def test_children_are_spread_over_the_gpus(tmp_path: Path) -> None:
    executor = ProcessExecutor(4, logs=tmp_path, gpus=["0", "2"])
    try:
        for key in "abcd":
            executor.start(key, visible_gpu)
        ends = {}
        while executor.running:
            ends |= {end.key: end.result for end in executor.poll(lambda key, message: False, 5.0)}
    finally:
        executor.close()
    assert ends == {"a": "0", "b": "2", "c": "0", "d": "2"}


def test_as_many_workers_as_fit_on_the_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,3")
    assert [default_workers(share) for share in (1.0, 0.5, 0.3)] == [2, 4, 6]


def process_id(report: Any) -> int:
    return os.getpid()


def test_a_child_stays_for_the_next_job_until_one_fails_or_it_has_done_its_share(
    tmp_path: Path,
) -> None:
    executor = ProcessExecutor(1, logs=tmp_path, jobs_per_child=3)
    try:
        first = [executor.call(process_id) for _ in range(4)]
        assert first[0] == first[1] == first[2] != first[3]
        with pytest.raises(JobError, match="no such layer"):
            executor.call(raise_error)
        assert executor.call(process_id) not in first
    finally:
        executor.close()
    assert not any(is_alive(process) for process in first)


def test_a_child_that_was_killed_between_two_jobs_is_replaced(tmp_path: Path) -> None:
    executor = ProcessExecutor(1, logs=tmp_path)
    try:
        first = executor.call(process_id)
        os.kill(first, signal.SIGKILL)
        while is_alive(first):
            time.sleep(0.01)
        assert executor.call(process_id) != first
    finally:
        executor.close()


def left_alone(report: Any) -> int:
    return gc.get_freeze_count()


def test_no_job_searches_the_objects_of_tensorflow_for_garbage(executor: ProcessExecutor) -> None:
    """Keras' clear_session between two jobs makes a pass over all objects: 0.25 s."""
    assert [executor.call(left_alone) > 100_000 for _ in range(2)] == [True, True]


def say(report: Any, text: str) -> None:
    print(text, flush=True)
    raise ValueError(text)


def test_each_job_prints_into_its_own_file(tmp_path: Path) -> None:
    executor = ProcessExecutor(1, logs=tmp_path)
    try:
        executor.call(process_id)
        executor.start("loud", say, "here I am")
        while executor.running:
            executor.poll(lambda key, message: False, 1.0)
    finally:
        executor.close()
    assert (tmp_path / "loud.log").read_text() == "here I am\n" and not (
        tmp_path / "call.log"
    ).exists()


@pytest.mark.skipif(not FORKSERVER, reason="this platform cannot fork")
@pytest.mark.parametrize(
    ("workers", "begins"), [(0, False), ("ray", False), (2, True), (None, True)]
)
def test_the_fork_server_begins_before_there_is_a_job(
    workers: int | str | None, begins: bool
) -> None:
    program = textwrap.dedent(
        f"""
        import os, signal, sys
        from multiprocessing.forkserver import _forkserver
        from tftune.execution.choose import prepare
        prepare({workers!r})
        server = _forkserver._forkserver_pid
        print(server is not None, 'tensorflow' in sys.modules)
        if server is not None:
            os.kill(server, signal.SIGKILL)  # or it would import TensorFlow first
        """
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ended.stdout.split() == [str(begins), "False"]


def leave_a_file(report: Any) -> str:
    return tempfile.mkstemp(prefix="left-behind-")[1]


def test_what_a_job_leaves_among_the_temporary_files_goes_with_the_executor(
    executor: ProcessExecutor,
) -> None:
    path = Path(executor.call(leave_a_file))
    assert path.exists() and path.parent.parent == Path(tempfile.gettempdir())
    executor.close()
    assert not path.parent.exists()
