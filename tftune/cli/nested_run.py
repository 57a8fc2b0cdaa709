"""`--nested K` of the programs: after the search, the same search once for each of K folds.

It comes last, so that the result of the search is there first; the test split is not looked at.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tftune.cli.planning import seed_of_splits
from tftune.cli.terminal import tell
from tftune.errors import UsageError
from tftune.journal.run_folder import RunFolder
from tftune.reports.lines import duration
from tftune.search.plan import SearchPlan
from tftune.support.seeding import derive
from tftune.support.tensorflow_import import quiet_import

_KEPT = ("split", "width", "height", "channels", "image_size", "classes")  # facts of any rows


def check_nested(
    options: argparse.Namespace, plan: SearchPlan, header: Mapping[str, Any] | None
) -> None:
    """Refuses a nested evaluation that could not be unbiased, before time is spent.

    Args:
        options: The command line.
        plan: Made from it.
        header: Of the search that is resumed, or None.

    Raises:
        UsageError: If the search learns from earlier ones.
    """
    earlier = ((header or {}).get("options") or {}).get("warm_start")
    if options.nested and (plan.warm_start or earlier):
        raise UsageError(
            "--nested evaluates searches on rows that nothing was chosen on, and earlier runs have "
            "seen all rows. Expected a search without --warm-start. Received: both. Leave one out."
        )


def announce_nested(options: argparse.Namespace, dataset: Any) -> None:
    """Says before the search what the nested evaluation costs, and checks its folds.

    Args:
        options: The command line.
        dataset: That the program has loaded.

    Raises:
        UsageError: If there are fewer rows or groups than folds.
    """
    if not options.nested:
        return
    _cuts(options, dataset)
    if not options.quiet:
        tell(
            f"nested evaluation: {options.nested} further searches like this one follow it, each "
            f"on {options.nested - 1} of {options.nested} parts of the train and validation rows. "
            f"They cost about {options.nested} times the search, and no model comes of them."
        )


def evaluate_nested(
    options: argparse.Namespace,
    tuner: Any,
    dataset: Any,
    command: str,
) -> None:
    """Evaluates the procedure of a search that has ended; the journal, the summary and the report
    of the search tell the result.

    Args:
        options: The command line.
        tuner: Of the search.
        dataset: Of the search.
        command: Which begins and resumes it.
    """
    if not options.nested:
        return
    import numpy as np

    from tftune.search.nested import nested_evaluation

    left = options.nested - len((tuner.state.nested or {}).get("results", ()))
    if left > 0 and not options.quiet:
        seconds = duration(left * tuner.state.wall_seconds)
        what = "search" if left == 1 else "searches"
        tell(
            f"nested evaluation: {left} {what} to go, about {seconds} if they take as long as this"
        )
    parts = [dataset.train.load(), dataset.validation.load()]
    x, y = (np.concatenate([part[side] for part in parts]) for side in (0, 1))
    nested_evaluation(
        _maker(options, tuner, dataset, command),
        x,
        y,
        options.nested,
        **_cutting(dataset),
        seed=seed_of_splits(options),
        tuner=tuner,
        told=(lambda line: None) if options.quiet else tell,
        epochs=options.epochs,
        verbose=0 if options.quiet else 1,
    )


def _cutting(dataset: Any) -> dict[str, Any]:
    """Returns how the rows are cut: by the rule of the dataset's own splits."""
    from tftune.datasets.splits import LARGEST_SHARE

    train, validation = len(dataset.train), len(dataset.validation)
    return {
        "groups": dataset.groups,
        "validation_share": validation / (train + validation),
        "largest_share": LARGEST_SHARE if dataset.clustered else None,
    }


def _cuts(options: argparse.Namespace, dataset: Any) -> Any:
    """Returns the folds."""
    import numpy as np

    with quiet_import():  # of TensorFlow, for the first time in this process
        from tftune.training.outer_folds import outer_folds

    y = np.concatenate([dataset.train.load()[1], dataset.validation.load()[1]])
    return outer_folds(y, options.nested, seed_of_splits(options), **_cutting(dataset))


def _told(dataset: Any, cut: Any) -> dict[str, Any]:
    """Returns what the journal of a fold's search tells of its data."""
    from tftune.training.inputs.fingerprint import fingerprint

    kept = {name: dataset.facts[name] for name in _KEPT if name in dataset.facts}
    return {
        "source": f"{dataset.source}, without outer fold {cut.number}",
        "fingerprint": fingerprint(dataset.fingerprint, cut.train, cut.validation),
        **{name: len(getattr(cut, name)) for name in ("train", "validation", "test")},
        **kept,
        "class_names": list(dataset.classes),
    }


def _maker(options: argparse.Namespace, tuner: Any, dataset: Any, command: str) -> Any:
    """Returns what makes the tuner of a fold: the same search, with other seeds and rows."""
    import keras_tuner

    from tftune.reports.live import LiveView
    from tftune.search.planned_tuner import PlannedTuner

    folds = _cuts(options, dataset)

    def make(
        directory: str | os.PathLike[str], project_name: str, seed: int, groups: Any
    ) -> PlannedTuner:
        folder = RunFolder(os.path.join(directory, project_name))
        number = int(project_name)
        cuts = options.split_seed
        told = _told(dataset, folds[number - 1])
        plan: SearchPlan = replace(
            tuner.plan,
            # one for the searches of equal folds, where only --seed differs
            split_seed=None if cuts is None else derive(cuts, number, "nested cuts"),
            seed=derive(options.seed, number, "nested search"),
            run=replace(tuner.plan.run, report=False, references=False),
            data=told,
            origin={"script": command},
        )
        hyperparameters = keras_tuner.HyperParameters()
        tuner.hypermodel.declare_hyperparameters(hyperparameters)
        listeners = [] if options.quiet else [LiveView(in_children=plan.run.in_children)]
        return PlannedTuner(
            tuner.hypermodel, plan, folder, hyperparameters, groups=groups, listeners=listeners
        )

    return make
