"""What a model is, apart from its values: the config that Keras gives of it, without the names and
numbers that differ from process to process.

Two runs of one script agree in it; another layer, optimizer, loss or metric, or other code in
one of the user's own, shows.
"""

from __future__ import annotations

import codecs
import json
import marshal
import re
import types
from collections.abc import Iterator
from typing import Any

from tftune.training.described_model import describe_model
from tftune.training.keras_internals import compiled_metrics, layers_of
from tftune.training.plain_form import LIBRARIES, code_of, code_of_class, digest, plain

LARGEST = 100_000  # characters; of a larger one each layer is told by a digest
# a seed that Keras drew may stand in the config
_UNTOLD = {"registered_name", "module", "build_config", "build_input_shape", "shared_object_id"}
_UNTOLD |= {"seed", "class_name", "config"}


def identity_of(model: Any) -> dict[str, Any]:
    """Returns what identifies a model, JSON-able: `config`, `code` of what is the user's own.

    Args:
        model: As it was built.
    """
    try:
        return _identity_of(model)
    except Exception:  # of the user's classes: the search goes on, and another build is not noticed
        return {"config": {"class": type(model).__name__}}


def _identity_of(model: Any) -> dict[str, Any]:
    description = describe_model(model)
    config = description.get("config") or _layer_by_layer(model)
    names = _ordinal_names(config)
    told = _simplify(config, names)
    if len(json.dumps(told)) > LARGEST:
        told = _shortened(told)
    return {"config": told, "code": _own_code(model)}


def _layer_by_layer(model: Any) -> dict[str, Any]:
    """Returns what can be told of a model that Keras cannot serialise."""
    layers = []
    for layer in layers_of(model) or model.layers:
        description = describe_model(layer)
        layers.append(description.get("config") or {"class_name": type(layer).__name__})
    optimizer = getattr(model, "optimizer", None)
    return {
        "class_name": type(model).__name__,
        "config": {"layers": layers},
        "compile_config": {"optimizer": plain(optimizer), "loss": _names_of(model)},
    }


def _names_of(model: Any) -> Any:
    return [
        getattr(loss, "name", None) or getattr(loss, "__name__", loss) for loss in _losses(model)
    ]


def _ordinal_names(config: Any) -> dict[str, str]:
    """Returns new names for those that Keras counted: `dense_7` is `dense` where it comes first."""
    names: dict[str, str] = {}
    counts: dict[str, int] = {}
    for node in _objects(config):
        inner = node["config"]
        name = inner.get("name") if isinstance(inner, dict) else None
        base = _snake_case(str(node["class_name"]))
        if not isinstance(name, str) or name in names:
            continue
        if re.fullmatch(rf"{re.escape(base)}(_\d+)?", name):
            count = counts.get(base, 0)
            names[name] = f"{base}_{count}" if count else base
            counts[base] = count + 1
    return names


def _snake_case(name: str) -> str:
    name = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def _objects(config: Any) -> Iterator[dict[str, Any]]:
    if isinstance(config, dict):
        if "class_name" in config and "config" in config:
            yield config
        for part in config.values():
            yield from _objects(part)
    elif isinstance(config, list | tuple):
        for part in config:
            yield from _objects(part)


def _simplify(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, str):
        return names.get(value, plain(value))
    if isinstance(value, list | tuple):
        if all(isinstance(part, str | int | float) for part in value):
            told = plain(value)
            return [_simplify(part, names) for part in told] if isinstance(told, list) else told
        return [_simplify(part, names) for part in value]
    if not isinstance(value, dict):
        return plain(value)
    kind, inner = value.get("class_name"), value.get("config")
    if kind == "__lambda__":
        return _lambda(inner)
    if kind == "function":
        return inner
    if kind == "DTypePolicy" and isinstance(inner, dict):
        return inner.get("name")
    told = {key: _simplify(part, names) for key, part in value.items() if key not in _UNTOLD}
    if kind is None:
        return told | ({"config": _simplify(inner, names)} if inner is not None else {})
    inside = _simplify(inner, names) if inner is not None else {}
    return {"class": kind, **told, **(inside if isinstance(inside, dict) else {"config": inside})}


def _lambda(config: Any) -> Any:
    """Returns a lambda's code without the line that it stands in; it was serialised just now."""
    packed = config.get("code") if isinstance(config, dict) else config
    packed = packed[0] if isinstance(packed, list) else packed
    code = marshal.loads(codecs.decode(str(packed).encode("ascii"), "base64"))
    function = types.FunctionType(code, {}, closure=tuple(map(types.CellType, code.co_freevars)))
    return {
        **code_of(function),
        **({"with": plain(config.get("closure"))} if code.co_freevars else {}),
    }


def _shortened(told: Any) -> dict[str, Any]:
    layers = {
        str(layer.get("name", number)): {"class": layer.get("class"), "digest": digest(layer)}
        for number, layer in enumerate(told.get("layers", ()))
    }
    rest = {key: part for key, part in told.items() if key != "layers"}
    if len(json.dumps(rest)) > LARGEST:
        rest = {"class": told.get("class"), "digest": digest(rest)}
    return {**rest, "layers": [{"name": name, **part} for name, part in layers.items()]}


def _own_code(model: Any) -> dict[str, Any]:
    """Returns the code of the user's own classes and functions in a model, by name."""
    found: dict[str, Any] = {}
    parts = [model, *(layers_of(model) or ()), getattr(model, "optimizer", None)]
    for part in (*parts, *_losses(model), *_flat(compiled_metrics(model))):
        if isinstance(part, types.FunctionType | types.MethodType):
            told = code_of(part)
            if "code" in told:
                found[told["function"]] = told
        elif part is not None and type(part).__module__.split(".")[0] not in LIBRARIES:
            found[type(part).__name__] = code_of_class(type(part))
    return {name: told for name, told in sorted(found.items()) if told}


def _losses(model: Any) -> list[Any]:
    return list(_flat(getattr(model, "loss", None)))


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for part in value:
            yield from _flat(part)
    elif value is not None:
        yield value
