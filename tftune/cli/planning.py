"""From a command line to a `SearchPlan`; all that can be checked before TensorFlow is imported."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tftune.cli.assignments import Records, configuration, joined
from tftune.cli.method_options import default_scheduler, method_options, scheduler_options
from tftune.cli.presets import joined_with_preset
from tftune.cli.runs import ask
from tftune.errors import RunFolderError
from tftune.journal.journal import History
from tftune.journal.readable import honest, read_to_go_on
from tftune.journal.run_folder import RunFolder
from tftune.journal.state import SearchState
from tftune.reports.run_data import RunData
from tftune.search import warm_start
from tftune.search.choosing import chosen
from tftune.search.plan import SearchPlan
from tftune.search.run_settings import RunSettings
from tftune.training.settings import TrainingSettings

_RUN = (
    "workers",
    "ray_address",
    "gpu_share",
    "timeout",
    "trial_timeout",
    "trial_memory",
    "reproducible",
    "stop_when_flat",
    "confirm",
    "finish",
    "report",
    "references",
    "checkpoint",
)


def seed_of_splits(options: argparse.Namespace) -> int:
    """Returns the seed by which a program cuts its data."""
    given: int | None = getattr(options, "split_seed", None)
    return int(options.seed) if given is None else given


def check_folder(folder: RunFolder, options: argparse.Namespace) -> History | None:
    """Refuses a run folder that cannot be made, holds a search that is not to be resumed, or none
    that is. The names of the knobs of a search that is resumed become `options.known_knobs`.

    Returns:
        What the journal of the search that is resumed holds, or None.

    Raises:
        RunFolderError: If the folder does not fit the options, or its journal is damaged.
    """
    check_place(folder, options, "a search")
    known = _known(folder) if options.resume else None
    space = (known[0][0].get("space") if known and known[0] else None) or {}
    # a model may have got further knobs since
    options.known_knobs = {knob["name"] for knob in space.get("knobs", ())} or None
    return known


def _known(folder: RunFolder) -> History:
    """Returns what a journal holds, which somebody may have made by hand."""
    known = read_to_go_on(folder)
    with honest(folder):
        state = SearchState().apply_all(known[0])
        if state.header:
            ask(RunData(folder.path.name, state, known[0], folder))
    return known


def check_place(folder: RunFolder, options: argparse.Namespace, what: str) -> None:
    """Refuses a run folder that cannot be made, holds what is not to be resumed, or holds nothing
    that is.

    Args:
        folder: The run folder.
        options: With `resume` and `overwrite`.
        what: Is run there, such as `a search`.

    Raises:
        RunFolderError: If the folder does not fit the options.
    """
    check_name(folder)
    folder.check_usable()
    whole = folder.path.absolute()
    ancestor = next(path for path in (whole, *whole.parents) if path.exists())
    if not (ancestor.is_dir() and os.access(ancestor, os.W_OK)):
        raise RunFolderError(
            f"The run folder {folder.path} cannot be made: {ancestor} is no folder that can be "
            "written to. Use --run-dir."
        )
    if folder.exists() and not (options.resume or options.overwrite):
        raise RunFolderError(
            f"The run folder {folder.path} holds {what} already. Expected a new one. "
            "Go on with it by --resume, start over by --overwrite, or choose another folder by "
            "--run-dir."
        )
    if options.resume and not folder.exists():
        raise RunFolderError(
            f"There is nothing to resume in {folder.path}. Expected a folder with a journal. "
            "Leave out --resume, or use --run-dir."
        )


def check_name(folder: RunFolder) -> None:
    """Refuses a name whose bytes are no text here: TensorFlow and JSON cannot hold it.

    Raises:
        RunFolderError: If it is one.
    """
    try:
        str(folder.path.absolute()).encode()
    except UnicodeEncodeError:
        raise RunFolderError(
            f"The name of the run folder cannot be read in this locale. Expected text. Received: "
            f"{str(folder.path)!r}. Run with the environment variable PYTHONUTF8=1, or choose "
            "another folder with --run-dir."
        ) from None


def make_plan(
    options: argparse.Namespace,
    task: str,
    objective: str,
    direction: str,
    header: Mapping[str, Any] | None,
) -> SearchPlan:
    """Returns the plan that a command line describes.

    Knobs are named in it as far as they are known: from the search that is resumed, or from an
    earlier run. Else `with_knobs` adds them when the model has told its own.

    Args:
        options: The command line.
        task: The program.
        objective: Name of the metric.
        direction: `max` or `min`.
        header: The first record of the search that is resumed, or None.

    Raises:
        UsageError: If an option is wrong, a knob is unknown, or an earlier run does not fit.
        RunFolderError: If an earlier run cannot be read.
    """
    plan = SearchPlan(
        options.search,
        objective,
        direction,
        max_trials=options.max_trials,
        seed=options.seed,
        oracle_options=method_options(options),
        warm_start=warm_start.read_runs(options.warm_start, objective),
        scheduler=options.scheduler or default_scheduler(options.search),
        scheduler_options=scheduler_options(options),
        run=RunSettings(**{name: getattr(options, name) for name in _RUN}),
        training=TrainingSettings(
            epochs=options.epochs,
            early_stopping_patience=options.early_stopping_patience * options.early_stopping,
            early_stopping_min_delta=options.early_stopping_min_delta,
            keep_weights=options.keep_weights,
            plateau_factor=options.plateau_factor,
            plateau_patience=options.plateau_patience * options.reduce_learning_rate,
            minimum_learning_rate=options.minimum_learning_rate,
            schedule=options.schedule,
            warmup=options.warmup,
            batch_growth=options.grow_batch,
            folds=options.folds,
            reshuffle=options.reshuffle,
            executions_per_trial=options.repeats,
        ),
        task=task,
        split_seed=options.split_seed,
    )
    named = options.scheduler is not None or bool(options.scheduler_option)
    plan = chosen(plan, options.epochs, header, names_scheduler=named)
    warm_start.check_objective(plan.warm_start, objective, direction)
    known = header or warm_start.known_header(plan.warm_start)
    return plan if known is None else with_knobs(plan, options, known["space"]["knobs"])


def with_knobs(plan: SearchPlan, options: argparse.Namespace, knobs: Records) -> SearchPlan:
    """Returns the plan with the start configurations and the fixed knobs, those of a preset among
    them.

    Raises:
        UsageError: If a knob is unknown or a value is none of its.
    """
    starts = [configuration(text, knobs) for text in options.start]
    fixed, starts = joined_with_preset(options, joined(options.fix, knobs), starts)
    return replace(plan, start=starts, fixed=fixed)
