"""What a proposal costs: processor time of asking for a configuration and telling its result, for
each oracle and for other libraries.

    python -m benchmarks.proposing_cost --results costs.jsonl

A method runs until it has been told so many results; where that takes longer than the limit,
made-up results are told at once.
"""

from __future__ import annotations

import argparse
import functools
import sys
import time
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.command import parser_of, run_command, show
from benchmarks.contenders import (
    LIBRARIES,
    ExhaustedError,
    can_jump,
    contender_names,
    make_contender,
)
from benchmarks.markdown import number, table
from benchmarks.search_options import add_redo
from benchmarks.specs import parse, split
from benchmarks.units import Unit, run_missing
from tftune.errors import UsageError
from tftune.oracles import ORACLES

SIZES = (10, 50, 150, 500)
LARGE_SIZE, LARGE_METHODS = 10_000, ("random",)
MARGIN = 10  # trials beyond the last one measured


def arguments() -> argparse.ArgumentParser:
    """Returns the parser of the command line."""
    parser = parser_of("proposing_cost", __doc__)
    add = parser.add_argument
    add(
        "--methods",
        type=split,
        metavar="A,B",
        help=f"oracles (with options: gp:acquisition=EI) and {', '.join(LIBRARIES)}; default: all",
    )
    add(
        "--sizes",
        type=split,
        metavar="N,M",
        default=[str(size) for size in SIZES],
        help="results told before (default 10,50,150,500)",
    )
    add(
        "--large-size",
        type=int,
        default=LARGE_SIZE,
        help=f"results told before, of {', '.join(LARGE_METHODS)} (default {LARGE_SIZE}; 0: none)",
    )
    add(
        "--proposals",
        type=int,
        default=5,
        help="proposals measured at each size; their median is shown (default 5)",
    )
    add(
        "--limit-seconds",
        type=float,
        default=60.0,
        help="processor time of a method, after which it is not stepped further (default 60)",
    )
    add_redo(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code: 1 if a method failed."""
    return run_command(arguments(), argv, run)


def run(options: argparse.Namespace) -> int:
    """Measures what is missing and prints the table."""
    methods = options.methods or contender_names()
    unknown = [
        method for method in methods if method not in LIBRARIES and parse(method)[0] not in ORACLES
    ]
    if unknown:
        raise UsageError(
            f"There is no method {', '.join(unknown)}. Expected some of: "
            f"{', '.join(contender_names())}."
        )
    sizes = [int(size) for size in options.sizes]
    units = [
        {
            "method": method,
            "sizes": sizes_of(method, sizes, options.large_size),
            "proposals": options.proposals,
            "limit": options.limit_seconds,
        }
        for method in methods
    ]
    results = run_missing(
        units, measure_unit, options.results, redo=lambda unit: unit["method"] in options.redo
    )
    show({"proposing-cost": cost_table(results)}, options)
    return 0 if len(results) == len(units) else 1


def sizes_of(method: str, sizes: Sequence[int], large: int) -> list[int]:
    """Returns where a method is measured."""
    return [*sizes, large] if large and method in LARGE_METHODS else list(sizes)


def measure_unit(unit: Unit) -> dict[str, Any]:
    """Measures one method.

    Returns:
        `costs`: by size, as text, the median in `milliseconds` and whether the results were
        `told_at_once`; sizes not reached are absent.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of other libraries, about their own points
        return {"costs": measure(unit["method"], unit["sizes"], unit["proposals"], unit["limit"])}


def measure(
    method: str, sizes: Sequence[int], proposals: int, limit: float
) -> dict[str, dict[str, Any]]:
    """Measures a method at growing sizes, by stepping as long as the limit allows and by telling
    results at once from then on.

    A method that cannot be told at once, or has used up twice the limit, is not measured further.

    Args:
        method: Of `make_contender`.
        sizes: Ascending.
        proposals: Measured at each size.
        limit: Seconds of processor time.
    """
    trials = max(sizes) + proposals + MARGIN
    steps = functools.partial(make_contender, method, trials)
    contender, count, jumped = steps(), 0, False
    began = time.process_time()
    costs: dict[str, dict[str, Any]] = {}
    for size in sizes:
        try:
            while not jumped and count < size and time.process_time() - began < limit:
                contender.step()
                count += 1
            if count < size:
                if not can_jump(method) or time.process_time() - began > 2 * limit:
                    break
                contender, count, jumped = steps(size), size, True
                for _ in range(contender.warm_up):
                    contender.step()
            times = [_time(contender.step)]
            while len(times) < proposals and time.process_time() - began < 2 * limit:
                times.append(_time(contender.step))
        except ExhaustedError:
            break
        count += len(times)
        costs[str(size)] = {
            "milliseconds": round(1000.0 * float(np.median(times)), 4),
            "told_at_once": jumped,
        }
    return costs


def _time(function: Any) -> float:
    began = time.process_time()
    function()
    return time.process_time() - began


def cost_table(results: Sequence[Mapping[str, Any]]) -> str:
    """Returns milliseconds by method and size."""
    sizes = sorted({int(size) for result in results for size in result["sizes"]})
    rows = [[result["method"], *(_cell(result, size) for size in sizes)] for result in results]
    notes = (
        "Processor time with one thread; median, in milliseconds. * told at once instead of "
        "one by one; - not reached, or not asked for."
    )
    return f"{table(['method', *(f'{size} trials' for size in sizes)], rows)}\n\n{notes}"


def _cell(result: Mapping[str, Any], size: int) -> str:
    cost = result["costs"].get(str(size))
    if cost is None:
        return "-"
    return number(cost["milliseconds"], 2) + ("*" if cost["told_at_once"] else "")


if __name__ == "__main__":
    sys.exit(main())
