"""The documentation: what the guides show runs, every public name has a docstring and a place in
the reference, and every file that a page or a comment names is there.

`mkdocs build --strict`, which `.ci/run` does, checks links and cross-references besides.
"""

from __future__ import annotations

import ast
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import tftune
from tftune import beans, hemolysis, mnist
from tftune.cli.command import SUBCOMMANDS, parser_of
from tftune.cli.experiments import EXPERIMENTS
from tftune.cli.experiments.experiment import experiment_table
from tftune.cli.options import OptionTable
from tftune.cli.program import main
from tftune.cli.task_words import WORDS
from tftune.oracles import ORACLES
from tftune.schedulers import SCHEDULERS

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
GUIDES = sorted((DOCS / "guides").glob("*.md"))
REFERENCE = sorted((DOCS / "reference").rglob("*.md"))
PROGRAMS = {f"tftune.{each.PROGRAM.task}": each.PROGRAM for each in (beans, hemolysis, mnist)}
PACKAGE = ROOT / "tftune"
COMMAND_LINE = ("cli", "beans", "hemolysis", "mnist")  # documented by what `--help` prints

OF_PACKAGING = """
--constraint --dry-run --find-links --ignore-installed --no-deps --no-index --only-binary
--python-version --repository-url --target --wheel-dir
"""  # options of pip and twine

# What makes the searches of a page short, and train in this process.
SHORTER = {
    "own-model": {
        "max_trials=20": "max_trials=2, workers=0",
        "max_trials=10": "max_trials=1, workers=0",
        "max_trials=3": "max_trials=1",
        "epochs=10": "epochs=1",
        "epochs=5": "epochs=1",
        "epochs=2": "epochs=1",
        "n_iter=4": "n_iter=1",
        "cv=3": "cv=2",
    },
    "resuming": {
        "workers=1": "workers=0",
        "epochs=5": "epochs=1",
        "search(max_trials=2)": "search(max_trials=1)",
        "search(max_trials=4)": "search(max_trials=2)",
    },
    "choosing-a-method": {'"gp",': '"gp", workers=0,'},
    "warm-start": {
        '"epochs": 2': '"epochs": 1',
        "max_trials=3": "max_trials=1",
        "max_trials=4": "max_trials=2, workers=0",
    },
    "schedules": {},
    "better-leaves": {},
    "peptides-relatives": {},
    "first-search": {},
    "what-the-numbers-mean": {},
    "using-the-model": {},
    "nested": {"max_trials=20": "max_trials=2", "folds=5": "folds=2", "epochs=5": "epochs=1"},
}
NEED_A_RUN = ("first-search", "what-the-numbers-mean", "using-the-model")


def blocks(page: Path | str, language: str) -> list[str]:
    """The code blocks of a page, or of its text, in a language."""
    text = page if isinstance(page, str) else page.read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def run_blocks(page: Path, until: str | None = None) -> dict[str, object]:
    """Runs the Python blocks of a page one after another, as far as the heading `until`, and
    returns the names they leave; all of them are compiled.
    """
    text = page.read_text(encoding="utf-8")
    for whole, shorter in SHORTER[page.stem].items():
        assert whole in text, f"{page.name} no longer says {whole!r}"
        text = text.replace(whole, shorter)
    compile("\n".join(blocks(text, "python")), page.name, "exec")
    code = "\n".join(blocks(text[: text.index(until) if until else None], "python"))
    names: dict[str, object] = {"__name__": "__main__"}
    exec(compile(code, page.name, "exec"), names)
    return names


def test_every_guide_with_python_is_run_here() -> None:
    assert {page.stem for page in GUIDES if blocks(page, "python")} == set(SHORTER)


