"""Random streams: a function of seed, number and purpose, and of nothing else."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from tftune.errors import UsageError
from tftune.support.seeding import MAX_SEED, check_seed, derive, generator

TRIPLES = list(itertools.product(range(4), range(4), ("weights", "shuffle")))


def test_neighbouring_seeds_numbers_and_purposes_give_unrelated_streams() -> None:
    seeds = [derive(*triple) for triple in TRIPLES]
    assert len(set(seeds)) == len(TRIPLES) and all(0 <= seed <= MAX_SEED for seed in seeds)
    first = [float(generator(*triple).random()) for triple in TRIPLES]
    assert len(set(first)) == len(TRIPLES) and 0.3 < np.mean(first) < 0.7


def test_a_stream_is_the_same_in_every_version_and_on_every_machine() -> None:
    """Journals are resumed with it."""
    assert (derive(0, 0, "weights"), derive(7, 3, "proposal")) == (1919245104, 231968849)
    assert generator(0, 0, "proposal").integers(0, 1000, 3).tolist() == [296, 425, 574]


@pytest.mark.parametrize("seed", [-1, MAX_SEED + 1, True, 1.0, "0", None])
def test_what_is_no_seed_is_refused(seed: Any) -> None:
    with pytest.raises(UsageError, match="seed must be an integer from 0 to 2147483647"):
        check_seed(seed)


def test_a_seed_of_numpy_becomes_a_plain_int() -> None:
    assert type(check_seed(np.int64(3))) is int and check_seed(MAX_SEED) == MAX_SEED
