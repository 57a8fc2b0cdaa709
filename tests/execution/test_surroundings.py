"""A process takes over another's environment, working directory, paths, warnings and logging."""

from __future__ import annotations

import logging
import os
import pickle
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from tftune.execution import surroundings
from tftune.execution.surroundings import Surroundings


@pytest.fixture(autouse=True)
def own_surroundings() -> Iterator[None]:
    root, level = logging.getLogger(), logging.getLogger().level
    handlers = list(root.handlers)
    with surroundings.kept(), warnings.catch_warnings():
        yield
    root.setLevel(level)
    root.handlers[:] = handlers


def travelled() -> Surroundings:
    there: Surroundings = pickle.loads(pickle.dumps(Surroundings.capture()))
    return there


def test_the_environment_becomes_that_of_the_sender(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFTUNE_TEST_SET", "by the user")
    monkeypatch.delenv("TFTUNE_TEST_OLD", raising=False)
    sent = travelled()
    monkeypatch.setenv("TFTUNE_TEST_SET", "by a trial")
    monkeypatch.setenv("TFTUNE_TEST_OLD", "of a trial, or taken back by the user")
    monkeypatch.setenv("TFTUNE_TEST_OWN", "of this child")
    sent.enter(own={"TFTUNE_TEST_OWN"})
    assert os.environ["TFTUNE_TEST_SET"] == "by the user"
    assert "TFTUNE_TEST_OLD" not in os.environ
    assert os.environ["TFTUNE_TEST_OWN"] == "of this child"


def test_another_machine_takes_only_what_the_program_has_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TFTUNE_TEST_SET", "by the program")
    sent = travelled()
    monkeypatch.delenv("TFTUNE_TEST_SET")
    monkeypatch.setenv("HOME", "/home/of/the/node")
    monkeypatch.setenv("TFTUNE_TEST_NODE", "its own")
    sent.enter_elsewhere()
    assert os.environ["TFTUNE_TEST_SET"] == "by the program"
    assert os.environ["HOME"] == "/home/of/the/node" and "TFTUNE_TEST_NODE" in os.environ


def test_modules_are_found_where_the_sender_finds_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path / "beside"))
    sent, paths = travelled(), list(sys.path)
    monkeypatch.chdir("/")
    sys.path[:] = ["added by a trial", *sys.path[1:]]
    sent.enter()
    assert Path.cwd() == tmp_path and sys.path == [*paths, "added by a trial"]


def test_a_folder_that_is_gone_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    sent = travelled()
    gone.rmdir()
    nowhere = travelled()
    os.chdir(tmp_path)
    sent.enter()
    assert Path.cwd() == tmp_path and nowhere.folder is None
    nowhere.enter()


def test_warnings_and_log_records_are_shown_as_the_user_wants() -> None:
    class Own(UserWarning):
        pass

    class OwnFormatter(logging.Formatter):
        pass

    warnings.filterwarnings("ignore", message="too (small|large)")
    warnings.simplefilter("ignore", Own)
    root = logging.getLogger()
    root.handlers[:] = [logging.StreamHandler(), logging.NullHandler()]
    root.handlers[0].setFormatter(OwnFormatter("%(levelname)s says %(message)s"))
    root.setLevel(logging.INFO)
    sent = travelled()
    warnings.resetwarnings()
    root.handlers[:] = []
    root.setLevel(logging.ERROR)
    sent.enter()
    sent.enter()  # for the next job: not twice
    (handler,) = root.handlers
    record = root.makeRecord("a", logging.INFO, "f", 1, "hello", (), None)
    assert handler.format(record) == "INFO says hello" and root.level == logging.INFO
    with warnings.catch_warnings(record=True) as seen:
        warnings.warn("too small a batch", stacklevel=1)
    assert seen == []


def test_a_job_in_the_users_process_leaves_them_as_they_were(tmp_path: Path) -> None:
    before = dict(os.environ), Path.cwd(), list(sys.path), tempfile.tempdir
    with surroundings.kept():
        os.environ["TFTUNE_TEST_SET"] = "by a trial"
        del os.environ["PATH"]
        os.chdir(tmp_path)
        tempfile.tempdir = str(tmp_path)
    assert (dict(os.environ), Path.cwd(), list(sys.path), tempfile.tempdir) == before
