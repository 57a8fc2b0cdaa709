"""`tftune finish RUN`: the best of an interrupted search becomes its result."""

from __future__ import annotations

import argparse
import contextlib
import sys
from typing import Any

from tftune.cli.command import Subcommand
from tftune.cli.converters import source
from tftune.cli.runs import folder_of
from tftune.cli.terminal import print_json, print_results, tell
from tftune.support.files import expanded
from tftune.support.texts import quoted


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the arguments."""
    parser.add_argument(
        "run", metavar="RUN", type=source, help="a run folder, or its name in runs/"
    )
    parser.add_argument(
        "--data",
        metavar="DATA",
        type=source,
        help="the test data: an .npz file with arrays x and y; of a program's run where its data "
        "are now (default: loaded again as the program did)",
    )
    parser.add_argument(
        "--references",
        action=argparse.BooleanOptionalAction,
        help="fit simple models on the run's own data, too, some seconds (default: yes)",
    )
    parser.add_argument("--json", action="store_true", help="print summary.json")


def run(options: argparse.Namespace) -> int:
    """Evaluates and saves the best trial, and ends the search."""
    from tftune.cli.data_again import program_of, writable
    from tftune.search.load_run import Run
    from tftune.support.tensorflow_import import quiet_import

    found = Run(folder_of(options.run))
    folder = found.folder
    # what loads or builds may print
    with contextlib.redirect_stdout(sys.stderr), writable(folder):
        folder.check_free()  # of a running search nothing is taken
        found.best_trial()
        program = program_of(found.header)
        with quiet_import():
            from tftune.search.finishing import finish_run, is_finished
        wanted = program is not None or options.data is not None
        if is_finished(folder, found.state, evaluated=wanted):
            tell(f"{quoted(str(folder.path))} is finished already; nothing was changed.")
        else:
            found.state = finish_run(found, *_test_data(found, program, options))
    if options.json:
        print_json(folder.summary)
        return 0
    print_results(found.state, folder)
    if found.state.test is None:
        tell(
            "The best model is saved; it was not evaluated. Pass test data, a file with arrays x "
            f"and y: tftune finish {quoted(options.run)} --data FILE.npz"
        )
    return 0


def _test_data(found: Any, program: Any, options: argparse.Namespace) -> tuple[Any, ...]:
    """Returns the hypermodel of the search, where it is known, the rows of the test split, how near
    they stand to the training rows, and the reference models, where the data of the search are
    loaded.
    """
    from tftune.cli import data_again
    from tftune.search.own_report import is_wanted
    from tftune.search.references import VARIABLE, references_of_program

    path = None if options.data is None else expanded(options.data)
    if path is not None and (program is None or path.suffix.lower() == ".npz"):
        rows = data_again.rows_of_file(path)  # refuses what is no file of arrays
        hypermodel = None if program is None else data_again.hypermodel_of(program, found.header)
        return hypermodel, rows.x, rows.y
    if program is None:
        return None, None, None
    where = None if path is None else str(path)
    dataset = data_again.own_data(program, found.header, where)
    hypermodel = program.make_model(data_again.options_of(program, found.header, where), dataset)
    given = (hypermodel, *dataset.test.load(), dataset.nearness("test"))
    if not is_wanted(options.references, VARIABLE):
        return given
    return *given, references_of_program(dataset, found.header)


COMMAND = Subcommand(
    add_arguments,
    run,
    (
        ("runs/hemolysis-auto", "evaluates and saves the best trial so far"),
        ("runs/search --data test.npz", "of a search of your own: arrays x and y"),
        ("runs/search", "only saves the best model"),
    ),
)
