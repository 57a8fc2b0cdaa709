"""`tftune tensorboard`: which logs it shows under which names, and that it ends with all of it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.cli.subcommands.run_folders import HOSTILE, Command, played, write
from tftune.cli.subcommands.tensorboard_server import link, logs_of
from tftune.reports.tensorboard_log import TensorBoardLog

ROOT = Path(__file__).resolve().parents[3]
# Stands for TensorBoard: serves its folder, or says what is wrong and ends.
SERVER = """\
#!{python}
import http.server, sys
words = dict(zip(sys.argv[3::2], sys.argv[4::2]))
if {fails}:
    sys.exit("no such plugin: \\x1b[31mcurves\\x1b[0m")
handler = lambda *rest: http.server.SimpleHTTPRequestHandler(*rest, directory=words["--logdir"])
http.server.ThreadingHTTPServer((words["--host"], int(words["--port"])), handler).serve_forever()
"""


def logged(folder: Path, **header: object) -> Path:
    """A run with a small log."""
    search = played(0.5, 0.75, **header)
    run = write(search, folder)
    log = TensorBoardLog(run.tensorboard)
    state = type(search.state)()
    for record in search.records:
        state.apply(record)
        log.on_record(record, state)
    log.close()
    return folder


def with_log(folder: Path) -> Path:
    """A run whose log is one empty file."""
    run = write(played(0.5), folder)
    run.tensorboard.mkdir()
    (run.tensorboard / "events.out.tfevents.0").write_bytes(b"")
    return folder


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return trial.getsockname()[1]


def start(*words: str, python: Path | None = None) -> subprocess.Popen[str]:
    """The command in a process of its own; `python` stands for the one that runs TensorBoard."""
    code = "import signal, sys; from tftune.cli.command import main\n"
    # who runs the tests in the background has Ctrl-C ignored
    code += "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    code += f"sys.executable = {str(python or sys.executable)!r}; sys.exit(main())"
    return subprocess.Popen(
        [sys.executable, "-c", code, "tensorboard", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )


def script(tmp_path: Path, fails: bool = False) -> Path:
    path = tmp_path / "python"
    path.write_text(SERVER.format(python=sys.executable, fails=fails))
    path.chmod(0o755)
    return path


def answer(port: int, path: str = "", data: bytes | None = None) -> bytes:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/{path}", data, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=20) as found:
        return found.read()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_prints_the_address_and_ends_with_its_child(
    tmp_path: Path, number: signal.Signals
) -> None:
    port = free_port()
    runs = [str(with_log(tmp_path / "a" / "run")), str(with_log(tmp_path / "b" / "run"))]
    process = start(*runs, "--port", str(port), python=script(tmp_path))
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line == (
        f"TensorBoard shows run, run in b at http://127.0.0.1:{port}/ (Ctrl-C ends it)\n"
    )
    assert b"run%20in%20b/" in answer(port)
    process.send_signal(number)
    out, told = process.communicate(timeout=20)
    assert (process.returncode, out, told) == (0, "", "TensorBoard has ended.\n")
    with pytest.raises(OSError):
        answer(port)


def test_what_does_not_start_is_told_with_its_own_words(
    tftune: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(script(tmp_path, fails=True)))
    tftune("tensorboard", with_log(tmp_path / "run"), code=2)
    assert tftune.told == (
        "error: TensorBoard did not start: it ended with code 1. It said:\n"
        "  no such plugin: curves\n"
    )


def test_a_port_that_is_taken_is_told(tftune: Command, tmp_path: Path) -> None:
    run = with_log(tmp_path / "run")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        tftune("tensorboard", run, "--port", port, code=2)
    assert f"error: Port {port} is taken" in tftune.told
    tftune("tensorboard", run, "--port", "0", code=2)
    assert "expected an integer from 1 to 65535" in tftune.told


def test_a_run_without_a_log_is_told(tftune: Command, tmp_path: Path) -> None:
    write(played(0.5), Path("runs/bare"))
    tftune("tensorboard", with_log(tmp_path / "run"), "bare", code=2)
    assert "'runs/bare' has no TensorBoard log: there are no event files" in tftune.told
    tftune("tensorboard", "nowhere", code=2)
    tftune("tensorboard", code=2)


def test_names_are_the_folders_and_each_is_its_own(tmp_path: Path) -> None:
    names = ["one", HOSTILE.replace("/", "_"), "x/one", "x/.y/one", "z" * 200]
    folders = [with_log(tmp_path / name) for name in names]
    logs = logs_of([str(folder) for folder in [*folders, folders[0]]])
    assert len(logs) == len(names)
    assert list(logs)[0] == "one" and list(logs)[2] == "one in x" and list(logs)[3] == "one in .y"
    assert all("\x1b" not in name and "/" not in name and "\n" not in name for name in logs)
    link(logs, tmp_path / "together")
    assert len(list((tmp_path / "together").glob("*/events.out.tfevents.0"))) == len(names)


@pytest.mark.slow
def test_tensorboard_itself_tells_two_searches_apart(tmp_path: Path) -> None:
    runs = [str(logged(tmp_path / "first")), str(logged(tmp_path / "second", task="hemolysis"))]
    port = free_port()
    process = start(*runs, "--port", str(port))
    assert process.stdout is not None
    assert "first, second" in process.stdout.readline()
    end = time.monotonic() + 60
    found: set[str] = set()
    while len(found) < 2 and time.monotonic() < end:
        found = {name.split("/")[0] for name in json.loads(answer(port, "data/runs"))}
        time.sleep(0.5)
    assert found == {"first", "second"}
    experiment = json.loads(answer(port, "data/plugin/hparams/experiment", b"{}"))
    assert "dropout" in {knob["name"] for knob in experiment["hparamInfos"]}
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 0
    with pytest.raises(OSError):
        answer(port)
