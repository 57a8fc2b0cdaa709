"""What TensorBoard shows of the trial that was evaluated on the test split, in the run of that
trial: its test metrics, histograms of its batch normalisation, its confusion matrix, the mistakes
it was surest of.

The tags begin with `test/` and `weights/`, for TensorBoard shows tags by the alphabet: the curves
of the trials come first.

All of it is read from the run folder: metrics and report from the journal, weights from the
checkpoint, misjudged pictures from `predictions.npz`. What is not there is left out.

Example:
    >>> markdown_table(["true", "a|b"], [["a", 3]]).splitlines()
    ['| true | a\\\\|b |', '|---|---|', '| a | 3 |']
"""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tftune.journal.run_folder import RunFolder
from tftune.journal.state import SearchState
from tftune.reports.events import EVALUATION, EventFile
from tftune.reports.pictures import mistaken_pictures, png
from tftune.reports.summary import test_intervals
from tftune.reports.tables import format_value
from tftune.support.array_files import open_arrays
from tftune.support.files import refuse_link
from tftune.support.texts import one_line

_STATISTICS = ("moving_mean", "moving_variance")  # by which batch normalisation is known
_SHOWN = (*("gamma", "beta"), *_STATISTICS)
_LONGEST = 80  # characters of a class name or a short text
_LONGEST_INPUT = 300  # of a text that was misjudged
_MOST = 16  # mistakes
_CELL = 24  # pixels of the picture of a confusion matrix


def write_evaluation(folder: RunFolder, state: SearchState) -> None:
    """Adds to the TensorBoard log what is known of the trial that was evaluated on the test split;
    what stood there of it before is replaced.

    Does nothing where nothing was evaluated or the search has no such log. A failure warns, for the
    results are worth more than a log.

    Args:
        folder: The run folder; its lock is held.
        state: What its journal tells.
    """
    if state.test is None:
        return
    trial_id = str(state.test["trial_id"])
    log = folder.tensorboard / trial_id
    if not log.is_dir():
        return
    try:
        refuse_link(folder.tensorboard)
        refuse_link(log)
        for path in log.glob(f"events.out.tfevents.*{EVALUATION}"):
            path.unlink()
        with EventFile(log, EVALUATION) as file:
            _write(file, folder, state, trial_id)
    except Exception as error:  # a full disk, a file that was changed
        warnings.warn(
            f"The evaluation is not in the TensorBoard log: {type(error).__name__}: {error}",
            stacklevel=2,
        )


def _write(file: EventFile, folder: RunFolder, state: SearchState, trial_id: str) -> None:
    from tensorboard.plugins.histogram.summary_v2 import histogram_pb
    from tensorboard.plugins.text.summary_v2 import text_pb

    test = state.test or {}
    now, step = test.get("time", time.time()), state.trials[trial_id].best_epoch or 0
    # no curves: a column that one trial alone has would empty the page's plots of all trials
    file.summary(text_pb("test/metrics", _table_of(_metrics(state))), step, now)
    for name, values in batch_normalization(folder.checkpoint(trial_id)):
        file.summary(histogram_pb(f"weights/{name}", values), step, now)
    report = _report(state, trial_id)
    classes = [one_line(str(name), _LONGEST) for name in report.get("classes") or ()]
    cells = report.get("confusion")
    if cells and len(cells) == len(classes):
        rows = [[f"**{name}**", *row] for name, row in zip(classes, cells, strict=True)]
        table = markdown_table(["true / predicted", *classes], rows)
        file.summary(text_pb("test/confusion_matrix", table), step, now)
        file.summary(_image("test/confusion_matrix_picture", confusion_picture(cells)), step, now)
    mistakes = [
        {**one, **{key: _class(one.get(key), classes) for key in ("true", "predicted")}}
        for one in list(report.get("mistakes") or ())[:_MOST]
    ]
    pictures = mistaken_pictures(folder.predictions, trial_id)
    for number, one in enumerate(mistakes, start=1):
        if (picture := pictures.get(one.get("row", -1))) is not None:
            sure = format_value(one.get("probability"))
            told = f"{one['true']} taken for {one['predicted']} ({sure})"
            file.summary(_image(f"test/mistake {number:02d}: {told}", picture), step, now)
    for name, found in (("mistakes", mistakes), ("residuals", report.get("residuals"))):
        if found:
            file.summary(text_pb(f"test/{name}", _table_of(found[:_MOST])), step, now)


