"""Groups drawn at random: any of them may validate, none that is too large."""

from __future__ import annotations

import numpy as np

from tftune.training.group_draw import drawn_rows

# one group of 50 rows, ten of 5, fifty of 1; every fifth row is of the second class
SIZES = [50] + [5] * 10 + [1] * 50
UNITS = np.repeat(np.arange(len(SIZES)), SIZES)
CLASSES = (np.arange(len(UNITS)) % 5 == 0).astype(np.int64)


def test_a_group_that_is_too_large_never_validates_and_the_size_is_what_was_wanted() -> None:
    for seed in range(10):
        rows = drawn_rows(UNITS, CLASSES, 30, seed)
        assert 28 <= len(rows) <= 30
        assert UNITS[rows].min() > 0
        assert abs(CLASSES[rows].mean() - 0.2) < 0.04


def test_every_other_group_validates_with_some_seed_and_trains_with_another() -> None:
    drawn = [set(UNITS[drawn_rows(UNITS, CLASSES, 30, seed)].tolist()) for seed in range(60)]
    counts = [sum(group in each for each in drawn) for group in range(1, len(SIZES))]
    assert min(counts) > 0 and max(counts) < len(drawn)
    # no group is likelier than chance allows: 30 of 100 rows, 60 draws
    assert max(counts) < 36


def test_where_all_groups_are_too_large_it_is_a_smallest_one() -> None:
    units = np.repeat([0, 1, 2], [9, 6, 6])
    drawn = {tuple(np.unique(units[drawn_rows(units, None, 3, seed)])) for seed in range(20)}
    assert drawn == {(1,), (2,)}


def test_equal_seeds_draw_equal_groups() -> None:
    first, again, other = (drawn_rows(UNITS, CLASSES, 30, seed).tolist() for seed in (3, 3, 4))
    assert first == again != other
