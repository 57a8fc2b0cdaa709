"""Copies of pictures are found, other pictures are not."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from tftune.datasets import picture_hashes
from tftune.datasets.picture_hashes import alike, least_correlation, perceptual_hashes, small_copies

SIDE = 64


def scenes(count: int, side: int, seed: int) -> np.ndarray:
    """Pictures with large soft shapes and fine grain, as photographs have them."""
    random = np.random.default_rng(seed)
    soft = random.integers(0, 256, (count, 6, 6, 3), dtype=np.uint8)
    grain = random.normal(0, 6, (count, side, side, 3))
    large = [np.asarray(Image.fromarray(each).resize((side, side), 3), float) for each in soft]
    return np.clip(0.8 * np.stack(large) + 20 + grain, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def leaves() -> np.ndarray:
    return scenes(30, SIDE, seed=3)


def encoded(quality: int) -> Callable[[Image.Image], Image.Image]:
    def again(image: Image.Image) -> Image.Image:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality)
        return Image.open(file).convert("RGB")

    return again


COPIES = {
    "JPEG 75": encoded(75),
    "JPEG 30": encoded(30),
    "half as large": lambda image: image.resize((SIDE // 2, SIDE // 2), Image.Resampling.BICUBIC),
    "squeezed": lambda image: image.resize((SIDE, 2 * SIDE // 3)),
    "brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.15),
    "darker": lambda image: ImageEnhance.Brightness(image).enhance(0.8),
    "more contrast": lambda image: ImageEnhance.Contrast(image).enhance(1.2),
    "paler": lambda image: ImageEnhance.Color(image).enhance(0.7),
}


@pytest.mark.parametrize("kind", COPIES)
def test_a_changed_copy_is_alike_and_nothing_else(leaves: np.ndarray, kind: str) -> None:
    copies = np.stack(
        [
            np.asarray(COPIES[kind](Image.fromarray(leaf)).resize((SIDE, SIDE)), np.uint8)
            for leaf in leaves
        ]
    )
    pairs = alike(small_copies(copies), small_copies(leaves))
    assert pairs.tolist() == [[row, row] for row in range(len(leaves))]


@pytest.mark.parametrize("turn", [np.flipud, np.fliplr, np.rot90])
def test_a_turned_or_mirrored_picture_is_another_one(
    leaves: np.ndarray, turn: Callable[[np.ndarray], np.ndarray]
) -> None:
    turned = np.stack([turn(leaf) for leaf in leaves])
    assert len(alike(small_copies(turned), small_copies(leaves))) == 0


def test_different_leaves_are_not_alike(leaves: np.ndarray) -> None:
    assert len(alike(small_copies(leaves))) == 0


def test_among_themselves_each_pair_comes_once(leaves: np.ndarray) -> None:
    twice = np.concatenate([leaves[:3], leaves[:2]])
    assert alike(small_copies(twice)).tolist() == [[0, 3], [1, 4]]


def test_blocks_and_bits_do_not_change_what_is_found(
    leaves: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    twice = np.concatenate([leaves, leaves])
    whole = alike(small_copies(twice)).tolist()
    small = small_copies(twice)
    monkeypatch.setattr(picture_hashes, "_BLOCK", 7)
    monkeypatch.setattr(picture_hashes, "_AT_ONCE", 1)
    monkeypatch.setattr(picture_hashes, "_GATHERED", 3)
    np.testing.assert_allclose(small_copies(twice), small)
    assert alike(small_copies(twice)).tolist() == whole
    numbers = perceptual_hashes(small)
    expected = [bin(int(number)).count("1") for number in numbers]
    assert picture_hashes._bits(numbers).tolist() == expected
    monkeypatch.delattr(np, "bitwise_count", raising=False)  # as NumPy 1
    assert picture_hashes._bits(numbers).tolist() == expected


def test_pictures_of_one_colour_are_like_nothing() -> None:
    plain = np.zeros((3, 40, 50, 3), np.uint8)
    plain[1] = 200
    assert len(alike(small_copies(plain))) == 0


def test_grey_pictures_of_any_shape_are_taken() -> None:
    grey = np.random.default_rng(0).integers(0, 256, (2, 28, 20), dtype=np.uint8)
    np.testing.assert_allclose(small_copies(grey), small_copies(grey[..., np.newaxis]))
    colours = np.repeat(grey[..., np.newaxis], 3, axis=3)
    np.testing.assert_allclose(small_copies(grey), small_copies(colours), atol=1e-5)


def test_of_tiny_pictures_more_is_asked() -> None:
    assert least_correlation(np.zeros((1, 28, 28, 1), np.uint8)) == 0.99
    assert least_correlation(np.zeros((1, 32, 32, 3), np.uint8)) == 0.95
