"""What is looked at in a `.keras` file."""

from __future__ import annotations

import json
from pathlib import Path

import keras
import pytest

from tests.hostile.archives import Member, archive
from tests.hostile.models import ARCHIVES, CONFIGS, DENSE, WEIGHTS, model
from tftune.errors import RunFolderError
from tftune.training.saved_file import check_saved


def written(path: Path, config: object, weights: bytes = WEIGHTS["that are a pickle"]()) -> Path:
    text = config if isinstance(config, str) else json.dumps(config)
    members = [Member("metadata.json", b"{}"), Member("config.json", text.encode())]
    path.write_bytes(archive([*members, Member("model.weights.h5", weights)]))
    return path


def test_a_model_that_keras_saved_is_taken(tmp_path: Path) -> None:
    made = keras.Sequential(
        [
            keras.Input((1,), dtype="string"),
            keras.layers.StringLookup(vocabulary=["a", "b"], output_mode="one_hot"),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    made.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    made.save(tmp_path / "m.keras")
    check_saved(tmp_path / "m.keras")


@pytest.mark.parametrize("name", CONFIGS)
def test_a_config_that_does_more_is_refused(name: str, tmp_path: Path) -> None:
    path = written(tmp_path / "m.keras", CONFIGS[name]())
    with pytest.raises(RunFolderError, match="Cannot load .*Expected a model that tftune or Keras"):
        check_saved(path)


@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_that_lie_elsewhere_or_are_none_are_refused(name: str, tmp_path: Path) -> None:
    path = written(tmp_path / "m.keras", model(DENSE), WEIGHTS[name]())
    with pytest.raises(RunFolderError, match="Cannot load "):
        check_saved(path)


def test_weights_with_any_damaged_byte_are_whole_enough_or_refused(tmp_path: Path) -> None:
    made = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    made.save_weights(tmp_path / "m.weights.h5")
    content = (tmp_path / "m.weights.h5").read_bytes()
    refused = 0
    for place in range(0, min(len(content), 6000), 120):
        damaged = content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]
        try:
            check_saved(written(tmp_path / "m.keras", model(DENSE), damaged))
        except RunFolderError as error:
            refused += "Cannot load" in str(error)
    assert refused > 2


@pytest.mark.parametrize("name", ["assets that lead away", "foreign members", "no config"])
def test_an_archive_of_other_things_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "m.keras").write_bytes(archive(ARCHIVES[name]()))
    with pytest.raises(RunFolderError, match="it has a member|it has no"):
        check_saved(tmp_path / "m.keras")


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "m.keras").symlink_to("../m.keras")
    with pytest.raises(RunFolderError, match="leads out of its folder"):
        check_saved(tmp_path / "run" / "m.keras")
