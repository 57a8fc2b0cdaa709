"""The best model of a run in the formats of other tools: `--format` of `tftune export`.

`keras` copies `best_model.keras`, `savedmodel` writes a folder for TensorFlow Serving; both take
raw input and answer with names. ONNX and LiteRT know no text: names stand in a `.json` beside the
model, and a model of texts begins with the numbers of its letters, which the `.json` tells, too.
Each model is asked before it takes its name whether it answers as Keras does.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from tftune.errors import DataError, RunFolderError, UsageError
from tftune.journal.readable import within
from tftune.journal.run_folder import RunFolder
from tftune.search.load_run import load_run
from tftune.support.checks import nearest
from tftune.support.files import UNFINISHED, expanded, refuse_special
from tftune.support.texts import one_line, quoted, shown
from tftune.support.whole_files import open_whole

ENDINGS = {"keras": ".keras", "savedmodel": "-savedmodel", "onnx": ".onnx", "litert": ".tflite"}


def export_model(
    folder: RunFolder, kind: str, output: Path | None = None, overwrite: bool = False
) -> list[Path]:
    """Writes the best model of a run in another format and returns what was written.

    Args:
        folder: The run folder; it must have a `best_model.keras`.
        kind: `keras`, `savedmodel` (a folder), `onnx` or `litert`.
        output: The file, or for `savedmodel` the folder, to write; an existing folder takes a file
            under the run's name. None: beside `best_model.keras`.
        overwrite: Whether files that are there may be replaced.

    Raises:
        UsageError: If there is no such format, a library is missing, the model cannot be expressed,
            or a file is there already.
        RunFolderError: If there is no saved model in the folder.
    """
    if kind not in ENDINGS:
        raise UsageError(
            f"Unknown format {shown(kind)}. Expected one of: {', '.join(ENDINGS)}."
            f"{nearest(kind, list(ENDINGS))}"
        )
    if not folder.best_model.exists():
        raise RunFolderError(
            f"There is no {folder.best_model.name} in {folder.path}: the search was interrupted or "
            f"is running. Expected a finished run. Run tftune finish {quoted(str(folder.path))}"
        )
    target = _target(folder, kind, output)
    beside = target.with_name(f"{target.name}.json")
    files = [target, beside] if kind in ("onnx", "litert") else [target]
    if not overwrite and (there := [path for path in files if path.exists()]):
        raise UsageError(
            f"{there[0]} exists already. Expected a new name. Choose another with --output, or "
            "pass --overwrite."
        )
    if target.is_dir() and any(target.iterdir()) and not (target / "saved_model.pb").exists():
        raise UsageError(
            f"{target} is a folder of other things than a SavedModel. Expected a new name. Choose "
            "another with --output."
        )
    refuse_special(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with (
            folder.held_for(target),
            tempfile.TemporaryDirectory(dir=target.parent, prefix=UNFINISHED) as scratch,
        ):
            written = Path(scratch) / target.name
            told = _write(folder, kind, written)
            if told is not None:
                text = json.dumps({"format": kind, **told}, indent=2, ensure_ascii=False) + "\n"
                (Path(scratch) / beside.name).write_text(text, encoding="utf-8")
            for path in files:
                if path.is_dir():
                    shutil.rmtree(path)
                os.replace(Path(scratch) / path.name, path)
    except OSError as error:
        raise UsageError(
            f"Cannot write {target}: {error.strerror or error}. Expected a place that can be "
            "written. Choose another with --output."
        ) from error
    return files


def _target(folder: RunFolder, kind: str, output: Path | None) -> Path:
    if output is None:
        return folder.path / f"{folder.best_model.stem}{ENDINGS[kind]}"
    name = f"{folder.path.absolute().name}{ENDINGS[kind]}"
    output = expanded(output)
    return output / name if kind != "savedmodel" and output.is_dir() else output


def _write(folder: RunFolder, kind: str, target: Path) -> dict[str, Any] | None:
    """Writes the model and returns what stands beside it, if anything does."""
    if kind == "keras":
        _copy(folder, target)
        return None
    from tftune.cli import model_writers

    loaded = _loaded(folder)
    if kind == "savedmodel":
        model_writers.write_savedmodel(loaded, target)
        return None
    model = _numeric(loaded)
    write = model_writers.write_onnx if kind == "onnx" else model_writers.write_litert
    write(model, target)
    return _description(folder, loaded, model)


def _copy(folder: RunFolder, target: Path) -> None:
    path = within(folder, folder.best_model)
    try:
        source = open_whole(path, None)
    except DataError as error:
        raise RunFolderError(
            f"{path} cannot be copied: {error}. Expected a saved model. Restore it from a copy."
        ) from error
    with source, target.open("wb") as copy:
        shutil.copyfileobj(source, copy)


def _loaded(folder: RunFolder) -> Any:
    from tftune.cli.saved_model import load_saved

    try:
        return load_saved(folder.best_model)
    except Exception as error:  # a torn file, or classes of the user's that are not here
        reason = one_line(f"{type(error).__name__}: {error}", 200)
        raise RunFolderError(
            f"Keras cannot load {folder.best_model}: {reason} Expected a whole file of known "
            "classes. Restore it from a copy, or export where your classes are imported."
        ) from error


def _numeric(model: Any) -> Any:
    """Returns the part of a model that has numbers at both ends.

    Raises:
        UsageError: If there is none.
    """
    import keras

    if not getattr(model, "inputs", None):
        raise UsageError(
            "The model does not tell its inputs. Expected one made of keras.Input, for ONNX and "
            "LiteRT. Export it as savedmodel."
        )
    if any(each.dtype == "string" for each in model.inputs):
        inner = [layer for layer in model.layers if isinstance(layer, keras.Model)]
        if len(inner) != 1:
            raise UsageError(
                "The model takes texts, which ONNX and LiteRT do not know. Expected numbers. "
                "Export it as savedmodel."
            )
        return _numeric(inner[0])
    named = {layer.name: layer for layer in model.layers}
    if "top_class" in named:
        return keras.Model(model.inputs, named["probability"].output, name=model.name)
    outputs = list(model.outputs)
    return keras.Model(model.inputs, outputs[0] if len(outputs) == 1 else outputs, name=model.name)


def _description(folder: RunFolder, loaded: Any, model: Any) -> dict[str, Any]:
    """Returns what the file cannot tell: what goes in and comes out."""
    run = load_run(folder.path)
    names = {layer.name: layer for layer in loaded.layers}
    classes = names["top_class"].get_vocabulary()[1:] if "top_class" in names else run.class_names
    columns = model.outputs[0].shape[-1]
    told: dict[str, Any] = {
        "run": folder.path.absolute().name,
        "trial_id": (run.state.test or {}).get("trial_id"),
        "inputs": [
            {"name": each.name, "shape": list(each.shape), "dtype": str(each.dtype)}
            for each in model.inputs
        ],
        "outputs": [{"shape": list(each.shape)} for each in model.outputs],
        "class_names": classes,
    }
    if columns == 1 and classes:
        layer = names.get("threshold")
        told["threshold"] = 0.5 if layer is None else float(layer.bin_boundaries[0])
        told["output_meaning"] = f"probability of {classes[1]}"
    elif classes:
        told["output_meaning"] = "probability of each class, in the order of class_names"
    if "letters" in names:
        letters = names["letters"].get_vocabulary()
        told["codes"] = {each: at - 1 for at, each in enumerate(letters) if each.isupper()}
        told["codes"].pop("[UNK]", None)
        told["input_meaning"] = "codes of the letters, then 0 up to the width"
    elif "image" in [each.name for each in model.inputs]:
        told["input_meaning"] = "images of any size and 1 to 4 channels: 0..255, 0..65535 or 0..1"
    return told
