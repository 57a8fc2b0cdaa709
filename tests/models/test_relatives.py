"""A peptide's relatives are those of the bank, and in training never itself."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from tftune.models.relatives import Relatives, shift_similarity

BANK = np.array([[1, 2, 3, 4], [9, 1, 2, 3], [7, 7, 0, 0]], "uint8")


def filled() -> Relatives:
    layer = Relatives(3, 4)
    layer.build(None)
    layer.fill(BANK, [1.0, 0.0, 0.0], [1.0, 1.0, 1.0])
    return layer


def test_similarity_counts_equal_residues_at_the_best_shift() -> None:
    found = np.asarray(shift_similarity(BANK, BANK))
    np.testing.assert_allclose(found, [[1, 0.75, 0], [0.75, 1, 0], [0, 0, 1]])


def test_a_query_in_training_does_not_see_itself() -> None:
    used, trained = (np.asarray(filled()(BANK[:1], training=it))[0] for it in (False, True))
    assert used[2] == 1 and used[0] > 0
    assert trained[2] == 0.75 and trained[0] < 0


def test_saved_model_keeps_the_bank(tmp_path: Path) -> None:
    inputs = keras.Input((4,), dtype="int32")
    layer = Relatives(3, 4)
    model = keras.Model(inputs, layer(inputs))
    layer.fill(BANK, [1.0, 0.0, 0.0], [1.0, 1.0, 1.0])
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded.predict(BANK, verbose=0), model.predict(BANK, verbose=0))
