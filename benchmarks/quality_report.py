"""What the searches gave, as Markdown: regret over the tables, on Branin and Hartmann-6, and over
the BBOB functions.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.bbob import GROUPS
from benchmarks.function_problems import FUNCTION_NAMES
from benchmarks.markdown import number, table
from benchmarks.peers import EXACT_RANDOM, LEAST_REGRET

REFERENCE = "optuna-tpe"
LEAST_RATIO, GREATEST_RATIO = (
    1e-3,
    1e3,
)  # one lucky hit of an optimum must not decide a mean over 24 functions

Runs = Mapping[
    tuple[str, str], Mapping[int, Mapping[str, Any]]
]  # (method, problem) -> seed -> result
Estimate = tuple[float, float]  # mean and its standard error


def group(results: Iterable[Mapping[str, Any]]) -> Runs:
    """Sorts results by method, problem and seed."""
    runs: dict[tuple[str, str], dict[int, Mapping[str, Any]]] = defaultdict(dict)
    for result in results:
        runs[result["method"], result["problem"]][result["seed"]] = result
    return runs


def regret_at(result: Mapping[str, Any], trials: int) -> float:
    """Returns the least regret of the first so many trials.

    Example:
        >>> regret_at({"curve": [[1, 0.5], [3, 0.25]]}, 2)
        0.5
    """
    return float([regret for trial, regret in result["curve"] if trial <= trials][-1])


def estimate(values: Sequence[float]) -> Estimate:
    """Returns the mean and its standard error; that of one value is NaN.

    Example:
        >>> estimate([1.0, 3.0])
        (2.0, 1.0)
    """
    error = float(np.std(values, ddof=1)) / math.sqrt(len(values)) if len(values) > 1 else math.nan
    return float(np.mean(values)), error


def together(estimates: Sequence[Estimate]) -> Estimate:
    """Returns the mean of independent means, with its standard error."""
    return float(np.mean([mean for mean, _ in estimates])), math.sqrt(
        sum(error**2 for _, error in estimates)
    ) / len(estimates)


class QualityReport:
    """Makes the tables.

    Args:
        results: Of `searches.run_unit`, with the units' keys.
        methods: Rows, in the order of the registry and the peers; the tables are sorted by their
            last regret.
        tables: Names of the tables that were searched.
        bbob: Names of the BBOB functions that were searched.
        checkpoints: Numbers of trials, ascending.
    """

    def __init__(
        self,
        results: Iterable[Mapping[str, Any]],
        methods: Sequence[str],
        tables: Sequence[str],
        bbob: Sequence[str],
        checkpoints: Sequence[int],
    ) -> None:
        self.runs, self.methods, self.tables, self.bbob, self.checkpoints = (
            group(results),
            methods,
            tables,
            bbob,
            checkpoints,
        )

    def sections(self) -> dict[str, str]:
        """Returns the tables by the name of their place in the README; those without a result are
        left out.
        """
        found = {
            "search-tables": self._tables_mean() if self.tables else "",
            "search-each-table": self._each_table() if self.tables else "",
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

    def _tables_mean(self) -> str:
        reference = self.tables_regret(REFERENCE, self.checkpoints[-1])

        def row(method: str) -> list[str]:
            found = [self.tables_regret(method, trials) for trials in self.checkpoints]
            last = found[-1]
            ratio = number(last[0] / reference[0], 2) if last and reference else "-"
            return [
                method,
                self._seeds(method, self.tables),
                *map(_cell, found),
                ratio,
                self._milliseconds(method, self.tables),
            ]

        header = [
            "method",
            "seeds",
            *(f"{trials} trials" for trials in self.checkpoints),
            f"of {REFERENCE}",
            "ms a trial",
        ]
        return self._sorted_table(
            header,
            row,
            self.tables,
            lambda method: self.tables_regret(method, self.checkpoints[-1]),
        )

    def _each_table(self) -> str:
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
            return [method, self._seeds(method, names), *map(_cell, found)]

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
                _cell(self.bbob_ratio(method, self.bbob, trials)) for trials in self.checkpoints
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


def _cell(found: Estimate | None) -> str:
    if found is None:
        return "-"
    mean, error = found
    return f"{number(mean)} ± {number(error, 2)}" if error > 1e-12 * abs(mean) else number(mean)
