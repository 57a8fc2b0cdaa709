"""The version stands in `tftune/__init__.py`, and everything else takes it from there."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest

import tftune
from tftune import beans
from tftune.cli.program import main
from tftune.journal.provenance import versions

ROOT = Path(__file__).resolve().parents[1]


def test_pyproject_takes_the_version_from_the_package() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" not in settings["project"] and "version" in settings["project"]["dynamic"]
    assert settings["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "tftune.__version__"}
    source = (ROOT / "tftune" / "__init__.py").read_text(encoding="utf-8")
    assert re.findall(r'^__version__ = "(.*)"$', source, re.MULTILINE) == [tftune.__version__]


def test_the_installed_metadata_tell_it() -> None:
    try:
        installed = importlib.metadata.version("tftune")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("tftune is not installed")
    if installed != tftune.__version__:
        pytest.skip(f"an earlier checkout, {installed}, is installed: pip install -e . again")
    assert installed == tftune.__version__


def test_the_program_the_journal_and_the_changelog_tell_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(beans.PROGRAM, ["--version"])
    assert capsys.readouterr().out == f"tftune {tftune.__version__}\n"
    assert versions()["tftune"] == tftune.__version__
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## \[?(\d+\.\d+\.\d+)", changes, re.MULTILINE)[0] == tftune.__version__
