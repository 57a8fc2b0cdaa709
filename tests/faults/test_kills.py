"""Real searches are killed at random moments, and resumed: no trial is lost, run twice or changed,
and nothing is left behind.

`pytest -m slow -s tests/faults` kills 200 times; TFTUNE_FAULTS_KILLS sets another number,
TFTUNE_FAULTS_SEED other moments. It prints what it has done.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.kills import KINDS, Killer, Searches, Toll
from tests.faults.warm_search import Session
from tftune.oracles import ORACLES

KILLS = int(os.environ.get("TFTUNE_FAULTS_KILLS", "200"))
SEED = os.environ.get("TFTUNE_FAULTS_SEED", "0")
TOGETHER = 4  # kills of one search
QUICK = ("weights", "everything", "best model")


@pytest.fixture(scope="module")
def searches() -> Iterator[Searches]:
    warm = Searches()
    yield warm
    warm.close()


def killed(
    searches: Searches,
    folder: Path,
    oracle: str,
    kinds: tuple[str, ...],
    toll: Toll,
    workers: int = 1,
) -> None:
    """Kills a search in each of the ways, and resumes it to its end."""
    folder.mkdir(parents=True, exist_ok=True)
    lag = 4 if workers > 1 else 0
    whole, again = folder / f"{oracle}-whole", folder / f"{oracle}-killed"
    # Inline: the trials are the same, and it is sooner done.
    session = Session(oracle, str(whole), workers=0, lag=lag, pause=0.0)
    assert searches.wait(searches.begin(session)) == 0, Path(f"{whole}.log").read_text()
    seed = f"{SEED} {oracle} {kinds}"
    killer = Killer(searches, Session(oracle, str(again), workers, lag), whole, seed)
    for kind in kinds:
        killer.kill(kind, toll)
    killer.finish(toll)


@pytest.mark.timeout(300)  # each session starts a fork server, which imports TensorFlow
def test_a_search_that_is_killed_again_and_again_equals_one_that_was_not(
    searches: Searches, tmp_path: Path
) -> None:
    toll = Toll()
    killed(searches, tmp_path, "hyperband", QUICK, toll)
    assert toll.kills.total() + toll.missed == len(QUICK) and toll.kills.total() > 0


def plan() -> list[tuple[str, tuple[str, ...], int]]:
    """Returns the searches: a method, the kinds of its kills, the workers."""
    names = list(ORACLES)
    searches = []
    for number in range(-(-KILLS // TOGETHER)):
        first = number * TOGETHER
        count = min(TOGETHER, KILLS - first)
        kinds = tuple(KINDS[(first + place * 3) % len(KINDS)] for place in range(count))
        searches.append((names[number % len(names)], kinds, 3 if number % 3 == 2 else 1))
    return searches


@pytest.mark.slow
@pytest.mark.timeout(0)
def test_many_kills_of_every_method(searches: Searches, tmp_path: Path) -> None:
    toll = Toll()
    for number, (oracle, kinds, workers) in enumerate(plan()):
        killed(searches, tmp_path / str(number), oracle, kinds, toll, workers)
        print(f"{oracle}, {workers} workers, {', '.join(kinds)}: {toll}", flush=True)
    assert toll.kills.total() + toll.missed == KILLS
    print(f"tests/faults: {toll}")
