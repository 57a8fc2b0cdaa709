"""Searches on tables with several seeds, and what choosing their winner by a race is worth."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.confirmed_winner import Rule, judge, main
from benchmarks.markdown import README
from benchmarks.noisy_quality import confirmed_regret
from benchmarks.noisy_tables import load_noisy_table, noisy_search, noisy_table_names
from tests.benchmarks import small_table
from tftune.errors import UsageError


def write(folder: Path, noise: tuple[float, ...] = (-2.0, 2.0)) -> np.ndarray:
    """Writes the small table with seeds that shift all losses, shape (4, 3, 3, seeds)."""
    loss = small_table.write(folder)
    with np.load(folder / "small.npz") as content:
        known = dict(content)
    losses = loss[..., None] + np.array(noise, "float32")
    np.savez(folder / "small.npz", **known, losses=losses)
    return losses


def test_a_table_is_worth_its_mean_over_the_seeds(tmp_path: Path) -> None:
    losses = write(tmp_path, (0.0, 0.5, 1.0))
    table = load_noisy_table(tmp_path / "small.npz")
    assert table.losses.shape == (36, 3)
    best = table.place_of({"rate": 0.1, "units": 32, "activation": "relu"})
    assert (table.losses[best] == losses[2, 1, 0]).all()
    assert table.regret(best) == 0
    assert table.regrets_of([table.problem.best]).tolist() == [0.0]


def test_a_table_without_seeds_is_refused(tmp_path: Path) -> None:
    small_table.write(tmp_path)
    with pytest.raises(UsageError, match=r"small.npz has no results of several seeds.*Received: n"):
        load_noisy_table(tmp_path / "small.npz")
    with pytest.raises(UsageError, match="There are no tables"):
        noisy_table_names(tmp_path / "elsewhere")


def test_a_search_sees_one_seed_a_trial_and_repeats(tmp_path: Path) -> None:
    write(tmp_path)
    table = load_noisy_table(tmp_path / "small.npz")
    first, second = (noisy_search(table, "random", 3, 12) for _ in range(2))
    assert first == second
    assert len(set(first["places"])) == 12 and set(first["draws"]) == {0, 1}


def test_what_a_seed_does_to_all_of_them_cancels_in_a_race(tmp_path: Path) -> None:
    """The second trial is the best and was unlucky; one common seed finds it out."""
    write(tmp_path)
    table = load_noisy_table(tmp_path / "small.npz")
    places = [table.place_of({"rate": 1.0, "units": 32, "activation": "relu"})]  # worth 1
    places += [table.place_of({"rate": 0.1, "units": 32, "activation": "relu"})]  # worth 0
    search = {"problem": "small", "noisy": "random", "seed": 0, "places": places, "draws": [0, 0]}
    told = judge(table, search, Rule("both", (2, 2)), draws=4)
    assert told.luckiest == told.confirmed == told.best == 0
    unlucky = {**search, "draws": [0, 1]}  # 1 - 2 against 0 + 2: it takes nine rounds
    scale = table.problem.scale
    told = judge(table, unlucky, Rule("both", (2,) * 9), draws=4)
    assert told.luckiest == pytest.approx(1 / scale)
    assert told.trainings >= 6 and 0 <= told.confirmed <= told.luckiest


def test_the_last_trainings_of_sixty_are_repeats(tmp_path: Path) -> None:
    write(tmp_path)
    table = load_noisy_table(tmp_path / "small.npz")
    places = [table.place_of({"rate": 1.0, "units": 32, "activation": "relu"})]  # worth 1
    places += [table.place_of({"rate": 0.1, "units": 32, "activation": "relu"})]  # worth 0
    unlucky = {"seed": 0, "places": places, "draws": [0, 1]}
    assert confirmed_regret(table, unlucky, 59) == pytest.approx(1 / table.problem.scale)
    assert confirmed_regret(table, unlucky, 60) == 0  # 1 - 2/5 against 0 + 2/5


def test_the_command_keeps_the_searches_and_fills_the_readme(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path)
    results, page = tmp_path / "results.jsonl", tmp_path / "README.md"
    page.write_text(README.read_text(encoding="utf-8"), encoding="utf-8")
    words = ["--tables", str(tmp_path), "--results", str(results), "--methods", "random"]
    words += ["--trials", "8", "--seeds", "2", "--draws", "2"]
    assert main([*words, "--write-readme", str(page)]) == 0
    lines = results.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["seed"] for line in lines] == [0, 1]
    first = capsys.readouterr().out
    assert "| random | 3, 2, 2, 2 (`--confirm 3`) |" in page.read_text(encoding="utf-8")
    assert "2 searches of 8 trials a method" in first
    assert main(words) == 0
    assert results.read_text(encoding="utf-8").splitlines() == lines  # nothing was searched again
    assert capsys.readouterr().out == first