def _metrics(state: SearchState) -> list[dict[str, Any]]:
    ends = test_intervals(state)
    values = (state.test or {}).get("metrics", {})
    return [
        {"metric": name, "value": value}
        | ({"from": ends[name][0], "to": ends[name][1]} if name in ends else {})
        for name, value in values.items()
    ]


def _table_of(found: Sequence[Mapping[str, Any]]) -> str:
    """Returns rows of a report as a table; what none of them has is no column."""
    names = list(dict.fromkeys(name for one in found for name in one))
    rows = [
        [one_line(format_value(one.get(name)), _LONGEST_INPUT) for name in names] for one in found
    ]
    return markdown_table(names, rows)


def _report(state: SearchState, trial_id: str) -> Mapping[str, Any]:
    """Returns the report of the last evaluation of a trial on the test split, or nothing."""
    found = [
        record.get("report") or {}
        for record in state.evaluations
        if record["trial_id"] == trial_id and record["split"] == "test"
    ]
    return found[-1] if found else {}


def batch_normalization(checkpoint: Path) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yields name and values of each scale, shift and moving statistic of batch normalisation in a
    trial's checkpoint, at its best epoch; nothing where it is absent or does not name its
    variables.
    """
    if not checkpoint.exists():
        return
    with open_arrays(checkpoint, None) as saved:
        told = json.loads(saved.read("model").tobytes()) if "model" in saved else {}
        names = told.get("variables") or []
        layers: list[dict[str, int]] = []  # of each layer, in order: variable to its place
        labels: list[str] = []
        for place, path in enumerate(names):
            layer, _, variable = path.rpartition("/")
            if not labels or labels[-1] != layer or variable in layers[-1]:
                labels.append(layer)
                layers.append({})
            layers[-1][variable] = place
        seen: dict[str, int] = {}
        for label, places in zip(labels, layers, strict=True):
            if not all(name in places for name in _STATISTICS):
                continue
            seen[label] = seen.get(label, 0) + 1  # inner models may have layers of one name
            called = label if seen[label] == 1 else f"{label} ({seen[label]})"
            for variable in _SHOWN:
                if variable in places and f"best/{places[variable]}" in saved:
                    values = saved.read(f"best/{places[variable]}").astype(float)
                    yield f"{called}/{variable}", values[np.isfinite(values)]


def _class(number: Any, classes: Sequence[str]) -> str:
    known = isinstance(number, int) and 0 <= number < len(classes)
    return classes[number] if known else one_line(str(number), _LONGEST)


def markdown_table(header: Sequence[Any], rows: Sequence[Sequence[Any]]) -> str:
    """Returns a table as TensorBoard's text page shows it; nothing in a cell ends the cell."""
    lines = [header, ["---"] * len(header), *rows]
    told = ["|".join(_cell(cell) for cell in line) for line in lines]
    return "\n".join(f"|{line}|" for line in told)


def _cell(cell: Any) -> str:
    if cell == "---":
        return "---"
    text = " ".join(str(cell).split()).replace("\\", "\\\\").replace("|", "\\|")
    return f" {text.replace('<', '&lt;')} "


def confusion_picture(cells: Sequence[Sequence[int]]) -> NDArray[np.uint8]:
    """Returns a confusion matrix as an image: the darker a cell, the greater the part of its true
    class.
    """
    counts = np.asarray(cells, dtype=float)
    parts = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1.0)
    shades = np.round(255 * (1 - parts)).astype(np.uint8)
    cell = np.ones((_CELL, _CELL), np.uint8)
    return np.asarray(np.kron(shades, cell)[:, :, None], np.uint8)


def _image(tag: str, image: NDArray[np.uint8]) -> Any:
    """Returns the `Summary` of an image, as TensorFlow would write it."""
    from tensorboard.compat.proto import summary_pb2
    from tensorboard.plugins.image import metadata
    from tensorboard.util import tensor_util

    height, width = image.shape[:2]
    parts = [str(width).encode(), str(height).encode(), png(image)]
    message = summary_pb2.Summary()
    message.value.add(
        tag=tag,
        metadata=metadata.create_summary_metadata(display_name=None, description=None),
        tensor=tensor_util.make_tensor_proto(np.array(parts, dtype=object)),
    )
    return message
