"""The saved leaf model takes images of any size and depth, and reads them as training did."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tftune.datasets.images import decode
from tftune.datasets.tfrecords import read_examples
from tftune.errors import UsageError
from tftune.models.knobs import fixed_values
from tftune.models.leaf_cnn import LeafCNN

NAMES = ["spot", "rust", "healthy"]
SIZE = 32
LEAVES = (
    Path(__file__).parents[2] / "../shared/data/tfds/beans/0.1.0/beans-test.tfrecord-00000-of-00001"
)


@pytest.fixture(scope="module")
def coded() -> Any:
    return LeafCNN(SIZE).build(fixed_values(dropout=0.2, learning_rate=1e-3))


@pytest.fixture(scope="module")
def raw(coded: Any) -> Any:
    return LeafCNN(SIZE).for_raw_input(coded, NAMES)


def photographs(shape: tuple[int, ...], count: int = 2) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, *shape)).astype("uint8")


def ask(model: Any, x: np.ndarray) -> np.ndarray:
    return np.asarray(model.predict(x, verbose=0)["probability"])


@pytest.mark.parametrize("shape", [(SIZE, SIZE), (100, 61), (20, 90), (7, 5)])
def test_an_image_of_any_size_is_resized_as_the_decoder_does(
    coded: Any, raw: Any, shape: tuple[int, int]
) -> None:
    images = photographs((*shape, 3))
    files = []
    for image in images:
        stream = io.BytesIO()
        Image.fromarray(image).save(stream, "PNG")
        files.append(decode("leaf", stream.getvalue(), SIZE))
    wanted = coded.predict(np.stack(files), verbose=0)
    np.testing.assert_allclose(ask(raw, images), wanted, atol=2e-3)


def test_grey_and_transparent_images_16_bits_and_floats_are_read_alike(raw: Any) -> None:
    grey = photographs((40, 40, 1))
    grey[:, 0, 0] = 255
    wanted = ask(raw, np.repeat(grey, 3, axis=3))
    white = np.full_like(grey, 255)
    for same in (
        grey,
        np.concatenate([grey, white], axis=3),
        np.concatenate([grey, grey, grey, white], axis=3),
        grey.astype("uint16") * 257,
        grey.astype("float64") / 255,
        grey.astype("float32"),
    ):
        # a pixel that lies halfway between two levels may be rounded to either
        np.testing.assert_allclose(ask(raw, same), wanted, atol=2e-3)


def test_what_is_no_image_gets_no_number(raw: Any) -> None:
    image = photographs((20, 20, 3), 1)
    five = np.repeat(image[..., :1], 5, axis=3)
    for wrong in (image - 300.0, image * np.nan, image.astype("float32") * 1000, five):
        answer = raw.predict(wrong, verbose=0)
        assert np.isnan(answer["probability"]).all()
        assert answer["top_class"].tolist() == [b""]


def test_one_bad_image_leaves_the_others_alone(raw: Any) -> None:
    images = photographs((20, 20, 3), 3).astype("float32")
    wanted = ask(raw, images)
    images[1, 0, 0, 0] = np.nan
    answer = ask(raw, images)
    assert np.isnan(answer[1]).all()
    np.testing.assert_allclose(answer[[0, 2]], wanted[[0, 2]], atol=1e-6)


def test_names_are_inside_and_fit_the_probabilities(raw: Any) -> None:
    answer = raw.predict(photographs((20, 20, 3), 5), verbose=0)
    names = [NAMES[number].encode() for number in answer["probability"].argmax(axis=1)]
    assert answer["top_class"].tolist() == names
    assert raw.get_layer("top_class").get_vocabulary()[1:] == NAMES


def test_calling_the_model_turns_no_leaf_at_random(raw: Any) -> None:
    images = photographs((20, 20, 3)).astype("float32")
    np.testing.assert_allclose(raw(images)["probability"], ask(raw, images), atol=1e-6)


def test_evaluate_tells_the_compiled_metrics(coded: Any, raw: Any) -> None:
    x, y = photographs((SIZE, SIZE, 3), 6), np.eye(3)[np.arange(6) % 3]
    wanted = coded.evaluate(x, y, verbose=0, return_dict=True)
    got = raw.evaluate(x, y, verbose=0, return_dict=True)
    assert got == pytest.approx(
        {
            "loss": wanted["loss"],
            "probability_accuracy": wanted["accuracy"],
            "probability_macro_f1": wanted["macro_f1"],
        },
        rel=1e-5,
    )


@pytest.mark.parametrize("names", [["a", "b"], ["a", "a", "b"], ["", "a", "b"]])
def test_names_that_do_not_fit_are_refused(coded: Any, names: list[str]) -> None:
    with pytest.raises(UsageError, match="tells 3 classes apart"):
        LeafCNN(SIZE).for_raw_input(coded, names)


def test_without_names_classes_are_numbers(coded: Any) -> None:
    model = LeafCNN(SIZE).for_raw_input(coded)
    assert model.get_layer("top_class").get_vocabulary()[1:] == ["0", "1", "2"]


def test_xla_compiles_what_is_numbers(raw: Any) -> None:
    numbers = keras.Model(raw.inputs, raw.get_layer("probability").output)
    compiled = tf.function(lambda x: numbers(x, training=False), jit_compile=True)
    images = photographs((30, 20, 3)).astype("float32")
    np.testing.assert_allclose(compiled(images), ask(raw, images), atol=2e-3)


@pytest.mark.skipif(not LEAVES.exists(), reason=f"{LEAVES} is not there")
def test_real_photographs_are_answered_as_in_training(coded: Any, raw: Any) -> None:
    files = [example["image"] for example, _ in zip(read_examples(LEAVES), range(24), strict=False)]
    full = np.stack([np.asarray(Image.open(io.BytesIO(file)).convert("RGB")) for file in files])
    small = np.stack([decode("leaf", file, SIZE) for file in files])
    np.testing.assert_allclose(ask(raw, full), coded.predict(small, verbose=0), atol=2e-3)
