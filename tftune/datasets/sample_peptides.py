"""Peptides generated from a seed, to try everything without the published files.

Whether a generated peptide is hemolytic follows what is known of real ones: amphipathic, positively
charged and longer helices tear membranes. The probability is logistic in the helical hydrophobic
moment (Eisenberg, Weiss and Terwilliger, *Nature* 299, 1982, with the consensus scale of Eisenberg
et al., *J. Mol. Biol.* 179, 1984), the net charge and the length. Each measurement draws its label
anew, so labels are noisy, and some peptides are measured more than once, as in DBAASP: a random
split leaks here too.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tftune.datasets.amino_acids import ALPHABET, encode
from tftune.datasets.peptide_rows import Peptides
from tftune.support.seeding import generator

SEQUENCES = 1200
SHORTEST, LONGEST = 10, 32
# the share with the letters of a helix in random order, as in control experiments: letters alone
# tell little
SCRAMBLED = 0.4
TURN = np.deg2rad(100.0)  # between neighbours of an alpha helix

# in the order of ALPHABET: A R N D C Q E G H I L K M F P S T W Y V
HYDROPHOBICITY = np.array(
    [
        0.62,
        -2.53,
        -0.78,
        -0.90,
        0.29,
        -0.85,
        -0.74,
        0.48,
        -0.40,
        1.38,
        1.06,
        -1.50,
        0.64,
        1.19,
        0.12,
        -0.18,
        -0.05,
        0.81,
        0.26,
        1.08,
    ]
)
CHARGE = np.array([{"K": 1, "R": 1, "D": -1, "E": -1}.get(letter, 0) for letter in ALPHABET])

# Weights of moment, charge per residue and length, chosen so that four in ten are hemolytic and no
# model can exceed an AUC of 0.96.
MOMENT_WEIGHT, CHARGE_WEIGHT, LENGTH_WEIGHT = 10.0, 5.0, 0.08
MIDDLE = 8.2


def hydrophobic_moment(sequence: NDArray[np.integer]) -> float:
    """Returns the helical hydrophobic moment per residue, |sum_n H_n exp(i n 100 deg)| / N, on
    Eisenberg's consensus scale.

    Args:
        sequence: Indices 0..19 into `ALPHABET`, shape `(length,)`.

    Example:
        >>> wheel = np.array([ALPHABET.index(letter) for letter in "LKKLLKKLLKKLLK"])
        >>> hydrophobic_moment(wheel) > 3 * hydrophobic_moment(np.sort(wheel))
        True
    """
    angles = TURN * np.arange(len(sequence))
    return float(np.abs(np.sum(HYDROPHOBICITY[sequence] * np.exp(1j * angles))) / len(sequence))


def generate(seed: int) -> Peptides:
    """Returns generated peptides.

    Args:
        seed: From 0 to 2**31 - 1.

    Returns:
        Numbers 0..20, shape `(n, 32)`, uint8; labels 0 or 1, shape `(n,)`. n is near 1,550.

    Example:
        >>> x, labels = generate(0)
        >>> x.shape[1], sorted(set(labels.tolist()))
        (32, [0, 1])
    """
    random = generator(seed, 0, "sample peptides")
    sequences, labels = [], []
    for _ in range(SEQUENCES):
        sequence = _helix(random)
        probability = 1.0 / (1.0 + np.exp(-_score(sequence)))
        for _ in range(random.choice([1, 2, 3], p=[0.78, 0.15, 0.07])):  # measurements
            sequences.append("".join(ALPHABET[index] for index in sequence))
            labels.append(int(random.random() < probability))
    return encode(sequences, width=LONGEST), np.array(labels, dtype=np.int64)


def _helix(random: np.random.Generator) -> NDArray[np.int64]:
    """A random helix: the more amphipathic it is to be, the more a residue's kind follows the side
    of the helix it lies on.
    """
    length = int(random.integers(SHORTEST, LONGEST + 1))
    sidedness = random.uniform(0.0, 3.0)
    facing = np.cos(TURN * np.arange(length) + random.uniform(0.0, 2.0 * np.pi))
    preference = (
        sidedness * facing[:, None] * HYDROPHOBICITY
        + random.uniform(-1.5, 1.5) * CHARGE
        + 0.3 * random.standard_normal(20)
    )
    weights = np.exp(preference)
    threshold = random.random((length, 1)) * weights.sum(axis=1, keepdims=True)
    sequence: NDArray[np.int64] = (np.cumsum(weights, axis=1) < threshold).sum(axis=1)
    return random.permutation(sequence) if random.random() < SCRAMBLED else sequence


def _score(sequence: NDArray[np.int64]) -> float:
    charge = float(CHARGE[sequence].mean())
    return (
        MOMENT_WEIGHT * hydrophobic_moment(sequence)
        + CHARGE_WEIGHT * charge
        + LENGTH_WEIGHT * len(sequence)
        - MIDDLE
    )
