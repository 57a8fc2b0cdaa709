"""What the two peptide networks are worth beside a forest, boosting, nearest neighbours and the
majority class: three kinds of split, several seeds of the split.

    python -m benchmarks.peptide_networks --results peptides.jsonl --write-readme

The test split of each is looked at once, after the fit; nothing is chosen on it.
"""

from __future__ import annotations

import argparse
import functools
import math
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.command import parser_of, run_command, show
from benchmarks.markdown import table
from benchmarks.search_options import add_jobs, add_seeds
from benchmarks.specs import split
from benchmarks.units import Unit, run_missing

KINDS = ("grouped", "clustered", "random")
FAMILIES = ("relatives", "cnn", "references")
FOREST = "random forest"
EPOCHS = 20
MEASURES = (("auc", "AUC"), ("accuracy", "accuracy"))
Scores = dict[str, float]


def arguments() -> argparse.ArgumentParser:
    """Returns the parser of the command line."""
    parser = parser_of("peptide_networks", __doc__)
    add = parser.add_argument
    add(
        "--data",
        default="download",
        metavar="SOURCE",
        help="the peptides, as `python -m tftune.hemolysis --data` takes them (default download)",
    )
    add(
        "--splits",
        type=split,
        default=KINDS,
        metavar="A,B",
        help=f"kinds of split (default {','.join(KINDS)})",
    )
    add(
        "--families",
        type=split,
        default=FAMILIES,
        metavar="A,B",
        help=f"what is fitted (default {','.join(FAMILIES)})",
    )
    add_seeds(parser, 5, "splits of a kind")
    add("--networks", type=int, default=3, help="networks of a kind (default 3)")
    add("--epochs", type=int, default=EPOCHS, help=f"of a network (default {EPOCHS})")
    add_jobs(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code: 1 if a measurement failed."""
    return run_command(arguments(), argv, run)


def run(options: argparse.Namespace) -> int:
    """Fits what is missing and prints the tables."""
    units: list[Unit] = [
        {"family": family, "split": kind, "seed": seed, "source": options.data}
        for family in options.families
        for seed in range(options.seeds)
        for kind in options.splits
    ]
    compute = functools.partial(run_unit, networks=options.networks, epochs=options.epochs)
    found = run_missing(units, compute, options.results, options.jobs)
    sections = {
        "peptide-networks": means_table(found, options.splits),
        "peptide-networks-each-split": each_table(found, options.splits),
    }
    show(sections, options, complete=bool(found))
    return 0 if len(found) == len(units) else 1


def run_unit(unit: Unit, networks: int, epochs: int) -> dict[str, Any]:
    """Fits a family of models on one split; returns what each is worth on validation and test."""
    from tftune.datasets import hemolytic_peptides

    dataset = hemolytic_peptides.load(unit["source"], unit["split"], unit["seed"])
    if unit["family"] == "references":
        return {"models": reference_scores(dataset, unit["seed"])}
    return {"models": network_scores(dataset, unit["family"], unit["seed"], networks, epochs)}


def reference_scores(dataset: Any, seed: int) -> dict[str, Any]:
    """Returns the scores of the reference models of `tftune.training.references`."""
    from tftune.training.references.fitting import fit_references
    from tftune.training.references.rows import Rows

    made = fit_references(
        Rows(*map(np.asarray, dataset.train.load())),
        losses=["binary_crossentropy"],
        task="hemolysis",
        seed=seed,
    )
    parts = {}
    for part in ("validation", "test"):
        x, y = map(np.asarray, getattr(dataset, part).load())
        answers = made.measured(Rows(x, y)).answers
        parts[part] = {name: scores(y, answer[:, 1]) for name, answer in answers.items()}
    return {
        name: {
            "validation": parts["validation"][name],
            "test": parts["test"][name],
            "seconds": made.seconds[name],
        }
        for name in made.names
    }


def network_scores(
    dataset: Any, family: str, seed: int, networks: int, epochs: int
) -> dict[str, Any]:
    """Returns the mean scores of several networks, and the scores of the mean of their answers."""
    from tftune.training.fitting import speed_up

    train = dataset.train.load()
    validation, test = dataset.validation.load(), dataset.test.load()
    answers: dict[str, list[Any]] = {"validation": [], "test": []}
    seconds = []
    for number in range(networks):
        begun = time.process_time()
        model = _fitted(family, dataset, train, validation, 1000 * seed + number, epochs, speed_up)
        seconds.append(time.process_time() - begun)
        if family == "relatives":  # what the bank says of a peptide is the same in each network
            both = np.concatenate([np.asarray(x) for x, _ in (validation, test)])
            model.get_layer("relatives").remember(np.unique(both, axis=0))
        for part, (x, _) in (("validation", validation), ("test", test)):
            answers[part].append(model.predict(np.asarray(x), batch_size=256, verbose=0)[:, 0])
    labels = {"validation": validation[1], "test": test[1]}
    single: dict[str, Any] = {"seconds": float(np.mean(seconds))}
    together: dict[str, Any] = {"seconds": float(np.sum(seconds))}
    for part, found in answers.items():
        each = [scores(labels[part], answer) for answer in found]
        single[part] = {name: float(np.mean([one[name] for one in each])) for name in each[0]}
        together[part] = scores(labels[part], np.mean(found, axis=0))
    return {family: single, f"{family}, mean of {networks}": together}


def _fitted(
    family: str,
    dataset: Any,
    train: Any,
    validation: Any,
    seed: int,
    epochs: int,
    speed_up: Callable[[Any, int], None],
) -> Any:
    """Returns a network at its first guess, as a search would begin with it, and trained so: with
    the weights of its best epoch in validation.
    """
    import keras
    import keras_tuner

    from tftune.models.peptide_cnn import PeptideCNN
    from tftune.models.peptide_relatives import PeptideRelatives

    width = dataset.facts["width"]
    hypermodel = (
        PeptideCNN(width)
        if family == "cnn"
        else PeptideRelatives(width, dataset.facts["sequences"])
    )
    keras.utils.set_random_seed(seed)
    hp = keras_tuner.HyperParameters()
    model = hypermodel.build(hp)
    speed_up(model, seed)
    best = keras.callbacks.EarlyStopping(
        "val_auc", mode="max", patience=epochs, restore_best_weights=True
    )
    hypermodel.fit(
        hp, model, *train, validation_data=validation, epochs=epochs, verbose=0, callbacks=[best]
    )
    return model


def scores(labels: Any, answers: Any) -> Scores:
    """Returns the area under the ROC curve and the accuracy.

    Example:
        >>> scores([[0], [1], [1]], np.array([0.1, 0.2, 0.9]))
        {'auc': 1.0, 'accuracy': 0.6666666666666666}
    """
    from sklearn.metrics import roc_auc_score

    true = np.asarray(labels).reshape(-1) > 0.5
    right = (np.asarray(answers) >= 0.5) == true
    return {"auc": float(roc_auc_score(true, answers)), "accuracy": float(right.mean())}


def _by_model(found: Sequence[dict[str, Any]], kind: str) -> dict[str, dict[int, Any]]:
    """Returns the results of each model by the seed of the split."""
    models: dict[str, dict[int, Any]] = {}
    for result in found:
        if result["split"] == kind:
            for name, told in result["models"].items():
                models.setdefault(name, {})[result["seed"]] = told
    return models


def means_table(found: Sequence[dict[str, Any]], kinds: Sequence[str]) -> str:
    """Returns the means over the splits, and the difference to the forest."""
    header = [
        "split",
        "model",
        *(f"{part} {name}" for part in ("validation", "test") for _, name in MEASURES),
        "test AUC - forest's",
        "seconds a fit",
    ]
    rows = []
    for kind in kinds:
        models = _by_model(found, kind)
        forest = models.get(FOREST, {})
        for name, told in models.items():
            cells = [
                _mean([one[part][measure] for one in told.values()])
                for part in ("validation", "test")
                for measure, _ in MEASURES
            ]
            both = sorted(set(told) & set(forest)) if name != FOREST else []
            cells.append(
                difference(
                    [told[seed]["test"]["auc"] - forest[seed]["test"]["auc"] for seed in both]
                )
            )
            seconds = np.mean([one["seconds"] for one in told.values()])
            rows.append([kind, name, *cells, f"{seconds:.1f}"])
    return table(header, rows)


def _mean(values: Sequence[float]) -> str:
    return f"{np.mean(values):.4f}"


def difference(values: Sequence[float]) -> str:
    """Returns a mean difference and its standard error over the splits.

    Example:
        >>> difference([0.01, 0.03]), difference([])
        ('+0.0200 ± 0.0100', '-')
    """
    if not values:
        return "-"
    if len(values) == 1:
        return f"{values[0]:+.4f}"
    error = float(np.std(values, ddof=1)) / math.sqrt(len(values))
    return f"{np.mean(values):+.4f} ± {error:.4f}"


def each_table(found: Sequence[dict[str, Any]], kinds: Sequence[str]) -> str:
    """Returns the test AUC on each split."""
    seeds = sorted({result["seed"] for result in found})
    rows = [
        [kind, name, *(_of_seed(told.get(seed)) for seed in seeds)]
        for kind in kinds
        for name, told in _by_model(found, kind).items()
    ]
    return table(["split", "model", *(f"seed {seed}" for seed in seeds)], rows)


def _of_seed(told: Any) -> str:
    return "-" if told is None else f"{told['test']['auc']:.4f}"


if __name__ == "__main__":
    sys.exit(main())
