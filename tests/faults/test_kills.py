"""Real searches are killed at random moments, and resumed: no trial is lost, run twice or changed,
and nothing is left behind.

`pytest -n0 -m slow -s tests/faults/test_kills.py` kills 200 times and prints what it has done.
TFTUNE_FAULTS_KILLS sets another number, TFTUNE_FAULTS_RAY how many searches on Ray are among them,
TFTUNE_FAULTS_SEED other moments, TFTUNE_FAULTS_AT_ONCE how many searches run at a time.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.faults.kills import COLD, Killer
from tests.faults.ray_kills import RAY_KILLS, Cluster, RayKiller, token
from tests.faults.searches import Searches
from tests.faults.toll import KINDS, Toll
from tests.faults.warm_search import Session
from tftune.oracles import ORACLES

if not sys.platform.startswith("linux"):
    pytest.skip("looks into /proc", allow_module_level=True)

KILLS = int(os.environ.get("TFTUNE_FAULTS_KILLS", "200"))
SEED = os.environ.get("TFTUNE_FAULTS_SEED", "0")
TOGETHER = 7  # kills of one search: 200 then hit every method
# searches on Ray: of the 200 kills two times 6
RAY = int(os.environ.get("TFTUNE_FAULTS_RAY", KILLS // 100)) if find_spec("ray") else 0
AT_ONCE = int(os.environ.get("TFTUNE_FAULTS_AT_ONCE", "2"))  # searches
QUICK = ("weights", "everything", "best model")


@pytest.fixture(scope="module")
def searches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searches]:
    with token(tmp_path_factory.mktemp("ray")):
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
    cluster: Cluster | None = None,
    cold: float = COLD,
) -> None:
    """Kills a search in each of the ways, and resumes it to its end."""
    folder.mkdir(parents=True, exist_ok=True)
    lag = 4 if workers > 1 else 0
    whole, again = folder / f"{oracle}-whole", folder / f"{oracle}-killed"
    # Inline: the trials are the same, and it is sooner done.
    session = Session(oracle, str(whole), workers=0, lag=lag, pause=0.0)
    assert searches.wait(searches.begin(session)) == 0, Path(f"{whole}.log").read_text()
    seed = f"{SEED} {oracle} {kinds}"
    session = Session(oracle, str(again), workers, lag)
    killer = Killer(searches, session, whole, seed, toll, cold=cold)
    if cluster is not None:
        session.ray = cluster.nodes.address
        killer = RayKiller(cluster, searches, session, whole, seed, toll)
    killer.kill_in_each_way(kinds)
    killer.finish()


@pytest.mark.timeout(300)
def test_a_search_that_is_killed_again_and_again_equals_one_that_was_not(
    searches: Searches, tmp_path: Path
) -> None:
    toll = Toll()
    killed(searches, tmp_path, "hyperband", QUICK, toll, cold=0.0)
    assert toll.kills == dict.fromkeys(QUICK, 1)


def plan() -> list[tuple[str, tuple[str, ...], int]]:
    """Returns the searches: a method, the kinds of its kills, the workers."""
    names = list(ORACLES)
    searches = []
    kills = KILLS - RAY * len(RAY_KILLS)
    for number, first in enumerate(range(0, kills, TOGETHER)):
        places = range(first, min(first + TOGETHER, kills))
        kinds = tuple(KINDS[place % len(KINDS)] for place in places)
        workers = 3 if (number + number // len(names)) % 3 == 2 else 1
        searches.append((names[number % len(names)], kinds, workers))
    return searches


@pytest.fixture
def cluster(searches: Searches) -> Iterator[Cluster | None]:
    """A Ray cluster, if one is wanted; it needs the token that `searches` has."""
    if not RAY:
        yield None
        return
    cluster = Cluster()
    yield cluster
    cluster.close()


@pytest.mark.slow
@pytest.mark.timeout(0)
def test_many_kills_of_every_method(
    searches: Searches, cluster: Cluster | None, tmp_path: Path
) -> None:
    toll = Toll()

    def work(number: int, oracle: str, kinds: tuple[str, ...], workers: int, *where: Any) -> None:
        own = Toll()
        try:
            killed(searches, tmp_path / str(number), oracle, kinds, own, workers, *where)
        except BaseException as error:  # seen before the others have ended
            print(f"{number}: {oracle}: {type(error).__name__}: {error}", flush=True)
            raise
        toll.add(own)
        print(f"{oracle}, {workers} workers, {', '.join(kinds)}: {toll}", flush=True)

    def work_on_ray() -> None:
        for number in range(RAY):
            work(-1 - number, ("gp", "hyperband")[number % 2], RAY_KILLS, 2, cluster)

    # they wait more than they compute
    with ThreadPoolExecutor(AT_ONCE) as pool:
        ends = [pool.submit(work_on_ray)]
        ends += [pool.submit(work, number, *search) for number, search in enumerate(plan())]
    for end in ends:
        end.result()  # one that fails stops no other
    assert toll.kills.total() == KILLS
    print(f"tests/faults: {toll}")
    print(f"tests/faults: kills by how much was done, in tenths: {toll.spread()}")
