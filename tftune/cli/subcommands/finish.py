"""`tftune finish RUN`: the best of an interrupted search becomes its result; with `--share`, of a
search that has come to its end the model is finished.
"""

from __future__ import annotations

import argparse
import contextlib
import shlex
import sys
from typing import Any

from tftune.cli.command import Subcommand
from tftune.cli.converters import number, source
from tftune.cli.runs import folder_of
from tftune.cli.terminal import print_json, print_results, tell
from tftune.errors import UsageError
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
    parser.add_argument(
        "--share",
        metavar="SHARE",
        type=number(0),
        help="of a program's search that is done: finish its model in this part of the trials' "
        "time, such as 0.2 (what --finish does): confirm, average the last weights, refit on train "
        "and validation, join the best, each only if it gains on rows it did not choose on",
    )
    parser.add_argument("--json", action="store_true", help="print summary.json")


def run(options: argparse.Namespace) -> int:
    """Evaluates and saves the best trial, and ends the search."""
    from tftune.cli.data_again import program_of, writable
    from tftune.search.load_run import Run
    from tftune.support.tensorflow_import import quiet_import

    found = Run(folder_of(options.run))
    folder = found.folder
    if options.share is not None:
        return _finish_model(found, options)
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


def _finish_model(found: Any, options: argparse.Namespace) -> int:
    """Goes on with a program's search that is done, with nothing left to do but to finish it."""
    from tftune.cli.data_again import program_of
    from tftune.cli.program import main

    program, state, name = program_of(found.header), found.state, quoted(options.run)
    command = (found.header.get("origin") or {}).get("command")
    if program is None or command is None:
        raise UsageError(
            f"{name} was not begun by a program of tftune, so its data and its model are not known "
            "here. Expected the script that began it. Pass finish= to its Tuner and call search() "
            "again: what is done is not trained again."
        )
    if state.finish is None or state.finish["reason"] not in ("done", "flat"):
        reason = "it has not ended" if state.finish is None else state.finish["reason"]
        raise UsageError(
            f"--share finishes the model of a search that is done. Received: {name}, {reason}. Go "
            f"on with it first, by --resume --finish {options.share:g}; or leave --share out: the "
            "best trial so far then becomes its result."
        )
    if state.finished is not None and state.finished["share"] == options.share:
        tell(
            f"{name} is finished already, in this share of its trials' time: nothing is trained, "
            "and the test split is not used again."
        )
    elif state.is_tested:
        tell(
            "The test split was used for this run before. If a step is kept, it is used once more, "
            "for the finished model; the report counts that."
        )
    words = [*_words_of(command), "--resume", "--finish", f"{options.share:g}"]
    words += ["--run-dir", str(found.folder.path)]
    if options.data is not None:
        words += ["--data", options.data]
    if options.references is not None:
        words += ["--references" if options.references else "--no-references"]
    if options.json:
        words += ["--json"]
    return main(program, words)


def _words_of(command: str) -> list[str]:
    """Returns the options of the command that began a run, but where it lies and how it begins.

    Example:
        >>> _words_of("python -m tftune.beans --seed 1 --run-dir 'a b' --overwrite")
        ['--seed', '1']
    """
    words = shlex.split(command)[3:]
    kept: list[str] = []
    for place, word in enumerate(words):
        before = words[place - 1] if place else ""
        of_folder = before == "--run-dir" or word.startswith("--run-dir")
        of_finish = word.startswith("--finish") or before == "--finish"
        if not (of_folder or of_finish or word in ("--resume", "--overwrite", "--json")):
            kept.append(word)
    return kept


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
    given = (hypermodel, *dataset.test.load(), dataset.nearness("test", found.state.is_refitted))
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
        ("runs/hemolysis-auto --share 0.2", "of a search that is done: finishes its model"),
    ),
)
