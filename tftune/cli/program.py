"""The run loop shared by the programs: options, data, search, table, test metrics, and where the
files are.

Results go to stdout; progress and warnings to stderr. With `--json`, stdout is exactly the content
of `summary.json`. Exit codes: 0 done, 2 wrong usage, 3 no trial completed, 4 data missing or
offline, 130 interrupted. TensorFlow is imported when everything that can be checked without it is
in order.

Example:
    >>> print(data_line({"source": "sample", "train": 90, "validation": 30, "test": 30, "leak_rate": 0.1}))
    data: sample, 90 train, 30 validation and 30 test rows; leak rate 10.0 % (test rows that stand in train, too)
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tftune.cli import preflight
from tftune.cli.converters import integer
from tftune.cli.options import Option, OptionTable
from tftune.cli.search_options import (
    METHOD_OPTIONS,
    RUN_OPTIONS,
    SEARCH_OPTIONS,
    TRAINING_OPTIONS,
    default_scheduler,
    help_text,
    method_options,
    scheduler_options,
)
from tftune.errors import NoTrialCompletedError, SearchInterrupted, TftuneError
from tftune.execution.choose import prepare
from tftune.journal.run_folder import RunFolder, check_agrees
from tftune.oracles import ORACLES
from tftune.schedulers import SCHEDULERS
from tftune.support.tensorflow_import import prefer_fast_kernels, quiet_import

_EPILOG = """\
Every option can be set by an environment variable, such as TFTUNE_MAX_TRIALS=20; a flag wins.
Exit codes: 0 done, 2 wrong usage, 3 no trial completed, 4 data missing or offline, 130 interrupted."""


@dataclass(frozen=True)
class Program:
    """What tells one program from another.

    Attributes:
        task: Its name: `python -m tftune.<task>`.
        sentence: What it does.
        objective: The metric searched for.
        direction: `max` or `min`.
        epochs: Epochs of a trial by default.
        sample_epochs: The same for `--data sample`, which is to be quick.
        data_options: Where the data come from.
        examples: `(arguments, what they do)` for the help.
        load: Returns the `tftune.datasets.base.Dataset` for the options.
        make_model: Returns the tunable model for the options and the dataset.
    """

    task: str
    sentence: str
    objective: str
    direction: str
    epochs: int
    sample_epochs: int
    data_options: tuple[Option, ...]
    examples: tuple[tuple[str, str], ...]
    load: Callable[[argparse.Namespace], Any]
    make_model: Callable[[argparse.Namespace, Any], Any]

    def options(self) -> OptionTable:
        """Returns all options and the help."""
        default = f"(default: {self.epochs}; with --data sample {self.sample_epochs})"
        epochs = Option(
            "--epochs",
            "E",
            integer(1),
            None,
            f"epochs of a trial at the most; hyperband: of the longest trials {default}",
        )
        search = (*SEARCH_OPTIONS[:2], epochs, *SEARCH_OPTIONS[2:])
        examples = _aligned(
            [
                (f"python -m tftune.{self.task} {arguments}".rstrip(), text)
                for arguments, text in self.examples
            ]
        )
        methods = _aligned([(name, ORACLES.summary(name)) for name in ORACLES])
        schedulers = _aligned([(name, SCHEDULERS.summary(name)) for name in SCHEDULERS])
        text = (
            f"{self.sentence}\n\nexamples:\n{examples}\n\nsearch methods "
            f"(--search):\n{methods}\n\nschedulers (--scheduler):\n{schedulers}"
        )
        return OptionTable(
            self.task,
            [*search, *METHOD_OPTIONS, *TRAINING_OPTIONS, *self.data_options, *RUN_OPTIONS],
            text,
            _EPILOG,
        )


def main(program: Program, arguments: Sequence[str] | None = None) -> int:
    """Runs a program and returns its exit code.

    Args:
        program: Which one.
        arguments: The command line after the program's name; that of this process by default.

    Raises:
        SystemExit: For `--help`, `--version` and mistakes in the options.
    """
    table = program.options()
    options = table.parse(sys.argv[1:] if arguments is None else arguments, os.environ)
    described = help_text(options)
    if described is not None:
        print(described)
        return 0
    if options.scheduler is None:
        options.scheduler = default_scheduler(options.search)
    if options.epochs is None:
        options.epochs = program.sample_epochs if options.data == "sample" else program.epochs
    folder = RunFolder(options.run_dir or Path("runs") / f"{program.task}-{options.search}")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # read once, when TensorFlow is imported
    prefer_fast_kernels()
    try:
        with _short_warnings(), _sigterm_as_ctrl_c():
            return _run(program, options, folder)
    except (KeyboardInterrupt, SearchInterrupted):
        if options.json and folder.summary.exists():
            sys.stdout.write(folder.summary.read_text(encoding="utf-8"))
        if folder.exists():
            _tell(
                f"Interrupted; what was done is kept in {folder.path}. Go on with:\n  "
                f"{table.command(options, '--resume')}"
            )
        else:
            _tell("Interrupted; nothing was begun.")
        return SearchInterrupted.exit_code
    except NoTrialCompletedError as error:
        if options.json:
            sys.stdout.write(folder.summary.read_text(encoding="utf-8"))
        _tell(f"error: {error}")
        return error.exit_code
    except TftuneError as error:
        _tell(f"error: {error}")
        return error.exit_code


def _run(program: Program, options: argparse.Namespace, folder: RunFolder) -> int:
    preflight.check_folder(folder, options)
    header = preflight.check_options(options, folder, program.objective, program.direction)
    if options.ray_address is None:
        prepare(options.workers)
    dataset = program.load(options)
    if header is not None:
        objective = {"name": program.objective, "direction": program.direction}
        preflight.check_resumed(
            header,
            options,
            {"task": program.task, "objective": objective, "data": dataset.summary()},
        )
    if not options.quiet:
        _tell(data_line(dataset.summary()))
    with contextlib.redirect_stdout(sys.stderr):  # what builds or trains may print
        tuner = _make_tuner(program, options, folder, dataset, header)
        tuner.search(
            *dataset.train.load(), validation_data=dataset.validation.load(), epochs=options.epochs
        )
        reason = tuner.state.finish["reason"]
        tuner.evaluate_best(*dataset.test.load())
    if options.json:
        sys.stdout.write(folder.summary.read_text(encoding="utf-8"))
    else:
        _print_results(tuner.state, folder)
    if reason == "timeout":
        _tell(
            "The time limit ended the search. Go on with:\n  "
            f"{program.options().command(options, '--resume')}"
        )
    return 0


def _make_tuner(
    program: Program, options: argparse.Namespace, folder: RunFolder, dataset: Any, header: Any
) -> Any:
    from tftune.reports.live import LiveView
    from tftune.reports.tensorboard_log import TensorBoardLog

    with quiet_import():
        import keras_tuner

        from tftune.oracles.core.given import fix_knobs
        from tftune.search.tuner import Tuner
        from tftune.space.search_space import SearchSpace

        model = program.make_model(options, dataset)
    hyperparameters = keras_tuner.HyperParameters()
    model.declare_hyperparameters(hyperparameters)
    starts, fixed = preflight.given_values(options, SearchSpace(hyperparameters).config()["knobs"])
    if header is not None:  # in one second, where the Tuner needs some
        check_agrees(
            header,
            header,
            SearchSpace(fix_knobs(hyperparameters, fixed)).difference(header["space"]),
        )
    return Tuner(
        model,
        options.search,
        objective=keras_tuner.Objective(program.objective, program.direction),
        max_trials=options.max_trials,
        seed=options.seed,
        hyperparameters=hyperparameters,
        oracle_options=method_options(options),
        start=starts,
        fixed=fixed,
        warm_start=options.warm_start,
        directory=folder.path.parent,
        project_name=folder.path.name,
        overwrite=options.overwrite,
        scheduler=options.scheduler,
        scheduler_options=scheduler_options(options),
        listeners=[TensorBoardLog(folder.tensorboard), *([] if options.quiet else [LiveView()])],
        task=program.task,
        data_summary=dataset.summary(),
        groups=dataset.groups if options.folds else None,
        **preflight.run_settings(options),
        **preflight.training_settings(options),
    )


def data_line(data: Mapping[str, Any]) -> str:
    """Returns the line that says what the search is run on, and how far the test score can be
    trusted.
    """
    line = (
        f"data: {data['source']}, {data['train']} train, {data['validation']} validation and "
        f"{data['test']} test rows"
    )
    split = f", {data['split']} split" if "split" in data else ""
    if "leak_rate" not in data:
        return line + split
    line += (
        f"{split}; leak rate {100 * data['leak_rate']:.1f} % (test rows that stand in train, too)"
    )
    return line + (
        "\nWith this leak the test score is flattered. --split grouped has none."
        if split and data["leak_rate"] > 0.01
        else ""
    )


def _print_results(state: Any, folder: RunFolder) -> None:
    from tftune.reports.tables import format_value, print_best_trials

    print_best_trials(state)
    metrics = "  ".join(
        f"{name} {format_value(value)}" for name, value in state.test["metrics"].items()
    )
    files = [
        (folder.summary, "the result"),
        (folder.trials_csv, "every trial, a row each"),
        (folder.best_model, f'keras.models.load_model("{folder.best_model}")'),
        (folder.tensorboard, f"tensorboard --logdir {folder.tensorboard} --host 127.0.0.1"),
    ]
    print(f"\nTest split, trial {state.test['trial_id']}: {metrics}\n")
    print("Files:\n" + _aligned([(str(path), text) for path, text in files]))


def _aligned(rows: Sequence[tuple[str, str]]) -> str:
    width = max((len(left) for left, _ in rows), default=0)
    return "\n".join(f"  {left.ljust(width)}  {right}" for left, right in rows)


def _tell(message: str) -> None:
    print(message, file=sys.stderr)


@contextlib.contextmanager
def _short_warnings() -> Iterator[None]:
    """Shows a warning as one line; where in our code it was raised helps no user."""
    before = warnings.formatwarning
    warnings.formatwarning = lambda message, *_, **__: f"warning: {message}\n"
    try:
        yield
    finally:
        warnings.formatwarning = before


@contextlib.contextmanager
def _sigterm_as_ctrl_c() -> Iterator[None]:
    """Lets SIGTERM end the program as Ctrl-C does, also before and after the search."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Python lets only the main thread handle signals
        return

    def handle(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
