"""The test value: which metric, which interval, how often the split was used."""

from __future__ import annotations

from typing import Any

import pytest

from tftune.journal.state import SearchState
from tftune.reports.analysis.worth import test_worth as worth_of
from tftune.reports.analysis.worth import trainings_of


def a_state(objective: str, metrics: Any, evaluations: Any = None, **header: Any) -> Any:
    header = {"objective": {"name": objective, "direction": "max"}, **header}
    state: Any = SearchState(header=header, test={"trial_id": "0003", "metrics": metrics})
    if evaluations is not None:
        state.evaluations = evaluations
    return state


def test_the_metric_of_the_objective_comes_first() -> None:
    metrics = {"loss": 0.5, "auc": 0.9}
    assert worth_of(a_state("val_auc", metrics)).metric == "auc"
    assert worth_of(a_state("val_auc_1", metrics)).metric == "auc"
    assert worth_of(a_state("val_other", metrics)).metric == "loss"


def test_without_a_finite_value_there_is_none() -> None:
    assert worth_of(a_state("val_auc", {"auc": float("nan")})) is None
    assert worth_of(a_state("val_auc", {})) is None
    assert worth_of(SearchState(header={})) is None


@pytest.mark.parametrize(
    ("changes", "method"),
    [
        ({}, "from its predictions, 932 rows"),
        ({"trial_id": "0004"}, "Hanley-McNeil, 50 positive and 150 negative rows"),
        ({"split": "validation"}, "Hanley-McNeil, 50 positive and 150 negative rows"),
        ({"report": {}}, "Hanley-McNeil, 50 positive and 150 negative rows"),
        (
            {"report": {"metrics": {"auc": {"value": 0.5, "low": 0.4, "high": 0.6}}}},
            "Hanley-McNeil, 50 positive and 150 negative rows",
        ),
    ],
)
def test_an_evaluation_of_the_same_trial_gives_the_interval(changes: Any, method: str) -> None:
    report = {
        "classes": ["no", "yes"],
        "metrics": {"auc": {"value": 0.901, "low": 0.875, "high": 0.925}},
    }
    record = {"trial_id": "0003", "split": "test", "rows": 932, "report": report, **changes}
    data = {"test": 200, "positives": {"test": 50}}
    worth = worth_of(a_state("val_auc", {"auc": 0.9}, [record], data=data))
    assert worth.interval.method == method
    if not changes:
        assert worth.words().startswith("auc 0.9, 95 % interval 0.875 to 0.925")


def test_trainings_are_executions_times_folds() -> None:
    def trainings(**training: Any) -> int:
        return trainings_of(a_state("val_auc", {}, training=training))

    assert trainings() == 1
    assert trainings(executions_per_trial=3) == 3
    assert trainings(executions_per_trial=2, folds=5) == 10
    assert trainings(executions_per_trial=None, folds=0) == 1
