"""Which pictures look alike: copies that were compressed again, resized or made a little brighter.

A perceptual hash is a short number that such changes leave nearly as it is (C. Zauner,
*Implementation and Benchmarking of Perceptual Image Hash Functions*, 2010): here the signs of the
slowest waves of the grey picture, 8 x 8 coefficients of its discrete cosine transform
without the mean. Different pictures can share one, so two pictures count as alike only if their
small grey copies correlate as well. A picture that is turned, mirrored or cut is another one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tftune.datasets.images import LUMINANCE

SIDE = 32  # pixels of the small copies
WAVES = 8  # in each direction
MOST_BITS = 10  # of 63 that may differ
# of the small copies: of the photographs of beans, different ones correlate by 0.82 at most, copies
# by 0.92 and more; digits of few pixels, each written anew, by up to 0.99
LEAST_CORRELATION = 0.95
LEAST_OF_TINY = 0.99
TINY = 32  # pixels; what is smaller is tiny
_BLOCK = 200_000  # pairs of hashes at a time, as many as the processor keeps at hand
_AT_ONCE = 1_000_000  # numbers of pictures that are made grey at a time
_GATHERED = 20_000  # pairs whose small copies are in memory at a time

Small = NDArray[np.float32]


def small_copies(pixels: NDArray[np.uint8]) -> Small:
    """Returns pictures as grey ones of 32 x 32, less their mean and of length 1, so that the scalar
    product of two is their correlation; a picture of one colour is all zeros.

    Args:
        pixels: Shape `(n, height, width, channels)` with 1 or 3 channels, or `(n, height, width)`.

    Returns:
        Shape `(n, 1024)`.
    """
    height, width = pixels.shape[1:3]
    rows, columns = _averages(height), _averages(width)
    small = np.zeros((len(pixels), SIDE, SIDE), np.float32)
    step = max(1, _AT_ONCE // int(np.prod(pixels.shape[1:])))
    for start in range(0, len(pixels), step):
        grey = _grey(pixels[start : start + step])
        small[start : start + step] = rows @ grey @ columns.T
    flat = small.reshape(len(small), SIDE * SIDE)
    flat -= flat.mean(axis=1, keepdims=True)
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    # what differs by less than a thousandth of a grey level is one colour
    return np.where(length > 1e-3 * SIDE, flat / np.maximum(length, 1e-12), 0).astype(np.float32)


def _grey(pixels: NDArray[np.uint8]) -> Small:
    floats = np.asarray(pixels, np.float32)
    if floats.ndim == 3:
        return floats
    if floats.shape[3] == 1:
        grey: Small = floats[..., 0]
        return grey
    red, green, blue = (np.float32(share) for share in LUMINANCE)
    # channel by channel: a product with three columns is slow
    found: Small = red * floats[..., 0] + green * floats[..., 1] + blue * floats[..., 2]
    return found


def _averages(side: int) -> Small:
    """Returns the matrix that makes 32 pixels of a row: weighted means of the pixels around, whose
    weights fall to zero at one small pixel's distance, shape `(32, side)`.
    """
    scale = max(side / SIDE, 1.0)
    centres = (np.arange(SIDE) + 0.5) * side / SIDE
    distance = np.abs(np.arange(side) + 0.5 - centres[:, np.newaxis]) / scale
    weights = np.maximum(1 - distance, 0)
    found: Small = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return found


def perceptual_hashes(small: Small) -> NDArray[np.uint64]:
    """Returns the hash of each small copy, shape `(n,)`.

    Args:
        small: As `small_copies` returns them.
    """
    return _hashes(_waves(small))


def _waves(small: Small) -> Small:
    """Returns the slowest waves of each small copy without the mean, shape `(n, 64)`; two of them
    are no farther apart than the copies themselves, for the transform keeps distances.
    """
    from scipy.fft import dctn

    waves = dctn(small.reshape(-1, SIDE, SIDE), axes=(1, 2), norm="ortho")[:, :WAVES, :WAVES]
    flat: Small = waves.reshape(len(small), WAVES * WAVES).copy()
    flat[:, 0] = 0
    return flat


def _hashes(waves: Small) -> NDArray[np.uint64]:
    return np.packbits(waves > 0, axis=1).view(np.uint64).reshape(-1)


def least_correlation(pixels: NDArray[np.uint8]) -> float:
    """Returns from which correlation on two of these pictures are alike.

    Example:
        >>> least_correlation(np.zeros((1, 64, 64, 3), "uint8"))
        0.95
    """
    return LEAST_OF_TINY if min(pixels.shape[1:3]) < TINY else LEAST_CORRELATION


def alike(
    small: Small, seen: Small | None = None, least: float = LEAST_CORRELATION
) -> NDArray[np.int64]:
    """Returns the places of all pairs of pictures that look alike, shape `(pairs, 2)`.

    Args:
        small: As `small_copies` returns them.
        seen: To compare them with: pairs of a place in `small` and one in `seen`. None: with each
            other, each pair once.
        least: Correlation, see `least_correlation`.

    Example:
        >>> picture = np.arange(64, dtype="uint8").reshape(8, 8) * 3
        >>> brighter, turned = picture + 20, picture.T
        >>> alike(small_copies(np.stack([picture, brighter, turned]))).tolist()
        [[0, 1]]
    """
    others = small if seen is None else seen
    waves = _waves(small)
    their_waves = waves if seen is None else _waves(seen)
    hashes, theirs = _hashes(waves), _hashes(their_waves)
    farthest = 2 * (1 - least) + 1e-6  # the squared distance of vectors of length 1
    found = [np.zeros((0, 2), np.int64)]
    step = max(1, _BLOCK // max(len(others), 1))
    for start in range(0, len(small), step):
        differing = _bits(hashes[start : start + step, np.newaxis] ^ theirs[np.newaxis, :])
        places = np.flatnonzero(differing <= MOST_BITS)  # quicker than rows and columns at once
        near = np.stack(np.divmod(places, len(others)), axis=1)
        near[:, 0] += start
        if seen is None:
            near = near[near[:, 0] < near[:, 1]]
        for part in np.array_split(near, len(near) // _GATHERED + 1):
            apart = waves[part[:, 0]] - their_waves[part[:, 1]]
            part = part[np.einsum("ij,ij->i", apart, apart) <= farthest]
            correlation = np.einsum("ij,ij->i", small[part[:, 0]], others[part[:, 1]])
            found.append(part[correlation >= least])
    return np.concatenate(found)


def _bits(numbers: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Returns how many bits are set, without `numpy.bitwise_count`, which NumPy 1 lacks."""
    if hasattr(np, "bitwise_count"):
        found: NDArray[np.uint8] = np.bitwise_count(numbers)
        return found
    table = np.unpackbits(np.arange(256, dtype=np.uint8)[:, np.newaxis], axis=1).sum(axis=1)
    parts = np.ascontiguousarray(numbers).view(np.uint8).reshape(*numbers.shape, 8)
    counted: NDArray[np.uint8] = table[parts].sum(axis=-1).astype(np.uint8)
    return counted
