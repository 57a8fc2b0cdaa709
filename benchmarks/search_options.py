"""Options that several commands share: what is searched, in how many processes, what is printed."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.peers.environments import default_folder
from benchmarks.specs import split


def add_tables(parser: argparse.ArgumentParser, default: Path) -> None:
    """Adds `--tables`, a folder."""
    parser.add_argument(
        "--tables",
        type=Path,
        metavar="DIR",
        default=default,
        help=f"folder of the tables; default: ../shared/data/{default.name}",
    )


def add_environments(parser: argparse.ArgumentParser) -> None:
    """Adds `--environments`, the folder in which other libraries are installed."""
    parser.add_argument(
        "--environments",
        type=Path,
        metavar="DIR",
        default=default_folder(),
        help="folder of the other libraries' environments, which are made with venv and pip "
        "(default: one in the user's folder for caches)",
    )


def add_trials(parser: argparse.ArgumentParser, default: int) -> None:
    """Adds `--trials` of a search."""
    parser.add_argument(
        "--trials",
        type=int,
        default=default,
        metavar="N",
        help=f"trials of a search (default {default})",
    )


def add_seeds(parser: argparse.ArgumentParser, default: int, of: str) -> None:
    """Adds `--seeds`, which are 0, 1 and so on.

    Args:
        parser: Of a command.
        default: How many.
        of: What is made once with each.
    """
    parser.add_argument(
        "--seeds", type=int, default=default, metavar="N", help=f"{of} (default {default})"
    )


def add_jobs(parser: argparse.ArgumentParser, of: str = "processes") -> None:
    """Adds `--jobs`, how many things are done at a time."""
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help=f"{of} (default 1)")


def add_redo(parser: argparse.ArgumentParser, what: str = "methods") -> None:
    """Adds `--redo`, names whose results are not taken from the results file."""
    parser.add_argument(
        "--redo",
        type=split,
        metavar="A,B",
        default=[],
        help=f"{what} whose results in the file are computed again",
    )


def add_report(parser: argparse.ArgumentParser) -> None:
    """Adds `--report`, which computes nothing."""
    parser.add_argument(
        "--report",
        action="store_true",
        help="only print the tables of what the results file has",
    )
