"""A trained model as its checkpoint describes it: what Keras can serialise of it, the order of its
variables, and the files that some layers keep beside them.

It is loaded without the function that built it, and without running code from the file: classes of
your own must be registered or handed over, and a Python lambda is loaded only if you allow it.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from tftune.errors import RunFolderError
from tftune.support.temporary import temporary_folder
from tftune.training.checkpoints import Checkpoint, assign
from tftune.training.inputs.signature import example_batch
from tftune.training.keras_internals import layers_of
from tftune.training.known_classes import unknown_objects
from tftune.training.loading_holes import warn_of_holes

LARGEST = 16_000_000  # characters of a description
_HOW = (
    "Pass the function that builds it, tftune.load_run(folder, build=build), or its classes, "
    "custom_objects={...}."
)


def describe_model(model: Any) -> dict[str, Any]:
    """Returns `{"config": ...}` as Keras serialises the model, or `{"problem": ...}`; JSON-able.

    Args:
        model: As it was built, before anything of ours has changed it.
    """
    try:
        config = json.loads(json.dumps(keras.saving.serialize_keras_object(model), default=_plain))
        if len(json.dumps(config)) > LARGEST:
            return {"problem": f"its config has over {LARGEST:,} characters"}
    except Exception as error:  # whatever a get_config() of the user's raises
        text = " ".join(str(error).split())
        return {"problem": f"{type(error).__name__}: {text[:200]}"}
    return {"config": config, **({"variables": _layout(model)} if model.built else {})}


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else str(value)


def add_layout(description: dict[str, Any], model: Any) -> dict[str, Any]:
    """Returns a description with the names of the model's variables in order.

    Args:
        description: As `describe_model` returned it; of a model that was built, it has them.
        model: The same model when it has all its variables.
    """
    return {"variables": _layout(model), **description}


def _layout(model: Any) -> list[str]:
    """Returns layer and name of each variable: what stands before them depends on the caller."""
    return ["/".join(variable.path.split("/")[-2:]) for variable in model.variables]


def _in_order_of(model: Any, saved: Checkpoint) -> Checkpoint:
    """Returns a checkpoint whose weights stand in the order of a model's variables.

    Raises:
        RunFolderError: If the model has others.
    """
    then, now = saved.model.get("variables"), _layout(model)
    if then is None or then == now or saved.best is None:
        return saved
    if sorted(then) == sorted(now) and len(set(now)) == len(now):
        best = dict(zip(then, saved.best, strict=True))
        return replace(saved, best=[best[name] for name in now])
    then, now = ([re.sub(r"_\d+(?=/|$)", "", name) for name in names] for names in (then, now))
    if then != now:
        raise RunFolderError(
            f"The model's config gives other variables than were trained. Expected {then}. "
            f"Received: {now}. Its get_config() may leave something out. {_HOW}"
        )
    return saved


def assets_of(model: Any) -> dict[str, np.ndarray]:
    """Returns the files that layers write beside their variables, such as an adapted vocabulary:
    `"<number of the layer>/<name>"` to bytes.
    """
    found = {}
    for number, layer in _with_assets(model):
        with temporary_folder() as scratch:
            (folder := scratch / "assets").mkdir()
            layer.save_assets(str(folder))
            for file in sorted(path for path in folder.rglob("*") if path.is_file()):
                name = file.relative_to(folder).as_posix()
                found[f"{number}/{name}"] = np.frombuffer(file.read_bytes(), np.uint8)
    return found


def _with_assets(model: Any) -> list[tuple[int, Any]]:
    plain = getattr(keras.layers.Layer, "save_assets", None)
    return [
        (number, layer)
        for number, layer in enumerate(layers_of(model) or ())
        if hasattr(layer, "save_assets") and type(layer).save_assets is not plain
    ]


def load_described(
    saved: Checkpoint,
    signature: Any = None,
    custom_objects: Mapping[str, Any] | None = None,
    safe_mode: bool = True,
) -> Any:
    """Returns the model of a checkpoint with the weights of its best epoch.

    Args:
        saved: The checkpoint.
        signature: Of the inputs, for a model that builds itself on its first batch.
        custom_objects: Classes and functions of your own, by name, that are not registered.
        safe_mode: False also loads Python lambdas, which run code from the file.

    Raises:
        RunFolderError: If it cannot be had; the message says what is missing.
    """
    warn_of_holes()
    config = dict(_config_of(saved))
    model = _instance(config, signature, custom_objects, safe_mode)
    fill(model, _in_order_of(model, saved))
    return model


def fill(model: Any, saved: Checkpoint) -> None:
    """Puts the weights of the best epoch and the layers' files into a model that is built.

    Raises:
        RunFolderError: If they do not fit.
    """
    assert_has_best(saved)
    assign(model, saved.best or [], "weights")
    for number, layer in _with_assets(model):
        _load_assets(layer, f"{number}/", saved.assets)
    for layer in layers_of(model) or ():
        if isinstance(layer, keras.layers.Normalization) and layer.built:
            layer.finalize_state()  # its constants are computed from its variables


def assert_has_best(saved: Checkpoint) -> None:
    """Refuses a checkpoint without the weights of a best epoch."""
    if saved.best is None:
        raise RunFolderError(
            "The checkpoint holds no weights of a best epoch. Expected a trial that reported its "
            "objective by epoch."
        )


def _config_of(saved: Checkpoint) -> dict[str, Any]:
    description = saved.model
    if not description:
        raise RunFolderError(
            "The checkpoint does not describe its model: an older version of tftune wrote it. "
            f"{_HOW}"
        )
    if "config" not in description:
        raise RunFolderError(
            f"Keras cannot serialise this model: {description['problem']} "
            "Pass the function that builds it: tftune.load_run(folder, build=build)."
        )
    return dict(description["config"])


def _instance(
    config: dict[str, Any],
    signature: Any,
    custom_objects: Mapping[str, Any] | None,
    safe_mode: bool,
) -> Any:
    own = dict(custom_objects or {})
    compiled = config.pop("compile_config", None)
    missing = unknown_objects(config, own, safe_mode)
    if missing:
        raise RunFolderError(
            f"The model cannot be made without {', '.join(missing)}. Import the module that "
            f"registers it (keras.saving.register_keras_serializable). {_HOW}"
            + ("" if safe_mode is False else _about_lambdas(missing))
        )
    if signature is not None and not (config.get("module") or "").startswith("keras"):
        config.pop("build_config", None)  # the first batch tells more than its shape
    try:
        with keras.saving.custom_object_scope(own):
            model = keras.saving.deserialize_keras_object(
                config, custom_objects=own, safe_mode=safe_mode
            )
            if not model.built and signature is not None:
                model(example_batch(signature))
            _compile(model, compiled, own, safe_mode)
    except Exception as error:
        text = " ".join(str(error).split())[:300]
        raise RunFolderError(
            f"Keras cannot make the model from its config: {type(error).__name__}: {text} {_HOW}"
        ) from error
    if not model.built:
        raise RunFolderError(
            "The model builds itself on its first batch, and the folder does not tell the shape "
            f"of its inputs. {_HOW}"
        )
    return model


def _about_lambdas(missing: list[str]) -> str:
    if "a Python lambda" not in missing:
        return ""
    return " If you trust the folder, pass safe_mode=False: the lambda's code is then run."


def _compile(model: Any, compiled: Any, own: dict[str, Any], safe_mode: bool) -> None:
    if not compiled:
        return
    missing = unknown_objects(compiled, own, safe_mode)
    if missing:
        warnings.warn(
            f"The model is loaded without being compiled: {', '.join(missing)} is not known here. "
            "Pass custom_objects={...}, or compile it before you evaluate or train it.",
            stacklevel=6,
        )
        return
    model.compile_from_config(compiled)


def _load_assets(layer: Any, prefix: str, assets: Mapping[str, np.ndarray]) -> None:
    with temporary_folder() as scratch:
        (folder := scratch / "assets").mkdir()
        for name in [name for name in assets if name.startswith(prefix)]:
            place = (folder / name.removeprefix(prefix)).resolve()
            if not place.is_relative_to(folder.resolve()):
                raise RunFolderError(
                    f"The checkpoint names a file outside its folder: {name!r}. Expected one that "
                    "tftune wrote. Restore the run folder from a copy."
                )
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(assets[name].tobytes())
        if any(folder.iterdir()):
            layer.load_assets(str(folder))
