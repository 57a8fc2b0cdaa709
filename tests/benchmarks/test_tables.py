"""Tables become problems whose losses, spaces and regrets are right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.tables import load_table, table_names
from tests.benchmarks import small_table
from tftune.errors import UsageError
from tftune.space.search_space import SearchSpace


def test_a_small_table(tmp_path: Path) -> None:
    loss = small_table.write(tmp_path)
    problem = load_table(tmp_path / "small.npz")
    best = {"rate": 0.1, "units": 32, "activation": "relu"}
    assert problem.loss(best) == problem.best == 0
    assert problem.loss({"rate": 1.0, "units": 16, "activation": "tanh"}) == loss[3, 0, 2] == 4
    assert problem.regret(float(np.median(loss))) == 1
    space = SearchSpace(problem.hyperparameters())
    assert space.cardinality() == 36
    assert [knob.ordered for knob in space.knobs] == [True, True, False]


def test_a_missing_table_names_those_that_are_there(tmp_path: Path) -> None:
    small_table.write(tmp_path)
    with pytest.raises(UsageError, match=r"no table other.npz. Expected one of \['small'\]"):
        load_table(tmp_path / "other.npz")


def test_a_table_that_contradicts_itself_is_refused(tmp_path: Path) -> None:
    np.savez(
        tmp_path / "bad.npz",
        loss=np.zeros((2, 2)),
        names=np.array(["a"]),
        kinds=np.array(["ordinal"]),
        choices=np.array("[[1, 2]]"),
    )
    with pytest.raises(UsageError, match=r"bad.npz contradicts itself.*shape \(2, 2\)"):
        load_table(tmp_path / "bad.npz")


def test_the_real_tables(shared_data: Path) -> None:
    folder = shared_data / "hpo-tables"
    problems = [load_table(folder / f"{name}.npz") for name in table_names(folder)]
    assert len(problems) == 6
    for problem in problems:
        assert SearchSpace(problem.hyperparameters()).cardinality() == problem.table.size
        place = np.unravel_index(problem.table.argmin(), problem.table.shape)
        values = {
            each.name: each.choices[index]
            for each, index in zip(problem.dimensions, place, strict=True)
        }
        assert problem.regret(problem.loss(values)) == 0
        assert problem.scale > 0
