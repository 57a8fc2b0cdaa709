"""Independent pieces of a measurement, computed by several processes and kept in a file, so that an
interrupted run goes on.
"""

from __future__ import annotations

import functools
import json
import multiprocessing
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

Unit = dict[str, Any]
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}


def read_results(path: Path | None) -> list[dict[str, Any]]:
    """Returns the lines of a results file; an unfinished last line is passed over."""
    if path is None or not path.exists():
        return []
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


def results_of(
    units: Iterable[Unit], results: Iterable[Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Returns by key the last result of each unit that has one."""
    wanted = {key_of(unit): unit for unit in units}
    found: dict[str, dict[str, Any]] = {}
    for unit_keys in {tuple(sorted(unit)) for unit in wanted.values()}:
        for result in results:
            if all(name in result for name in unit_keys):
                key = key_of({name: result[name] for name in unit_keys})
                if key in wanted:
                    found[key] = dict(result)
    return found


def key_of(unit: Mapping[str, Any]) -> str:
    """Returns what identifies a unit."""
    return json.dumps(unit, sort_keys=True)


def run_missing(
    units: Sequence[Unit],
    function: Callable[[Unit], dict[str, Any]],
    path: Path | None,
    jobs: int = 1,
    redo: Callable[[Unit], bool] | None = None,
) -> list[dict[str, Any]]:
    """Computes the units that the file lacks and adds each one to it as soon as it is there.

    Args:
        units: What identifies a piece, JSON-able.
        function: Computes one; must be importable, for it may run in another process.
        path: The results file; None keeps nothing.
        jobs: Processes; 1 computes in this one.
        redo: Tells which units are computed again although the file has them.

    Returns:
        One result a unit, in order, with the unit's keys; units that failed are left out, and told
        on stderr.
    """
    known = results_of(units, read_results(path))
    missing = [
        unit for unit in units if key_of(unit) not in known or (redo is not None and redo(unit))
    ]
    _end_last_line(path)
    for number, (unit, result) in enumerate(_compute(missing, function, jobs), start=1):
        known[key_of(unit)] = {**unit, **result}
        if path is not None:
            with open(path, "a", encoding="utf-8") as file:
                file.write(json.dumps(known[key_of(unit)]) + "\n")
        print(f"{number} of {len(missing)}: {describe(unit)}", file=sys.stderr)
    return [known[key_of(unit)] for unit in units if key_of(unit) in known]


def describe(unit: Mapping[str, Any]) -> str:
    """Returns a unit in a few words."""
    return " ".join(str(value) for value in unit.values())


def _end_last_line(path: Path | None) -> None:
    """Ends a line that an interruption left unfinished, so that the next one stands alone."""
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not path.read_bytes().endswith(b"\n") and path.stat().st_size:
        with open(path, "ab") as file:
            file.write(b"\n")


def _compute(
    units: Sequence[Unit], function: Callable[[Unit], dict[str, Any]], jobs: int
) -> Iterator[tuple[Unit, dict[str, Any]]]:
    if jobs == 1 or len(units) < 2:
        for unit in units:
            yield from _attempt(unit, functools.partial(_with_one_thread, function, unit))
        return
    os.environ.update(ONE_THREAD)  # for the children, which load their own libraries
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        futures = {pool.submit(_with_one_thread, function, unit): unit for unit in units}
        try:
            for future in as_completed(futures):
                yield from _attempt(futures[future], future.result)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _with_one_thread(function: Callable[[Unit], dict[str, Any]], unit: Unit) -> dict[str, Any]:
    with threadpool_limits(1):
        return function(unit)


def _attempt(
    unit: Unit, compute: Callable[[], dict[str, Any]]
) -> Iterator[tuple[Unit, dict[str, Any]]]:
    """Yields the result; a unit that fails costs only itself."""
    try:
        result = compute()
    except Exception as error:
        traceback.print_exc(limit=-3)
        print(f"FAILED: {describe(unit)}: {error}", file=sys.stderr)
    else:
        yield unit, result
