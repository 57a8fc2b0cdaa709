"""Fixtures shared by all tests."""

from __future__ import annotations

import gc
import os
import sys
from collections import defaultdict
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

# TensorFlow's start-up lines would bury a failure.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
# A report costs a second; the tests that look at one ask for it. Children inherit it.
os.environ["TFTUNE_REPORT"] = "0"
# Reference models cost as much, likewise.
os.environ["TFTUNE_REFERENCES"] = "0"

# scripts, whose import would search
collect_ignore = [f"search/{name}.py" for name in ("nested_search", "rivals", "small_search")]

# What waits for other processes begins first: the rest fills the time.
FIRST = (
    *("test_notebooks.py", "test_ray_cluster.py"),
    *("test_killed.py", "test_resume.py", "test_kills.py"),
)

SHARED_DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the checkout; the test is skipped where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real data folder ../shared/data is not beside the checkout")
    return SHARED_DATA


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Puts the tests that wait first, and marks as slow what the mark `quick` of a parametrized
    test leaves out.

    Raises:
        pytest.UsageError: If no parameter bears a name that the mark tells.
    """
    items.sort(key=lambda item: item.path.name not in FIRST)
    names: dict[str, set[str]] = defaultdict(set)
    wanted: dict[str, set[str]] = {}
    for item in items:
        mark, call = item.get_closest_marker("quick"), getattr(item, "callspec", None)
        if mark is None or call is None:
            continue
        test = item.nodeid.split("[")[0]
        names[test].add(call.id)
        wanted[test] = set(mark.args)
        if not any(fnmatchcase(call.id, pattern) for pattern in mark.args):
            item.add_marker(pytest.mark.slow)
    if any("[" in argument for argument in config.args):  # parameters that were asked for by name
        return
    for test, patterns in wanted.items():
        for pattern in sorted(patterns):
            if not any(fnmatchcase(name, pattern) for name in names[test]):
                raise pytest.UsageError(
                    f"{test} has no parameter {pattern!r}, which is to be quick"
                )


modules_when_frozen = 0


@pytest.fixture(autouse=True)
def old_objects_left_alone() -> None:
    """Keeps what large libraries made, once they are imported, out of garbage passes: one takes
    0.25 s, and every driver makes one.

    Asked by the number of modules, because `gc.get_freeze_count` counts a million objects one by
    one: 0.05 s a test.
    """
    global modules_when_frozen
    if len(sys.modules) > modules_when_frozen + 200:
        gc.collect()
        gc.freeze()
        modules_when_frozen = len(sys.modules)


@pytest.fixture(autouse=True, scope="session")
def private_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keeps the tests out of the user's cache; child processes inherit it."""
    cache = tmp_path_factory.mktemp("cache")
    os.environ["TFTUNE_CACHE"] = str(cache)
    return cache
