"""However a job ends its process, the driver hears it, and what it has started ends with it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import stat
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tftune.execution.base import Finished
from tftune.execution.fork_server import FORKSERVER
from tftune.execution.processes import ProcessExecutor
from tftune.testing.executors import double, is_alive, wait_until

pytestmark = pytest.mark.skipif(not FORKSERVER, reason="this platform cannot fork")
SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


@pytest.fixture(scope="module")
def executor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessExecutor]:
    executor = ProcessExecutor(1, logs=tmp_path_factory.mktemp("logs"))
    yield executor
    executor.close()


def end_of(executor: ProcessExecutor, function: Any) -> tuple[Finished, list[Any]]:
    heard: list[Any] = []
    executor.start("job", function)
    deadline = time.monotonic() + 100
    while time.monotonic() < deadline:
        ends = executor.poll(lambda key, message: bool(heard.append(message)), 1.0)
        if ends:
            return ends[0], heard
    raise AssertionError("the driver waits for ever")


def fork_and_die(report: Any) -> None:
    forked = os.fork()
    if not forked:
        time.sleep(600)  # it holds the pipe open
        os._exit(0)
    report(forked)
    os._exit(3)


def start_and_crash(report: Any) -> None:
    report(subprocess.Popen(SLEEP).pid)
    os.kill(os.getpid(), signal.SIGSEGV)


def start_apart_and_fail(report: Any) -> None:
    report(subprocess.Popen(SLEEP, start_new_session=True).pid)
    raise ValueError("no such layer")


def start_and_return(report: Any) -> None:
    report(subprocess.Popen(SLEEP).pid)


@pytest.mark.parametrize(
    ("job", "told"),
    [
        (fork_and_die, "ended with exit code 3 before it could report"),
        (start_and_crash, "ended by signal SIGSEGV before it could report"),
        (start_apart_and_fail, "ValueError: no such layer"),
        (start_and_return, ""),
    ],
)
def test_what_a_job_has_started_ends_with_its_process(
    executor: ProcessExecutor, job: Any, told: str
) -> None:
    end, (started,) = end_of(executor, job)
    assert told in (end.error or "") and (end.error is None) == (not told)
    assert wait_until(lambda: not is_alive(started))


def die_in_the_middle_of_a_message(report: Any) -> None:
    if not os.fork():
        time.sleep(600)
        os._exit(0)
    (pipe,) = [
        int(name)
        for name in os.listdir("/proc/self/fd")
        if os.path.exists(f"/proc/self/fd/{name}")
        and stat.S_ISSOCK(os.stat(f"/proc/self/fd/{name}").st_mode)
    ]
    os.write(pipe, struct.pack(">Q", 10**6) + b"half")
    os._exit(3)


def close_all_files(report: Any) -> None:
    os.closerange(0, 256)
    report(1)


def close_all_and_open_others(report: Any) -> None:
    folder = os.environ["TMPDIR"]
    os.closerange(0, 256)
    for number in range(60):
        os.open(f"{folder}/{number}", os.O_WRONLY | os.O_CREAT)
    report(1)


def leave_without_a_word(report: Any) -> None:
    os._exit(0)


def leave_politely(report: Any) -> None:
    sys.exit("enough")


def return_what_cannot_travel(report: Any) -> Any:
    return threading.Lock()


@pytest.mark.parametrize(
    ("job", "told"),
    [
        (close_all_files, "lost its connection to the search"),
        (close_all_and_open_others, "lost its connection to the search"),
        (leave_without_a_word, "ended with exit code 0 before it could report"),
        (leave_politely, "SystemExit: enough"),
        (return_what_cannot_travel, "cannot pickle '_thread.lock' object"),
        pytest.param(
            die_in_the_middle_of_a_message,
            "ended with exit code 3 before it could report",
            marks=pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc"),
        ),
    ],
)
def test_a_job_that_ends_oddly_is_heard(executor: ProcessExecutor, job: Any, told: str) -> None:
    end, _ = end_of(executor, job)
    assert told in (end.error or "")
    assert executor.call(double, 4) == 8
    scratch = Path(executor._scratch)
    files = [path for path in scratch.glob("[!.]*") if path.is_file()]
    assert not [path for path in files if path.stat().st_size]


def close_stdout(report: Any) -> int:
    os.close(1)
    sys.stdout.close()
    sys.stderr = None
    return os.getpid()


def print_and_tell(report: Any) -> int:
    print("hello")
    print("dear", file=sys.stderr)
    return os.getpid()


def test_a_job_that_closes_stdout_leaves_it_open_for_the_next(executor: ProcessExecutor) -> None:
    shown: list[str] = []
    executor.on_output = lambda key, line: shown.append(line)
    try:
        first, _ = end_of(executor, close_stdout)
        second, _ = end_of(executor, print_and_tell)
    finally:
        executor.on_output = None
    assert first.result == second.result is not None
    assert sorted(shown) == ["dear", "hello"]


def fork_and_go_on(report: Any) -> int:
    """A copy of the trial that trains on, too."""
    os.fork()
    report(os.getpid())
    return os.getpid()


def test_a_copy_of_a_trial_that_a_job_forks_may_not_report(executor: ProcessExecutor) -> None:
    end, heard = end_of(executor, fork_and_go_on)
    assert heard == [end.result]


def leave_a_thread(report: Any) -> int:
    threading.Thread(target=time.sleep, args=(600,)).start()
    return os.getpid()


def process_id(report: Any) -> int:
    return os.getpid()


def test_a_child_with_a_left_over_thread_is_not_used_again(executor: ProcessExecutor) -> None:
    end, _ = end_of(executor, leave_a_thread)
    assert executor.call(process_id) != end.result
    assert wait_until(lambda: not is_alive(end.result))


def use_processes(report: Any) -> int:
    with multiprocessing.get_context("fork").Pool(2) as pool:
        return sum(pool.map(abs, [-1, -2]))


def test_a_job_may_start_processes_of_its_own(executor: ProcessExecutor) -> None:
    """Such as the workers of a PyDataset; a daemon may not."""
    assert executor.call(use_processes) == 3


def stop_itself(report: Any) -> int:
    report(os.getpid())
    os.kill(os.getpid(), signal.SIGSTOP)
    return 1


def test_a_stopped_child_is_not_dead(executor: ProcessExecutor) -> None:
    heard: list[int] = []
    executor.start("job", stop_itself)
    deadline = time.monotonic() + 100
    while not heard and time.monotonic() < deadline:
        executor.poll(lambda key, process: bool(heard.append(process)), 1.0)
    for _ in range(3):
        assert executor.poll(lambda key, message: False, 0.2) == []
    executor.kill("job")  # as a time limit does
    assert wait_until(lambda: not is_alive(heard[0])) and executor.running == []


def test_an_idle_child_whose_pipe_a_copy_holds_is_replaced(executor: ProcessExecutor) -> None:
    first = executor.call(process_id)
    os.kill(first, signal.SIGKILL)
    assert wait_until(lambda: not is_alive(first))

    def is_found() -> bool:  # a poll returns at the first sign of life, or of its pipes' ends
        return executor.poll(lambda key, message: False, 0.5) == [] and not executor._idle

    assert wait_until(is_found)
    assert executor.call(process_id) != first


def tell_and_hang(report: Any) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    report(os.getpid())
    time.sleep(600)


def started(executor: ProcessExecutor, function: Any) -> int:
    heard: list[int] = []
    executor.start("job", function)
    deadline = time.monotonic() + 100
    while not heard and time.monotonic() < deadline:
        executor.poll(lambda key, process: bool(heard.append(process)), 1.0)
    return heard[0]


def test_a_child_that_ignores_sigterm_is_ended(executor: ProcessExecutor) -> None:
    process = started(executor, tell_and_hang)
    executor.kill("job")
    assert wait_until(lambda: not is_alive(process)) and executor.running == []


def test_a_child_that_cannot_be_killed_is_given_up(
    executor: ProcessExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that waits for a disk which does not answer."""
    process = started(executor, stop_itself)  # it hears nothing, either
    assert wait_until(lambda: psutil.Process(process).status() == psutil.STATUS_STOPPED)
    try:
        with monkeypatch.context() as stubborn:
            stubborn.setattr("multiprocessing.process.BaseProcess.kill", lambda self: None)
            stubborn.setattr("tftune.execution.descendants.EXIT_SECONDS", 0.1)
            executor.kill("job")
            assert executor.running == [] and is_alive(process)
            assert executor.call(double, 4) == 8  # the slot is free
        # Python would wait for it when the driver ends
        assert process not in {child.pid for child in multiprocessing.active_children()}
    finally:
        os.kill(process, signal.SIGKILL)
