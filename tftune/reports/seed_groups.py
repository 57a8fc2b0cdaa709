"""Runs of the same plan that differ in their seeds, taken together.

Example:
    >>> from tftune.journal.state import SearchState
    >>> header = {"kind": "header", "search": "gp", "seed": 0}
    >>> header["objective"] = {"name": "val_auc", "direction": "max"}
    >>> states = [SearchState(header={**header, "seed": seed}) for seed in (0, 1)]
    >>> runs = [RunData(f"gp-{seed}", state, []) for seed, state in enumerate(states)]
    >>> [(group.name, group.runs) for group in groups(runs)]
    [('gp', ('gp-0', 'gp-1'))]
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from tftune.reports.comparing import canonical
from tftune.reports.measures import comparison, seeds
from tftune.reports.run_data import RunData
from tftune.support.texts import one_line


@dataclass(frozen=True)
class Group:
    """Runs of one plan that differ in their seeds.

    Attributes:
        name: Of the method and the scheduler.
        runs: Their names.
        best: The best scores over the seeds, or None where a run has none.
        test: The test scores, or None.
        scores: The best score of each run.
    """

    name: str
    runs: tuple[str, ...]
    best: seeds.Spread | None
    test: seeds.Spread | None
    scores: tuple[float, ...]


_OWN = ("kind", "schema", "seed", "versions", "origin", "time", "data", "crc")


def groups(runs: Sequence[RunData]) -> list[Group]:
    """Returns the runs grouped by their plans, in order; a group has one run or several seeds."""
    by_plan: dict[str, list[RunData]] = {}
    for run in runs:
        by_plan.setdefault(_plan_of(run), []).append(run)
    return [_group(members) for members in by_plan.values()]


def _plan_of(run: RunData) -> str:
    header = run.state.header
    data = header.get("data")
    source = data.get("source") if isinstance(data, Mapping) else None
    return canonical([{k: v for k, v in header.items() if k not in _OWN}, source])


def _group(runs: Sequence[RunData]) -> Group:
    bests = [run.state.best() for run in runs]
    scores = [best.score for best in bests if best is not None and best.score is not None]
    tests = [score_on_test(run) for run in runs]
    told = [score for score in tests if score is not None]
    header = runs[0].state.header
    words = [str(header.get(key)) for key in ("search", "scheduler") if header.get(key)]
    return Group(
        one_line(" with ".join(words), 60),
        tuple(run.name for run in runs),
        seeds.over_seeds(scores) if len(scores) == len(runs) else None,
        seeds.over_seeds(told) if len(told) == len(runs) else None,
        tuple(scores),
    )


def score_on_test(run: RunData) -> float | None:
    """Returns the test metric that the objective is, or None."""
    test = run.state.test
    value = None if test is None else test["metrics"].get(run.state.objective.removeprefix("val_"))
    return value if isinstance(value, int | float) and math.isfinite(value) else None


def group_tests(found: Sequence[Group]) -> list[tuple[Group, Group, float, float]]:
    """Returns each two groups of several seeds with the p-value of a rank test of their best
    scores, corrected for the number of tests, and the least that so few seeds can give.
    """
    several = [group for group in found if group.best is not None and len(group.runs) > 1]
    chosen = list(combinations(several, 2))
    corrected = comparison.holm([seeds.rank_test(a.scores, b.scores) for a, b in chosen])
    return [
        (a, b, p, seeds.least_p(len(a.scores), len(b.scores)))
        for (a, b), p in zip(chosen, corrected, strict=True)
    ]
