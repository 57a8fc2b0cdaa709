"""A peptide's relatives are those of the bank and never itself; what was computed before is what
would be computed now.
"""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from tftune.datasets.amino_acids import encode
from tftune.errors import UsageError
from tftune.models.peptide_similarities import KINDS
from tftune.models.relatives import INPUTS, Relatives
from tftune.models.votes import A_KIND

WIDTH = 12
BANK = encode(["GLFDIVKK", "GLFDIVKR", "KWKLFKKI", "AAAA", "RRWWRR"], WIDTH)
POSITIVES, COUNTS = np.array([1.0, 2.0, 0.0, 0.0, 1.0]), np.array([1.0, 2.0, 3.0, 1.0, 2.0])


def filled(capacity: int = 8) -> Relatives:
    layer = Relatives(capacity, WIDTH)
    layer.build()
    layer.fill(BANK, POSITIVES, COUNTS)
    return layer


@pytest.fixture(scope="module")
def layer() -> Relatives:
    return filled()


def test_a_query_is_no_relative_of_itself(layer: Relatives) -> None:
    """Without the mask the greatest similarity of a peptide of the bank would be 1."""
    told = layer.compute_all(BANK)
    greatest = told[:, [kind * A_KIND + 4 for kind in range(KINDS)]]
    assert (greatest < 0.999).all()
    ends = greatest[0, 0]
    # seven of eight residues are equal, at both ends
    assert ends == pytest.approx(7 / 8)
    nearest = told[0, A_KIND - 3]
    assert nearest == 1.0  # the label of GLFDIVKR


def test_own_rows_are_told_when_the_model_is_used_and_not_in_training(layer: Relatives) -> None:
    queries = np.concatenate([BANK[:3], encode(["GLFD"], WIDTH)])
    _, used = layer(queries)
    np.testing.assert_array_equal(used, [[1, 1], [2, 2], [0, 3], [0, 0]])
    numbers, trained = layer(queries, training=True)
    np.testing.assert_array_equal(trained, np.zeros((4, 2)))
    np.testing.assert_array_equal(numbers, layer(queries)[0])


def test_what_is_remembered_is_what_is_computed() -> None:
    layer = filled()
    others = encode(["GLFDIVKW", "V", "AAAAAAAA"], WIDTH)
    layer.remember(others)
    both = np.concatenate([BANK, others])
    remembered = [np.asarray(each) for each in layer(both)]
    layer.forget()
    for before, now in zip(remembered, layer(both), strict=True):
        np.testing.assert_allclose(before, now, atol=1e-5)


def test_one_unknown_peptide_in_a_batch_changes_nothing(layer: Relatives) -> None:
    alone = layer(BANK[:2])
    together = layer(np.concatenate([BANK[:2], encode(["WWWW"], WIDTH)]))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_allclose(one, other[:2], atol=1e-5)


def test_another_bank_has_other_votes() -> None:
    layer = filled()
    query = encode(["GLFDIVKW"], WIDTH)
    before = np.asarray(layer(query)[0])
    layer.fill(BANK, COUNTS - POSITIVES, COUNTS)
    turned = np.asarray(layer(query)[0])
    assert not np.allclose(before, turned)
    layer.fill(BANK[:2], POSITIVES[:2], COUNTS[:2])
    few = np.asarray(layer(query)[0])
    assert np.isfinite(few).all() and not np.allclose(few, before)


@pytest.mark.slow
def test_room_that_is_empty_changes_nothing() -> None:
    query = encode(["GLFDIVKW", "K"], WIDTH)
    for one, other in zip(filled(5)(query), filled(50)(query), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


@pytest.mark.parametrize("peptides", [1, 2])
def test_a_bank_of_hardly_any_peptides_answers(peptides: int) -> None:
    layer = Relatives(4, WIDTH)
    layer.build()
    layer.fill(BANK[:peptides], POSITIVES[:peptides], COUNTS[:peptides])
    numbers, _ = layer(BANK)
    assert numbers.shape == (5, INPUTS) and np.isfinite(numbers).all()


def test_an_empty_bank_answers_with_numbers() -> None:
    layer = Relatives(4, WIDTH)
    numbers, own = layer(BANK)
    assert np.isfinite(numbers).all() and not np.any(own)


def test_empty_and_full_rows_and_what_is_no_code_answer(layer: Relatives) -> None:
    strange = np.zeros((4, WIDTH), np.int64)
    strange[1] = 20
    strange[2] = -7
    strange[3] = 99
    numbers, _ = layer(strange)
    assert np.isfinite(numbers).all()
    np.testing.assert_array_equal(numbers[2], numbers[0])  # no code is no residue
    np.testing.assert_array_equal(numbers[3], numbers[0])


def test_a_wide_peptide_is_compared_with_short_ones() -> None:
    layer = Relatives(3, 190)
    layer.build()
    bank = np.zeros((2, 190), np.uint8)
    bank[0, :5], bank[1] = 3, np.arange(190) % 20 + 1
    layer.fill(bank, [1.0, 0.0], [1.0, 1.0])
    assert np.isfinite(layer(bank)[0]).all()


@pytest.mark.parametrize("rows", [0, 9])
def test_a_bank_that_is_too_full_or_empty_is_refused(rows: int) -> None:
    layer = Relatives(8, WIDTH)
    layer.build()
    codes = np.arange(rows * WIDTH, dtype=np.uint8).reshape(rows, WIDTH) % 20 + 1
    with pytest.raises(UsageError, match=rf"Expected 1 to 8\. Received: {rows}\."):
        layer.fill(codes, np.zeros(rows), np.ones(rows))


@pytest.mark.parametrize("name", ["capacity", "width", "top"])
def test_arguments_that_are_no_count_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match=name):
        Relatives(**({"capacity": 1, "width": 1, "top": 1} | {name: 0}))


def test_saved_model_keeps_the_bank(tmp_path: Path) -> None:
    inputs = keras.Input((WIDTH,), dtype="int32")
    layer = Relatives(8, WIDTH)
    model = keras.Model(inputs, layer(inputs))
    layer.fill(BANK, POSITIVES, COUNTS)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    queries = np.concatenate([BANK, encode(["GLFDIVKW"], WIDTH)])
    for one, other in zip(
        loaded.predict(queries, verbose=0), model.predict(queries, verbose=0), strict=True
    ):
        np.testing.assert_allclose(one, other, atol=1e-5)
