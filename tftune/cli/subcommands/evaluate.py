"""`tftune evaluate RUN [DATA]`: what the best model is worth, row by row.

Without DATA the data of a program's run are loaded again, and the test split is used once more,
which is counted and said.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tftune.cli.command import Subcommand
from tftune.cli.converters import source
from tftune.cli.runs import folder_of
from tftune.cli.terminal import tell
from tftune.errors import DataError, TftuneError, UsageError
from tftune.support.files import expanded
from tftune.support.texts import quoted


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the arguments."""
    parser.add_argument(
        "run", metavar="RUN", type=source, help="a run folder, or its name in runs/"
    )
    parser.add_argument(
        "data",
        metavar="DATA",
        type=source,
        nargs="?",
        help="other rows: an .npz file with x and y; of a program's run also what its --data takes "
        "(default: the run's own data, loaded again)",
    )
    parser.add_argument(
        "--split",
        choices=("test", "validation"),
        help="of the run's own data (default: test; each use of it is counted)",
    )
    parser.add_argument(
        "--recorded", action="store_true", help="show what was found before; no data are used"
    )
    parser.add_argument(
        "--references",
        action=argparse.BooleanOptionalAction,
        help="fit simple models on the run's own training data, too, some seconds (default: yes)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(options: argparse.Namespace) -> int:
    """Evaluates the best model and prints what it is worth."""
    from tftune.cli.data_again import program_of
    from tftune.search.load_run import Run

    found = Run(folder_of(options.run))
    if options.recorded and options.data is not None:
        raise UsageError(
            "--recorded shows what was found before, and DATA is to be looked at now. Expected one "
            f"of both. Received: --recorded and {quoted(options.data)}. Leave one out."
        )
    program = program_of(found.header)
    if options.recorded or (options.data is None and program is None):
        return _show_recorded(found, options)
    return _evaluate(found, program, options)


def _show_recorded(found: Any, options: argparse.Namespace) -> int:
    record = found.state.evaluation() if options.split != "validation" else None
    if record is None:
        found.best_trial()  # says it where there is none
        raise UsageError(
            f"No evaluation is recorded in {found.folder.path}"
            + (
                "."
                if options.recorded
                else ", and the journal does not tell how to load the data again."
            )
            + " Expected data. Pass a file with arrays x and y, written by numpy.savez: "
            f"tftune evaluate {quoted(options.run)} FILE.npz"
        )
    beaten = found.state.references.get("test")
    _print(found, options, record["trial_id"], "test", "", record["report"], {}, (), beaten)
    return 0


def _evaluate(found: Any, program: Any, options: argparse.Namespace) -> int:
    from tftune.cli.data_again import writable

    best = found.best_trial()
    # what loads or builds may print
    with contextlib.redirect_stdout(sys.stderr), writable(found.folder):
        rows, result, beaten = _looked_at(found, program, best, options)
    given = (rows.split, rows.source, result.report, result.metrics, rows.names, beaten)
    _print(found, options, best.trial_id, *given)
    return 0


def _looked_at(found: Any, program: Any, best: Any, options: argparse.Namespace) -> Any:
    """Returns the rows, what came of them, and the record of the references on the same rows or
    None; a use of the test split is noted.
    """
    from tftune.cli.data_again import hypermodel_of
    from tftune.search.load_run import Run
    from tftune.support.tensorflow_import import quiet_import

    rows = _rows(found, program, options)
    if rows.split == "test":
        found.folder.check_free()  # its use is to be noted
    with quiet_import():
        from tftune.models.raw_input import for_prediction
        from tftune.search.evaluation import evaluate_run, record_use
    built, hypermodel = found, None
    if program is not None:
        try:
            hypermodel = hypermodel_of(program, found.header)
            built = Run(found.folder, hypermodel)
        except KeyError:
            tell("The journal is of an old version; the model is made from its checkpoint.")
    model = for_prediction(hypermodel, built.best_model())
    result = evaluate_run(built, model, rows.x, rows.y, rows.nearness)
    if rows.split == "other" and _is_test_split(found, result.predictions):
        rows = replace(rows, split="test")
    beaten = _beaten(found, program, best, options, rows, result)
    if rows.split == "test":
        found.state = record_use(built, best.trial_id, result, beaten)
    return rows, result, beaten


def _beaten(
    found: Any, program: Any, best: Any, options: argparse.Namespace, rows: Any, result: Any
) -> dict[str, Any] | None:
    """Returns what the reference models are worth on the rows, beside the network; fitted again on
    the run's own data, where these can be loaded.
    """
    from tftune.cli import data_again
    from tftune.search.own_report import is_wanted
    from tftune.search.references import VARIABLE, best_of, references_of_program

    if program is None or not is_wanted(options.references, VARIABLE):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they were told before
            dataset = data_again.own_data(program, found.header)
    except TftuneError:
        return None  # they are elsewhere now
    fitted = references_of_program(dataset, found.header)
    chosen = best_of(found.state.references.get("validation"))
    told = fitted.compared(rows.x, rows.y, result.predictions, chosen, rows.split)
    return {"split": rows.split, "trial_id": best.trial_id, **told}


def _rows(found: Any, program: Any, options: argparse.Namespace) -> Any:
    """Returns the rows to look at: the run's own, wherever they lie now, or others."""
    from tftune.cli import data_again

    header, path = found.header, None if options.data is None else expanded(options.data)
    if program is None and path is not None:
        rows = data_again.rows_of_file(path)
        return rows if options.split is None else replace(rows, split=options.split)
    npz = path is not None and path.suffix.lower() == ".npz"
    split = options.split or "test"
    try:
        if npz:
            raise DataError("other rows")
        with warnings.catch_warnings():
            if path is not None:  # of how they would be split
                warnings.simplefilter("ignore")
            dataset = data_again.own_data(program, header, None if path is None else str(path))
    except TftuneError as error:
        if path is not None:
            rows = data_again.foreign_rows(header, path, split)
            return replace(rows, nearness=data_again.nearness_to_training(program, found, rows))
        if isinstance(error, DataError) and found.state.evaluation() is not None:
            raise DataError(f"{error} --recorded shows what was found before.") from error
        raise
    x, y = getattr(dataset, split).load()
    nearness = dataset.nearness(split, found.state.is_refitted)
    return data_again.Rows(x, y, split, dataset.source, nearness=nearness)


def _is_test_split(found: Any, predictions: Any) -> bool:
    """Whether rows are those of the test split that was used before."""
    from tftune.support.array_files import open_arrays

    path: Path = found.folder.predictions
    if predictions is None or not path.exists():
        return False
    try:
        with open_arrays(path) as kept:
            return bool(str(kept.read("fingerprint")) == predictions.fingerprint)
    except Exception:  # damaged archives raise many kinds
        return False


def _print(
    found: Any,
    options: argparse.Namespace,
    trial_id: str,
    split: str,
    source: str,
    report: Mapping[str, Any] | None,
    metrics: Mapping[str, float],
    names: tuple[str, ...],
    beaten: Mapping[str, Any] | None = None,
) -> None:
    from tftune.cli.run_words import with_interval
    from tftune.reports.analysis.references import table_of
    from tftune.reports.distance_table import distance_text
    from tftune.reports.evaluation_text import evaluation_text
    from tftune.reports.measures.metric_names import interval_of
    from tftune.reports.references_text import table_text
    from tftune.reports.summary import json_ready, to_json
    from tftune.support.texts import one_line

    uses = found.state.test_uses
    if options.json:
        content = {
            "run": str(found.folder.path),
            "trial_id": trial_id,
            "split": split,
            "source": source or (found.header.get("data") or {}).get("source"),
            "test_uses": uses,
            "metrics": dict(metrics),
            "report": report,
            "references": None if beaten is None else dict(beaten),
            "names": {str(one["row"]): names[one["row"]] for one in _rows_of(report)}
            if names
            else {},
        }
        print(to_json(json_ready(content)), end="")
        return
    rows = f": {report['rows']:,} rows" if report else ""
    of = {"other": f"Other data, {quoted(source)}"}.get(split, f"The {split} split")
    print(f"{of}, trial {trial_id} of {quoted(str(found.folder.path))}{rows}\n")
    if metrics:
        ends = {name: interval_of(name, each, report or {}) for name, each in metrics.items()}
        told = "  ".join(
            f"{name} {with_interval(value, *(ends[name] or (None, None)))}"
            for name, value in metrics.items()
        )
        print(f"As the model was compiled: {told}\n")
    if report:
        print(evaluation_text(report, names) + "\n")
        if told := distance_text(report):
            print(told + "\n")
    else:
        print("More is known of models with one output whose loss is a usual one.\n")
    table = table_of(found.state, beaten)
    if table is not None:
        print(table_text(table) + "\n")
    elif beaten is not None:
        print("\n".join(one_line(note, 300) for note in beaten["notes"]) + "\n")
    if split == "validation" and found.state.is_refitted:
        print("The finished model was trained on these rows, too: they tell nothing of new ones.")
    elif split == "validation":
        print("The trial was chosen on the validation split, so these numbers are likely too good.")
    elif split == "test" and uses > 1:
        print(
            f"The test split was used {uses} times: choosing by it makes the model look better "
            "than it is."
        )
    elif split == "test":
        print("The test split was used once.")
    elif not (report or {}).get("by_distance"):
        print("If rows that the search was trained on are among these, the numbers are too good.")


def _rows_of(report: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    return list((report or {}).get("mistakes") or (report or {}).get("residuals") or [])


COMMAND = Subcommand(
    add_arguments,
    run,
    (
        ("runs/hemolysis-auto", "on its test split, loaded again; each use is counted"),
        ("runs/hemolysis-auto peptides.csv", "on other peptides with their labels"),
        ("runs/search test.npz", "of a search of your own: arrays x and y"),
        ("runs/beans-auto --recorded", "what was found before"),
    ),
)
