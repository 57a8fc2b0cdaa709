"""Leaks, ceilings and guessing, as far as a journal tells them."""

from __future__ import annotations

from typing import Any

import pytest

from tftune.reports.analysis.data_facts import (
    balance_words,
    ceiling_of,
    ceiling_words,
    floor_words,
    leak_words,
    leaks,
    near_leaks,
    near_words,
)

PEPTIDES = {"sequences": 6076, "both_labels": 465}


def test_the_ceiling_of_the_public_peptides_is_known() -> None:
    assert ceiling_of(PEPTIDES, "val_auc") == 0.981
    assert ceiling_of(PEPTIDES, "accuracy") == 0.928
    assert ceiling_of(PEPTIDES, "val_loss") is None
    assert "465 of 6,076 sequences carry both labels" in ceiling_words(PEPTIDES, "val_auc")


def test_other_data_have_the_ceiling_that_they_tell() -> None:
    assert ceiling_of({"ceiling": {"auc": 0.875}}, "val_auc") == 0.875
    assert ceiling_words({}, "val_auc") == "not recorded"
    told = ceiling_words({"sequences": 1200, "both_labels": 38}, "val_auc")
    assert told.startswith("below 1, how far is not recorded: 38 of 1,200")


def test_a_leak_is_told_and_judged() -> None:
    data = {"leak_rate": 0.467, "validation_leak_rate": 0.482}
    assert leak_words(data).startswith("47 % of the test rows and 48 % of the validation rows")
    assert leaks(data) and not leaks({"leak_rate": 0.005}) and not leaks({})
    assert "unknown" in leak_words({})
    assert "unknown" in leak_words({"leak_rate": None})


def test_the_ceiling_is_told_of_all_data_and_of_the_test_split() -> None:
    data = {
        "contradictions": 12,
        "ceiling": {"accuracy": 0.95, "auc": 0.99, "log_loss": 0.125},
        "test_ceiling": {"accuracy": 0.9375, "auc": None, "log_loss": 0.25},
    }
    assert ceiling_words(data, "val_accuracy") == (
        "0.95 on all of the data, 0.9375 on the test split; log-loss at least 0.125: 12 inputs "
        "carry different labels, so no model is always right"
    )
    assert ceiling_words(data, "val_auc").startswith("0.99 on all of the data; log-loss at least")
    assert ceiling_words({"contradictions": 0}, "val_auc").startswith("none is set by the data")
    assert ceiling_words({"contradictions": 3}, "val_auc").startswith("below 1, how far is not")


def test_near_duplicates_are_told_and_judged() -> None:
    clustered = {"near_leak_rate": 0.0, "leak_rate_within_3": 0.0}
    assert near_words(clustered) == "no test row is within 3 edits of a training sequence"
    grouped = {"near_leak_rate": 0.0, "leak_rate_within_3": 0.25}
    assert near_words(grouped).endswith("are within 1 edit of a training sequence, 25 % within 3")
    assert near_words({"near_leak_rate": 0.25}).startswith("25 % of the test rows equal or look")
    assert near_words({}) == near_words({"near_leak_rate": None}) == ""
    assert near_leaks(grouped) and not near_leaks(clustered) and not near_leaks({})


def test_the_balance_is_told_of_the_test_split() -> None:
    counts = {str(number): 10 for number in range(12)}
    assert balance_words({"class_rows": {"test": counts}}).endswith(
        "9 10 (8.3 %) and 2 more classes of the test rows"
    )
    assert balance_words({}) == balance_words({"class_rows": {}}) == ""
    words = floor_words({"class_rows": {"test": {"a": 3, "b": 1}}}, "val_accuracy", "test")
    assert words == "0.75: always answering with the most frequent class"


@pytest.mark.parametrize(
    ("data", "metric", "words"),
    [
        ({"test": 932, "positives": {"test": 183}}, "val_accuracy", "0.8036: always answering"),
        ({"class_names": ["a", "b", "c"]}, "val_accuracy", "0.3333: guessing among 3 classes"),
        ({}, "val_auc", "0.5: guessing"),
        ({}, "val_accuracy", ""),
        ({}, "val_loss", ""),
    ],
)
def test_guessing_is_told_where_it_is_known(data: Any, metric: str, words: str) -> None:
    assert floor_words(data, metric, "test").startswith(words)
