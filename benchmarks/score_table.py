"""The table of `benchmarks.time_to_score`: each search against KerasTuner's with the same seed."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.markdown import table

KERAS_TUNER, TFTUNE, OPTUNA = "keras-tuner", "tftune", "optuna"
HEADER = [
    "tool",
    "seeds",
    "matched",
    "seconds, median (range)",
    "KerasTuner's all / these",
    "to its best / these",
    "trials",
    "best AUC, mean",
]


def best_of(ends: Iterable[Sequence[Any]]) -> float:
    """Returns the best score; minus infinity if there is none.

    Example:
        >>> best_of([(10.0, 0.7), (20.0, None), (30.0, 0.8)]), best_of([])
        (0.8, -inf)
    """
    return max((score for _, score in ends if score is not None), default=-math.inf)


def seconds_to(target: float, ends: Iterable[Sequence[Any]]) -> float:
    """Returns the seconds at which the first trial ended that scored the target or more; infinity
    if there is none.

    Example:
        >>> seconds_to(0.7, [(10.0, 0.6), (20.0, 0.8), (30.0, 0.7)])
        20.0
        >>> seconds_to(0.9, [(10.0, None)])
        inf
    """
    return next((at for at, score in ends if score is not None and score >= target), math.inf)


@dataclass(frozen=True)
class Race:
    """One search against KerasTuner's with the same seed.

    Attributes:
        seconds: Until the target was reached, or the time limit.
        matched: Whether it was reached within the limit.
        whole: KerasTuner's seconds in all.
        first: KerasTuner's seconds to its best.
        trials: That had ended by then.
        best: Score of the best of them.
    """

    seconds: float
    matched: bool
    whole: float
    first: float
    trials: int
    best: float

    @classmethod
    def of(cls, result: Mapping[str, Any], reference: Mapping[str, Any]) -> Race:
        """Compares a result with KerasTuner's."""
        target, whole = best_of(reference["ends"]), reference["seconds"]
        reached = seconds_to(target, result["ends"])
        seconds = min(reached, whole)
        by_then = [end for end in result["ends"] if end[0] <= seconds]
        return cls(
            seconds,
            reached <= whole,
            whole,
            seconds_to(target, reference["ends"]),
            len(by_then),
            best_of(by_then),
        )


def score_table(results: Sequence[Mapping[str, Any]]) -> str:
    """Returns the table, KerasTuner first.

    A search that did not reach the target counts with its time limit. A number that depends on how
    long it would have gone on bears `>` or `<`: it is a bound.

    Example:
        >>> theirs = {"tool": "keras-tuner", "trials": 2, "seconds": 400.0, "seed": 0}
        >>> theirs["ends"] = [[200.0, 0.8], [399.0, 0.7]]
        >>> ours = {"tool": "tftune", "scheduler": "asha", "workers": 2, "seed": 0}
        >>> ours["ends"] = [[25.0, 0.75], [40.0, 0.81]]
        >>> print(score_table([theirs, ours]))  # doctest: +NORMALIZE_WHITESPACE
        | tool | seeds | matched | seconds, median (range)
          | KerasTuner's all / these | to its best / these | trials | best AUC, mean |
        |:--|--:|--:|--:|--:|--:|--:|--:|
        | KerasTuner RandomSearch, 2 trials | 1 | 1 of 1 | 200.0 (200.0-200.0)
          | 2.00 (2.00-2.00) | 1.00 (1.00-1.00) | 1 | 0.8000 |
        | tftune auto + asha, workers: 2 | 1 | 1 of 1 | 40.0 (40.0-40.0)
          | 10.00 (10.00-10.00) | 5.00 (5.00-5.00) | 2 | 0.8100 |
    """
    references = {result["seed"]: result for result in results if result["tool"] == KERAS_TUNER}
    races: dict[str, list[Race]] = {}
    for result in sorted(results, key=lambda result: result["tool"] != KERAS_TUNER):
        races.setdefault(title_of(result), []).append(Race.of(result, references[result["seed"]]))
    return table(HEADER, [row(title, found) for title, found in races.items()])


def title_of(result: Mapping[str, Any]) -> str:
    """Returns the name of a row."""
    if result["tool"] == KERAS_TUNER:
        return f"KerasTuner RandomSearch, {result['trials']} trials"
    if result["tool"] == OPTUNA:
        return f"Optuna TPE + MedianPruner, processes: {result['workers']}"
    return f"tftune auto + {result['scheduler']}, workers: {result['workers']}"


def row(title: str, races: Sequence[Race]) -> list[str]:
    """Returns the cells of one tool."""
    matched = [race.matched for race in races]
    cells = [title, str(len(races)), f"{sum(matched)} of {len(races)}"]
    cells.append(spread([race.seconds for race in races], matched, math.inf, 1))
    cells.append(spread([race.whole / race.seconds for race in races], matched, 0.0, 2))
    cells.append(spread([race.first / race.seconds for race in races], matched, 0.0, 2))
    best = [race.best for race in races if math.isfinite(race.best)]
    return [
        *cells,
        f"{statistics.median(race.trials for race in races):g}",
        f"{statistics.fmean(best):.4f}" if best else "-",
    ]


def spread(values: Sequence[float], known: Sequence[bool], extreme: float, digits: int) -> str:
    """Returns median and range; each is marked as a bound if it changes when the values that are
    not known become extreme.

    Example:
        >>> spread([50.0, 90.0, 70.0], [True, False, True], math.inf, 0)
        '70 (50->90)'
        >>> spread([2.0, 1.0], [True, False], 0.0, 1)
        '<1.5 (<1.0-2.0)'
    """
    at_worst = [
        value if is_known else extreme for value, is_known in zip(values, known, strict=True)
    ]
    sign = ">" if extreme == math.inf else "<"
    numbers = [(found(values), found(at_worst)) for found in (statistics.median, min, max)]
    median, least, most = (
        f"{sign if value != worst else ''}{value:.{digits}f}" for value, worst in numbers
    )
    return f"{median} ({least}-{most})"
