"""Which objects of a model's config may be made: Keras' own, those that are registered, those that
are handed over. No config of a file imports a module or calls a function of it.

Keras before 3.9 did so even in its safe mode; this is asked before Keras is.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import keras

from tftune.models import own_rows, relatives  # noqa: F401 - their layers are registered

# whose functions compute something of a model; those of keras.utils or keras.saving do other things
_OF_MODELS = {"activations", "constraints", "initializers", "losses", "metrics", "ops"}
_OF_MODELS |= {"optimizers", "regularizers", "layers", "dtype_policies", "quantizers"}
_INTERNAL = {"__keras_tensor__", "__tensor__", "__numpy__", "__bytes__", "__ellipsis__"}
_INTERNAL |= {"__slice__"}
# run a program or a pickle that lies in or beside the file
_FOREIGN = {"TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer"}
_FILES = ("vocabulary", "idf_weights")  # a text in place of a list is the path of one


def unknown_objects(
    config: Any, custom_objects: Mapping[str, Any], safe_mode: bool = True
) -> list[str]:
    """Returns the names of what a config needs and nobody has given, each once.

    Args:
        config: As `keras.saving.serialize_keras_object` returns it.
        custom_objects: Classes and functions by name.
        safe_mode: Whether a Python lambda counts as unknown.
    """
    found: dict[str, None] = {}
    _collect(config, custom_objects, safe_mode, found)
    return list(found)


def _collect(config: Any, own: Mapping[str, Any], safe_mode: bool, found: dict[str, None]) -> None:
    if isinstance(config, list | tuple):
        for item in config:
            _collect(item, own, safe_mode, found)
    if not isinstance(config, dict):
        return
    if "class_name" in config and "config" in config:
        name = _unknown(config, own, safe_mode)
        if name is None and safe_mode:
            name = _unsafe(config)
        if name is not None:
            found[name] = None
            return
    for item in config.values():
        _collect(item, own, safe_mode, found)


def _unsafe(node: dict[str, Any]) -> str | None:
    """Returns what a known class would do with files of its own, or None."""
    if node["class_name"] in _FOREIGN:
        return f"the class {node['class_name']}, which runs other programs"
    inner = node["config"]
    if isinstance(inner, dict) and any(isinstance(inner.get(name), str) for name in _FILES):
        return f"another file, which the class {node['class_name']} reads"
    is_lambda = node["class_name"] == "Lambda" and isinstance(inner, dict)
    if is_lambda and not isinstance(inner.get("function"), dict | str):
        return "a Python lambda"
    return None


def _unknown(node: dict[str, Any], own: Mapping[str, Any], safe_mode: bool) -> str | None:
    kind = node["class_name"]
    if kind == "__lambda__":
        return "a Python lambda" if safe_mode else None
    if kind in _INTERNAL:
        return None
    is_function = kind == "function"
    name = node["config"] if is_function else kind
    registered = node.get("registered_name") or name
    if _given(str(name), own) or _given(str(registered), own):
        return None
    module = str(node.get("module") or "")
    if kind == "__typespec__":
        return None if module.startswith("tensorflow") else str(node.get("spec_name"))
    if is_function:
        known = _is_keras_function(module, str(name))
    else:
        known = _is_keras_class(module, str(name))
    return None if known else f"the {'function' if is_function else 'class'} {name}"


def _given(name: str, own: Mapping[str, Any]) -> bool:
    return name in own or keras.saving.get_registered_object(name, own) is not None


def _is_keras_function(module: str, name: str) -> bool:
    if module == "builtins":
        return any(hasattr(getattr(keras, part, None), name) for part in _OF_MODELS)
    parts = module.split(".")
    return parts[0] == "keras" and len(parts) > 1 and (parts[1] in _OF_MODELS or _is_source(parts))


def _is_source(parts: list[str]) -> bool:
    return parts[1] == "src" and len(parts) > 2 and parts[2] in _OF_MODELS


def _is_keras_class(module: str, name: str) -> bool:
    """Whether it is a class of Keras: only classes that Keras itself can save are made of it."""
    if module.split(".")[0] != "keras":
        return False
    target: Any = keras
    for part in module.split(".")[1:]:
        target = getattr(target, part, None)
    if module.startswith("keras.src."):  # Functional has no public name
        target = (
            sys.modules.get(module) if module.split(".")[2] in (*_OF_MODELS, "models") else None
        )
    return isinstance(getattr(target, name, None), type)
