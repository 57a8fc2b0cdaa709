"""Growing the batch instead of lowering the learning rate, on the peptides: is the curve the same?

Three trainings a seed, alike but for one thing: the rate stays, the rate falls by a schedule, or
the batch grows by the schedule's factors and the rate takes what the batch does not. If the noise
rate / batch size is what counts, the last two have one curve, and the last needs fewer steps.

Smith, S. L., Kindermans, P.-J., Ying, C. & Le, Q. V. "Don't Decay the Learning Rate, Increase the
Batch Size", ICLR 2018.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tftune.cli.converters import integer, number, one_of
from tftune.cli.experiments.experiment import Experiment
from tftune.cli.experiments.measurements import Measurements
from tftune.cli.options import Option
from tftune.models.schedules import SCHEDULES
from tftune.reports.charts.chart import Axis, Band, Chart, Line, Rule
from tftune.reports.measures.seeds import over_seeds
from tftune.reports.views.view import Table, View

_TITLE = "Growing the batch instead of lowering the learning rate"
_READ = (
    "Where the second curve's band contains 0, growing the batch did what lowering the rate does."
)
ARMS = {"rate stays": "neutral", "rate falls": "run-0", "batch grows": "run-1"}
_FALLS, _GROWS = "rate falls", "batch grows"
_FALLING = tuple(name for name, kind in SCHEDULES.items() if kind.falls and name != "constant")


def train(options: argparse.Namespace, cell: dict[str, Any]) -> dict[str, Any]:
    """Trains one network and returns its curve.

    Args:
        options: Of the experiment.
        cell: `arm`, one of `ARMS`, and `seed`.
    """
    import cloudpickle

    from tftune.datasets import hemolytic_peptides
    from tftune.models.knobs import fixed_values
    from tftune.models.peptide_cnn import BASELINE, PeptideCNN
    from tftune.training.settings import TrainingSettings
    from tftune.training.task import TrialTask
    from tftune.training.trial import run_trial

    data = hemolytic_peptides.load(options.data, options.split, options.seed)
    (x, y), validation = data.train.load(), data.validation.load()
    values = fixed_values(
        **{**BASELINE, "learning_rate": options.rate, "dropout": options.dropout},
        optimizer=options.optimizer,
    )
    settings = TrainingSettings(
        epochs=options.epochs,
        early_stopping_patience=0,
        plateau_patience=0,
        schedule=options.schedule if cell["arm"] != "rate stays" else "constant",
        batch_growth=cell["arm"] == _GROWS,
    )
    task = TrialTask(
        trial_id="0000",
        stream=0,
        seed=cell["seed"],
        hypermodel=cloudpickle.dumps(PeptideCNN(width=data.facts["width"])),
        hyperparameters=values.get_config(),
        objective="val_auc",
        direction="max",
        arguments=(x, y),
        options={"validation_data": validation, "batch_size": options.batch_size},
        settings=settings,
    )
    epochs: list[dict[str, Any]] = []

    def report(epoch: dict[str, Any]) -> bool:
        epochs.append(epoch)
        return False

    outcome = run_trial(report, task)
    metrics = [epoch["metrics"] for epoch in epochs]
    names = ("loss", "val_loss", "val_auc", "learning_rate")
    return {
        "message": outcome.message or "",
        "steps": _steps(options, cell, len(x)),
        **{name: [float(each[name]) for each in metrics] for name in names},
    }


def _steps(options: argparse.Namespace, cell: Mapping[str, Any], rows: int) -> int:
    """Returns the steps of a whole training."""
    from tftune.models.schedules import make_schedule
    from tftune.training.growing import BatchGrowth

    name = options.schedule if cell["arm"] == _GROWS else "constant"
    growth = BatchGrowth(make_schedule(name), options.epochs, options.batch_size, rows)
    return sum(math.ceil(rows / growth.size(epoch)) for epoch in range(options.epochs))


def run(measurements: Measurements) -> Sequence[View]:
    """Trains all networks and returns what was found.

    Args:
        measurements: Of the experiment.
    """
    cells = [{"arm": arm, "seed": seed} for seed in measurements.seeds for arm in ARMS]
    found = measurements.measure(train, cells, "trainings")
    by_arm = {
        arm: [each for cell, each in zip(cells, found, strict=True) if cell["arm"] == arm]
        for arm in ARMS
    }
    return [view_of(by_arm, measurements.options.schedule)]


def view_of(by_arm: Mapping[str, Sequence[Mapping[str, Any]]], schedule: str) -> View:
    """Returns the curves, their differences and a verdict.

    Args:
        by_arm: For each of `ARMS` the results of `train`, a seed each, in one order of seeds.
        schedule: That the rate, or the batch, followed.
    """
    given = len(by_arm[_FALLS])
    by_arm = _whole(by_arm)
    if not by_arm[_FALLS]:
        why = "Of every seed a training has diverged. Begin anew with a lower --rate."
        return View("batch-growth", _TITLE, _READ, why_not=why)
    curves = {arm: np.array([each["val_auc"] for each in of]) for arm, of in by_arm.items()}
    seeds, epochs = curves[_FALLS].shape
    apart = curves[_GROWS] - curves[_FALLS]
    rows = tuple(_row(arm, of, curves[arm], by_arm[_FALLS]) for arm, of in by_arm.items())
    x = tuple(range(1, epochs + 1))
    charts = [
        Chart(
            "batch-growth-curves",
            Axis("epochs", whole=True),
            Axis("AUC on the validation split"),
            tuple(mark for arm in ARMS for mark in _marks(x, curves[arm], arm, ARMS[arm])),
            title=f"Mean of {seeds} seeds with 95 % intervals",
        ),
        Chart(
            "batch-growth-difference",
            Axis("epochs", whole=True),
            Axis("difference in AUC"),
            (*_marks(x, apart, "batch grows minus rate falls", "run-1"), Rule(0.0, "y")),
            title="The two of one seed, subtracted",
        ),
    ]
    steps = {arm: by_arm[arm][0]["steps"] for arm in ARMS}
    header = ("what changes", "steps", "AUC, last epoch", "minus that of `rate falls`", "verdict")
    return View(
        "batch-growth",
        _TITLE,
        _READ,
        (
            f"Schedule: {schedule}. {_within(apart)}{_left_out(given - seeds, given)}",
            f"Steps: {steps[_GROWS]:,} with a growing batch, {steps[_FALLS]:,} with a falling "
            f"rate: {100 * (1 - steps[_GROWS] / steps[_FALLS]):.0f} % fewer.",
        ),
        tuple(charts),
        (Table(header, rows, numbers=(1,), title=f"Validation split, {seeds} seeds"),),
    )


def _whole(
    by_arm: Mapping[str, Sequence[Mapping[str, Any]]],
) -> dict[str, list[Mapping[str, Any]]]:
    """Returns the results of the seeds of which no training has diverged."""
    longest = max(len(each["val_auc"]) for of in by_arm.values() for each in of)
    whole = [
        all(len(each["val_auc"]) == longest and np.isfinite(each["val_auc"]).all() for each in of)
        for of in zip(*by_arm.values(), strict=True)
    ]
    return {
        arm: [each for each, kept in zip(of, whole, strict=True) if kept]
        for arm, of in by_arm.items()
    }


def _left_out(lost: int, given: int) -> str:
    return f" Left out: {lost} of {given} seeds, of which a training diverged." if lost else ""


def _within(apart: np.ndarray[Any, Any]) -> str:
    if len(apart) < 2:
        return "One seed tells nothing of the noise; repeat with more --seeds."
    low, high = _interval(apart)
    inside = int(((low <= 0) & (high >= 0)).sum())
    mean, half = apart.mean(axis=1), _half(apart.mean(axis=1))
    verdict = "noise" if abs(mean.mean()) <= half else "a difference"
    return (
        f"The 95 % interval of the difference contains 0 in {inside} of {apart.shape[1]} epochs; "
        f"over all epochs the mean difference is {mean.mean():+.4f} with an interval of "
        f"{half:.4f} to either side: {verdict}."
    )


def _row(
    arm: str,
    results: Sequence[Mapping[str, Any]],
    curve: np.ndarray[Any, Any],
    reference: Sequence[Mapping[str, Any]],
) -> tuple[str, ...]:
    last = curve[:, -1]
    cells = (arm, f"{results[0]['steps']:,}", _plus_minus(last, "{:.4f}"))
    if arm == _FALLS:
        return (*cells, "", "")
    differences = last - np.array([each["val_auc"][-1] for each in reference])
    half = _half(differences)
    verdict = "unknown" if math.isnan(half) else "noise"
    if abs(differences.mean()) > half:
        verdict = "better" if differences.mean() > 0 else "worse"
    return (*cells, _plus_minus(differences, "{:+.4f}"), verdict)


def _plus_minus(values: np.ndarray[Any, Any], form: str) -> str:
    half = _half(values)
    return form.format(values.mean()) + ("" if math.isnan(half) else f" ± {half:.4f}")


def _marks(x: Sequence[int], curves: np.ndarray[Any, Any], name: str, colour: str) -> list[Any]:
    line = Line(x, tuple(curves.mean(axis=0)), series=name, colour=colour)
    if len(curves) < 2:
        return [line]
    low, high = _interval(curves)
    return [Band(x, tuple(low), tuple(high), series=name, colour=colour), line]


def _interval(curves: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Returns the 95 % interval of the mean of each column, by Student's t."""
    half = np.array([_half(column) for column in curves.T])
    return curves.mean(axis=0) - half, curves.mean(axis=0) + half


