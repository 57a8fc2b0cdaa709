"""The command `tftune`: help, mistakes, streams that are closed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.subcommands.run_folders import played, write
from tftune.cli.command import SUBCOMMANDS, main

ROOT = Path(__file__).resolve().parents[2]
SLOW = {"tensorflow", "keras", "numpy", "scipy", "sklearn", "matplotlib", "pandas", "optuna"}
SHELL = {**os.environ, "PYTHONPATH": str(ROOT)}


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = f'set -o pipefail; tftune() {{ {sys.executable} -m tftune "$@"; }}; {line}'
    return subprocess.run(
        ["bash", "-c", command], cwd=folder, env=SHELL, capture_output=True, text=True, timeout=60
    )


def test_alone_it_prints_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    alone = capsys.readouterr().out
    assert main(["--help"]) == 0
    assert capsys.readouterr().out == alone
    assert all(f"\n  {name} " in alone for name in SUBCOMMANDS)
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("tftune 0.")


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("lst", "Did you mean 'list'?"),
        ("Compare", "Did you mean 'compare'?"),
        ("ls", "Did you mean 'list'?"),
        ("dashboard", "Did you mean 'report'?"),
        ("resume", "a search is run and resumed by python -m tftune.beans"),
        ("x" * 10_000, "xxx...xxx"),
        ("\x1b[31m", "unknown subcommand"),
    ],
)
def test_an_unknown_word_leads_to_the_nearest(
    word: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([word]) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: unknown subcommand") and told.endswith("See tftune --help\n")
    assert hint in told and "\x1b" not in told and len(told) < 500


@pytest.mark.parametrize("words", [["list", "--nope"], ["show"], ["compare", "--help=3"]])
def test_wrong_words_after_it_are_one_message(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith("error: ") and told.endswith(f"See tftune {words[0]} --help\n")


@pytest.mark.parametrize(
    "words",
    [
        ["list", ""],
        ["show", " "],
        ["pictures", ""],
        ["report", "run", "--output", ""],
        ["export", "run", "--csv", ""],
        ["import", "trials.csv", "--csv", ""],
        ["predict", "", "a.png"],
    ],
    ids=" ".join,
)
def test_an_empty_path_is_not_the_current_folder(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "expected a path. Received: '" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_help_imports_nothing_that_is_slow() -> None:
    names = [name for name in SUBCOMMANDS if module_of(name).is_file()]
    code = (
        "import contextlib, io, sys\nfrom tftune.cli.command import main\n"
        f"for words in [[], *([name, '--help'] for name in {names!r}), ['help', 'list']]:\n"
        "    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        "        main(words)\n"
        f"print(sorted({SLOW!r} & set(sys.modules)))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], env=SHELL, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"


def module_of(name: str) -> Path:
    """The file of a subcommand."""
    module = SUBCOMMANDS.target(name).partition(":")[0]
    return ROOT.joinpath(*module.split(".")).with_suffix(".py")


def test_looking_at_runs_imports_nothing_that_is_slow(tmp_path: Path) -> None:
    write(played(0.5), tmp_path / "runs" / "one")
    code = (
        "import sys\nfrom tftune.cli.command import main\n"
        "assert not main(['list']) and not main(['show', 'one']) and not main(['trials', 'one'])\n"
        "assert not main(['show', 'one', '--trial', 'best'])\n"
        f"print(sorted({SLOW!r} & set(sys.modules)))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=SHELL,
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.splitlines()[-1] == "[]"


def test_a_reader_that_goes_away_is_no_failure(tmp_path: Path) -> None:
    write(played(*[0.5] * 200), tmp_path / "runs" / "one")
    for line in ("tftune trials one | head -1", "tftune trials one --json | head -1"):
        answer = shell(line, tmp_path)
        assert (answer.returncode, answer.stderr) == (0, ""), line
        assert len(answer.stdout.splitlines()) == 1
    for closed in (">&-", "2>&-", ">&- 2>&- <&-", "> /dev/full"):
        answer = shell(f"tftune list {closed}", tmp_path)
        assert (answer.returncode, answer.stderr) == (0, ""), closed


def test_what_a_disk_refuses_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tftune.cli.subcommands import list_runs

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied", "runs/\x1bone")

    monkeypatch.setattr(list_runs, "runs_below", refuse)
    monkeypatch.chdir(tmp_path)
    assert main(["list"]) == 2
    assert capsys.readouterr().err == (
        "error: 'runs/\\x1bone': Permission denied. Expected a place that can be written. Allow it "
        "or choose another place, then go on: what was done is kept.\n"
    )
