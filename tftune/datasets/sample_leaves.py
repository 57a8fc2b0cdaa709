"""Leaves drawn from a seed, to try everything without the photographs.

A leaf has an ovate outline, a midrib, side veins and cross veins, and lies on soil before another
leaf. Class angular_leaf_spot has brown patches that fill fields between the veins, so they are
angular; bean_rust has small round rusty pustules with pale halos; healthy has neither. Crumbs of
soil, glare and yellowed areas lie on leaves of every class. At the end the camera sets each
photograph's mean and standard deviation of every channel to values drawn without regard to the
class: colour statistics alone tell nothing, shapes do.

Everything is computed for a batch of leaves at once. Lengths are in units of half the picture's
width unless said otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tftune.datasets.base import SPLITS
from tftune.datasets.images import one_hot
from tftune.support.seeding import generator

CLASSES = 3  # angular_leaf_spot, bean_rust, healthy
SIZES = {"train": 480, "validation": 120, "test": 150}
BATCH = 30  # leaves drawn at once; a multiple of the classes

SPOT, PUSTULE, HALO = (0.38, 0.24, 0.12), (0.62, 0.22, 0.04), (0.72, 0.76, 0.34)
VEIN, YELLOWED, CRUMB = (0.68, 0.80, 0.45), (0.70, 0.72, 0.26), (0.28, 0.21, 0.14)
CAMERA_MEAN, CAMERA_DEVIATION = (0.40, 0.43, 0.20), (0.125, 0.165, 0.070)

Plane = NDArray[np.floating]  # float32 (batch, size, size), or (batch, 1, 1) for a number per leaf
Picture = NDArray[np.floating]  # float32 (batch, size, size, 3), 0..1
Random = np.random.Generator


@dataclass(frozen=True)
class _Leaf:
    """Where the pixels lie on the leaf: `along` runs from -1 at the stalk to 1 at the tip, `across`
    from the midrib outwards.
    """

    along: Plane
    across: Plane
    inside: Plane  # 1 on the leaf, 0 beside it, between on the border
    half_width: Plane
    length: Plane


def draw_splits(
    image_size: int, seed: int
) -> dict[str, tuple[NDArray[np.uint8], NDArray[np.float32]]]:
    """Returns the three splits of drawn leaves, `x` uint8 (n, image_size, image_size, 3) and `y`
    float32 one-hot (n, 3).

    Args:
        image_size: Height and width in pixels.
        seed: From 0 to 2**31 - 1.
    """
    splits = {}
    for split in SPLITS:
        labels = generator(seed, 0, f"labels of {split}").permutation(
            np.arange(SIZES[split]) % CLASSES
        )
        batches = [
            draw(
                labels[start : start + BATCH],
                image_size,
                generator(seed, start, f"leaves of {split}"),
            )
            for start in range(0, len(labels), BATCH)
        ]
        splits[split] = np.concatenate(batches), one_hot(labels, CLASSES)
    return splits


def draw(labels: NDArray[np.integer], size: int, random: Random) -> NDArray[np.uint8]:
    """Returns one drawn leaf per label, shape `(n, size, size, 3)`, uint8.

    Args:
        labels: 0 angular_leaf_spot, 1 bean_rust, 2 healthy; shape `(n,)`.
        size: Height and width in pixels.
        random: Where all chance comes from.

    Example:
        >>> draw(np.array([0, 1, 2]), 32, np.random.default_rng(0)).shape
        (3, 32, 32, 3)
    """
    count = len(labels)
    picture = _soil(count, size, random)
    behind = _place(count, size, random, spread=0.9)
    picture = _paint(picture, behind.inside, 0.75 * _green(count, size, random))
    leaf = _place(count, size, random, spread=0.1)
    surface = _green(count, size, random)
    surface = _paint(surface, 0.7 * _blotches(count, size, random), YELLOWED)
    fields, veins, margin = _veins(leaf, size, random)
    surface = _paint(surface, 0.65 * veins, VEIN)
    surface = _paint(
        surface,
        (labels == 0)[:, None, None] * _angular_spots(fields, margin, leaf, size, random),
        SPOT,
    )
    pustules, halos = _pustules(leaf, size, random)
    rusty = (labels == 1)[:, None, None]
    surface = _paint(_paint(surface, rusty * 0.7 * halos, HALO), rusty * 0.95 * pustules, PUSTULE)
    picture = _paint(picture, leaf.inside, surface)
    picture = _paint(picture, _crumbs(count, size, random), CRUMB)
    return _photograph(picture * _light(leaf, size, random), random)


def _uniform(random: Random, low: float, high: float, *shape: int) -> NDArray[np.float32]:
    return random.uniform(low, high, shape).astype(np.float32)


def _paint(picture: Picture, amount: Plane, color: Picture | tuple[float, float, float]) -> Picture:
    return picture + amount[..., None] * (np.asarray(color, np.float32) - picture)


def _noise(count: int, size: int, cells: int, random: Random) -> Plane:
    """Smooth noise of mean 0 and deviation about 1, with `cells` bumps across the picture."""
    grid = random.standard_normal((count, cells + 2, cells + 2)).astype(np.float32)
    position = np.linspace(0.5, cells + 0.5, size, dtype=np.float32)[:, None]
    # (size, cells + 2)
    weights = np.exp(-2.0 * (position - np.arange(cells + 2, dtype=np.float32)) ** 2)
    weights /= np.sqrt((weights**2).sum(axis=1, keepdims=True))
    return weights @ grid @ weights.T


def _soil(count: int, size: int, random: Random) -> Picture:
    color = _uniform(random, 0.0, 1.0, count, 1, 1, 1) * np.array(
        [0.18, 0.12, 0.10], np.float32
    ) + np.array([0.30, 0.22, 0.14], np.float32)
    grain = 0.16 * _noise(count, size, 4, random) + 0.14 * _noise(count, size, 14, random)
    return color * (1.0 + grain[..., None])


def _green(count: int, size: int, random: Random) -> Picture:
    young = _uniform(random, 0.0, 1.0, count, 1, 1, 1)
    color = np.array([0.22, 0.42, 0.12], np.float32) + young * np.array(
        [0.22, 0.18, 0.10], np.float32
    )
    return (
        color
        * (1.0 + 0.08 * _noise(count, size, 5, random) + 0.05 * _noise(count, size, 16, random))[
            ..., None
        ]
    )


def _place(count: int, size: int, random: Random, spread: float) -> _Leaf:
    pixel = (np.arange(size, dtype=np.float32) + 0.5) * 2.0 / size - 1.0
    angle = _uniform(random, 0.0, 2.0 * np.pi, count, 1, 1)
    length = _uniform(random, 0.92, 1.12, count, 1, 1)  # half of it
    x = pixel[None, None, :] - _uniform(random, -spread, spread, count, 1, 1)
    y = pixel[None, :, None] - _uniform(random, -spread, spread, count, 1, 1)
    along = (np.cos(angle) * x + np.sin(angle) * y) / length
    across = (np.cos(angle) * y - np.sin(angle) * x) / length - _uniform(
        random, -0.12, 0.12, count, 1, 1
    ) * (along**2 - 0.5)
    half_width = _uniform(random, 0.60, 0.78, count, 1, 1)
    inside = np.clip(
        0.5 + (half_width * _outline(along) - np.abs(across)) * length * size / 2.0, 0.0, 1.0
    ) * (np.abs(along) < 1.0)
    return _Leaf(along, across, inside, half_width, length)


def _outline(along: Plane) -> Plane:
    """Half the width of an ovate leaf, 0..1: widest near the stalk, pointed at the tip."""
    t = np.clip((along + 1.0) / 2.0, 0.0, 1.0)
    half: Plane = t**0.5 * (1.0 - t) ** 0.75 / 0.5048  # the largest value, at t = 0.4
    return half


def _veins(leaf: _Leaf, size: int, random: Random) -> tuple[NDArray[np.int64], Plane, Plane]:
    """Returns the number of the field between veins of each pixel, the veins (0..1), and the
    distance to the field's border.
    """
    count = len(leaf.length)
    slant, bow = _uniform(random, 0.45, 0.8, count, 1, 1), _uniform(random, 0.1, 0.4, count, 1, 1)
    step, cross_step = (
        _uniform(random, 0.24, 0.30, count, 1, 1),
        _uniform(random, 0.17, 0.22, count, 1, 1),
    )
    side = leaf.across > 0
    outwards = np.abs(leaf.across)
    row = (
        (leaf.along - slant * outwards - bow * outwards**2) / step
        + 0.5 * side
        + _uniform(random, 0.0, 1.0, count, 1, 1)
    )
    column = outwards / cross_step + 0.5 * (np.floor(row) % 2)  # like bricks
    to_side_vein = np.abs(row - np.round(row)) * step / np.sqrt(1.0 + slant**2)
    to_cross_vein = np.abs(column - np.round(column)) * cross_step
    fine = 1.0 / (leaf.length * size)  # half a pixel

    def line(distance: Plane, width: float) -> Plane:
        drawn: Plane = np.exp(-((distance / np.maximum(width, fine)) ** 2))
        return drawn

    veins = np.maximum(
        line(outwards, 0.03),
        np.maximum(0.8 * line(to_side_vein, 0.014), 0.35 * line(to_cross_vein, 0.008)),
    )
    # 0..255
    fields = (
        (np.floor(row).astype(np.int64) % 16) * 16
        + (np.floor(column).astype(np.int64) % 8) * 2
        + side
    )
    return fields, veins, np.minimum(np.minimum(to_side_vein, to_cross_vein), outwards)


def _angular_spots(
    fields: NDArray[np.int64], margin: Plane, leaf: _Leaf, size: int, random: Random
) -> Plane:
    count = len(fields)
    ill = random.random((count, 256)) < _uniform(random, 0.2, 0.45, count, 1)
    depth = _uniform(random, 0.6, 1.0, count, 256) * _uniform(random, 0.85, 1.0, count, 1)
    chosen = np.take_along_axis(
        np.where(ill, depth, np.float32(0.0)), fields.reshape(count, -1), axis=1
    ).reshape(fields.shape)
    return chosen * np.clip((margin - 0.012) * leaf.length * size / 2.0 + 0.5, 0.0, 1.0)


def _pustules(leaf: _Leaf, size: int, random: Random) -> tuple[Plane, Plane]:
    """Returns pustules and their halos, both 0..1; drawn where the leaf is by choosing among its
    pixels.
    """
    count, dots = len(leaf.length), 48
    radius = _uniform(random, 0.032, 0.048, count, dots)
    # about 24 to 48 of them
    radius *= random.random((count, dots)) < _uniform(random, 0.5, 1.0, count, 1)
    chance = (leaf.inside > 0.9).reshape(count, -1) * random.random((count, size * size))
    pixels = np.argpartition(-chance, dots, axis=1)[:, :dots]
    return _dots(pixels, radius, size, random), _dots(pixels, 2.2 * radius, size, random)


def _crumbs(count: int, size: int, random: Random) -> Plane:
    radius = _uniform(random, 0.02, 0.04, count, 16) * (
        random.random((count, 16)) < _uniform(random, 0.2, 1.0, count, 1)
    )
    return _dots(random.integers(0, size * size, (count, 16)), radius, size, random)


def _dots(pixels: NDArray[np.int64], radius: Plane, size: int, random: Random) -> Plane:
    """Returns discs with soft borders around pixels, 0..1; `pixels` and `radius` have shape (batch,
    dots).
    """
    reach = int(np.ceil(radius.max(initial=0.0) * size / 2.0)) + 1
    offset = np.arange(-reach, reach + 1)
    dy, dx = (plane.reshape(-1) for plane in np.meshgrid(offset, offset, indexing="ij"))
    distance = np.hypot(
        dy + _uniform(random, -0.5, 0.5, *pixels.shape, 1),
        dx + _uniform(random, -0.5, 0.5, *pixels.shape, 1),
    )
    alpha = np.clip(radius[..., None] * size / 2.0 - distance + 0.5, 0.0, 1.0) * (
        radius[..., None] > 0
    )
    y, x = pixels[..., None] // size + dy, pixels[..., None] % size + dx  # (batch, dots, window)
    kept = (y >= 0) & (y < size) & (x >= 0) & (x < size)
    leaf = np.broadcast_to(np.arange(len(pixels))[:, None, None], kept.shape)
    plane = np.zeros((len(pixels), size, size), np.float32)
    np.maximum.at(plane, (leaf[kept], y[kept], x[kept]), alpha[kept].astype(np.float32))
    return plane


def _blotches(count: int, size: int, random: Random) -> Plane:
    height = _noise(count, size, 3, random) - _uniform(random, 0.3, 1.5, count, 1, 1)
    blotches: Plane = np.clip(height, 0.0, 1.0)
    return blotches


def _light(leaf: _Leaf, size: int, random: Random) -> Picture:
    count = len(leaf.length)
    # the halves lie at an angle
    fold = 1.0 + _uniform(random, -0.14, 0.14, count, 1, 1) * np.sign(leaf.across) * leaf.inside
    glare = 0.5 * np.clip(_noise(count, size, 4, random) - 1.2, 0.0, 1.0) * leaf.inside
    light: Picture = (fold * (1.0 + 0.13 * _noise(count, size, 2, random)) + glare)[..., None]
    return light


def _photograph(picture: Picture, random: Random) -> NDArray[np.uint8]:
    """Exposure and white balance: every channel of every picture gets a mean and a deviation drawn
    without regard to its class.
    """
    shape = (len(picture), 1, 1, 3)
    exposure = _uniform(random, 0.85, 1.15, len(picture), 1, 1, 1)
    mean = np.array(CAMERA_MEAN, np.float32) * exposure * _uniform(random, 0.94, 1.06, *shape)
    deviation = (
        np.array(CAMERA_DEVIATION, np.float32) * exposure * _uniform(random, 0.9, 1.1, *shape)
    )
    centred = picture - picture.mean(axis=(1, 2), keepdims=True)
    picture = mean + deviation * centred / picture.std(axis=(1, 2), keepdims=True)
    picture += 0.012 * random.standard_normal(picture.shape, dtype=np.float32)  # the sensor's noise
    return np.round(255.0 * np.clip(picture, 0.0, 1.0)).astype(np.uint8)
