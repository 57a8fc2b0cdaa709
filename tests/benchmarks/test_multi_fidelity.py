"""The budget of a search on a table of curves is counted rightly, and every kind of method spends
it.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from benchmarks.curve_problems import CurveProblem, Spending, load_curves, regret_after
from benchmarks.multi_fidelity import check_methods, main
from benchmarks.paused_searches import POOL, run_unit, search_of
from tftune.errors import UsageError


def write(folder: Path, count: int = 60, points: int = 51) -> None:
    """One knob counts by its logarithm; curves fall to how far it is from 0.01, and two diverge."""
    random = np.random.default_rng(0)
    rates, others = 10.0 ** random.uniform(-4, 0, count), random.uniform(0, 1, count)
    final = np.abs(np.log10(rates) + 2)
    curves = final[:, None] + 1 / np.arange(1, points + 1)
    curves[0], curves[1, 3:] = math.inf, math.inf
    np.savez(
        folder / "small.npz",
        curves=np.stack([curves, curves + 1], axis=2),
        values=np.stack([rates, others], axis=1),
        names=np.array(["rate", "other"]),
        log=np.array([True, False]),
    )


def problem(folder: Path) -> CurveProblem:
    write(folder)
    return load_curves(folder / "small.npz")


def test_the_nearest_configuration_that_was_not_had(tmp_path: Path) -> None:
    found = problem(tmp_path)
    spending = Spending(found, 10)
    wanted = spending.values_of(7)
    assert spending.take(wanted) == 7
    places = found.places(found.values)
    distances = ((places - places[7]) ** 2).sum(axis=1)
    assert spending.take(wanted) == int(np.argsort(distances)[1])
    assert places.min() == 0 and places.max() == 1
    low, high = np.log(found.values[:, 0].min()), np.log(found.values[:, 0].max())
    assert places[7, 0] == pytest.approx((math.log(wanted["rate"]) - low) / (high - low))


def test_points_are_paid_once_and_a_diverged_training_ends(tmp_path: Path) -> None:
    found = problem(tmp_path)
    spending = Spending(found, 20)
    assert spending.train(5, 0, 3) == found.losses[5, 2] and spending.left == 17
    assert spending.train(5, 3, 6) == found.losses[5, 5] and spending.left == 14
    assert spending.train(0, 0, 9) is None and spending.left == 13  # its first point is infinite
    assert spending.train(1, 0, 9) == found.losses[1, 2] and spending.left == 9
    assert spending.train(6, 0, 51) == found.losses[6, 8] and spending.is_over


def test_regret_is_the_distance_to_the_best_in_units_of_the_median(tmp_path: Path) -> None:
    found = problem(tmp_path)
    least = found.losses.min(axis=1)
    spending = Spending(found, 200)
    spending.train(5, 0, 51)
    spending.train(int(np.argmin(least)), 0, 51)
    curve = spending.improvements
    expected = (least[5] - least.min()) / (np.median(least) - least.min())
    assert regret_after(curve, 51) == pytest.approx(expected, rel=1e-4)
    assert regret_after(curve, 200) == 0 and regret_after(curve, 0) == math.inf


@pytest.mark.parametrize(
    "method",
    [*POOL, "mobster", "filled-halving", "hyperband", "random+asha"],
)
def test_every_kind_of_method_spends_the_budget(method: str, tmp_path: Path) -> None:
    write(tmp_path)
    unit = {"method": method, "problem": "small", "seed": 0, "budget": 150}
    result = run_unit(unit, str(tmp_path))
    assert result["left"] == 0
    assert 0 <= result["curve"][-1][1] < 1.5
    assert run_unit(unit, str(tmp_path))["curve"] == result["curve"]


def test_a_continued_trial_goes_on_with_its_row(tmp_path: Path) -> None:
    found = problem(tmp_path)
    spending, trained = Spending(found, 150), []
    whole = spending.train

    def train(row: int, first: int, last: int) -> float | None:
        trained.append((row, first, last))
        return whole(row, first, last)

    spending.train = train  # type: ignore[method-assign]
    search_of("hyperband")(spending, 0)
    reached: dict[int, int] = {}
    for row, first, last in trained:
        assert reached.get(row, 0) == first
        reached[row] = last
    assert any(first for _, first, _ in trained)


def test_the_command_writes_a_table_a_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path)
    places = ["multi-fidelity", "multi-fidelity-tables"]
    page = tmp_path / "page.md"
    page.write_text("\n".join(f"<!-- begin:{each} -->\n<!-- end:{each} -->" for each in places))
    arguments = ["--tables", str(tmp_path), "--budget", "60", "--seeds", "2"]
    arguments += ["--methods", "random-pool,halving-pool", "--write-readme", str(page)]
    assert main([*arguments, "--results", str(tmp_path / "runs.jsonl")]) == 0
    text = page.read_text()
    assert "| random-pool | 2 |" in text and "60 points" in text and "A: small" in text
    assert len((tmp_path / "runs.jsonl").read_text().splitlines()) == 4
    capsys.readouterr()


def test_unknown_methods_and_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no method mobsterr"):
        check_methods(["mobster:factor=4", "mobsterr"])
    with pytest.raises(UsageError, match="There is no table other.npz"):
        load_curves(tmp_path / "other.npz")
    np.savez(tmp_path / "bad.npz", curves=np.zeros((2, 2, 2)))
    with pytest.raises(UsageError, match="bad.npz is no table of curves.*no log, names, values"):
        load_curves(tmp_path / "bad.npz")
