"""An experiment: a subcommand of a program that trains many models under one protocol and writes a
table and figures into its run folder.

A module of this package defines `EXPERIMENT`. Its `run` asks for measurements and returns views:

    def train(options, cell):  # at the top level of the module, so that another process finds it
        return {"accuracy": ...}  # plain numbers, texts, lists

    def run(measurements):
        cells = [{"rate": rate, "seed": seed} for rate in (0.1, 0.01) for seed in seeds]
        found = measurements.measure(train, cells)  # a mapping for each cell, in order
        return [View(...)]

Each measurement is kept when it is made, so an interrupted experiment is resumed where it was, and
more seeds are added to an old one. Files: `experiment.jsonl` (the measurements, checksummed),
`table.json`, `table.txt`, `figures/*.svg`, `report.html`.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tftune.cli.converters import integer
from tftune.cli.experiments import EXPERIMENTS
from tftune.cli.last_net import caught
from tftune.cli.options import Option, OptionTable
from tftune.cli.planning import check_place
from tftune.cli.run_options import RUN_OPTIONS
from tftune.cli.search_options import SEARCH_OPTIONS
from tftune.cli.terminal import aligned, short_warnings, sigterm_as_ctrl_c, tell
from tftune.errors import MachineError, SearchInterrupted, TftuneError, UsageError
from tftune.journal.run_folder import ExperimentFolder
from tftune.support.seeding import MAX_SEED
from tftune.support.streams import steady_streams
from tftune.support.tensorflow_import import prefer_fast_kernels, quiet_import

if TYPE_CHECKING:
    from tftune.cli.experiments.measurements import Measurements
    from tftune.reports.views.view import View

_EPILOG = """\
Measurements are kept as they are made; --resume goes on, also with more --seeds.
Exit codes: 0 done, 2 wrong usage, 4 data missing or offline, 130 interrupted."""


@dataclass(frozen=True)
class Experiment:
    """What tells one experiment from another.

    Attributes:
        sentence: What it does, for the help.
        seeds: Trainings of each kind by default, each with a seed of its own.
        run: Measures, and returns what was found.
        options: Of its own, besides those of the data, the seeds and the run folder; one with the
            flag of an option of the data stands in its place.
        examples: `(arguments, what they do)` for the help.
    """

    sentence: str
    seeds: int
    run: Callable[[Measurements], Sequence[View]]
    options: tuple[Option, ...] = ()
    examples: tuple[tuple[str, str], ...] = ()


def experiment_table(
    task: str, name: str, data_options: Sequence[Option], experiment: Experiment
) -> OptionTable:
    """Returns the options of an experiment and its help.

    Args:
        task: The program, such as `hemolysis`.
        name: The experiment, such as `chapter`.
        data_options: Those of the program that say where the data come from.
        experiment: What it is.
    """
    program = f"python -m tftune.{task} {name}"
    run_dir = f"the run folder (default: runs/{task}-{name})"
    own = [
        Option(
            "--seeds",
            "N",
            integer(1, 1000),
            experiment.seeds,
            "trainings of each kind, with the seeds S, S + 1, ...",
            "experiment",
        ),
        _as_of_run("--seed", "S", "the first seed", "experiment"),
        *experiment.options,
    ]
    run = [
        Option(
            "--workers", "W", integer(1, 256), 1, "trainings at a time, each in a process", "run"
        ),
        _as_of_run("--run-dir", "DIR", run_dir),
        _as_of_run("--resume", "", "go on with the experiment in the run folder"),
        _as_of_run("--overwrite", "", "remove the experiment in the run folder and start over"),
        _as_of_run("--json", "", "print table.json to stdout, and nothing else"),
        _as_of_run("--quiet", "", "show no progress; warnings and results stay"),
    ]
    examples = aligned(
        [(f"{program} {arguments}".rstrip(), text) for arguments, text in experiment.examples]
    )
    text = experiment.sentence + (f"\n\nexamples:\n{examples}" if examples else "")
    flags = {option.flag for option in own}
    data = [option for option in data_options if option.flag not in flags]
    return OptionTable(f"{task} {name}", [*own, *data, *run], text, _EPILOG)


def _as_of_run(flag: str, metavar: str, text: str, group: str = "run") -> Option:
    """Returns an option of a search with another text."""
    found = next(option for option in (*RUN_OPTIONS, *SEARCH_OPTIONS) if option.flag == flag)
    return Option(
        flag,
        metavar,
        found.convert,
        found.default,
        text,
        group,
        short=found.short,
        once=found.once,
    )


def run_experiment(program: Any, name: str, arguments: Sequence[str]) -> int:
    """Runs an experiment and returns its exit code.

    Args:
        program: The `Program` that it belongs to.
        name: One of `EXPERIMENTS[program.task]`.
        arguments: What follows its name.

    Raises:
        SystemExit: For `--help`, `--version` and mistakes in the options.
    """
    experiment: Experiment = EXPERIMENTS[program.task][name]
    table = experiment_table(program.task, name, program.data_options, experiment)
    options = table.parse(arguments, os.environ)
    folder = ExperimentFolder(options.run_dir or Path("runs") / f"{program.task}-{name}")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # read once, when TensorFlow is imported
    prefer_fast_kernels()

    def run() -> int:
        return _run_or_tell(experiment, program, name, table, options, folder)

    return caught(run, folder, table.command(options, "--resume"))


def _run_or_tell(
    experiment: Experiment,
    program: Any,
    name: str,
    table: OptionTable,
    options: argparse.Namespace,
    folder: ExperimentFolder,
) -> int:
    try:
        with steady_streams(), short_warnings(), sigterm_as_ctrl_c():
            _run(experiment, program, name, table, options, folder)
        return 0
    except KeyboardInterrupt:
        if folder.exists():
            tell(
                f"Interrupted; what was measured is kept in {folder.path}. Go on with:\n  "
                f"{table.command(options, '--resume')}"
            )
        else:
            tell("Interrupted; nothing was begun.")
        return SearchInterrupted.exit_code
    except MachineError:
        raise
    except TftuneError as error:
        tell(f"error: {error}")
        return error.exit_code


def _run(
    experiment: Experiment,
    program: Any,
    name: str,
    table: OptionTable,
    options: argparse.Namespace,
    folder: ExperimentFolder,
) -> None:
    if options.seed + options.seeds - 1 > MAX_SEED:
        raise UsageError(
            f"The last seed would be {options.seed + options.seeds - 1}. Expected {MAX_SEED} at "
            f"the most. Received: --seed {options.seed} --seeds {options.seeds}. Begin lower."
        )
    check_place(folder, options, "an experiment")
    if options.overwrite:
        folder.clear()
    with quiet_import():
        import tensorflow  # noqa: F401  # its start-up lines come with the first import
    from tftune.cli.experiments.measurements import Measurements
    from tftune.cli.experiments.results import print_results, write_results

    command = table.command(options)
    with Measurements(program, name, table, options, folder) as measurements:
        with contextlib.redirect_stdout(sys.stderr):  # what builds or trains may print
            views = list(experiment.run(measurements))
        document = write_results(folder, f"{program.task} {name}", command, views, measurements)
    print_results(document, views, folder, as_json=options.json)