def _half(values: np.ndarray[Any, Any]) -> float:
    spread = over_seeds(values.tolist())
    return spread.high - spread.mean


EXPERIMENT = Experiment(
    "Lowers the learning rate, grows the batch instead, or does neither: three curves a seed.",
    seeds=5,
    run=run,
    options=(
        Option("--epochs", "N", integer(1), 30, "of each training", "experiment"),
        Option(
            "--schedule",
            "NAME",
            one_of(_FALLING, "schedule"),
            "step",
            f"by which the rate falls, or the batch grows: {', '.join(_FALLING)}",
            "experiment",
        ),
        Option(
            "--optimizer",
            "NAME",
            one_of(("adam", "sgd"), "optimizer"),
            "adam",
            "adam, or sgd with momentum 0.9",
            "experiment",
        ),
        Option("--rate", "R", number(0), 2e-3, "greatest learning rate", "experiment"),
        Option("--dropout", "P", number(0, 1, True), 0.3, "before dense layers", "experiment"),
        Option("--batch-size", "N", integer(1), 16, "at the beginning", "experiment"),
    ),
    examples=(
        ("", "the real peptides, five seeds"),
        ("--data sample --seeds 2 --epochs 6", "a glance, no network"),
        ("--schedule cosine --rate 1e-3", "another schedule, which doubles the batch"),
    ),
)
