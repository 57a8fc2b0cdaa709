"""The house rules that a machine can check: imports go one way, siblings do not know each other,
files stay small, names of tests can be read.
"""

from __future__ import annotations

import ast
import functools
import subprocess
import sys
from pathlib import Path

import pytest

import benchmarks
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
    ["beans", "hemolysis", "mnist", "__main__"],
]
RANK = {name: rank for rank, names in enumerate(ORDER) for name in names}
BENCHMARKS = Path(benchmarks.__file__).parent
BENCHMARK_FILES = sorted(BENCHMARKS.rglob("*.py"))
# The same for the benchmarks.
BENCHMARK_ORDER = [
    ["bbob", "browser", "curves", "expectation", "functions", "markdown", "problems", "specs"]
    + ["units", "notebook_runs"],
    ["calibration", "command", "estimates", "function_problems", "exact_random", "replay", "peers"]
    + ["score_table", "curve_problems", "tables", "trainers"],
    [
        "feeding",
        "operations",
        "saved_dataset",
        "make_curves",
        "many_trials",
        "report_page",
        "search_options",
        "processes",
        "quality_report",
        "searches",
        "paused_searches",
        "peer_runs",
    ],
    [
        "noisy_tables",
        "multi_fidelity",
        "contenders",
        "worker_searches",
        "finishing",
        "overheads_table",
        "real_trials",
        "stopping_rules",
    ]
    + ["throughput"],
    ["noisy_quality", "many_workers"],
    [
        "search_quality",
        "augmentation_cost",
        "trial_cost",
        "overheads",
        "proposing_cost",
        "time_to_score",
        "taught",
        "confirmed_winner",
        "two_tasks",
        "leaks",
        "peptide_networks",
    ],
]
BENCHMARK_RANK = {name: rank for rank, names in enumerate(BENCHMARK_ORDER) for name in names}
TESTS = Path(__file__).parent
LONGEST_TEST_NAME = 79
# These are imported by the shell before TensorFlow may cost its seconds.
LIGHT = [
    "tftune",
    "tftune.cli.program",
    "tftune.cli.command",
    "tftune.cli.subcommands.list_runs",
    "tftune.cli.subcommands.show",
    "tftune.cli.subcommands.trials",
    "tftune.cli.subcommands.compare",
    "tftune.cli.subcommands.tensorboard_server",
    "tftune.beans",
    "tftune.hemolysis",
    "tftune.mnist",
    "tftune.oracles",
    "tftune.schedulers",
    "tftune.datasets",
    "tftune.reports.live",
]
HEAVY = {"tensorflow", "keras", "matplotlib", "pandas", "plotly"}


def imported_parts(tree: ast.AST, package: str) -> set[str]:
    """The parts of a package that a file imports at any depth of its code, `TYPE_CHECKING`
    included.
    """
    imported: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            whole = node.module == package  # then the names may be parts
            imported += [f"{package}.{alias.name}" for alias in node.names] if whole else []
            imported += [node.module]
    names = [name.split(".") for name in imported]
    return {name[1] for name in names if name[0] == package and len(name) > 1}


@functools.cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imported_against(path: Path, root: Path, rank: dict[str, int]) -> set[str]:
    """What a file imports that stands beside or above it."""
    part = path.relative_to(root).parts[0].removesuffix(".py")
    if part == "__init__":
        return set()  # resolves every public name lazily
    assert part in rank, f"{part} has no place in the order"
    parts = imported_parts(tree_of(path), root.name) & set(rank)
    return {name for name in parts if name != part and rank[name] >= rank[part]}


@pytest.mark.parametrize(
    ("files", "root", "rank"),
    [(FILES, PACKAGE, RANK), (BENCHMARK_FILES, BENCHMARKS, BENCHMARK_RANK)],
    ids=["tftune", "benchmarks"],
)
def test_imports_go_one_way(files: list[Path], root: Path, rank: dict[str, int]) -> None:
    wrong = {
        str(path.relative_to(root)): sorted(found)
        for path in files
        if (found := imported_against(path, root, rank))
    }
    assert not wrong, "these import what stands beside or above them"


def test_files_stay_small_and_say_what_they_are() -> None:
    lengths = {path: path.read_text().count("\n") for path in [*FILES, *BENCHMARK_FILES]}
    long = {str(path): lines for path, lines in lengths.items() if lines > 300}
    assert not long, "is there a second thing inside?"
    assert not [
        path for path, lines in lengths.items() if lines and not ast.get_docstring(tree_of(path))
    ]


def test_public_names_have_docstrings() -> None:
    missing = [
        f"{path.relative_to(PACKAGE)}: {node.name}"
        for path in FILES
        for node in tree_of(path).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not missing


def test_names_of_tests_can_be_read() -> None:
    names = {
        node.name
        for path in TESTS.rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }
    assert len(names) > 1000
    assert not [name for name in names if len(name) > LONGEST_TEST_NAME]


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
    code = f"import sys\n{imports}\nprint(sorted({HEAVY!r} & set(sys.modules)))"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert answer.stdout.strip() == "[]"


def test_public_names_resolve() -> None:
    assert all(getattr(tftune, name) is not None for name in tftune.__all__)
    assert set(tftune.__all__) <= set(dir(tftune))
    with pytest.raises(AttributeError, match="module 'tftune' has no attribute 'Tunr'"):
        _ = tftune.Tunr
