"""The house rules that a machine can check: imports go one way, siblings do not know each other,
files stay small.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import tftune

PACKAGE = Path(tftune.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))

# A folder may import what stands on an earlier line; the names on one line are siblings and do not
# know each other.
ORDER = [
    ["errors"],
    ["support"],
    ["space", "datasets"],
    ["models", "journal"],
    ["reports", "oracles", "schedulers"],
    ["training"],
    ["execution"],
    ["search"],
    ["scikit"],
    ["testing"],
    ["cli"],
    ["beans", "hemolysis"],
]
RANK = {name: rank for rank, names in enumerate(ORDER) for name in names}
# These are imported by the shell before TensorFlow may cost its seconds.
LIGHT = [
    "tftune",
    "tftune.cli.program",
    "tftune.beans",
    "tftune.hemolysis",
    "tftune.oracles",
    "tftune.schedulers",
    "tftune.datasets",
    "tftune.reports.live",
]


def part_of(path: Path) -> str:
    """The name in ORDER that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_parts(tree: ast.AST) -> set[str]:
    """The parts of tftune that a file imports at any depth of its code, `TYPE_CHECKING` included."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {
                alias.name.split(".")[1] for alias in node.names if alias.name.startswith("tftune.")
            }
        elif (
            isinstance(node, ast.ImportFrom)
            and node.module
            and node.module.split(".")[0] == "tftune"
        ):
            parts = node.module.split(".")
            found |= (
                {parts[1]}
                if len(parts) > 1
                else {alias.name for alias in node.names if alias.name in RANK}
            )
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_one_way(path: Path) -> None:
    part = part_of(path)
    if part == "__init__":
        return  # resolves every public name lazily
    assert part in RANK, f"{part} has no place in ORDER"
    wrong = {
        name
        for name in imported_parts(ast.parse(path.read_text()))
        if name != part and RANK[name] >= RANK[part]
    }
    assert not wrong, (
        f"{path.name} ({part}) imports {sorted(wrong)}, which stand beside or above it"
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_stay_small_and_say_what_they_are(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 300, (
        f"{path.name} has {text.count(chr(10))} lines: is there a second thing inside?"
    )
    assert not text.strip() or ast.get_docstring(ast.parse(text)), f"{path.name} has no docstring"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_public_names_have_docstrings(path: Path) -> None:
    missing = [
        node.name
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not missing


def test_modules_bear_no_name_of_the_standard_library_or_a_dependency() -> None:
    taken = sys.stdlib_module_names | {
        "tensorflow",
        "keras",
        "keras_tuner",
        "skopt",
        "numpy",
        "rich",
        "tensorboard",
        "ray",
        "optuna",
        "scipy",
        "sklearn",
    }
    assert not {path.stem for path in FILES} & taken


def test_light_modules_import_no_tensorflow() -> None:
    imports = "\n".join(f"import {name}" for name in LIGHT)
    code = f"import sys\n{imports}\nprint(sorted({{'tensorflow', 'keras'}} & set(sys.modules)))"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert answer.stdout.strip() == "[]"


def test_public_names_resolve() -> None:
    assert all(getattr(tftune, name) is not None for name in tftune.__all__)
    assert set(tftune.__all__) <= set(dir(tftune))
    with pytest.raises(AttributeError, match="module 'tftune' has no attribute 'Tunr'"):
        _ = tftune.Tunr
