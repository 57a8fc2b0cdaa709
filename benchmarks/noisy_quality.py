"""Searches whose every trial sees one random seed: what the configuration that a search hands over
is worth on average, which is not what it seemed to be worth.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.noisy_tables import (
    NoisyTable,
    cached_table,
    noisy_peer_search,
    noisy_search,
)
from benchmarks.quality_report import QualityReport
from tftune.search.run_settings import RunSettings
from tftune.support.seeding import generator

RACES = 20  # draws of fresh seeds that a search's confirmed winner is averaged over


def run_noisy_unit(
    unit: dict[str, Any], tables: str, pythons: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Runs one search.

    Args:
        unit: Keys noisy (the method), problem, seed and trials.
        tables: The folder of the tables.
        pythons: Of the peers' environments, by method.

    Returns:
        `places` and `draws` as `noisy_search` does; `done`, the trials carried out; and `seconds`
        by the clock and of the processor.
    """
    found, method = cached_table(tables, unit["problem"]), unit["noisy"]
    seed, trials = unit["seed"], unit["trials"]
    wall, processor = time.perf_counter(), time.process_time()
    if pythons is not None and method in pythons:
        search = noisy_peer_search(found, method, pythons[method], seed, trials)
    else:
        search = noisy_search(found, method, seed, trials)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    return {
        **search,
        "done": len(search["places"]),
        "seconds": round(wall, 4),
        "cpu_seconds": round(processor + search.get("cpu_seconds", 0.0), 4),
    }


def chosen(places: Sequence[int], losses: Sequence[float]) -> int:
    """Returns the place that a search hands over: that of the least loss, or of the least mean
    where places were tried again. Of equals it is the first.

    Example:
        >>> chosen([4, 7, 7], [0.5, 0.25, 1.0])
        4
    """
    seen: dict[int, list[float]] = {}
    for place, loss in zip(places, losses, strict=True):
        seen.setdefault(place, []).append(loss)
    return min(seen, key=lambda place: float(np.mean(seen[place])))


def confirmed_regret(found: NoisyTable, search: Mapping[str, Any], trainings: int) -> float:
    """Returns the regret of the winner if the last of so many trainings are the repeats that the
    programs make by default after a search of this length.

    It is the mean over `RACES` draws of fresh seeds, of which all contenders of a round see one.

    Args:
        found: The table.
        search: With `seed`, `places` and `draws`.
        trainings: Of the search and its repeats together.
    """
    rounds = RunSettings(workers=0).rounds(trainings)
    searched = trainings - sum(rounds)
    places, draws = search["places"][:searched], search["draws"][:searched]
    fresh = generator(search["seed"], 0, f"fresh seeds on {found.problem.name}")
    regrets = []
    for _ in range(RACES if rounds else 1):
        seeds = fresh.integers(found.losses.shape[1], size=len(rounds))
        race = found.race(places, draws, rounds, lambda number, _, seeds=seeds: int(seeds[number]))
        regrets.append(found.regret(places[race.winner]))
    return float(np.mean(regrets))


def noisy_sections(
    results: Iterable[Mapping[str, Any]],
    folder: Path,
    methods: Sequence[str],
    tables: Sequence[str],
    checkpoints: Sequence[int],
    peers: Collection[str],
) -> dict[str, str]:
    """Returns the tables by the name of their place in the README.

    Args:
        results: Of `run_noisy_unit`, with the units' keys.
        folder: Of the tables.
        methods: Rows.
        tables: Names of the tables that were searched.
        checkpoints: Numbers of trials, ascending.
        peers: Which methods are those of other libraries.
    """
    handed, tried, confirmed = [], [], []
    for result in results:
        found = cached_table(str(folder), result["problem"])
        places, draws = result["places"], result["draws"]
        losses = [float(each) for each in found.losses[places, draws]]
        regrets = [found.regret(place) for place in places]
        same = {name: result[name] for name in ("problem", "seed", "done", "cpu_seconds")}
        same["method"] = result["noisy"]
        curve = [
            [trials, found.regret(chosen(places[:trials], losses[:trials]))]
            for trials in checkpoints
        ]
        handed.append({**same, "curve": curve})
        tried.append({**same, "curve": [[n, min(regrets[:n])] for n in checkpoints]})
        last = checkpoints[-1]
        confirmed.append({**same, "curve": [[last, confirmed_regret(found, result, last)]]})
    report, best, raced = (
        QualityReport(each, methods, tables, (), checkpoints, peers)
        for each in (handed, tried, confirmed)
    )
    repeats = RunSettings(workers=0).rounds(checkpoints[-1])
    sections = {
        "search-noisy": report.tables_mean(tried=best, confirmed=raced if repeats else None),
        "search-noisy-each-table": report.each_table(),
    }
    return {name: text for name, text in sections.items() if text}