@pytest.mark.parametrize(
    ("name", "until"),
    [
        ("choosing-a-method", None),
        ("own-model", "## Together with other libraries"),
        ("resuming", None),
        ("schedules", None),
        ("better-leaves", None),
        pytest.param("nested", None, marks=pytest.mark.slow),
        pytest.param("warm-start", None, marks=pytest.mark.slow),
        pytest.param("own-model", None, marks=pytest.mark.slow),
    ],
    ids=[
        "choosing-a-method",
        "own-model",
        "resuming",
        "schedules",
        "better-leaves",
        "nested",
        "warm-start",
        "own-model-whole",
    ],
)
def test_the_python_of_a_guide_runs(
    name: str, until: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names = run_blocks(DOCS / "guides" / f"{name}.md", until)
    assert names["build"]


def test_the_guides_read_a_run_of_the_program_rightly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    command = next(iter(blocks(DOCS / "guides" / "first-search.md", "sh"))).strip()
    arguments = shlex.split(command)[3:]
    short = ["--max-trials", "1", "--epochs", "1", "--workers", "0", "--quiet"]
    assert main(beans.PROGRAM, [*arguments, *short]) == 0
    capsys.readouterr()
    for name in NEED_A_RUN:
        run_blocks(DOCS / "guides" / f"{name}.md")
    printed = capsys.readouterr().out
    assert "beans auto {'completed': 1, 'pruned': 0, 'failed': 0}" in printed
    assert "{'batch_normalization': " in printed
    assert re.search(r"^\['\w+', '\w+', '\w+', '\w+', '\w+'\]$", printed, re.MULTILINE)


def commands() -> Iterator[tuple[str, str, list[str]]]:
    """The page, program and arguments of every command that starts a program."""
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]:
        for block in blocks(page, "sh"):
            for line in block.splitlines():
                if found := re.search(r"python -m (tftune\.\w+)([^#&|]*)", line):
                    yield page.name, found[1], shlex.split(found[2])


def test_every_command_of_the_pages_is_one_the_programs_take() -> None:
    found = list(commands())
    assert len(found) >= 20
    for _, program, arguments in found:
        if arguments == ["--help"]:
            continue  # would print it
        words = {*WORDS, *EXPERIMENTS.get(program.partition(".")[2], ())}
        if arguments[:1] and arguments[0] in words:
            continue  # a subcommand, with arguments of its own
        PROGRAMS[program].options().parse(arguments, {})  # a mistake is a SystemExit that names it


def subcommands() -> list[str]:
    """The words after `tftune` whose modules are there."""
    targets = {name: SUBCOMMANDS.target(name).partition(":")[0] for name in SUBCOMMANDS}
    return [
        name
        for name, module in targets.items()
        if ROOT.joinpath(*module.split(".")).with_suffix(".py").is_file()
    ]


def test_every_subcommand_of_the_pages_is_one_that_tftune_takes() -> None:
    pages = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
    lines = [line for page in pages for each in blocks(page, "sh") for line in each.splitlines()]
    words = [re.split("[#|>]", line)[0] for line in lines if line.startswith("tftune ")]
    found = [shlex.split(each)[1:] for each in words]
    assert len(found) >= 8
    for name, *arguments in found:
        if name in subcommands():
            parser_of(name, "tftune").parse_args(arguments)  # a mistake is a SystemExit


def experiment_tables() -> Iterator[OptionTable]:
    for program in PROGRAMS.values():
        names = EXPERIMENTS[program.task]
        for name in names:
            yield experiment_table(program.task, name, program.data_options, names[name])


def test_every_option_a_page_names_exists() -> None:
    known: set[str] = set()
    for program in PROGRAMS.values():
        known |= set(program.options()._parser._option_string_actions)  # with --no-... of switches
    for name in subcommands():
        known |= set(parser_of(name, "tftune")._option_string_actions)
    known |= {option.flag for table in experiment_tables() for option in table.options}
    foreign = {"--help", "--version", "--logdir", "--strict", "--hook-stage", "--all-files"}
    foreign |= {"--results", "--write-readme"}  # of the benchmarks
    foreign |= set(re.findall(r"--[a-z][a-z-]+", OF_PACKAGING))
    for page in [*DOCS.rglob("*.md"), ROOT / "CONTRIBUTING.md"]:
        named = re.findall(r"(?<![\w-])--[a-z][a-z-]+", page.read_text(encoding="utf-8"))
        assert set(named) <= known | foreign, page.name


def described() -> set[str]:
    """What the reference asks mkdocstrings for: packages stand for all modules beneath them."""
    texts = "\n".join(page.read_text(encoding="utf-8") for page in REFERENCE)
    return set(re.findall(r"^::: ([\w.]+)$", texts, re.MULTILINE))


def has_a_place(path: str, places: set[str]) -> bool:
    """Whether a dotted path, or a package it is in, is described."""
    parts = path.split(".")
    return any(".".join(parts[:length]) in places for length in range(1, len(parts) + 1))


def modules() -> list[Path]:
    """The modules of the package that the reference describes."""
    return [
        path
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        not in (*COMMAND_LINE, "__init__", "__main__")
    ]


