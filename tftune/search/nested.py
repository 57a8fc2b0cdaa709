"""Nested evaluation: what a whole search is worth, on rows that none of its choices has seen.

The rows of train and validation are cut into K outer folds. For each of them the same search runs
on the other rows, in a run folder of its own, and its winner is evaluated once on the fold: the
mean over the folds is what the procedure is worth, an unbiased number for a search on (K - 1)/K of
the rows (Varma and Simon 2006; Cawley and Talbot 2010). No model comes out of it, and it is no
confirmation of one: the model is that of the search on all rows. See
`tftune.training.outer_folds` for the folds and `tftune.reports.nested` for the numbers.

A record `nested` of the journal, or `nested.json` where there is no search on all rows, has the
folds that are done; the journals of the folds have the rest, so what was cut short goes on.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tftune.errors import NoTrialCompletedError, UsageError
from tftune.reports.nested import NestedWorth, worth_of
from tftune.reports.tables import format_value
from tftune.search.nested_record import (
    Record,
    asked_of,
    check_same,
    kept_in_file,
    kept_in_journal,
    objective_of,
    pooled_of,
    result_of,
)
from tftune.search.planned_tuner import PlannedTuner
from tftune.support.files import expanded
from tftune.support.seeding import check_seed, derive
from tftune.training.inputs.fingerprint import fingerprint
from tftune.training.inputs.leaves import leaves, rows_of, taken_rows, with_arrays
from tftune.training.outer_folds import OuterFold, outer_folds

_ENDED = ("done", "flat", "timeout")  # ends of a search after which a fold is done
_OF_ROWS = ("sample_weight", "validation_data", "validation_split", "validation_steps")


def nested_evaluation(
    make_tuner: Callable[..., PlannedTuner],
    x: Any,
    y: Any,
    folds: int = 5,
    groups: Any = None,
    *,
    validation_share: float = 0.2,
    largest_share: float | None = None,
    seed: int = 0,
    directory: str | os.PathLike[str] = "runs",
    project_name: str = "nested",
    tuner: PlannedTuner | None = None,
    evaluate: Callable[[Any, Any, Any], Mapping[str, float]] | None = None,
    told: Callable[[str], None] | None = None,
    **fit_options: Any,
) -> NestedWorth:
    """Runs the same search once for each fold and returns what the procedure is worth.

    It costs K times the search. A second call goes on where the first was cut short.

    Args:
        make_tuner: Returns a tuner of the search, not yet begun. It is called for each fold with
            the keywords `directory`, `project_name`, `seed` and `groups`, which it passes on to
            `tftune.Tuner`. Leave `report` and `references` of it off to save some seconds a fold.
        x: Inputs of train and validation together, arrays of shape (rows, ...), nested or not. Keep
            the rows of the test split out.
        y: Targets, likewise.
        folds: K, at least 2. Defaults to 5.
        groups: An entry per row, equal for rows that belong together, which no cut tears apart.
        validation_share: Of the rows outside a fold, those by which its search chooses.
        largest_share: A group with more than this share of a fold always trains; None holds out
            any.
        seed: Of the folds; each search has a seed of its own that follows from it. Defaults to 0.
        directory: Where the folder of the evaluation lies. Defaults to `"runs"`.
        project_name: Its name; the run folders of the folds, `1` to K, lie in it.
        tuner: That of the search on all rows, which has ended: the folds then lie in `nested` of
            its run folder, and its journal, summary and report tell the result.
        evaluate: Called with a fold's tuner, and its rows x and y; returns the metrics of the
            winner. Defaults to `Tuner.evaluate_best`.
        told: Hears a line before and after each fold; they go to stderr by default, or nowhere with
            `verbose=0`.
        **fit_options: As for `Tuner.search`: `epochs`, `batch_size`, `callbacks` and so on.

    Raises:
        UsageError: If there are too few rows or groups, an option belongs to certain rows, or the
            objective is not measured by `evaluate`.
        RunFolderError: If the folder has a nested evaluation of other data, folds or seed.
        NoTrialCompletedError: If no trial of a fold has completed.
        SearchInterrupted: After Ctrl-C or SIGTERM; the same call resumes.

    Example:
        >>> import tempfile, keras, numpy as np, tftune
        >>> def build(hp):
        ...     layers = [keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")]
        ...     model = keras.Sequential(layers)
        ...     rate = hp.Float("rate", 1e-3, 1.0, sampling="log")
        ...     model.compile(keras.optimizers.Adam(rate), "binary_crossentropy",
        ...         metrics=["accuracy"], run_eagerly=True)
        ...     return model
        >>> def make_tuner(**place):
        ...     options = {"objective": "val_accuracy", "max_trials": 2, "workers": 0}
        ...     return tftune.Tuner(build, "random", report=False, references=False, **options,
        ...         **place)
        >>> x = np.random.default_rng(0).normal(size=(30, 2))
        >>> y = (x[:, :1] > 0).astype("float32")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     found = nested_evaluation(make_tuner, x, y, 2, directory=folder, verbose=0)
        >>> found.is_whole, [each["test"] for each in found.results]
        (True, [15, 15])
    """
    refused = [name for name in _OF_ROWS if fit_options.get(name) is not None]
    if refused:
        raise UsageError(
            "A nested evaluation cuts the rows itself. Expected x and y of train and validation "
            f"together. Received: {', '.join(refused)}. Join the rows and leave it out."
        )
    check_seed(seed)
    x, y = with_arrays(x, "x"), with_arrays(y, "y")
    cuts = outer_folds(_targets(x, y), folds, seed, groups, validation_share, largest_share)
    rest = {name: value for name, value in fit_options.items() if name != "verbose"}
    begun = {
        "folds": folds,
        "seed": seed,
        "fingerprint": fingerprint(x, y, groups, validation_share, largest_share, rest),
    }
    place = expanded(directory) / project_name if tuner is None else tuner.folder.nested
    say = told or (_print if fit_options.get("verbose", 1) else lambda line: None)
    with kept_in_file(place) if tuner is None else kept_in_journal(tuner) as store:
        known = store.known()
        check_same(known, begun, place)
        results = {each["fold"]: each for each in (known or {}).get("results", ())}
        record: Record = {**(known or {}), **begun}
        if known is None:
            record |= {"results": []}
            store.keep(record)
        for cut in cuts:
            directions = {"directory": place, "project_name": str(cut.number)}
            directions["seed"] = derive(seed, cut.number, "nested search")
            given = None if groups is None else np.asarray(groups)
            rows = np.concatenate([cut.train, cut.validation])
            fold = make_tuner(**directions, groups=None if given is None else given[rows])
            asked = asked_of(fold)
            done = results.get(cut.number)
            if done is not None and done["asked"] == asked and done["reason"] in _ENDED:
                continue
            say(_before(cut, folds))
            _search(fold, cut, x, y, fit_options)
            metrics = (evaluate or _evaluated)(fold, *_of(x, y, cut.test))
            results[cut.number] = {**result_of(fold, cut, metrics), "asked": asked}
            record |= {"metric": results[cut.number].pop("metric"), "objective": objective_of(fold)}
            record["results"] = [results[number] for number in sorted(results)]
            record["pooled"] = pooled_of(place, folds, record) if len(results) == folds else None
            store.keep(record)
            say(_after(results[cut.number], folds, record["metric"]))
        return worth_of(record, record["objective"])


def _targets(x: Any, y: Any) -> np.ndarray:
    """Returns the targets, the first where there are several, and checks the rows."""
    counts = {rows_of(leaf) for part in (x, y) for _, leaf in leaves(part)}
    targets = [leaf for _, leaf in leaves(y)]
    if len(counts) != 1 or None in counts or not targets:
        told = ", ".join(sorted(str(count) for count in counts)) or "nothing"
        told += "" if targets else ", and no y"
        raise UsageError(
            "A nested evaluation cuts rows of arrays. Expected x and y as arrays, or lists or "
            f"dicts of arrays, of equally many rows. Received: rows {told}. Give arrays."
        )
    return np.asarray(targets[0])


def _of(x: Any, y: Any, rows: np.ndarray) -> tuple[Any, Any]:
    return taken_rows(x, rows), taken_rows(y, rows)


def _search(
    tuner: PlannedTuner, cut: OuterFold, x: Any, y: Any, options: Mapping[str, Any]
) -> None:
    try:
        tuner.search(*_of(x, y, cut.train), validation_data=_of(x, y, cut.validation), **options)
    except NoTrialCompletedError as error:
        raise NoTrialCompletedError(f"Fold {cut.number} of a nested evaluation: {error}") from error


def _evaluated(tuner: PlannedTuner, x: Any, y: Any) -> Mapping[str, float]:
    return tuner.evaluate_best(x, y)


def _before(cut: OuterFold, folds: int) -> str:
    train, validation, test = (len(rows) for rows in (cut.train, cut.validation, cut.test))
    return (
        f"nested evaluation, fold {cut.number} of {folds}: a search on {train:,} train and "
        f"{validation:,} validation rows, for {test:,} rows apart"
    )


def _after(result: Record, folds: int, metric: str) -> str:
    value, score = (format_value(result[name]) for name in ("value", "score"))
    return (
        f"nested evaluation, fold {result['fold']} of {folds} done: {metric} {value} on its rows, "
        f"{score} in validation"
    )


def _print(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
