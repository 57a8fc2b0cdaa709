"""What the commands of this folder have in common: where results are kept, where tables go, and how
a mistake is told.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.markdown import README, fill
from tftune.errors import DataError, UsageError


def parser_of(name: str, description: str | None) -> argparse.ArgumentParser:
    """Returns the parser of `python -m benchmarks.NAME` with the options of every command."""
    parser = argparse.ArgumentParser(
        prog=f"python -m benchmarks.{name}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "--results",
        type=Path,
        metavar="FILE",
        help="JSON-lines file that keeps the results: a run that is started again goes on",
    )
    add(
        "--write-readme",
        nargs="?",
        type=Path,
        const=README,
        metavar="FILE",
        help="also write the tables into benchmarks/README.md",
    )
    return parser


def run_command(
    parser: argparse.ArgumentParser,
    arguments: Sequence[str] | None,
    run: Callable[[argparse.Namespace], int],
) -> int:
    """Runs a command on a command line; returns its exit code, 2 after a message for a mistake in
    the options.

    Args:
        parser: Of `parser_of`.
        arguments: The command line without the program; None takes that of this process.
        run: Does the work for the options and returns the exit code.
    """
    options = parser.parse_args(arguments)
    try:
        return run(options)
    except (UsageError, DataError) as error:
        parser.error(str(error))


def show(tables: Mapping[str, str], options: argparse.Namespace, complete: bool = True) -> None:
    """Prints tables, several of them under their names, and writes each into its place of the
    README if the options say so.

    Args:
        tables: By the name of their place.
        options: Of a parser of `parser_of`.
        complete: Whether there is something in them; otherwise the README is left as it is.
    """
    for name, text in tables.items():
        print(text if len(tables) == 1 else f"{name}\n\n{text}\n")
        if options.write_readme and complete:
            fill(options.write_readme, name, text)
