"""What is said before TensorFlow is imported; it is asked itself which kernels a child uses."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from tftune.errors import MachineError
from tftune.support.tensorflow_import import VARIABLE, prefer_fast_kernels, quiet_import

PROGRAM = """
from tftune.execution.processes import ProcessExecutor

def ask(report):
    from tensorflow.python.util import _pywrap_util_port
    return _pywrap_util_port.IsMklEnabled()

if __name__ == "__main__":
    executor = ProcessExecutor(1)
    executor.start("job", ask)
    ends = []
    while not ends:
        ends = executor.poll(lambda key, message: False, 60.0)
    executor.close()
    print("enabled:", ends[0].result)
"""


@pytest.mark.slow
@pytest.mark.skipif(platform.machine() != "x86_64", reason="oneDNN is preferred on x86-64 only")
@pytest.mark.parametrize(
    ("given", "enabled"),
    [(None, True), ("0", False)],
    ids=["by itself", "switched off by the user"],
)
def test_a_child_uses_onednn_unless_the_environment_says_otherwise(
    given: str | None, enabled: bool, tmp_path: Path
) -> None:
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE} | (
        {} if given is None else {VARIABLE: given}
    )
    done = subprocess.run(
        [sys.executable, "program.py"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.strip() == f"enabled: {enabled}", done.stderr


@pytest.mark.parametrize(
    ("machine", "expected"), [("x86_64", "1"), ("AMD64", "1"), ("arm64", None)]
)
def test_only_x86_is_told(
    machine: str, expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setenv(VARIABLE, "?")  # so that it is put back
    monkeypatch.delenv(VARIABLE)
    prefer_fast_kernels()
    assert os.environ.get(VARIABLE) == expected


def test_the_users_choice_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "0")
    prefer_fast_kernels()
    assert os.environ[VARIABLE] == "0"


def test_native_code_is_silenced_and_python_is_heard_again(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with quiet_import():
        os.write(2, b"start-up line")
    os.write(2, b"after")
    assert capfd.readouterr().err == "after"


@pytest.mark.parametrize(
    "error",
    [
        ImportError("libtensorflow_framework.so.2: failed to map segment from shared object"),
        ImportError("x.so: cannot allocate memory in static TLS block"),
        MemoryError(),
    ],
)
def test_too_little_memory_for_tensorflow_is_told_as_the_machine_s(error: Exception) -> None:
    with (
        pytest.raises(MachineError, match=r"cannot be loaded: .+ Expected memory for it"),
        quiet_import(),
    ):
        raise error


def test_a_package_that_is_absent_is_told_as_it_is() -> None:
    with pytest.raises(ImportError, match="No module named 'x'"), quiet_import():
        raise ImportError("No module named 'x'")
