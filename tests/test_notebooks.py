"""Every notebook runs from top to bottom, offline, on the embedded samples; with smaller numbers,
unless slow; stored without outputs.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))
LONGEST_SECONDS = 240
SHORTER = {  # numbers of a quick run
    "01_tune_beans": {
        "tuner.search(x, y,": "tuner.search(x[::5], y[::5],",
        "epochs=4)": "epochs=1)",
        '"levels": 3': '"levels": 2',
        "max_trials=4)": "max_trials=1)",
        "max_trials=6,": "max_trials=2,",
        '"initial_points": 3': '"initial_points": 1',
    },
    "02_tune_peptides": {
        '"epochs": 20,': '"epochs": 2,',
        '"max_epochs": 9, "factor": 3': '"max_epochs": 2, "factor": 2',
        "tuner.search(x, y,": "tuner.search(x[::4], y[::4],",
    },
}
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])


def cells(path: Path, kind: str) -> list[Any]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == kind]


def shorten(notebook: Any, numbers: dict[str, str]) -> None:
    """Puts smaller numbers into the code; each must stand there once."""
    for longer, shorter in numbers.items():
        (cell,) = (
            cell for cell in notebook.cells if cell.cell_type == "code" and longer in cell.source
        )
        assert cell.source.count(longer) == 1
        cell.source = cell.source.replace(longer, shorter)


@pytest.fixture
def own_tensorboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Lets a notebook find the program tensorboard, and ends the servers that it leaves running,
    and no others.
    """
    monkeypatch.setenv("PATH", os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"])
    with tempfile.TemporaryDirectory(prefix="nb") as folder:  # a short name: sockets stand in it
        monkeypatch.setenv("TMPDIR", folder)  # TensorBoard notes its servers there
        yield
        for note in Path(folder, ".tensorboard-info").glob("pid-*.info"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(note.stem.removeprefix("pid-")), signal.SIGTERM)


def test_there_are_notebooks_numbered_in_reading_order() -> None:
    assert [path.name[:3] for path in NOTEBOOKS] == [
        f"{number:02d}_" for number in range(1, len(NOTEBOOKS) + 1)
    ]
    assert len(NOTEBOOKS) >= 2


@each_notebook
def test_notebook_is_valid_and_stored_without_outputs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert [(cell.outputs, cell.execution_count) for cell in cells(path, "code")] == [
        ([], None)
    ] * len(cells(path, "code"))
    assert set(notebook.metadata) == {"kernelspec", "language_info"}


@each_notebook
def test_notebook_installs_with_one_line_and_shows_tensorboard(path: Path) -> None:
    lines = [line.strip() for cell in cells(path, "code") for line in cell.source.splitlines()]
    installing = [line for line in lines if "pip" in line]
    assert len(installing) == 1
    assert installing[0].startswith("%pip install -q ")
    assert not any(
        word in installing[0]
        for word in ("-U", "--upgrade", "--force", "tensorflow", "numpy", "protobuf")
    )
    assert "%load_ext tensorboard" in lines
    assert any(line.startswith("%tensorboard --logdir runs/") for line in lines)


@each_notebook
def test_every_code_cell_of_a_section_follows_words(path: Path) -> None:
    kinds = [cell.cell_type for cell in nbformat.read(path, as_version=4).cells]
    assert kinds[0] == "markdown"
    assert not any(kinds[i : i + 3] == ["code"] * 3 for i in range(len(kinds)))
    assert sum("$$" in cell.source for cell in cells(path, "markdown")) >= 3


@pytest.mark.timeout(LONGEST_SECONDS + 60)
@pytest.mark.usefixtures("own_tensorboard")
@pytest.mark.parametrize(
    "whole", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["shorter", "whole"]
)
@each_notebook
def test_notebook_runs_from_top_to_bottom(path: Path, whole: bool, tmp_path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    if not whole:
        shorten(notebook, SHORTER[path.stem])
    started = time.monotonic()
    nbclient.NotebookClient(
        notebook,
        timeout=LONGEST_SECONDS,
        kernel_name="python3",
        resources={"metadata": {"path": tmp_path}},
    ).execute()
    assert time.monotonic() - started < LONGEST_SECONDS
    outputs = [
        output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs
    ]
    assert not [output for output in outputs if output.output_type == "error"]
    assert not [
        text for output in outputs if "Could not find" in (text := str(output.get("data", "")))
    ]  # TensorBoard's way to fail
    (saved,) = (tmp_path / "runs").glob("*/best_model.keras")
    assert saved.stat().st_size > 0
    assert list((tmp_path / "runs").glob("*/tensorboard/**/events*"))
