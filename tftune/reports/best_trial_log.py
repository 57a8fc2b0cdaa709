"""What TensorBoard shows of the trial that was evaluated on the test split, in the run of that
trial: its test metrics, histograms of its batch normalisation, its confusion matrix, the mistakes
it was surest of.

The tags begin with `test/` and `weights/`, for TensorBoard shows tags by the alphabet: the curves
of the trials come first.

All of it is read from the run folder: metrics and report from the journal, weights from the
checkpoint, mistaken inputs from `predictions.npz`. What is not there is left out.

Example:
    >>> markdown_table(["true", "a|b"], [["a", 3]]).splitlines()
    ['| true | a\\\\|b |', '|---|---|', '| a | 3 |']
"""

from __future__ import annotations

import json
import time
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tftune.datasets.amino_acids import decode
from tftune.journal.records import Record
from tftune.journal.run_folder import RunFolder
from tftune.journal.state import SearchState
from tftune.reports.events import EventFile
from tftune.reports.tables import format_value
from tftune.support.texts import one_line

ENDING = ".evaluation"
PREDICTIONS = "predictions.npz"
_STATISTICS = ("moving_mean", "moving_variance")  # by which batch normalisation is known
_SHOWN = (*("gamma", "beta"), *_STATISTICS)
_LONGEST = 80  # characters of a class name or a short text
_LONGEST_INPUT = 300  # of a text that was misjudged
_LARGEST = 512  # pixels of an image's side
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
        for path in log.glob(f"events.out.tfevents.*{ENDING}"):
            path.unlink()
        with EventFile(log, ENDING) as file:
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
    for name, value in test.get("metrics", {}).items():
        file.scalar(f"test/{name}", value, step, now)
    for name, values in batch_normalization(folder.checkpoint(trial_id)):
        file.summary(histogram_pb(f"weights/{name}", values), step, now)
    report = _report(state, trial_id)
    classes = [one_line(str(name), _LONGEST) for name in report.get("classes") or ()]
    cells = report.get("confusion")
    if cells and len(cells) == len(classes):
        header = ["true / predicted", *classes]
        rows = [[f"**{name}**", *row] for name, row in zip(classes, cells, strict=True)]
        table = markdown_table(header, rows)
        file.summary(text_pb("test/confusion_matrix", table), step, now)
        file.summary(_image("test/confusion_matrix_picture", confusion_picture(cells)), step, now)
    mistakes = list(report.get("mistakes") or ())[:_MOST]
    inputs = mistaken_inputs(folder.path / PREDICTIONS, len(mistakes))
    texts = _texts(inputs, state.header)
    told_mistakes: list[list[Any]] = []
    for number, mistake in enumerate(mistakes, start=1):
        true, taken = (_class(mistake.get(key), classes) for key in ("true", "predicted"))
        sure = mistake.get("probability")
        told = mistake.get("text") or (texts[number - 1] if texts else "")
        cell = one_line(str(told), _LONGEST_INPUT)
        told_mistakes.append(
            [number, mistake.get("row", ""), true, taken, format_value(sure), cell]
        )
        if inputs is not None and _is_picture(inputs[number - 1]):
            name = f"test/mistake {number:02d}: {true} taken for {taken} ({format_value(sure)})"
            file.summary(_image(name, picture(inputs[number - 1])), step, now)
    if told_mistakes:
        header = ["", "row", "true", "predicted", "probability", "input"]
        file.summary(text_pb("test/mistakes", markdown_table(header, told_mistakes)), step, now)


def _report(state: SearchState, trial_id: str) -> Mapping[str, Any]:
    """Returns the report of the last evaluation of a trial on the test split, or nothing."""
    records: Sequence[Record] = getattr(state, "evaluations", ())
    found = [
        record.get("report") or {}
        for record in records
        if record.get("trial_id") == trial_id and record.get("split", "test") == "test"
    ]
    return found[-1] if found else {}


def batch_normalization(checkpoint: Path) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yields name and values of each scale, shift and moving statistic of batch normalisation in a
    trial's checkpoint, at its best epoch; nothing where it is absent or does not name its
    variables.
    """
    if not checkpoint.exists():
        return
    with np.load(checkpoint, allow_pickle=False) as saved:
        told = json.loads(saved["model"].tobytes().decode()) if "model" in saved.files else {}
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
                if variable in places and f"best/{places[variable]}" in saved.files:
                    values = saved[f"best/{places[variable]}"].astype(float)
                    yield f"{called}/{variable}", values[np.isfinite(values)]


def mistaken_inputs(path: Path, count: int) -> NDArray[Any] | None:
    """Returns the inputs that were misjudged, in the order of the report, or None."""
    if not count or not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as saved:
            names = [name for name in saved.files if "mistake" in name or "inputs" in name]
            found = saved[names[0]] if names else None
    except (OSError, ValueError, zipfile.BadZipFile):
        return None
    return found if found is not None and found.ndim and len(found) >= count else None


def _texts(inputs: NDArray[Any] | None, header: Mapping[str, Any]) -> list[str] | None:
    """Returns inputs as texts, where they are texts, letters of peptides, or a few numbers."""
    if inputs is None:
        return None
    if inputs.dtype.kind in "US":
        return [str(text) for text in inputs.reshape(len(inputs), -1)[:, 0]]
    if inputs.ndim != 2:
        return None
    is_peptide = header.get("task") == "hemolysis" and inputs.dtype.kind in "ui"
    if is_peptide and inputs.min(initial=0) >= 0 and inputs.max(initial=0) <= 20:
        return decode(inputs)
    return [" ".join(format_value(each) for each in row[:40].tolist()) for row in inputs]


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


def _is_picture(values: NDArray[Any]) -> bool:
    deep = values.ndim == 3 and values.shape[-1] in (1, 3, 4)
    return (deep or values.ndim == 2) and values.dtype.kind in "uifb" and values.size > 0


def picture(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Returns an input as an image of at most 512 pixels a side: numbers up to 1 count as shares,
    others as they are if they are bytes, else from the least to the greatest.
    """
    image = values if values.ndim == 3 else values[:, :, None]
    stride = -(-max(image.shape[:2]) // _LARGEST)
    image = image[::stride, ::stride]
    if image.dtype == np.uint8:
        return image
    numbers = np.nan_to_num(image.astype(float))
    low, high = float(numbers.min()), float(numbers.max())
    if low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    elif low >= 0 and high <= 255:
        low, high = 0.0, 255.0
    shades: NDArray[np.uint8] = np.round(255 * (numbers - low) / ((high - low) or 1.0)).astype("u1")
    return shades


def _image(tag: str, image: NDArray[np.uint8]) -> Any:
    """Returns the `Summary` of an image, as TensorFlow would write it."""
    import io

    from PIL import Image
    from tensorboard.compat.proto import summary_pb2
    from tensorboard.plugins.image import metadata
    from tensorboard.util import tensor_util

    file = io.BytesIO()
    Image.fromarray(image[:, :, 0] if image.shape[-1] == 1 else image).save(file, "PNG")
    height, width = image.shape[:2]
    parts = [str(width).encode(), str(height).encode(), file.getvalue()]
    message = summary_pb2.Summary()
    message.value.add(
        tag=tag,
        metadata=metadata.create_summary_metadata(display_name=None, description=None),
        tensor=tensor_util.make_tensor_proto(np.array(parts, dtype=object)),
    )
    return message
