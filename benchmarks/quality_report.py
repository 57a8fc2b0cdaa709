"""What the searches gave, as Markdown: regret over the tables, on Branin and Hartmann-6, and over
the BBOB functions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from benchmarks.bbob import GROUPS
from benchmarks.estimates import (
    Estimate,
    best_of,
    cell,
    estimate,
    group,
    ratio,
    regret_at,
    together,
)
from benchmarks.exact_random import EXACT_RANDOM, LEAST_REGRET
from benchmarks.function_problems import FUNCTION_NAMES
from benchmarks.markdown import number, table

# one lucky hit of an optimum must not decide a mean over 24 functions
LEAST_RATIO, GREATEST_RATIO = 1e-3, 1e3


class QualityReport:
    """Makes the tables.

    Args:
        results: Of `searches.run_unit`, with the units' keys.
        methods: Rows, in the order of the registry and the peers; the tables are sorted by their
            last regret.
        tables: Names of the tables that were searched.
        bbob: Names of the BBOB functions that were searched.
        checkpoints: Numbers of trials, ascending.
        peers: Which methods are those of other libraries; all others are compared with the best of
            them.
    """

    def __init__(
        self,
        results: Iterable[Mapping[str, Any]],
        methods: Sequence[str],
        tables: Sequence[str],
        bbob: Sequence[str],
        checkpoints: Sequence[int],
        peers: Collection[str] = (),
    ) -> None:
        self.runs, self.methods = group(results), methods
        self.tables, self.bbob, self.checkpoints = tables, bbob, checkpoints
        self.peers = peers

    def sections(self) -> dict[str, str]:
        """Returns the tables by the name of their place in the README; those without a result are
        left out.
        """
        found = {
            "search-tables": self.tables_mean() if self.tables else "",
            "search-each-table": self.each_table() if self.tables else "",
            "search-functions": self._functions(),
            "search-bbob": self._bbob() if self.bbob else "",
        }
        return {name: text for name, text in found.items() if text}

    def mean_regret(self, method: str, problem: str, trials: int) -> Estimate | None:
        """Returns the mean over seeds, or None if there is no result."""
        runs = self.runs.get((method, problem), {})
        return estimate([regret_at(run, trials) for run in runs.values()]) if runs else None

    def tables_regret(self, method: str, trials: int) -> Estimate | None:
        """Returns the mean over the tables of the mean over seeds, or None if a table has no
        result.
        """
        found = [self.mean_regret(method, name, trials) for name in self.tables]
        known = [each for each in found if each is not None]
        if len(known) < len(found):
            return None
        return (together(known)[0], 0.0) if method == EXACT_RANDOM else together(known)

    def bbob_ratio(self, method: str, names: Sequence[str], trials: int) -> Estimate | None:
        """Returns the geometric mean over functions and seeds of regret / regret of random search,
        or None if a function has no result.
        """
        logarithms = []
        for name in names:
            chance, runs = (
                self.runs.get((EXACT_RANDOM, name), {}),
                self.runs.get((method, name), {}),
            )
            seeds = [seed for seed in runs if seed in chance]
            if not seeds:
                return None
            logarithms.append(
                estimate([self._log_ratio(runs[seed], chance[seed], trials) for seed in seeds])
            )
        mean, error = together(logarithms)
        return math.exp(mean), math.exp(mean) * error

    @staticmethod
    def _log_ratio(run: Mapping[str, Any], chance: Mapping[str, Any], trials: int) -> float:
        ratio = max(regret_at(run, trials), LEAST_REGRET) / regret_at(chance, trials)
        return math.log(min(max(ratio, LEAST_RATIO), GREATEST_RATIO))

    def best_peer(self, trials: int) -> str | None:
        """Returns the peer with the least regret over the tables."""
        peers = [method for method in self.methods if method in self.peers]
        return best_of({method: self.tables_regret(method, trials) for method in peers})

    def tables_mean(
        self, tried: QualityReport | None = None, confirmed: QualityReport | None = None
    ) -> str:
        """Returns the table of the means over the tables.

        Args:
            tried: Of the best configurations that were tried, where those are not the ones that
                the searches hand over.
            confirmed: Of the winners of as many trainings if the last of them are repeats.
        """
        last = self.checkpoints[-1]
        ends = sorted({self.checkpoints[0], last})
        best = {trials: self.best_peer(trials) for trials in ends}

        def row(method: str) -> list[str]:
            found = [self.tables_regret(method, trials) for trials in self.checkpoints]
            return [
                method,
                self._seeds(method, self.tables),
                *map(cell, found),
                *(cell(tried.tables_regret(method, trials)) for trials in ends if tried),
                *((cell(confirmed.tables_regret(method, last)),) if confirmed else ()),
                *(self._of_peer(method, best[trials], trials) for trials in ends),
                *((self._of_peer(method, best[last], last, confirmed),) if confirmed else ()),
                self._milliseconds(method, self.tables),
            ]

        header = [
            "method",
            "seeds",
            *(f"{trials} trials" for trials in self.checkpoints),
            *(f"best tried, {trials}" for trials in ends if tried),
            *((f"confirmed, {last}",) if confirmed else ()),
            *(f"of {best[trials] or 'best peer'}, {trials}" for trials in ends),
            *((f"confirmed of {best[last] or 'best peer'}, {last}",) if confirmed else ()),
            "ms a trial",
        ]
        return self._sorted_table(
            header,
            row,
            self.tables,
            lambda method: self.tables_regret(method, self.checkpoints[-1]),
        )

    def _of_peer(
        self, method: str, peer: str | None, trials: int, other: QualityReport | None = None
    ) -> str:
        """Returns the ratio to the best peer; its own is 1 without an error.

        Args:
            method: Whose regret is divided.
            peer: By whose regret, in this report.
            trials: After how many.
            other: The report that has the method's regret; None is this one.
        """
        if method == peer and other is None:
            return "1"
        known = None if peer is None else self.tables_regret(peer, trials)
        return cell(ratio((other or self).tables_regret(method, trials), known), 2)

    def each_table(self) -> str:
        """Returns a row a method with its means on each table."""

        def row(method: str) -> list[str]:
            cells = [
                [self.mean_regret(method, name, trials) for trials in self.checkpoints]
                for name in self.tables
            ]
            return [
                method,
                *(
                    " / ".join(number(each[0] if each else None, 2) for each in cell)
                    for cell in cells
                ),
            ]

        return self._sorted_table(
            ["method", *self.tables],
            row,
            self.tables,
            lambda method: self.tables_regret(method, self.checkpoints[-1]),
        )

    def _functions(self) -> str:
        names = [
            name
            for name in FUNCTION_NAMES
            if any((method, name) in self.runs for method in self.methods)
        ]

        def row(method: str) -> list[str]:
            found = [
                self.mean_regret(method, name, trials)
                for name in names
                for trials in self.checkpoints
            ]
            return [method, self._seeds(method, names), *map(cell, found)]

        header = [
            "method",
            "seeds",
            *(f"{name}, {trials}" for name in names for trials in self.checkpoints),
        ]
        return self._sorted_table(
            header,
            row,
            names,
            lambda method: self.mean_regret(method, names[-1], self.checkpoints[-1]),
        )

    def _bbob(self) -> str:
        groups = {
            name: [each for each in self.bbob if int(each[-2:]) in numbers]
            for name, numbers in GROUPS.items()
        }
        groups = {name: members for name, members in groups.items() if members}
        last = self.checkpoints[-1]

        def row(method: str) -> list[str]:
            everything = [
                cell(self.bbob_ratio(method, self.bbob, trials)) for trials in self.checkpoints
            ]
            ratios = [self.bbob_ratio(method, members, last) for members in groups.values()]
            parts = [number(ratio[0] if ratio else None, 2) for ratio in ratios]
            return [
                method,
                self._seeds(method, self.bbob),
                *everything,
                *parts,
                self._milliseconds(method, self.bbob),
            ]

        header = ["method", "seeds", *(f"{trials} trials" for trials in self.checkpoints)]
        header += [f"{name}, {last}" for name in groups] + ["ms a trial"]
        return self._sorted_table(
            header, row, self.bbob, lambda method: self.bbob_ratio(method, self.bbob, last)
        )

    def _sorted_table(
        self,
        header: list[str],
        row: Callable[[str], list[str]],
        problems: Sequence[str],
        order: Callable[[str], Estimate | None],
    ) -> str:
        """Returns the table of the methods that have a result, best first; those without a mean
        come last.
        """
        shown = [
            method
            for method in self.methods
            if any((method, problem) in self.runs for problem in problems)
        ]
        if not shown:
            return ""
        orders = {method: order(method) for method in shown}
        shown.sort(key=lambda method: math.inf if orders[method] is None else orders[method][0])  # type: ignore[index]
        return table(header, [row(method) for method in shown])

    def _seeds(self, method: str, problems: Sequence[str]) -> str:
        counts = [len(self.runs.get((method, problem), {})) for problem in problems]
        if method == EXACT_RANDOM:
            return "exact"
        return str(counts[0]) if len(set(counts)) == 1 else f"{min(counts)}-{max(counts)}"

    def _milliseconds(self, method: str, problems: Sequence[str]) -> str:
        """Returns the processor time of a trial, which is the method's own: looking a loss up costs
        next to nothing.
        """
        if method == EXACT_RANDOM:
            return "-"
        runs = [
            run for problem in problems for run in self.runs.get((method, problem), {}).values()
        ]
        return number(
            1000.0
            * sum(run["cpu_seconds"] for run in runs)
            / max(1, sum(run["done"] for run in runs)),
            2,
        )
