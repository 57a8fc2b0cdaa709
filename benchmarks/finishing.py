"""What each step that finishes a model is worth: searches of bean leaves and of peptides, each with
a finish, whose models after every step are measured on the test split, for this table only.

    python -m benchmarks.finishing --jobs 2 --results finishing.jsonl --write-readme

Which step is kept was decided before, without the test split. A step that was not kept is measured
all the same.
"""

from __future__ import annotations

import argparse
import functools
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from benchmarks.command import parser_of, run_command, show
from benchmarks.markdown import number, table
from benchmarks.search_options import add_jobs, add_seeds
from benchmarks.units import Unit, run_missing
from tftune.errors import UsageError

TASKS = ("beans", "peptides")
STEPS = ("average", "refit", "ensemble", "finished")
NAMES = {
    "average": "weight averaging alone",
    "refit": "refit on train and validation",
    "ensemble": "ensemble of the kept trials alone",
    "finished": "the finished model, as decided",
}


def arguments() -> argparse.ArgumentParser:
    """Returns the parser of the command line."""
    parser = parser_of("finishing", __doc__)
    add = parser.add_argument
    add("--tasks", default=",".join(TASKS), metavar="A,B", help="default: beans,peptides")
    add_seeds(parser, 5, "searches a task")
    add("--first-seed", type=int, default=0, metavar="S", help="the least of them (default 0)")
    add("--share", type=float, default=0.8, help="of the trials' time (default 0.8)")
    add("--beans", default="tfds", metavar="SOURCE", help="as for --data of tftune.beans")
    add("--peptides", default="download", metavar="SOURCE", help="likewise of tftune.hemolysis")
    add("--image-size", type=int, default=48, help="pixels of a photograph (default 48)")
    add("--beans-trials", type=int, default=8, help="of a search of beans (default 8)")
    add("--beans-epochs", type=int, default=30, help="of a trial of these (default 30)")
    add("--peptides-trials", type=int, default=10, help="of a search of peptides (default 10)")
    add("--peptides-epochs", type=int, default=20, help="of a trial of these (default 20)")
    add_jobs(parser, "searches at a time")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code: 1 if a search failed."""
    return run_command(arguments(), argv, run)


def run(options: argparse.Namespace) -> int:
    """Searches what is missing and prints the report."""
    tasks = options.tasks.split(",")
    if unknown := set(tasks) - set(TASKS):
        raise UsageError(f"Unknown task {min(unknown)!r}. Expected one of {', '.join(TASKS)}.")
    units: list[Unit] = [
        {
            "finish": task,
            "seed": seed,
            "share": options.share,
            "trials": getattr(options, f"{task}_trials"),
            "epochs": getattr(options, f"{task}_epochs"),
            **({"size": options.image_size} if task == "beans" else {}),
        }
        for seed in range(options.first_seed, options.first_seed + options.seeds)
        for task in tasks
    ]
    compute = functools.partial(run_unit, beans=options.beans, peptides=options.peptides)
    found = run_missing(units, compute, options.results, options.jobs)
    show({"finishing": report(found)}, options, complete=bool(found))
    return 0 if len(found) == len(units) else 1


def run_unit(unit: Unit, beans: str, peptides: str) -> dict[str, Any]:
    """Runs one search with a finish, and measures the model after each step on the test split."""
    from tftune.search.finish import finishing
    from tftune.search.finish.joining import join
    from tftune.search.finish.tasks import FinishTasks

    dataset, model, objective = _task(unit, beans, peptides)
    seen: dict[str, Any] = {}

    def joined(work: Any) -> Any:
        seen["work"] = work
        return join(work)

    with tempfile.TemporaryDirectory() as folder:
        tuner = _tuner(unit, dataset, model, objective, Path(folder))
        with (
            mock.patch.object(finishing, "join", joined),
            mock.patch.object(FinishTasks, "remove_files", lambda *_: None),
        ):
            tuner.search(
                *dataset.train.load(),
                validation_data=dataset.validation.load(),
                epochs=unit["epochs"],
                verbose=0,
            )
        record = tuner.state.finished
        if "work" not in seen:
            raise RuntimeError(f"nothing was judged: {record['steps']}")
        worth = _worth_on_test(seen["work"], tuner, dataset.test.load())
        trials = sum(trial.seconds or 0.0 for trial in tuner.state.trials.values())
        steps = {each["step"]: each for each in record["steps"]}
        return {
            "measure": record["measure"],
            "worth": worth,
            "steps": steps,
            "used": record["seconds"] / trials,
            "members": len(record["members"]),
            "minutes": (trials + record["seconds"]) / 60,
        }


def _task(unit: Unit, beans: str, peptides: str) -> tuple[Any, Any, str]:
    """Returns the data, the model and the objective of a task."""
    if unit["finish"] == "beans":
        from tftune.datasets import bean_leaves
        from tftune.models.leaf_cnn import LeafCNN

        folder = os.environ.get("TFDS_DATA_DIR")
        dataset = bean_leaves.load(beans, folder, unit["size"], unit["seed"])
        return dataset, LeafCNN(unit["size"], len(dataset.classes)), "val_accuracy"
    from tftune.datasets import hemolytic_peptides
    from tftune.models.peptide_cnn import PeptideCNN

    dataset = hemolytic_peptides.load(peptides, "grouped", unit["seed"])
    return dataset, PeptideCNN(width=dataset.facts["width"]), "val_auc"


def _tuner(unit: Unit, dataset: Any, model: Any, objective: str, folder: Path) -> Any:
    import keras_tuner

    import tftune

    return tftune.Tuner(
        model,
        "random",
        objective=keras_tuner.Objective(objective, "max"),
        max_trials=unit["trials"],
        seed=unit["seed"],
        groups=dataset.groups,
        directory=folder,
        project_name="search",
        workers=0,
        finish=unit["share"],
        confirm=0,
        report=False,
        references=False,
    )


def _worth_on_test(work: Any, tuner: Any, test: tuple[Any, Any]) -> dict[str, float | None]:
    """Returns what the winner is worth, and the model after each step, whether it was kept or not;
    of a step that did not fit None.
    """
    from tftune.reports.measures.classification import classes_of
    from tftune.search.finish.greedy_ensemble import mean_answers
    from tftune.search.finish.joining import AGAIN, chosen, library_of
    from tftune.training.retraining import answers_of, run_retraining

    x, y = test
    judge, model, winner = work.model.judge, work.model, work.model.trial.trial_id
    answers = {
        name: answers_of(tuner.load_model(work.state.trials[name]), x) for name in model.kept
    }
    labels = classes_of(
        np.asarray(y).reshape(len(y), -1), (len(y), max(answers[winner].shape[1], 2))
    )[0]
    told = {name: saved.answers["best"] for name, saved in model.kept.items()}
    counts = chosen(judge, told, None)
    found: dict[str, Any] = {"winner": answers[winner], "average": None, "refit": None}
    found["ensemble"] = mean_answers(answers, counts) if len(counts) > 1 else answers[winner]
    base, before = work.base(), answers[winner]
    if not work.trainings.why_not(base.key):
        saved = work.result(base)
        found["average"] = _answers(tuner, work, saved.best, x)
        averaged = work.steps["average"].status == "kept"
        before = found["average"] if averaged else before
        given = (model.trial, work.rows, work.epochs, work.window, saved.facts["rates"])
        last = work.tasks.refit(*given)
        if not work.trainings.file(last.key).exists():
            run_retraining(lambda epoch: False, last.task)
        saved = work.result(last)
        found["refit"] = _answers(tuner, work, saved.best, x)
    single = found["refit"] if work.steps["refit"].status == "kept" else before
    found["finished"] = single
    if work.steps["ensemble"].status == "kept":
        told = library_of(model)
        found["finished"] = mean_answers({**answers, AGAIN: single}, chosen(judge, told, None))
    return {
        name: None if each is None else judge.value_of(labels, each) for name, each in found.items()
    }


def _answers(tuner: Any, work: Any, weights: Any, x: Any) -> Any:
    from tftune.training.checkpoints import assign
    from tftune.training.retraining import answers_of

    model = tuner.load_model(work.model.trial)
    assign(model, weights, "weights")
    return answers_of(model, x)


def report(found: Sequence[Mapping[str, Any]]) -> str:
    """Returns the table, a row a task and step."""
    header = [
        *("task", "step", "kept", "judged on validation", "on the test split", "its interval"),
        "verdict",
    ]
    rows = []
    for task in TASKS:
        own = [each for each in found if each["finish"] == task]
        for step in STEPS if own else ():
            rows.append([task, NAMES[step], *_cells(own, step)])
    notes = []
    for task in TASKS:
        own = [each for each in found if each["finish"] == task]
        if own:
            winner = np.array([each["worth"]["winner"] for each in own])
            finished = np.array([each["worth"]["finished"] for each in own])
            notes.append(
                f"{task}: {len(own)} seeds, {own[0]['measure']} of the search's winner "
                f"{number(float(winner.mean()))}, finished {number(float(finished.mean()))}; "
                f"{number(100 * float(np.mean([each['used'] for each in own])), 2)} % of the "
                f"trials' time, {number(float(np.mean([each['minutes'] for each in own])), 2)} "
                "minutes of training a search."
            )
    return "\n\n".join([table(header, rows), *notes])


def _cells(own: Sequence[Mapping[str, Any]], step: str) -> list[str]:
    """Returns how often a step was kept, what it was judged to be worth, and what it is worth."""
    told = [each["steps"].get(step) for each in own]
    judged = [each["gain"] for each in told if each is not None and each["gain"] is not None]
    kept = sum(each is not None and each["status"] == "kept" for each in told)
    gains = np.array(
        [
            each["worth"][step] - each["worth"]["winner"]
            for each in own
            if each["worth"][step] is not None
        ]
    )
    return [
        "-" if step == "finished" else f"{kept} of {len(own)}",
        signed(float(np.mean(judged))) if judged else "-",
        signed(float(gains.mean())) if len(gains) else "-",
        *interval(gains),
    ]


def interval(gains: np.ndarray) -> tuple[str, str]:
    """Returns the 95 % interval of a mean over seeds (Student's t), and what it says.

    Example:
        >>> interval(np.array([0.01, 0.02, 0.03]))
        ('-0.0048 to +0.0448', 'noise')
    """
    from scipy import stats

    if len(gains) < 2:
        return "-", "-"
    half = stats.t.ppf(0.975, len(gains) - 1) * gains.std(ddof=1) / np.sqrt(len(gains))
    low, high = float(gains.mean() - half), float(gains.mean() + half)
    verdict = "noise" if low <= 0 <= high else ("gains" if low > 0 else "loses")
    return f"{signed(low)} to {signed(high)}", verdict


def signed(value: float) -> str:
    """Returns a difference in few digits.

    Example:
        >>> signed(0.01234), signed(-0.5)
        ('+0.0123', '-0.5')
    """
    return f"{round(value, 4):+.4g}"


if __name__ == "__main__":
    sys.exit(main())
