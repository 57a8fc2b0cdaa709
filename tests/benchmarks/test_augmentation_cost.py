"""The cost of augmentation is measured on the networks that it names."""

from __future__ import annotations

import pytest

from benchmarks.augmentation_cost import KINDS, measure


@pytest.mark.slow
def test_a_step_of_each_kind_is_measured() -> None:
    found = measure(1, size=16, batch=2)
    assert set(found) == set(KINDS)
    assert min(found.values()) > 0
