"""`python -m tftune.mnist knob-by-knob`: the article's path over the knobs of a dense network, and
the same knobs searched jointly at equal cost.

Every choice is made on the validation split, by the mean over the seeds. The test split is used
once for each configuration that is compared at the end, with seeds that no choice has seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tftune.cli.converters import integer, one_of
from tftune.cli.experiments.experiment import Experiment
from tftune.cli.options import Option
from tftune.oracles import ORACLES

if TYPE_CHECKING:
    from tftune.cli.experiments.knob_steps import Step
    from tftune.cli.experiments.measurements import Measurements
    from tftune.reports.views.view import View

FRESH = 10_000  # added to the seeds of the final comparison, which no choice has seen
FINAL_SEEDS = 5


@dataclass(frozen=True)
class Walked:
    """One step of the path, measured.

    Attributes:
        step: Which.
        texts: What each option is called.
        scores: Validation accuracies of each option, a number a seed.
        best: Which option was taken, by its place.
        before: The place of the option that the path came with, or None.
    """

    step: Step
    texts: tuple[str, ...]
    scores: tuple[tuple[float, ...], ...]
    best: int
    before: int | None


def run(measurements: Measurements) -> list[View]:
    """Walks, searches jointly, compares on the test split."""
    from tftune.cli.experiments import knob_steps, knob_training, knob_views

    walked, article, cost = walk(measurements, knob_steps.STEPS, knob_steps.START)
    beyond, best, more = walk(measurements, knob_steps.BEYOND, article)
    cost += more
    measurements.say(f"the walk took {len(cost)} trainings; the joint search gets as many")
    cell = {"search": measurements.options.search, "trials": len(cost)}
    (joint,) = measurements.measure(knob_training.search_jointly, [cell], "joint search")
    coded = _over_seeds(measurements, knob_steps.AS_CODED)
    finalists = {
        "before any step": knob_steps.START,
        "knob by knob, the article's": article,
        "knob by knob, with shifts": best,
        "joint search": joint["values"],
    }
    final = tested(measurements, finalists)
    return [
        *(
            knob_views.step_view(number, each)
            for number, each in enumerate((*walked, *beyond), start=1)
        ),
        knob_views.coded_view(coded),
        knob_views.joint_view(cost, joint, measurements.options.search),
        knob_views.final_view(finalists, final, _test_rows(measurements)),
    ]


def walk(
    measurements: Measurements, steps: tuple[Step, ...], start: Mapping[str, Any]
) -> tuple[list[Walked], dict[str, Any], list[float]]:
    """Returns the steps, the best values at their end, and the validation accuracy of each training
    in the order in which they were made.

    Args:
        measurements: Of the experiment.
        steps: The path.
        start: The values before the first step.
    """
    from tftune.cli.experiments.knob_steps import IMPLICIT
    from tftune.cli.experiments.knob_training import train

    best, walked = dict(start), []
    seen: dict[str, float] = {}  # a training that several steps share is made once
    for step in steps:
        options = step.options(best)
        if not options:
            continue
        tried = [{**best, **option} for option in options]
        cells = [{**values, "seed": seed} for values in tried for seed in measurements.seeds]
        found = [each["val_accuracy"] for each in measurements.measure(train, cells, step.title)]
        seen |= {
            repr(sorted(cell.items())): score for cell, score in zip(cells, found, strict=True)
        }
        count = len(measurements.seeds)
        scores = [tuple(found[at : at + count]) for at in range(0, len(found), count)]
        means = [sum(each) / count for each in scores]
        place = means.index(max(means))  # the first of equals, which is the simpler one
        whole = [{**IMPLICIT, **values} for values in (best, *tried)]
        before = next((at for at, each in enumerate(whole[1:]) if each == whole[0]), None)
        texts = tuple(step.text(option) for option in options)
        walked.append(Walked(step, texts, tuple(scores), place, before))
        best = tried[place]
    return walked, best, list(seen.values())


def _over_seeds(
    measurements: Measurements, kinds: Mapping[str, Mapping[str, Any]]
) -> dict[str, list[float]]:
    from tftune.cli.experiments.knob_training import train

    cells = [{**values, "seed": seed} for values in kinds.values() for seed in measurements.seeds]
    found = measurements.measure(train, cells, "the article's code")
    count = len(measurements.seeds)
    return {
        kind: [each["val_accuracy"] for each in found[at * count : (at + 1) * count]]
        for at, kind in enumerate(kinds)
    }


def tested(
    measurements: Measurements, kinds: Mapping[str, Mapping[str, Any]]
) -> dict[str, list[dict[str, Any]]]:
    """Returns trainings of each configuration with fresh seeds, evaluated on the test split."""
    from tftune.cli.experiments.knob_training import train_and_test

    first = measurements.options.seed + FRESH
    cells = [
        {**values, "seed": first + number}
        for values in kinds.values()
        for number in range(FINAL_SEEDS)
    ]
    found = measurements.measure(train_and_test, cells, "test")
    return {kind: found[at * FINAL_SEEDS : (at + 1) * FINAL_SEEDS] for at, kind in enumerate(kinds)}


def _test_rows(measurements: Measurements) -> int:
    return len(measurements.program.load(measurements.options).test)


EXPERIMENT = Experiment(
    sentence="Tunes a dense network one group of knobs after the other, as an article on MNIST "
    "does, and then\nall of them jointly with as many trainings; compares both on the test split.",
    seeds=5,
    run=run,
    options=(
        Option("--epochs", "E", integer(1), 20, "epochs of each training", "experiment"),
        Option(
            "--search",
            "NAME",
            one_of(ORACLES, "search method"),
            "auto",
            "of the joint search",
            "experiment",
        ),
    ),
    examples=(
        ("--data digits --seeds 1 --epochs 5", "small digits, quick"),
        ("--data mnist-10k.npz --workers 2", "a file in the layout of MNIST"),
    ),
)
