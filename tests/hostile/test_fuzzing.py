"""Readers are given any bytes: what they read, or one clear error, is the answer.

The quick suite tries some hundred inputs a reader, always the same. The long version tries new ones
for FUZZ_SECONDS each (60 by default) and prints how many:

    FUZZ_SECONDS=600 pytest -n0 -s -m slow tests/hostile/test_fuzzing.py
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.hostile.fuzzed import READERS, Fuzzed, attempt

hypothesis = pytest.importorskip("hypothesis")
st = hypothesis.strategies

SECONDS = float(os.environ.get("FUZZ_SECONDS", "60"))
QUICK = 150  # inputs a reader
AT_ONCE = 500


@st.composite
def contents(draw: Callable[..., object], fuzzed: Fuzzed) -> bytes:
    """Any bytes, or good ones of which some were changed, removed, doubled, put elsewhere."""
    if draw(st.integers(0, 9)) == 0:
        return bytes(draw(st.binary(max_size=400)))  # type: ignore[call-overload]
    content = draw(st.sampled_from(fuzzed.good()))
    for _ in range(draw(st.integers(1, 6))):
        content = _changed(draw, content, fuzzed.words)
    return content


def _changed(draw: Callable[..., object], content: bytes, words: tuple[bytes, ...]) -> bytes:
    place = draw(st.integers(0, max(len(content) - 1, 0)))
    end = min(place + draw(st.integers(0, 40)), len(content))
    part = content[place:end]
    kind = draw(st.integers(0, 6))
    if kind == 0:
        return content[:place] + content[end:]
    if kind == 1:
        return content[:end] + part * draw(st.integers(1, 50)) + content[end:]
    if kind == 2:
        return content[:place]
    if kind == 3:
        at = draw(st.integers(0, len(content)))
        return content[:at] + part + content[at:]
    if kind == 4 and words:
        return content[:place] + draw(st.sampled_from(words)) + content[end:]
    if kind == 5:
        flipped = bytes(each ^ 1 << draw(st.integers(0, 7)) for each in part[:1])
        return content[:place] + flipped + content[place + 1 :]
    return content[:place] + draw(st.binary(max_size=9)) + content[end:]


def tried(reader: str, folder: Path, examples: int, seed: int | None) -> int:
    """Tries so many inputs of a reader, and returns how many they were."""
    count = 0
    settings = hypothesis.settings(
        max_examples=examples,
        derandomize=seed is None,
        database=None,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )

    @settings
    @hypothesis.given(contents(READERS[reader]))
    def read(content: bytes) -> None:
        nonlocal count
        count += 1
        attempt(READERS[reader], content, folder)

    (read if seed is None else hypothesis.seed(seed)(read))()
    return count


@pytest.mark.parametrize("reader", READERS)
def test_what_is_good_is_read(reader: str, tmp_path: Path) -> None:
    answers = READERS[reader].answers
    read = 0
    for content in READERS[reader].good():
        try:
            READERS[reader].read(content, tmp_path)
            read += 1
        except answers:
            continue  # of an .npz file of another reader
    assert read


@pytest.mark.parametrize("reader", READERS)
def test_any_bytes_are_read_or_refused(reader: str, tmp_path: Path) -> None:
    assert tried(reader, tmp_path, QUICK, None) >= QUICK // 3


@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 600)
@pytest.mark.parametrize("reader", READERS)
def test_any_bytes_are_read_or_refused_for_long(reader: str, tmp_path: Path) -> None:
    count, until = 0, time.monotonic() + SECONDS
    seed = random.randrange(2**32)
    while time.monotonic() < until:
        count += tried(reader, tmp_path, AT_ONCE, seed + count)
    print(f"{reader}: {count:,} inputs in {SECONDS:.0f} s, seed {seed}")
    assert count


@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 600)
@pytest.mark.parametrize("reader", READERS)
def test_what_covers_new_lines_is_read_or_refused(reader: str, tmp_path: Path) -> None:
    if find_spec("atheris") is None:
        pytest.skip("atheris is not installed")
    words = [sys.executable, "-m", "tests.hostile.covering", reader, str(SECONDS), str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS + 500)
    assert done.returncode == 0, done.stderr[-3000:]
    count = [line for line in done.stderr.splitlines() if "runs in" in line]
    print(f"{reader}, by coverage: {count}")
