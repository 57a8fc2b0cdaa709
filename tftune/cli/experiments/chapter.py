"""`python -m tftune.hemolysis chapter`: the four models of the book chapter, over seeds, on its
split and on one that does not leak, beside its printed numbers and a search of equal cost.

chapter_models.py says what the chapter's protocol is and what its text leaves open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tftune.cli.converters import integer, one_of
from tftune.cli.experiments.chapter_models import (
    KNOBS,
    MODELS,
    PARAMETERS,
    SEARCHED,
    SPLITS,
    train_model,
)
from tftune.cli.experiments.experiment import Experiment
from tftune.cli.options import Option

if TYPE_CHECKING:
    from tftune.cli.experiments.chapter_figures import Found
    from tftune.cli.experiments.measurements import Measurements
    from tftune.reports.views.view import View

OPTIONS = (
    Option("--epochs", "E", integer(1), 20, "epochs of a training at the most", "experiment"),
    Option(
        "--trials",
        "N",
        integer(0),
        None,
        "trials of the search on each split (default: four a seed, as many as the models); 0: none",
        "experiment",
    ),
    Option(
        "--split",
        "KIND",
        one_of(("all", *SPLITS), "split"),
        "all",
        "fixed: the chapter's rows for all seeds; random: rows drawn anew; grouped: equal "
        "sequences stay together; or all",
        "data",
    ),
)
EXAMPLES = (
    ("--data sample --seeds 2", "generated peptides, no network"),
    ("--workers 2", "the real peptides, ten seeds; hours"),
)


def run(measurements: Measurements) -> list[View]:
    """Trains all models and returns what was found."""
    options = measurements.options
    splits = tuple(SPLITS) if options.split == "all" else (options.split,)
    cells: list[dict[str, Any]] = [
        {"model": model, "split": split, "seed": seed}
        for seed in measurements.seeds
        for split in splits
        for model in MODELS
    ]
    trained = measurements.measure(train_model, cells, "the chapter's models")
    results: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for cell, result in zip(cells, trained, strict=True):
        results.setdefault(cell["split"], {}).setdefault(cell["model"], []).append(result)
    searches = {}
    for split in splits:
        if options.trials != 0:
            searches[split] = best = best_knobs(measurements, split)
            knobs = {name: best[name] for name in KNOBS}
            again = [
                {"model": SEARCHED, "split": split, "seed": seed, **knobs}
                for seed in measurements.seeds
            ]
            results[split][SEARCHED] = measurements.measure(train_model, again, "the winner")
    return views_of(results, searches)


def best_knobs(measurements: Measurements, split: str) -> dict[str, Any]:
    """Returns what a search on a split has found (see chapter_search.py)."""
    from tftune.cli.experiments import chapter_search

    return chapter_search.best_knobs(measurements, split)


def views_of(results: dict[str, Any], searches: dict[str, dict[str, Any]]) -> list[View]:
    """Returns what the trainings tell.

    Args:
        results: The trainings by split and model, a list over the seeds.
        searches: What the search on each split has found.
    """
    from tftune.cli.experiments import chapter_figures as figures
    from tftune.reports.views.view import View

    first = next(iter(results.values()))["baseline"][0]
    comparable = (first["parameters"], first["sequences"]) == (PARAMETERS, 6076)
    dots = tuple(
        figures.dots_chart(results, metric, label)
        for metric, label in (("auc", "test AUC"), ("accuracy", "test accuracy"))
    )
    views = [
        View(
            "every-training",
            "Every training beside the printed numbers",
            "A dot is one training. A seed draws the weights and the order of the batches, and the "
            "rows where they are not fixed; fixed rows are those of the first seed. Intervals of "
            "rows drawn anew allow for the rows that splits share.",
            tuple(_data_sentences(results, first, comparable)),
            dots,
        ),
        *(_split_view(split, found, comparable) for split, found in results.items()),
    ]
    if searches:
        views.append(_search_view(results, searches))
    return views


def _data_sentences(results: Any, first: Any, comparable: bool) -> list[str]:
    train, validation, test = first["rows"]
    sentences = [
        f"{train:,} rows train, {validation:,} validate, {test:,} test; the baseline has "
        f"{first['parameters']:,} parameters"
        + (f", as printed ({PARAMETERS:,})." if first["parameters"] == PARAMETERS else ".")
    ]
    for split, found in results.items():
        rates = [each["leak_rate"] for each in found["baseline"]]
        majority = [each["majority"] for each in found["baseline"]]
        sentences.append(
            f"With {SPLITS[split]}: {sum(rates) / len(rates):.1%} of the test rows are in the "
            "training split, too, word for word. Calling every row the larger class has an "
            f"accuracy of {sum(majority) / len(majority):.3f}."
        )
    sentences.append(
        "With seed 0 the fixed rows are the chapter's own."
        if comparable
        else "The data are not the chapter's: its printed numbers are shown, not compared."
    )
    exact = max(
        abs(each["written"]["auc"] - each["written"]["exact_auc"])
        for found in results.values()
        for trainings in found.values()
        for each in trainings
    )
    sentences.append(
        f"AUC is that of Keras with 200 thresholds, as in the chapter; it differs from the exact "
        f"one by {exact:.4f} at the most."
    )
    return sentences


def _split_view(split: str, found: Found, comparable: bool) -> View:
    from tftune.cli.experiments import chapter_figures as figures
    from tftune.cli.experiments import chapter_tables as tables
    from tftune.reports.views.view import View

    labels = {"val_auc": "validation AUC", "val_loss": "validation loss", "loss": "training loss"}
    seen = tables.seen_sentence(found, split)
    return View(
        split,
        SPLITS[split].capitalize(),
        "Bands are one standard deviation over the seeds; with early stopping a training is that "
        "of L2 alone up to its end. The interval for shared rows allows for "
        "splits that share rows (Nadeau and Bengio 2003).",
        (*tables.verdict_sentences(found, split), *([seen] if seen else [])),
        tuple(figures.curves_chart(split, found, *each) for each in labels.items()),
        (
            tables.model_table(found, split, comparable),
            tables.difference_table(found, split),
            tables.weights_table(found, split),
        ),
    )


def _search_view(results: Any, searches: dict[str, dict[str, Any]]) -> View:
    from tftune.cli.experiments import chapter_tables as tables
    from tftune.cli.experiments.chapter_figures import title_of
    from tftune.reports.views.view import Table, View

    rows, sentences = [], []
    for split, best in searches.items():
        found = results[split]
        rows.append(
            (split, str(best["trials"]), f"{best['score']:.3f}")
            + tuple(
                f"{best[name]:.3g}" if best[name] not in (True, False) else str(best[name])
                for name in KNOBS
            )
        )
        for metric, words in tables.METRICS.items():
            told = []
            for other in dict.fromkeys(("baseline", tables.best_by_hand(found))):
                less = tables.difference(found, metric, SEARCHED, split, other)
                told.append(f"{less.mean:+.3f} to {title_of(other)} ({less.verdict})")
            sentences.append(f"The searched model in {words}, {SPLITS[split]}: {'; '.join(told)}.")
    sentences.append(
        "The search saw the train and validation rows of the first seed. Where rows are drawn "
        "anew, other seeds test on some of them, of which the four knobs may tell a little; the "
        "comparison on fixed rows is free of it."
    )
    header = ("split", "trials", "best val_auc", *KNOBS)
    return View(
        "search",
        "What a search adds",
        "A search of as many trainings chose its knobs on validation; its winner was trained and "
        "tested with the same seeds as the four models.",
        tuple(sentences),
        tables=(Table(header, tuple(rows), (1, 2, 4, 5, 6), title="What was found"),),
    )


EXPERIMENT = Experiment(
    "Repeats the four models of the chapter 'Hyperparameter Tuning' over seeds, and a search.",
    10,
    run,
    OPTIONS,
    EXAMPLES,
)
