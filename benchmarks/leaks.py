"""What leaks from training into the test splits of the two tasks, and what contradicting labels
allow at best; by `tftune check-data`, in seconds.

    python -m benchmarks.leaks --peptides FOLDER --write-readme
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.command import parser_of, run_command, show
from benchmarks.markdown import table
from benchmarks.processes import ROOT

HEADER = ("data", "split", "train, validation, test", "equal", "1 edit", "3 edits")
CEILINGS = ("data", "inputs with several labels", "their rows", "AUC", "accuracy", "log loss")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code."""
    parser = parser_of("leaks", __doc__)
    parser.add_argument("--peptides", default="download", help="their files (default: download)")
    parser.add_argument("--leaves", default="tfds", help="the leaves (default: tfds)")
    return run_command(parser, argv, measure)


def measure(options: argparse.Namespace) -> int:
    """Checks both sources and prints the tables."""
    found = {"peptides": checked(options.peptides), "leaves": checked(options.leaves)}
    show({"leaks": leaks_table(found), "ceilings": ceilings_table(found)}, options)
    return 0


def checked(source: str) -> dict[str, Any]:
    """Returns what `tftune check-data --json` finds.

    Raises:
        RuntimeError: If it failed; the message quotes what it printed.
    """
    words = [sys.executable, "-m", "tftune", "check-data", source, "--json"]
    ended = subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT)
    if ended.returncode:
        raise RuntimeError(f"{' '.join(words[1:])} failed.\n{ended.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def leaks_table(found: Mapping[str, Mapping[str, Any]]) -> str:
    """Returns a row for each kind of split of sequences, and one for data that come split."""
    lines = []
    for name, told in found.items():
        for kind, split in (told.get("splits") or {}).items():
            shares = (split[key] for key in ("leak_rate", "near_leak_rate", "leak_rate_within_3"))
            lines.append([name, kind, _rows(split["rows"]), *map(_percent, shares)])
        if "test" in told["rows"]:
            equal, near = (told[key]["across"]["test"]["train"] for key in ("exact", "near"))
            alike = f"{_percent(near)} alike"
            lines.append([name, "as published", _rows(told["rows"]), _percent(equal), alike, "-"])
    return table(HEADER, lines)


def ceilings_table(found: Mapping[str, Mapping[str, Any]]) -> str:
    """Returns what no model can exceed, because equal inputs carry different labels."""
    lines = []
    for name, told in found.items():
        labels, most = told["contradictions"], told["ceiling"]
        counts = (f"{labels[key]:,}" for key in ("inputs", "rows"))
        ends = (f"{most[key]:.4f}" for key in ("auc", "accuracy", "log_loss"))
        lines.append([name, *counts, *ends])
    return table(CEILINGS, lines)


def _rows(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{counts[split]:,}" for split in ("train", "validation", "test"))


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


if __name__ == "__main__":
    sys.exit(main())
