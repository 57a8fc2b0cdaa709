"""Streams that are closed, broken or of another encoding."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import pytest

from tftune.support.streams import SteadyStream, steady_streams

CODE = """
import sys
from tftune.support.streams import steady_streams
with steady_streams():
    for line in range(5000):
        print("out", line, "\\u00fc\\u4e2d\\udcff" * 20)
        print("err", line, file=sys.stderr, flush=True)
    file = open({path!r}, "w")
    assert file.fileno() > 2
    print("to the journal?")
sys.exit(7)
"""


@pytest.mark.parametrize(
    "redirection", ["", ">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-", "| head -1", "2>&1 | head -1"]
)
@pytest.mark.skipif(os.name == "nt", reason="there is no bash")
def test_a_program_writes_to_anything_and_keeps_its_exit_code(tmp_path, redirection: str) -> None:
    path = tmp_path / "journal"
    code = CODE.format(path=str(path))
    script = f'set -o pipefail; "$0" -c "$1" {redirection}'
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        ["bash", "-c", script, sys.executable, code],
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
    )
    assert done.returncode == 7
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr
    assert path.read_text() == ""
    if not redirection:
        assert done.stdout.splitlines()[0].startswith("out 0 \\xfc\\u4e2d\\udcff")


def test_a_broken_stream_is_let_go() -> None:
    class Broken(io.StringIO):
        written = 0

        def write(self, text: str) -> int:
            self.written += 1
            raise BrokenPipeError

    broken = Broken()
    stream = SteadyStream(broken)
    assert stream.write("a") == 1 and stream.gone
    stream.write("b")
    stream.flush()
    assert broken.written == 1 and not stream.isatty()


def test_a_closed_and_a_missing_stream_are_written_to() -> None:
    closed = io.StringIO()
    closed.close()
    for stream in (SteadyStream(closed), SteadyStream(None)):
        stream.writelines(["a", "b"])
        stream.flush()
        assert stream.gone and not stream.isatty()


def test_the_streams_are_given_back(capsys: pytest.CaptureFixture[str]) -> None:
    before = sys.stdout, sys.stderr
    with steady_streams():
        print("said")
    assert (sys.stdout, sys.stderr) == before
    assert capsys.readouterr().out == "said\n"
