"""`python -m tftune.beans project`: the lecture's assignment on the bean leaves.

Batch normalisation is added to the network that nobody has tuned; then its other knobs (learning
rate, dropout, L2) are searched by a grid, at random, and by Bayesian optimisation, each with the
same number of trials and epochs, several seeds each. The test split is used once for each winner.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tftune.cli.converters import integer, several_of
from tftune.cli.experiments.experiment import Experiment
from tftune.cli.options import Option
from tftune.oracles import ORACLES

if TYPE_CHECKING:
    from tftune.cli.experiments.measurements import Measurements
    from tftune.reports.views.view import View

# they choose the epochs of a trial themselves
_OWN_LENGTHS = ("hyperband", "bohb", "mobster", "filled-halving")
METHODS = tuple(name for name in ORACLES if name not in _OWN_LENGTHS)
methods = several_of(METHODS, "search method")


def run(measurements: Measurements) -> Sequence[View]:
    """Trains, searches, and returns what was found."""
    from tftune.cli.experiments.project_search import search_once, train_baseline
    from tftune.cli.experiments.project_views import views_of

    options, seeds = measurements.options, measurements.seeds
    plain = [{"normalized": each, "seed": seed} for seed in seeds for each in (False, True)]
    chosen = options.methods.split(",")
    cells = [{"method": method, "seed": seed} for seed in seeds for method in chosen]
    baselines = measurements.measure(train_baseline, plain, "networks before any search")
    searches = measurements.measure(search_once, cells, "searches")
    by_kind = {
        normalized: [
            result
            for cell, result in zip(plain, baselines, strict=True)
            if cell["normalized"] is normalized
        ]
        for normalized in (False, True)
    }
    by_method = {
        method: [
            result for cell, result in zip(cells, searches, strict=True) if cell["method"] == method
        ]
        for method in chosen
    }
    return views_of(by_kind, by_method, options)


_GROUP = "experiment"
EXPERIMENT = Experiment(
    sentence="Does the lecture's assignment: adds batch normalisation, then searches learning "
    "rate, dropout\nand L2 by grid, random and Bayesian search, each with the same trials and "
    "epochs.",
    seeds=10,
    run=run,
    options=(
        Option(
            "--methods",
            "LIST",
            methods,
            "grid,random,gp",
            f"search methods, with commas; all but {', '.join(_OWN_LENGTHS)}",
            _GROUP,
        ),
        Option(
            "--max-trials",
            "N",
            integer(1, 10_000),
            12,
            "trials of each search; 8, 12, 18 and 27 are whole grids",
            _GROUP,
        ),
        Option("--epochs", "E", integer(1, 10_000), 8, "epochs of each trial", _GROUP),
    ),
    examples=(
        ("--image-size 32 --workers 2", "the photographs, about half an hour"),
        (
            "--data sample --image-size 32 --seeds 2 --max-trials 8 --epochs 2",
            "leaves drawn on the spot, in minutes",
        ),
    ),
)
