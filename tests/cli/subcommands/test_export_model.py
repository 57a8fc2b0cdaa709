"""The saved models in other formats: equal answers where the library is installed, nothing
half-written, and a name that is missing is told.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tftune.cli import model_writers
from tftune.cli.subcommands.export_model import ENDINGS, export_model
from tftune.datasets.amino_acids import ALPHABET, encode
from tftune.errors import RunFolderError, UsageError
from tftune.journal.journal import Journal
from tftune.journal.run_folder import RunFolder
from tftune.models.knobs import fixed_values
from tftune.models.leaf_cnn import LeafCNN
from tftune.models.peptide_cnn import PeptideCNN
from tftune.training.evaluate import save_model

NAMES = ["spot", "rust", "healthy"]
WIDTH = 20
IMAGES = np.random.default_rng(0).integers(0, 256, (3, 40, 31, 3)).astype("float32")
SEQUENCES = ["GLFDIVKK", "KWK", "A"]


def run_folder(path: Path, model: Any, names: list[str]) -> RunFolder:
    path.mkdir(parents=True)
    header = {
        "kind": "header",
        "schema": 3,
        "task": path.name,
        "objective": {"name": "val_loss", "direction": "min"},
        "space": {"knobs": []},
        "data": {"class_names": names},
        "time": 0.0,
    }
    with Journal(path / "journal.jsonl") as journal:
        journal.append(header)
    folder = RunFolder(path)
    save_model(model, folder.best_model)
    return folder


@pytest.fixture(scope="module")
def leaves(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    hypermodel = LeafCNN(32)
    model = hypermodel.build(fixed_values(dropout=0.2, learning_rate=1e-3))
    path = tmp_path_factory.mktemp("runs") / "leaves"
    return run_folder(path, hypermodel.for_raw_input(model, NAMES), NAMES)


@pytest.fixture(scope="module")
def peptides(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    hypermodel, names = PeptideCNN(WIDTH), ["harmless", "hemolytic"]
    model = hypermodel.build(fixed_values(dropout=0.2, learning_rate=1e-3))
    path = tmp_path_factory.mktemp("runs") / "peptides"
    return run_folder(path, hypermodel.for_raw_input(model, names), names)


def answers(folder: RunFolder, x: Any) -> dict[str, np.ndarray]:
    return dict(keras.models.load_model(folder.best_model).predict(x, verbose=0))


def test_keras_is_a_copy(peptides: RunFolder, tmp_path: Path) -> None:
    (written,) = export_model(peptides, "keras", tmp_path)
    assert written == tmp_path / "peptides.keras"
    assert written.read_bytes() == peptides.best_model.read_bytes()


def test_a_saved_model_takes_raw_input_and_answers_with_names(
    leaves: RunFolder, peptides: RunFolder, tmp_path: Path
) -> None:
    for folder, x in ((leaves, IMAGES), (peptides, tf.constant(SEQUENCES)[:, None])):
        (written,) = export_model(folder, "savedmodel", tmp_path / folder.path.name)
        saved = tf.saved_model.load(str(written))
        got, wanted = saved.serve(x), answers(folder, x)
        np.testing.assert_allclose(got["probability"], wanted["probability"], atol=1e-5)
        assert got["top_class"].numpy().tolist() == wanted["top_class"].tolist()


@pytest.mark.slow
def test_litert_answers_images_of_any_size(leaves: RunFolder, tmp_path: Path) -> None:
    model, beside = export_model(leaves, "litert", tmp_path / "leaves.tflite")
    got = interpreted(model, IMAGES)
    np.testing.assert_allclose(got, answers(leaves, IMAGES)["probability"], atol=1e-5)
    told = json.loads(beside.read_text())
    assert told["class_names"] == NAMES and "any size" in told["input_meaning"]


@pytest.mark.slow
def test_litert_begins_with_the_numbers_of_the_letters(peptides: RunFolder, tmp_path: Path) -> None:
    model, beside = export_model(peptides, "litert", tmp_path / "peptides.tflite")
    told = json.loads(beside.read_text())
    assert told["codes"] == {letter: at for at, letter in enumerate(ALPHABET, start=1)}
    assert told["threshold"] == 0.5 and told["output_meaning"] == "probability of hemolytic"
    got = interpreted(model, encode(SEQUENCES, WIDTH).astype("int32"))
    wanted = answers(peptides, tf.constant(SEQUENCES))["probability"]
    np.testing.assert_allclose(got, wanted, atol=1e-5)


@pytest.mark.filterwarnings("ignore")
def interpreted(model: Path, x: np.ndarray) -> np.ndarray:
    interpreter = tf.lite.Interpreter(model_path=str(model))
    (detail,) = interpreter.get_input_details()
    interpreter.resize_tensor_input(detail["index"], x.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(detail["index"], x)
    interpreter.invoke()
    return np.asarray(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))


def test_onnx_answers_as_keras_does(leaves: RunFolder, peptides: RunFolder, tmp_path: Path) -> None:
    pytest.importorskip("tf2onnx")
    onnxruntime = pytest.importorskip("onnxruntime")
    codes = encode(SEQUENCES, WIDTH).astype("int32")
    for folder, x, raw in (
        (leaves, IMAGES, IMAGES),
        (peptides, codes, tf.constant(SEQUENCES)),
    ):
        model, beside = export_model(folder, "onnx", tmp_path)
        assert (model.name, beside.name) == (
            f"{folder.path.name}.onnx",
            f"{folder.path.name}.onnx.json",
        )
        session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
        (got,) = session.run(None, {session.get_inputs()[0].name: x})
        np.testing.assert_allclose(got, answers(folder, raw)["probability"], atol=1e-5)


def test_without_its_library_onnx_names_the_extra(
    leaves: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    with pytest.raises(UsageError, match=r"pip install 'tftune\[onnx\]'"):
        export_model(leaves, "onnx", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_kept_unless_overwritten(
    peptides: RunFolder, tmp_path: Path
) -> None:
    target = tmp_path / "model.keras"
    target.write_text("mine")
    with pytest.raises(UsageError, match="exists already. Expected a new name"):
        export_model(peptides, "keras", target)
    assert target.read_text() == "mine"
    assert export_model(peptides, "keras", target, overwrite=True) == [target]
    assert target.read_bytes() == peptides.best_model.read_bytes()


def test_a_folder_of_other_things_is_never_removed(peptides: RunFolder, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match="a folder of other things than a SavedModel"):
        export_model(peptides, "savedmodel", tmp_path, overwrite=True)
    assert (tmp_path / "thesis.txt").read_text() == "mine"


@pytest.mark.slow
def test_a_model_that_answers_otherwise_is_not_kept(
    peptides: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_writers, "_interpreted", lambda *_: [np.full((2, 1), 0.1)])
    with pytest.raises(UsageError, match="answers otherwise than Keras' does"):
        export_model(peptides, "litert", tmp_path / "peptides.tflite")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_without_an_output_the_file_lies_beside_the_model(
    peptides: RunFolder, tmp_path: Path
) -> None:
    folder = RunFolder(shutil.copytree(peptides.path, tmp_path / "run"))
    written = export_model(folder, "litert")
    assert written == [folder.path / "best_model.tflite", folder.path / "best_model.tflite.json"]
    with pytest.raises(UsageError, match="best_model.keras exists already"):
        export_model(folder, "keras")
    assert set(ENDINGS) == {"keras", "savedmodel", "onnx", "litert"}
    folder.clear()
    assert list(folder.path.iterdir()) == []


def test_an_unknown_format_and_an_unfinished_run_are_told(
    peptides: RunFolder, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="Unknown format 'onxx'. Expected one of: keras"):
        export_model(peptides, "onxx", tmp_path)
    with pytest.raises(RunFolderError, match="There is no best_model.keras in .*tftune finish"):
        export_model(RunFolder(tmp_path), "keras")
