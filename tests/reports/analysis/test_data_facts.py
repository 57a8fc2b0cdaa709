"""Leaks, ceilings and guessing, as far as a journal tells them."""

from __future__ import annotations

from typing import Any

import pytest

from tftune.reports.analysis.data_facts import (
    ceiling_of,
    ceiling_words,
    floor_words,
    leak_words,
    leaks,
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
