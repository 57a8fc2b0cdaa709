"""What the README shows runs, and its second command is the one that CI runs."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from tftune.oracles import ORACLES
from tftune.schedulers import SCHEDULERS

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, flags=re.DOTALL)


def test_the_two_commands_come_first_and_ci_runs_the_second() -> None:
    first, second = (block.strip() for block in blocks("sh")[:2])
    assert first == "pip install -e . && python -m tftune.beans --data sample"
    assert second == 'pip install -e ".[dev]" && pytest -n 3'
    assert second in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_it_is_short() -> None:
    assert TEXT.count("\n") < 200, "move details into docs/"


def test_every_option_it_names_exists() -> None:
    from tftune import beans, hemolysis, mnist
    from tftune.cli.command import SUBCOMMANDS, parser_of

    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", TEXT)) - {"--logdir", "--host"}
    known = {
        option.flag
        for program in (beans, hemolysis, mnist)
        for option in program.PROGRAM.options().options
    }
    for name in SUBCOMMANDS:
        known |= set(parser_of(name, "tftune")._option_string_actions)
    assert named and named <= known


def test_the_example_of_an_own_model_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (example,) = blocks("python")
    shorter = example.replace("max_trials=20", "max_trials=2").replace("epochs=10", "epochs=1")
    assert shorter.count("max_trials=2,") == shorter.count("epochs=1)") == 1
    generator = np.random.default_rng(0)
    data = {
        f"x_{split}": generator.random((64, 20), dtype="float32")
        for split in ("train", "val", "test")
    }
    data |= {f"y_{split}": generator.integers(0, 10, 64) for split in ("train", "val", "test")}
    names: dict[str, object] = dict(data)
    exec(compile(shorter, "README.md", "exec"), names)
    assert names["model"].predict(data["x_test"], verbose=0).shape == (64, 10)  # type: ignore[attr-defined]
    assert (tmp_path / "runs" / "digits" / "best_model.keras").exists()
    assert "rank  trial  val_accuracy" in capsys.readouterr().out


def test_every_method_and_scheduler_is_named() -> None:
    missing = [
        name for name in (*ORACLES, *SCHEDULERS) if f"`{name}`" not in TEXT and name != "none"
    ]
    assert missing == []
    assert f"one of {len(ORACLES)} search methods" in TEXT
