"""A search played with reference models beside it."""

from __future__ import annotations

from typing import Any


def one(value: float, half: float = 0.05) -> dict[str, float]:
    """A measure with its interval."""
    return {"value": value, "low": round(value - half, 6), "high": round(value + half, 6)}


def models(shift: float = 0.0) -> list[dict[str, Any]]:
    """Two reference models."""
    return [
        {
            "name": "majority class",
            "on": "nothing",
            "seconds": 0.01,
            "metrics": {"accuracy": one(0.6), "auc": {"value": 0.5, "low": None, "high": None}},
        },
        {
            "name": "logistic regression",
            "on": "the standardised inputs",
            "seconds": 0.25,
            "metrics": {"accuracy": one(0.75 + shift), "auc": one(0.8 + shift)},
        },
    ]


def with_references(search: Any, better: int = 0) -> Any:
    """Adds records of both splits, and of the network on the test split."""
    shared = {
        "kind_of": "classification",
        "groups": 90,
        "class_counts": [60, 40],
        "metric": "accuracy",
        "best": "logistic regression",
        "notes": [],
        "seconds": 1.5,
    }
    search.write("references", split="validation", rows=100, models=models(), **shared)
    between = {"value": 0.02, "low": -0.03, "high": 0.07, "p": 0.4}
    search.write(
        "references",
        split="test",
        trial_id="0000",
        rows=100,
        models=models(0.05),
        network={"accuracy": one(0.82), "auc": one(0.85)},
        comparison={
            "with": "logistic regression",
            "measure": "accuracy",
            "first": 0.82,
            "second": 0.8,
            "difference": between,
            "better": better,
            "mcnemar": None,
        },
        **shared,
    )
    return search
