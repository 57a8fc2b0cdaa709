"""`tftune diagnose RUN`: high bias or high variance, and what to do about it.

The journal is enough. With `--learning-curve` the configuration is trained again on growing parts
of the training rows, which the report then shows, too; the test split is never used.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import sys
from collections.abc import Sequence
from typing import Any

from tftune.cli.command import Subcommand
from tftune.cli.converters import integer, source
from tftune.cli.runs import folder_of, opened
from tftune.cli.terminal import print_document, tell
from tftune.errors import NoTrialCompletedError, UsageError
from tftune.journal.readable import honest
from tftune.support.texts import quoted

_SIZES = (0.125, 0.25, 0.5, 1.0)  # as SHARES of search/training_sizes.py, which is slow to import
_REPEATS = 5


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"expected a number, such as 0.95. Received: {text!r}.")
    return value


def _sizes(text: str) -> tuple[float, ...]:
    return tuple(_number(part.strip()) for part in text.split(",") if part.strip())


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "run", metavar="RUN", type=source, help="a run folder, or its name in runs/"
    )
    parser.add_argument("--trial", metavar="ID", help="its id or its number (default: the best)")
    parser.add_argument(
        "--target",
        metavar="VALUE",
        type=_number,
        help="what the objective can reach: what a person does, or the noise of the labels leaves "
        "(default: the ceiling of the data, where it is known)",
    )
    parser.add_argument(
        "--learning-curve",
        action="store_true",
        help="train it on growing parts of the training rows; the run folder keeps what comes",
    )
    parser.add_argument(
        "--sizes",
        metavar="S,S,...",
        type=_sizes,
        default=_SIZES,
        help="shares of the training rows, or numbers of rows (default: 0.125,0.25,0.5,1)",
    )
    parser.add_argument(
        "--repeats",
        metavar="N",
        type=integer(1),
        default=_REPEATS,
        help=f"trainings on each size, with other rows and weights (default: {_REPEATS})",
    )
    parser.add_argument(
        "--epochs",
        metavar="E",
        type=integer(1),
        help="epochs on all rows; smaller sizes train as many steps (default: as in the search)",
    )
    parser.add_argument(
        "--data", metavar="DATA", type=source, help="where the data of a program's run are now"
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace a learning curve of another kind"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document to stdout")


def _run(options: argparse.Namespace) -> int:
    run = opened(options.run)
    trial_id = None
    if options.trial not in (None, "best"):
        from tftune.cli.trial_words import find_trial

        trial_id = find_trial(run, options.trial).trial_id
    if options.learning_curve:
        with contextlib.redirect_stdout(sys.stderr):  # what builds or trains may print
            _measure(run, trial_id, options)
    from tftune.reports.analysis.diagnosis import diagnose

    folder = folder_of(options.run)
    with honest(folder):  # what asks the most of a journal that somebody may have made by hand
        found = diagnose(run, trial_id, options.target)
    if found.trial is None:
        raise NoTrialCompletedError(
            f"Nothing can be told of {quoted(options.run)}: {found.why}. Expected a trial with a "
            "score. Go on with the search."
        )
    if options.json:
        from tftune.reports.analysis.diagnosis_words import document

        print_document({"run": run.name, **document(run, found)})
        return 0
    with honest(folder):
        _print(run, trial_id, options.target)
    return 0


def _measure(run: Any, trial_id: str | None, options: argparse.Namespace) -> None:
    """Trains on growing training sets."""
    from tftune.cli import data_again
    from tftune.search.load_run import Run
    from tftune.support.tensorflow_import import quiet_import

    program = data_again.program_of(run.state.header)
    if program is None:
        raise UsageError(
            f"{quoted(options.run)} does not tell how to load its data again, nor which function "
            "builds its models: it was not run by a program of tftune. Expected one that was. "
            "In Python: tftune.load_run(folder, build=build).learning_curve(x, y, "
            "validation_data=(x_validation, y_validation)); then tftune diagnose shows it."
        )
    found = Run(run.folder)
    found.folder.check_free()
    trial = found.best_trial() if trial_id is None else found.state.trials[trial_id]
    with quiet_import():
        from tftune.search.training_sizes import measure_training_sizes
    with data_again.writable(found.folder):
        dataset = data_again.own_data(program, found.header, options.data)
        loaded = data_again.options_of(program, found.header, options.data)
        x, y = dataset.train.load()
        measure_training_sizes(
            found,
            program.make_model(loaded, dataset),
            x,
            y,
            validation_data=dataset.validation.load(),
            trial=trial,
            sizes=options.sizes,
            repeats=options.repeats,
            epochs=options.epochs,
            overwrite=options.overwrite,
            told=_progress(run.state.objective),
        )


def _progress(objective: str) -> Any:
    from tftune.reports.tables import format_value

    name = objective.removeprefix("val_")

    def told(point: Any, number: int, of: int) -> None:
        values = [split.get(name) for split in (point.training, point.validation)]
        words = ["diverged" if value is None else format_value(value) for value in values]
        tell(
            f"{number}/{of}: {point.rows:,} rows, repetition {point.repeat + 1}: {name} "
            f"{words[0]} on training, {words[1]} on validation rows"
        )

    return told


def _print(run: Any, trial_id: str | None, target: float | None) -> None:
    import shutil
    import textwrap

    from tftune.reports.views.diagnosis import diagnosis

    view = diagnosis([run], trial_id, target)
    width = max(min(shutil.get_terminal_size().columns, 100), 40)
    for sentence in view.sentences:
        print(textwrap.fill(sentence, width, subsequent_indent="  ", break_on_hyphens=False))
    for table in view.tables:
        if table.header[0] == "remedy":
            print(f"\n{table.title}")
            _print_remedies(table.rows, width)
        elif table.header[0] == "rows":
            _print_table(table)


def _print_remedies(rows: Sequence[Sequence[str]], width: int) -> None:
    import textwrap

    for number, (name, how, support, words) in enumerate(rows, 1):
        head = f"{number:>3}  {name}: {how}"
        print(textwrap.fill(head, width, subsequent_indent=" " * 7, break_on_hyphens=False))
        text = f"{support}: {words}" if words else support
        indent = " " * 7
        print(textwrap.fill(text, width, initial_indent=indent, subsequent_indent=indent))


def _print_table(table: Any) -> None:
    from tftune.reports.text_table import Column, aligned_table

    columns = [
        Column(name, left=place not in table.numbers) for place, name in enumerate(table.header)
    ]
    text = aligned_table(columns, table.rows)
    print(f"\n{table.title}\n  " + text.replace("\n", "\n  "))


COMMAND = Subcommand(
    _add_arguments,
    _run,
    (
        ("runs/hemolysis-auto", "what is wrong with the best trial, and the remedies"),
        ("runs/beans-auto --target 0.98", "compared with what a person does"),
        ("runs/hemolysis-auto --learning-curve", "whether more data would help"),
    ),
)
