"""Fixtures shared by all tests."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

import pytest

os.environ.setdefault(
    "TF_CPP_MIN_LOG_LEVEL", "3"
)  # TensorFlow's start-up lines would bury a failure
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

collect_ignore = ["search/small_search.py"]  # a script, whose import would search

SHARED_DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the checkout; the test is skipped where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real data folder ../shared/data is not beside the checkout")
    return SHARED_DATA


@pytest.fixture(autouse=True)
def old_objects_left_alone() -> None:
    """Keeps TensorFlow's objects, once it is imported, out of garbage passes: one takes 0.25 s, and
    every driver makes one.
    """
    if "tensorflow" in sys.modules and not gc.get_freeze_count():
        gc.collect()
        gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def private_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keeps the tests out of the user's cache; child processes inherit it."""
    cache = tmp_path_factory.mktemp("cache")
    os.environ["TFTUNE_CACHE"] = str(cache)
    return cache
