"""A Keras model written for other tools. Each file is asked whether it answers as Keras does, and
refused if not: converters lose weights, or leave the random changes of training in, without a word.
"""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tftune.errors import UsageError
from tftune.support.refusals import is_refusal
from tftune.support.tensorflow_import import quiet_import
from tftune.support.texts import one_line, shown

TOLERANCE = 1e-5  # of a probability
OPSET = 17  # of ONNX


def write_savedmodel(model: Any, target: Path) -> None:
    """Writes a model as the folder of a SavedModel, whose `serve` answers as `predict` does."""
    _export(model, target)
    import tensorflow as tf

    saved = tf.saved_model.load(str(target))
    _compare(model, lambda inputs: saved.serve(*inputs), "The SavedModel")


def write_onnx(model: Any, target: Path) -> None:
    """Writes a model of numbers as ONNX; asks it again where onnxruntime is installed."""
    with quiet_import():
        import tensorflow as tf

        try:
            import tf2onnx
        except ImportError as error:
            raise UsageError(
                f"ONNX needs the package tf2onnx, which is missing or broken here: {error}. "
                "Install it: pip install 'tftune[onnx]'"
            ) from error
    signature = [tf.TensorSpec(each.shape, each.dtype, each.name) for each in model.inputs]
    with _told_as("ONNX"):
        tf2onnx.convert.from_function(
            tf.function(_answering(model), input_signature=signature),
            input_signature=signature,
            opset=OPSET,
            output_path=str(target),
        )
    with contextlib.suppress(ImportError):
        import onnxruntime

        with _told_as("ONNX"):  # such as an operation that onnxruntime does not know
            providers = ["CPUExecutionProvider"]
            session = onnxruntime.InferenceSession(str(target), providers=providers)
        names = [each.name for each in session.get_inputs()]
        _compare(
            model,
            lambda inputs: session.run(None, dict(zip(names, inputs, strict=True))),
            "The ONNX model",
        )


def write_litert(model: Any, target: Path) -> None:
    """Writes a model of numbers as LiteRT (TensorFlow Lite)."""
    with quiet_import():
        import tensorflow as tf
    with _told_as("LiteRT"):
        # by way of a SavedModel: of a function alone, some weights are lost
        between = target.parent / "savedmodel"
        _export(model, between)
        converter = tf.lite.TFLiteConverter.from_saved_model(str(between))
        target.write_bytes(converter.convert())
    with _quiet():
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError:
            Interpreter = tf.lite.Interpreter
        interpreter = Interpreter(model_path=str(target))
        _compare(model, lambda inputs: _interpreted(interpreter, model, inputs), "The LiteRT model")


def _interpreted(interpreter: Any, model: Any, inputs: list[Any]) -> list[Any]:
    details = interpreter.get_input_details()
    # an input is called serving_default_<name>:0, and the order is the file's
    by_name = {
        detail["name"].removeprefix("serving_default_").partition(":")[0]: detail
        for detail in details
    }
    for tensor, value in zip(model.inputs, inputs, strict=True):
        detail = by_name[tensor.name] if tensor.name in by_name else details[0]
        interpreter.resize_tensor_input(detail["index"], value.shape)
    interpreter.allocate_tensors()
    for tensor, value in zip(model.inputs, inputs, strict=True):
        detail = by_name[tensor.name] if tensor.name in by_name else details[0]
        interpreter.set_tensor(detail["index"], value)
    interpreter.invoke()
    return [interpreter.get_tensor(each["index"]) for each in interpreter.get_output_details()]


def _export(model: Any, target: Path) -> None:
    """Writes a SavedModel whose endpoint `serve` answers as `predict` does: `model.export` leaves
    it open whether it is trained, and leaves are then turned at random.
    """
    import keras
    import tensorflow as tf

    signature = [tf.TensorSpec(each.shape, each.dtype, each.name) for each in model.inputs]
    with _quiet():
        archive = keras.export.ExportArchive()
        archive.track(model)
        archive.add_endpoint("serve", _answering(model), signature)
        archive.write_out(str(target), verbose=False)


def _answering(model: Any) -> Callable[..., Any]:
    def answer(*inputs: Any) -> Any:
        return model(list(inputs) if len(inputs) > 1 else inputs[0], training=False)

    return answer


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Lets converters say nothing: they speak of their own insides."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


@contextlib.contextmanager
def _told_as(name: str) -> Iterator[None]:
    try:
        with _quiet(), quiet_import():  # some of them are native code
            yield
    except Exception as error:  # what a converter raises of a layer that it does not know
        if is_refusal(error):
            raise
        raise UsageError(
            f"The model cannot be written as {name}: "
            f"{one_line(f'{type(error).__name__}: {error}')} "
            "Expected layers that the format knows. Export it as savedmodel."
        ) from error


def _compare(model: Any, answer: Callable[[list[Any]], Any], what: str) -> None:
    """Asks both models the same and refuses the new one if it answers otherwise."""
    import keras

    inputs = [_example(each) for each in model.inputs]
    with _quiet():
        wanted = keras.tree.flatten(model.predict(inputs if len(inputs) > 1 else inputs[0]))
        got = [np.asarray(each) for each in keras.tree.flatten(answer(inputs))]
    for one, other in zip(wanted, got, strict=True):
        same = (
            np.allclose(one, other, atol=TOLERANCE, rtol=TOLERANCE, equal_nan=True)
            if one.dtype.kind == "f"
            else (one == other).all()
        )
        if not same:
            raise UsageError(
                f"{what} answers otherwise than Keras' does, and was not kept. Expected equal "
                f"numbers to {TOLERANCE}. Received: {shown(other.ravel()[:3].tolist())} for "
                f"{shown(one.ravel()[:3].tolist())}. Choose another format."
            )


def _example(tensor: Any) -> Any:
    """Returns an input that a model takes, of two rows."""
    if tensor.dtype == "string":
        import tensorflow as tf

        return tf.constant([["GLFDIVKK"], ["X"]])  # Keras takes no array of texts of two axes
    shape = [2, *(size or 3 + axis for axis, size in enumerate(tensor.shape[1:]))]
    if tensor.shape[1:] == (None, None, None):
        shape[1:] = [48, 40, 3]  # of images
    generator = np.random.default_rng(0)
    if np.issubdtype(np.dtype(tensor.dtype), np.floating):
        return generator.random(shape, dtype="float32").astype(tensor.dtype)
    return generator.integers(0, 2, shape).astype(tensor.dtype)
