"""Whether what the notebooks teach shows in nearly every run, not in a lucky one.

    python -m benchmarks.taught --results taught.jsonl --write-readme

A notebook notes each of its claims in `taught`, with whether the numbers of that run agree. Here
every notebook runs from top to bottom with `SEED = 0`, `SEED = 1`, ...: another seed of the data,
of the weights and of the searches. A claim that holds in fewer than nine of ten runs is luck and
must not be taught; the exit code is then 1. A run takes about a minute on two cores, so ten
seeds of five notebooks take about an hour; `--results` lets them go on after a pause.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

import nbformat

from benchmarks.command import parser_of, run_command, show
from benchmarks.markdown import table
from benchmarks.notebook_runs import FOLDER, code_fingerprint, execute, replace_once, working_folder
from benchmarks.specs import split
from benchmarks.units import Unit, run_missing
from tftune.errors import UsageError
from tftune.support.checks import check_count

SHARE = 0.9  # of the runs, in which a claim must hold
_TELL = "import json; print(json.dumps({claim: bool(held) for claim, held in taught.items()}))"


def names() -> list[str]:
    """Returns the names of all notebooks in reading order."""
    return sorted(path.stem for path in FOLDER.glob("*.ipynb"))


def read(name: str) -> Any:
    """Returns a notebook."""
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code: 1 if a run failed or a claim is luck."""
    parser = parser_of("taught", __doc__)
    parser.add_argument(
        "--notebooks", type=split, metavar="A,B", help="such as 03_search_methods (default all)"
    )
    parser.add_argument(
        "--seeds", type=int, default=10, metavar="N", help="seeds 0, 1, ... (default 10)"
    )
    return run_command(parser, argv, measure)


def measure(options: argparse.Namespace) -> int:
    """Runs what is missing and prints the table.

    Raises:
        UsageError: If there is no such notebook, or the number of seeds is below 1.
    """
    check_count("--seeds", options.seeds, least=1)
    wanted = options.notebooks or names()
    if unknown := [name for name in wanted if name not in names()]:
        raise UsageError(
            f"There is no notebook {unknown[0]}. Expected some of {', '.join(names())}. "
            "Pass for example --notebooks 03_search_methods."
        )
    units = [
        {"notebook": name, "seed": seed, "source": code_fingerprint(read(name))}
        for name in wanted
        for seed in range(options.seeds)
    ]
    results = run_missing(units, run_unit, options.results)
    show({"taught": taught_table(results)}, options, complete=bool(results))
    return 0 if len(results) == len(units) and not lucky(results) else 1


def run_unit(unit: Unit) -> dict[str, Any]:
    """Runs one notebook with one seed.

    Returns:
        `seconds`, and `taught`: for each claim whether it held.

    Raises:
        nbclient.exceptions.CellExecutionError: If a cell raises.
    """
    notebook = read(unit["notebook"])
    replace_once(notebook, {"SEED = 0": f"SEED = {unit['seed']}"})
    notebook.cells.append(nbformat.v4.new_code_cell(_TELL))
    with working_folder() as folder:
        seconds = execute(notebook, folder)
    told = "".join(
        output.text
        for output in notebook.cells[-1].outputs
        if output.output_type == "stream" and output.name == "stdout"
    )
    return {"seconds": round(seconds, 1), "taught": json.loads(told)}


def held(results: Sequence[dict[str, Any]]) -> dict[tuple[str, str], dict[int, bool]]:
    """Returns, for each notebook and claim, the seeds and whether it held there.

    Example:
        >>> held([{"notebook": "a", "seed": 0, "taught": {"it rains": True}}])
        {('a', 'it rains'): {0: True}}
    """
    claims: dict[tuple[str, str], dict[int, bool]] = {}
    for result in results:
        for claim, agrees in result["taught"].items():
            claims.setdefault((result["notebook"], claim), {})[result["seed"]] = agrees
    return claims


def lucky(results: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    """Returns the claims that held too seldom, each with its notebook before it."""
    return [
        where
        for where, runs in held(results).items()
        if sum(runs.values()) < SHARE * len(runs) - 1e-9
    ]


def taught_table(results: Sequence[dict[str, Any]]) -> str:
    """Returns a row a claim: its notebook, in how many runs it held, and the seeds against it."""
    rows = []
    for (notebook, claim), runs in held(results).items():
        against = ", ".join(str(seed) for seed, agrees in runs.items() if not agrees)
        count = f"{sum(runs.values())} of {len(runs)}"
        rows.append([f"{notebook[:2]}: {claim}", count, against or "-"])
    return table(["notebook: claim", "held", "seeds against it"], rows)


if __name__ == "__main__":
    sys.exit(main())
