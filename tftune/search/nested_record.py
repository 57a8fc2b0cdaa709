"""What is remembered of a nested evaluation, and where: in the journal of the search on all rows,
or in a file beside the folders of the folds.

The record has `folds`, `seed` and a `fingerprint` of the data, by which it is told whether a second
call goes on with it, the `results` of the folds that are done, and, when all are, the `pooled`
interval.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tftune.errors import DataError, RunFolderError, UsageError
from tftune.journal.folder_lock import FolderLock
from tftune.journal.run_folder import RunFolder
from tftune.reports.analysis import worth as worths
from tftune.reports.measures.metric_names import plain_name
from tftune.reports.measures.pooled import FoldAnswers, pooled_interval
from tftune.reports.nested import worth_of
from tftune.reports.summary import json_ready, to_json
from tftune.search.planned_tuner import PlannedTuner
from tftune.space.knob import public_values
from tftune.support import limits
from tftune.support.array_files import open_arrays
from tftune.support.files import write_atomically
from tftune.support.whole_files import read_whole
from tftune.training.outer_folds import OuterFold

FILE = "nested.json"
Record = dict[str, Any]


def asked_of(tuner: PlannedTuner) -> Record:
    """Returns what was asked of a fold's search: where it is another, as by more trials or a
    confirmation, a fold that is done goes on.

    Args:
        tuner: Of the fold.
    """
    run = tuner.plan.run
    confirm = run.confirm
    return json_ready(  # type: ignore[no-any-return]
        {
            "search": tuner.search_name,
            "trials": tuner.oracle.max_trials,
            "timeout": run.timeout,
            "confirm": confirm if confirm is None or isinstance(confirm, int) else list(confirm),
            "finish": run.finish_share,
            "training": {**tuner.plan.training.to_dict(), "epochs": None},
        }
    )


def objective_of(tuner: PlannedTuner) -> dict[str, str]:
    """Returns `name` and `direction` of the objective of a fold's search.

    Args:
        tuner: Of the fold.
    """
    return {"name": tuner.state.objective, "direction": tuner.state.direction}


def result_of(tuner: PlannedTuner, cut: OuterFold, metrics: Mapping[str, float]) -> Record:
    """Returns what is remembered of a fold (see `tftune.reports.nested.NestedWorth.results`).

    Args:
        tuner: Of the fold, its search done.
        cut: The rows of the fold.
        metrics: Of the winner on the rows of the fold.

    Raises:
        UsageError: If the objective is not among the metrics.
    """
    state = tuner.state
    best, worth = state.best(), worths.test_worth(state)
    wanted = plain_name(state.objective)
    names = [name for name in metrics if name == state.objective.removeprefix("val_")]
    names += [name for name in metrics if plain_name(name) == wanted]
    if best is None or not names:
        raise UsageError(
            f"The objective {state.objective} is not measured on the outer folds. Expected a "
            f"metric that the model is compiled with. Received: {', '.join(metrics) or 'none'}. "
            "Compile the model with it, or search for another."
        )
    same = worth is not None and worth.metric == names[0] and worth.value == metrics[names[0]]
    found = worth.interval if worth is not None and same else None
    told = {
        "fold": cut.number,
        "metric": names[0],
        "trial_id": best.trial_id,
        "score": best.score,
        "value": metrics[names[0]],
        "interval": None if found is None else [found.low, found.high],
        "metrics": dict(metrics),
        **{name: len(getattr(cut, name)) for name in ("train", "validation", "test")},
        "trials": sum(state.counts().values()),
        "reason": (state.finish or {}).get("reason"),
        "seconds": round(state.wall_seconds, 3),
        "values": public_values(best.values),
    }
    return dict(json_ready(told))


def pooled_of(place: Path, folds: int, record: Record) -> Record | None:
    """Returns the interval over the rows of all folds, or None where it is not known.

    Args:
        place: Where the run folders of the folds lie.
        folds: How many there are.
        record: Of the evaluation, with its `metric`.
    """
    answers = []
    for number in range(1, folds + 1):
        file = RunFolder(place / str(number)).predictions
        if not file.is_file():
            return None
        with open_arrays(file) as kept:
            if str(kept.read("kind")) != "classification":
                return None
            groups = kept.read("groups") if "groups" in kept else None
            answers.append(FoldAnswers.of(kept.read("labels"), kept.read("probabilities"), groups))
    return pooled_interval(record["metric"], answers)


@dataclass(frozen=True)
class Store:
    """Where the record is kept.

    Attributes:
        known: Returns the record, or None where there is none.
        keep: Takes a new one in its place.
    """

    known: Callable[[], Record | None]
    keep: Callable[[Record], None]


@contextlib.contextmanager
def kept_in_journal(tuner: PlannedTuner) -> Iterator[Store]:
    """Keeps the record in the journal of the search on all rows, under its lock.

    Args:
        tuner: Of that search, which has ended.
    """
    with tuner._resumed_journal() as recorder:

        def known() -> Record | None:
            record = recorder.state.nested
            if record is None:
                return None
            return {name: each for name, each in record.items() if name not in ("kind", "time")}

        def keep(record: Record) -> None:
            recorder.write("nested", **record)
            tuner._write_results(report=False)

        before = recorder.state.nested
        yield Store(known, keep)
        if recorder.state.nested is not before:
            tuner._write_results()


@contextlib.contextmanager
def kept_in_file(place: Path) -> Iterator[Store]:
    """Keeps the record in a file beside the folders of the folds, which no other process may use
    meanwhile.

    Args:
        place: Where these lie.

    Raises:
        RunFolderError: If the file is there and cannot be read, or another process is at work.
    """
    path = place / FILE
    lock = place / f"{FILE}.lock"  # the file itself is replaced whenever a fold is done

    def known() -> Record | None:
        try:
            if not path.exists():
                return None
            content = json.loads(read_whole(path, limits.JSON))
            _ = [(each["fold"], each["asked"], each["reason"]) for each in content["results"]]
            return dict(content)
        except (DataError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise RunFolderError(
                f"{path} cannot be read: {error}. Expected what a nested evaluation has written. "
                "Remove it, or choose another project_name."
            ) from None

    def keep(record: Record) -> None:
        worth = worth_of(record, record["objective"]).to_dict() if record.get("objective") else {}
        write_atomically(path, to_json(json_ready({**record, **worth})))

    with FolderLock(lock):
        try:
            yield Store(known, keep)
        finally:
            lock.unlink(missing_ok=True)


def check_same(known: Record | None, begun: Record, place: Path) -> None:
    """Refuses to go on with an evaluation of other data, folds, seed or options of `fit`.

    Args:
        known: The record that is there, or None.
        begun: The record as it begins now.
        place: Where the folds lie.

    Raises:
        RunFolderError: With every difference.
    """
    if known is None:
        return
    names = {"fingerprint": "fingerprint of data, cuts and options of fit"}
    lines = [
        f"{names.get(name, name)}: {known.get(name)} in the folder, {value} now"
        for name, value in begun.items()
        if known.get(name) != value
    ]
    if lines:
        raise RunFolderError(
            f"{place} holds another nested evaluation:\n  "
            + "\n  ".join(lines)
            + "\nAsk for the same to go on with it, or choose another run folder."
        )
