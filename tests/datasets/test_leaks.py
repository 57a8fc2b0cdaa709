"""Facts on leaks, contradictions and balance, by hand."""

from __future__ import annotations

import numpy as np

from tests.datasets.test_picture_hashes import scenes
from tftune.datasets.amino_acids import encode
from tftune.datasets.leaks import class_rows, label_facts, picture_leak_facts, sequence_leak_facts


def test_sequences_near_to_train_are_counted_by_edits() -> None:
    train = encode(["GLFDIVKK", "KWKLFKKI"], width=10)
    test = encode(["GLFDIVKK", "GLFDIVK", "GLFDWWKK", "GLFDWWWK", "AAAAAAAA"], width=10)
    facts = sequence_leak_facts({"train": train, "validation": test[3:], "test": test})
    assert facts == {
        "near_leak_rate": 0.4,  # the first two; the third is two edits away
        "leak_rate_within_3": 0.8,
        "validation_near_leak_rate": 0.0,
        "validation_leak_rate_within_3": 0.5,
    }


def test_pictures_that_equal_or_look_like_training_ones_are_counted() -> None:
    leaves = scenes(8, 48, seed=0)
    brighter = np.clip(leaves[:1].astype(int) + 12, 0, 255).astype(np.uint8)
    plain = np.full_like(leaves[:1], 7)  # of one colour: equal, though like nothing
    test = np.concatenate([brighter, leaves[1:2], plain, leaves[6:7]])
    train = np.concatenate([leaves[:4], plain])
    facts = picture_leak_facts({"train": train, "validation": leaves[4:6], "test": test})
    assert facts == {"near_leak_rate": 0.75, "validation_near_leak_rate": 0.0}


def test_contradictions_and_their_ceiling_are_those_of_all_splits() -> None:
    x = {"train": [[1], [2]], "validation": [[3], [4]], "test": [[1], [5]]}
    y = {"train": [0, 1], "validation": [0, 1], "test": [1, 1]}
    parts = {split: (np.array(x[split], np.uint8), np.array(y[split])) for split in x}
    facts = label_facts(parts, ("no", "yes"))
    assert facts["contradictions"] == 1 and facts["ceiling"]["accuracy"] == round(5 / 6, 6)
    assert facts["test_ceiling"]["accuracy"] == 1.0 and facts["test_ceiling"]["auc"] is None
    assert facts["class_rows"]["test"] == {"no": 0, "yes": 2}


def test_without_contradictions_there_is_no_ceiling_to_tell() -> None:
    x, y = np.array([[1], [2]], np.uint8), np.array([0, 1])
    facts = label_facts(dict.fromkeys(("train", "validation", "test"), (x, y)), ("a", "b"))
    assert facts["contradictions"] == 0 and "ceiling" not in facts
    many = [str(number) for number in range(300)]
    facts = label_facts(dict.fromkeys(("train", "validation", "test"), (x, y)), many)
    assert "class_rows" not in facts


def test_classes_without_rows_count_none() -> None:
    assert class_rows(np.zeros(0, np.int64), ("a", "b")) == {"a": 0, "b": 0}
