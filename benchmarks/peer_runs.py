"""Searches by methods of ours and by those of other libraries: what a results file lacks is
computed, and who cannot take part is left out.
"""

from __future__ import annotations

import argparse
import functools
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.peers.preparing import reasons_left_out
from benchmarks.units import Unit, key_of, read_results, results_of, run_missing

Prepare = Callable[[Collection[str], Path], tuple[dict[str, str], dict[str, str]]]


@dataclass(frozen=True)
class Searches:
    """What came of the searches of a command.

    Attributes:
        results: One a search, with the keys of its unit; those that failed are not there.
        left_out: Why a method takes no part.
        code: Exit code of the command: 1 if a search failed.
    """

    results: list[dict[str, Any]]
    left_out: Mapping[str, str]
    code: int

    def told_with(self, table: str) -> str:
        """Returns a table, and below it who is left out and why."""
        if not table or not self.left_out:
            return table
        reasons = "\n".join(f"* {method}: {reason}" for method, reason in self.left_out.items())
        return f"{table}\n\nLeft out:\n\n{reasons}"


def method_of(unit: Mapping[str, Any]) -> str:
    """Returns the method of a unit."""
    return str(unit["noisy"] if "noisy" in unit else unit["method"])


def search_missing(
    units: Sequence[Unit],
    options: argparse.Namespace,
    peers: Collection[str],
    prepare: Prepare,
    compute: Callable[..., dict[str, Any]],
) -> Searches:
    """Makes the searches that the results file lacks, or with `--report` none.

    Args:
        units: All searches.
        options: With those of `benchmarks.search_options` and `--results`.
        peers: Which methods are other libraries'.
        prepare: Of `benchmarks.peers.registry` or `benchmarks.peers.curves`.
        compute: Makes one search of a unit, given `pythons` as well.
    """
    known = results_of(units, read_results(options.results))
    others = [each for each in dict.fromkeys(map(method_of, units)) if each in peers]
    if options.report:
        shown = {method_of(result) for result in known.values()}
        absent = [method for method in others if method not in shown]
        return Searches(list(known.values()), reasons_left_out(absent, options.environments), 0)

    def is_redone(unit: Unit) -> bool:
        return method_of(unit) in options.redo

    wanted = {method_of(unit) for unit in units if key_of(unit) not in known or is_redone(unit)}
    pythons, left_out = prepare([each for each in others if each in wanted], options.environments)
    able = [unit for unit in units if method_of(unit) not in left_out]
    given = functools.partial(compute, pythons=pythons)
    results = run_missing(able, given, options.results, options.jobs, is_redone)
    if len(results) < len(able):
        print(
            f"{len(able) - len(results)} of {len(able)} searches have no result.", file=sys.stderr
        )
    kept = [known[key] for key in map(key_of, units) if key in known]
    kept = [result for result in kept if method_of(result) in left_out]
    return Searches([*results, *kept], left_out, int(len(results) < len(able)))