def test_every_public_name_has_a_place_in_the_reference() -> None:
    places = described()
    registries = {"tftune.oracles": "search methods", "tftune.schedulers": "schedulers"}
    text = "\n".join(page.read_text(encoding="utf-8") for page in REFERENCE)
    assert all(f"<!-- list: {name} -->" in text for name in ("public names", *registries.values()))
    homes = [f"{home}.{name}" for name, home in tftune._PUBLIC.items() if home not in registries]
    entries = [
        registry.target(name).replace(":", ".")
        for registry in (ORACLES, SCHEDULERS)
        for name in registry
    ]
    paths = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in modules()
    ]
    wanted = {*homes, *entries, *paths} - set(registries)
    missing = sorted(path for path in wanted if not has_a_place(path, places))
    assert missing == [], "give them a line `::: ...` in docs/reference/"
    pages = {path.relative_to(DOCS).as_posix() for path in [*REFERENCE, *GUIDES]}
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert [page for page in sorted(pages) if page not in navigation] == []


def undocumented(body: list[ast.stmt], prefix: str) -> list[str]:
    """The public classes, functions and methods without a docstring.

    Keras' hooks, `on_...`, the setters of properties, and tests, whose names say it, need none.
    """
    found = []
    for node in body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef) or node.name.startswith(
            ("_", "test_")
        ):
            continue
        if any(ast.unparse(decorator).endswith(".setter") for decorator in node.decorator_list):
            continue
        name = f"{prefix}.{node.name}"
        if not ast.get_docstring(node) and not node.name.startswith("on_"):
            found.append(name)
        if isinstance(node, ast.ClassDef):
            found += undocumented(node.body, name)
    return found


def test_every_public_name_has_a_docstring() -> None:
    missing = [
        name
        for path in modules()
        for name in undocumented(ast.parse(path.read_text(encoding="utf-8")).body, path.name)
    ]
    assert missing == []
    assert all(getattr(tftune, name).__doc__ for name in tftune.__all__)


def test_every_file_that_the_pages_name_is_there() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md")]
    pages += [ROOT / "benchmarks" / "README.md", *(ROOT / "data").glob("*.md")]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        named = re.findall(r"`((?:tftune|tests|docs|benchmarks|data|\.ci)/[\w./*-]*)`", text)
        missing = [name for name in named if not list(ROOT.glob(name.rstrip("/")))]
        assert missing == [], page.name
        prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
        links = re.findall(r"\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)", prose)
        assert [link for link in links if not (page.parent / link).exists()] == [], page.name


def test_the_comments_on_dependencies_name_files_that_are_there() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    listed = text[text.index("dependencies = [") : text.index("[tool.setuptools")]
    named = [
        name
        for comment in re.findall(r"# (.*)", listed)
        for name in re.findall(r"[\w.-]+(?:/[\w.-]+)*/(?:[\w-]+\.\w+)?", comment)
    ]
    assert len(named) >= 20
    assert [
        name for name in named if not any((top / name).exists() for top in (PACKAGE, ROOT))
    ] == []


def test_every_module_has_a_test_file_or_is_named_as_covered_by_another() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = text[text.index("## Tests") : text.index("## Tested with")]
    rows = [
        tuple(re.findall(r"`([^`]+)`", cell) for cell in row.strip("|").split("|"))
        for row in table.splitlines()
        if row.startswith("| `")
    ]
    assert [name for tests, _ in rows for name in tests if not (ROOT / name).is_file()] == []
    named = [name for _, modules in rows for name in modules]
    modules = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if not path.name.startswith("__")
    }
    own = {
        name
        for name in modules
        if (ROOT / "tests" / name).with_name(f"test_{Path(name).name}").is_file()
    }
    assert sorted(named) == sorted(modules - own)


def test_contributing_tells_the_lowest_versions_that_pyproject_names() -> None:
    names = {"scikit-optimize": "scikit-optimize", "optuna, cmaes": "optuna"}
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*settings["dependencies"], *settings["optional-dependencies"]["dev"]]
    bounds = dict(
        found.groups() for each in asked if (found := re.match(r"([\w-]+)>=([\d.]+)", each))
    )
    bounds["python"] = settings["requires-python"].removeprefix(">=").split(",")[0]
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([A-Z][\w, -]+|scikit-\w+) \| ([\d.]+)", text, re.MULTILINE)
    told = {
        names.get(name.lower(), name.lower().replace(" ", "-")).replace(
            "kerastuner", "keras-tuner"
        ): low
        for name, low in rows
    }
    assert len(told) == 13
    assert {name: bounds[name] for name in told} == told
