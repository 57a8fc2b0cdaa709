"""Every notebook runs from top to bottom, offline, on the embedded samples: whole, and with smaller
numbers, one of them in the quick suite and all in CI; stored without outputs. All have the same
first cell, and the links that a command writes.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import shutil
import sys
import types
from pathlib import Path
from typing import Any

import nbformat
import pytest

from benchmarks.notebook_runs import (
    LONGEST_SECONDS,
    execute,
    fingerprint,
    replace_once,
    working_folder,
)

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
FIRST_CELL = (ROOT / "notebooks" / "first_cell.py").read_text(encoding="utf-8").rstrip("\n")
IN_THIS_PROCESS = {"workers=2,": "workers=0,"}
ONE_IS_ENOUGH = {"%load_ext tensorboard\n%tensorboard --logdir runs": ""}  # in notebook 5
SHORTER = {  # numbers of a quick run
    "01_tune_beans": IN_THIS_PROCESS
    | ONE_IS_ENOUGH
    | {
        "EPOCHS = 4": "EPOCHS = 1",
        "TRIALS = 12": "TRIALS = 4",
        '"levels": 6': '"levels": 2',
        "seed=SEED)  # 64 pixels by default": "seed=SEED)",
        "image_size=48, seed": "image_size=16, seed",
        "tuner.search(x, y,": "tuner.search(x[::16], y[::16],",
        "        LeafCNN(image_size=48),": "        LeafCNN(image_size=16),",
        "(batch_normalization=batch_normalization), image_size=48": (
            "(batch_normalization=batch_normalization), image_size=16"
        ),
        "learning_rate=1e-3), image_size=48": "learning_rate=1e-3), image_size=16",
        "plots.importance([random_search, bayesian])": "",  # wants more trials
    },
    "02_tune_peptides": IN_THIS_PROCESS
    | ONE_IS_ENOUGH
    | {
        "EPOCHS = 20": "EPOCHS = 2",
        '"max_epochs": 18, "factor": 3': '"max_epochs": 2, "factor": 2',
        "tuner.search(x, y,": "tuner.search(x[::4], y[::4],",
        "plots.importance(tuner)": "",
    },
    "03_search_methods": {
        "PICTURES[name](seed=SEED)": 'PICTURES["rate-schedules"](seed=SEED)',  # the quickest
        "REPEATS = 2000  # optima": "REPEATS = 100  # optima",
        "10 * SEED + 10)": "10 * SEED + 1)",
        "10 * SEED + 5)": "10 * SEED + 1)",
        "TRIALS = 25": "TRIALS = 5",
        "range(200)": "range(10)",
    },
    "04_mnist": IN_THIS_PROCESS
    | ONE_IS_ENOUGH
    | {
        "EPOCHS = 8": "EPOCHS = 1",
        "TRIALS = 24": "TRIALS = 6",
        '"levels": 7': '"levels": 2',
        "RUNS = 4": "RUNS = 2",
        "plots.importance(joint)": "",
    },
    "05_your_own_model": {
        "workers=2,\n        reproducible=2,\n        keep": (
            "workers=0,\n        reproducible=2,\n        keep"
        ),
        "workers=2,\n    reproducible=2,\n    warm": "workers=0,\n    reproducible=2,\n    warm",
        "EPOCHS = 20": "EPOCHS = 2",
        "TRIALS = 15": "TRIALS = 3",
        "after=6": "after=1",
        "plots.importance(tuner)": "",
        "plots.diagnosis(tuner, target=CEILING)": "",
        "(128, 45, 100)": "(128, 45, 10)",
    },
}
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])


def command() -> Any:
    """The module `docs/notebooks.py`, which is in no package."""
    place = importlib.util.spec_from_file_location("notebooks_command", ROOT / "docs/notebooks.py")
    assert place and place.loader
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    return module


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


def cells(path: Path, kind: str) -> list[Any]:
    return [cell for cell in read(path).cells if cell.cell_type == kind]


def first_cell_in(folder: Path, monkeypatch: pytest.MonkeyPatch, colab: bool) -> dict[str, Any]:
    """The names that the first cell leaves in a folder, up to its imports, where tftune is not
    installed; `said` has what it asked of IPython.
    """
    monkeypatch.chdir(folder)
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "tftune" else find(name)
    )
    if colab:
        drive = types.ModuleType("google.colab.drive")
        drive.mount = lambda path: None  # type: ignore[attr-defined]
        module = types.ModuleType("google.colab")
        module.drive = drive  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "google.colab", module)
    said: list[str] = []
    shell = types.SimpleNamespace(run_line_magic=lambda name, line: said.append(f"{name} {line}"))
    names: dict[str, Any] = {"get_ipython": lambda: shell, "said": said}
    source = FIRST_CELL.split("\nimport tftune\n")[0]
    source = source.replace('"/content/drive"', repr(str(folder / "drive")))
    exec(compile(source, "first_cell.py", "exec"), names)
    return names


def target_of(names: dict[str, Any]) -> str:
    """What the first cell told pip to install."""
    (line,) = names["said"]
    found = re.fullmatch(r'pip install -q --constraint "([^"]+)" "([^"]+)"', line)
    assert found
    return found[2]


def test_there_are_notebooks_numbered_in_reading_order() -> None:
    assert [path.name[:3] for path in NOTEBOOKS] == [
        f"{number:02d}_" for number in range(1, len(NOTEBOOKS) + 1)
    ]
    assert [path.stem for path in NOTEBOOKS] == list(SHORTER)


@each_notebook
def test_notebook_is_valid_and_stored_without_outputs(path: Path) -> None:
    nbformat.validate(read(path))
    assert [(cell.outputs, cell.execution_count) for cell in cells(path, "code")] == [
        ([], None)
    ] * len(cells(path, "code"))
    assert set(read(path).metadata) == {"kernelspec", "language_info"}


@each_notebook
def test_first_code_cell_is_the_one_source_of_all(path: Path) -> None:
    first, *others = cells(path, "code")
    assert first["id"] == "first-cell"
    assert first.source == FIRST_CELL
    assert not any("pip" in cell.source for cell in others)
    (told,) = re.findall(
        r"about \*\*(\d) minutes?\*\* on two cores", cells(path, "markdown")[0].source
    )
    assert int(told) <= 3


def test_first_cell_installs_the_checkout_that_it_is_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "checkout" / "notebooks"
    for each in (folder, tmp_path / "checkout" / "tftune"):
        each.mkdir(parents=True)
    for name in ("pyproject.toml", "tftune/__init__.py"):
        (tmp_path / "checkout" / name).touch()
    (folder / "tftune-9.9-py3-none-any.whl").touch()
    names = first_cell_in(folder, monkeypatch, colab=False)
    assert target_of(names) == f"{tmp_path / 'checkout'}[plots]"


def test_first_cell_takes_the_newest_wheel_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = tmp_path / "tftune-0.5-py3-none-any.whl"
    wheel.touch()
    (tmp_path / "pyproject.toml").touch()  # of another project
    assert target_of(first_cell_in(tmp_path, monkeypatch, colab=False)) == f"{wheel}[plots]"


def test_first_cell_looks_into_drive_on_colab_and_then_asks_the_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert target_of(first_cell_in(tmp_path, monkeypatch, colab=True)) == "tftune[plots]"
    wheel = tmp_path / "drive" / "MyDrive" / "tftune" / "tftune-0.5-py3-none-any.whl"
    wheel.parent.mkdir(parents=True)
    wheel.touch()
    assert target_of(first_cell_in(tmp_path, monkeypatch, colab=True)) == f"{wheel}[plots]"


def test_first_cell_keeps_what_is_installed_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = first_cell_in(tmp_path, monkeypatch, colab=False)
    lines = names["as_they_are"].read_text().splitlines()
    for name in ("numpy", "tensorflow", "protobuf"):
        assert f"{name}=={importlib.metadata.version(name)}" in lines
    assert len({line.split("==")[0] for line in lines}) == len(lines)
    assert "upgrade" not in "".join(names["said"])


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Two notebooks, an empty list of them, and a project with an address."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "docs" / "notebooks").mkdir(parents=True)
    for path in [*NOTEBOOKS[:2], ROOT / "notebooks" / "first_cell.py"]:
        shutil.copy(path, tmp_path / "notebooks")
    (tmp_path / "docs/notebooks/index.md").write_text(
        "All:\n\n<!-- begin:notebooks -->\n<!-- end:notebooks -->\nEnd\n"
    )
    set_address(tmp_path, "https://github.com/somebody/tftune")
    return tmp_path


def set_address(root: Path, address: str | None) -> None:
    urls = f'[project.urls]\nRepository = "{address}"\n' if address else ""
    (root / "pyproject.toml").write_text(f'[project]\nname = "tftune"\n{urls}')


def test_links_are_made_of_the_one_address_and_vanish_with_it(copy: Path) -> None:
    notebooks = command()
    before = [path.read_text(encoding="utf-8") for path in notebooks.notebooks(copy)]
    assert len(notebooks.write_shared(copy)) == 3
    assert notebooks.write_shared(copy) == []  # nothing is left to do
    badge = (
        "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
        "(https://colab.research.google.com/github/somebody/tftune/blob/main/notebooks/"
        "01_tune_beans.ipynb)"
    )
    shown = read(copy / "notebooks" / "01_tune_beans.ipynb").cells[1]
    assert shown["id"] == "links"
    assert shown.source.startswith(badge)
    index = (copy / "docs/notebooks/index.md").read_text()
    assert index.startswith("All:") and index.endswith("End\n")
    assert index.count("* [![Open in Colab]") == 2
    set_address(copy, None)
    assert len(notebooks.write_shared(copy)) == 3
    assert [path.read_text(encoding="utf-8") for path in notebooks.notebooks(copy)] == before
    assert "Colab" not in (copy / "docs/notebooks/index.md").read_text()


def test_elsewhere_than_on_github_there_is_a_link_and_no_badge(copy: Path) -> None:
    set_address(copy, "https://example.org/us/tftune.git")
    command().write_shared(copy)
    assert read(copy / "notebooks" / "01_tune_beans.ipynb").cells[1].source == (
        "[01_tune_beans.ipynb](https://example.org/us/tftune/blob/main/notebooks/01_tune_beans.ipynb)"
    )


def test_shared_cells_of_this_checkout_are_as_the_command_writes_them(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for page in ("README.md", "docs/notebooks/index.md"):
        (tmp_path / page).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / page, tmp_path / page)
    assert command().write_shared(tmp_path) == [], "run: python docs/notebooks.py cells"


@each_notebook
def test_page_of_the_documentation_shows_the_notebook_as_it_is(path: Path) -> None:
    page = (ROOT / "docs" / "notebooks" / f"{path.stem}.md").read_text(encoding="utf-8")
    assert f" from {fingerprint(read(path))} -->" in page, (
        f"run: python docs/notebooks.py pages {path.stem}"
    )
    assert "<math" in page and "$$" not in page
    assert page.count("![") >= 5


def test_pages_are_small() -> None:
    files = [path for path in (ROOT / "docs" / "notebooks").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 2_500_000


@each_notebook
def test_notebook_teaches_by_formulas_plots_and_questions(path: Path) -> None:
    notebook = read(path)
    kinds = [cell.cell_type for cell in notebook.cells]
    assert kinds[0] == "markdown"
    assert not any(kinds[i : i + 5] == ["code"] * 5 for i in range(len(kinds)))
    words = "\n".join(cell.source for cell in cells(path, "markdown"))
    code = "\n".join(cell.source for cell in cells(path, "code"))
    assert words.count("$$") >= 6 and words.count("$$") % 2 == 0
    assert words.count("<details>") == words.count("</details>") >= 2
    assert code.count("taught[") >= 4
    assert code.count("SEED = 0") == 1
    assert all(len(line) <= 100 for line in code.splitlines())


@pytest.mark.timeout(LONGEST_SECONDS + 60)
@pytest.mark.parametrize("whole", [False, True], ids=["shorter", "whole"])
@pytest.mark.slow
@each_notebook
def test_notebook_runs_from_top_to_bottom(path: Path, whole: bool) -> None:
    notebook = read(path)
    if not whole:
        replace_once(notebook, SHORTER[path.stem])
    with working_folder() as folder:
        assert execute(notebook, folder) < LONGEST_SECONDS
        saved = list(folder.glob("runs/*/best_model.keras"))
    outputs = [
        output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs
    ]
    assert not [output for output in outputs if output.output_type == "error"]
    texts = [str(output.get("data", "")) for output in outputs]
    assert not [text for text in texts if "Could not find" in text]  # TensorBoard's way to fail
    assert not [text for output in outputs if "onednn" in (text := output.get("text", "")).lower()]
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 5
    code = "\n".join(cell.source for cell in notebook.cells)
    assert bool(saved) == ("evaluate_best" in code)
    assert ("%tensorboard" in code) == any("tensorboard-frame" in text for text in texts)
