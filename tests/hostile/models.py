"""Hostile `.keras` files in a run folder."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tests.cli.subcommands.run_folders import played, write
from tests.hostile.archives import Member, archive, bomb
from tests.hostile.opened import Hostile
from tests.hostile.tables import ODD

EXPORT = ("tftune", "export", "{}", "--format", "savedmodel", "--output", "model")
COPY = ("tftune", "export", "{}", "--format", "keras", "--output", "model.keras")
PREDICT = ("tftune", "predict", "{}", "{rows}")


def _weights(fill: Callable[[Any], object] = lambda file: None) -> bytes:
    import h5py

    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        fill(file)
    return stream.getvalue()


def layer(name: str, module: str = "keras.layers", **config: Any) -> dict[str, Any]:
    """Returns the config of a layer."""
    return {
        "module": module,
        "class_name": name,
        "config": {"name": name.lower(), **config},
        "registered_name": None,
    }


def model(*layers: dict[str, Any], **others: Any) -> dict[str, Any]:
    """Returns the config of a model of these layers."""
    first = layer("InputLayer", batch_shape=[None, 6], dtype="float32")
    config = {"name": "model", "trainable": True, "layers": [first, *layers]}
    return {
        "module": "keras",
        "class_name": "Sequential",
        "config": config,
        "registered_name": None,
        **others,
    }


def _function(module: str, name: str) -> dict[str, Any]:
    return {"module": module, "class_name": "function", "config": name, "registered_name": name}


LAMBDA = {
    "class_name": "__lambda__",
    "config": {"value": "4wEAAAAAAAAAAAAAAAEAAAACAAAAUwAAAHMEAAAAfABTAE4p", "defaults": None},
}
CONFIGS: dict[str, Callable[[], Any]] = {
    "Lambda of a Python lambda": lambda: model(layer("Lambda", function=LAMBDA)),
    "Lambda of marshalled code": lambda: model(
        layer("Lambda", function=["4wEAAAA=", None, None], function_type="lambda")
    ),
    "Lambda of os.system": lambda: model(
        layer("Lambda", function=_function("os", "system"), arguments={"command": "touch x"})
    ),
    "Lambda of load_model without safe mode": lambda: model(
        layer(
            "Lambda",
            function=_function("keras.models", "load_model"),
            arguments={"safe_mode": False},
        )
    ),
    "safe mode turned off": lambda: model(
        layer("Lambda", function=_function("keras.config", "enable_unsafe_deserialization"))
    ),
    "get_file": lambda: model(layer("Lambda", function=_function("keras.utils", "get_file"))),
    "class of another module": lambda: model(layer("Popen", "subprocess", args="touch x")),
    "class that is not registered": lambda: model(layer("Mine", "mine.layers")),
    "foreign class under a known name": lambda: model(
        {**layer("Dense", "subprocess", units=3), "registered_name": "mine>Dense"}
    ),
    "TFSMLayer": lambda: model(layer("TFSMLayer", filepath="/tmp/other")),
    "TorchModuleWrapper": lambda: model(layer("TorchModuleWrapper", module="gASV")),
    "vocabulary in a file": lambda: model(layer("StringLookup", vocabulary="/etc/passwd")),
    "vocabulary on the network": lambda: model(
        layer("TextVectorization", vocabulary="http://127.0.0.1:9/words")
    ),
    "a hundred thousand brackets": lambda: "[" * 100_000,
    "a deep model": lambda: '{"a":' * 50_000,
    "a list": lambda: [1, 2],
    "a text": lambda: "x",
    "a number of 5,000 digits": lambda: "9" * 5000,
    "a dense layer of 2 ** 40 units": lambda: model(layer("Dense", units=2**40)),
    "escape sequences": lambda: model(layer("\x1b[2J\x1b]0;own\x07", "mine")),
    "a megabyte of a name": lambda: model(layer("x" * 1_000_000, "mine")),
}


def _huge(file: Any) -> None:
    file.create_dataset("w", shape=(1 << 20, 1 << 20), dtype="f4", chunks=(1 << 10, 1 << 10))


def _packed(file: Any) -> None:
    file.create_dataset(
        "w", shape=(1 << 17, 1 << 10), dtype="f4", chunks=(1 << 10, 1 << 10), compression="gzip"
    )


def _elsewhere(file: Any) -> None:
    file.create_dataset("w", shape=(10,), dtype="u1", external=[("/etc/passwd", 0, 10)])


def _linked(file: Any) -> None:
    import h5py

    file["w"] = h5py.ExternalLink("/etc/passwd", "/w")


def _circle(file: Any) -> None:
    file.create_group("a")
    file["a/b"] = file["a"]


def _virtual(file: Any) -> None:
    import h5py

    layout = h5py.VirtualLayout(shape=(10,), dtype="f4")
    layout[:] = h5py.VirtualSource("other.h5", "w", shape=(10,))
    file.create_virtual_dataset("w", layout)


WEIGHTS: dict[str, Callable[[], bytes]] = {
    "of a huge shape": lambda: _weights(_huge),
    "that unpack to 512 MB": lambda: _weights(_packed),
    "in another file": lambda: _weights(_elsewhere),
    "that are a link": lambda: _weights(_linked),
    "in a circle": lambda: _weights(_circle),
    "in a virtual file": lambda: _weights(_virtual),
    "that are a pickle": lambda: b"\x80\x04\x95" + bytes(100),
    "of nothing": lambda: b"",
}
DENSE = layer("Dense", units=3, activation="linear", use_bias=True)


def _members(config: Any, weights: bytes) -> list[Member]:
    text = config if isinstance(config, str) else json.dumps(config)
    version = json.dumps({"keras_version": "3.15.1", "date_saved": "2026-11-29"})
    return [
        Member("metadata.json", version.encode()),
        Member("config.json", text.encode()),
        Member("model.weights.h5", weights),
    ]


ARCHIVES: dict[str, Callable[[], list[Member]]] = {
    "bomb of weights": lambda: [
        *_members(model(DENSE), b"")[:2],
        bomb("model.weights.h5", _weights(), 2 << 30),
    ],
    "bomb of a config": lambda: [
        Member("metadata.json", b"{}"),
        bomb("config.json", b'"', 1 << 30),
        Member("model.weights.h5", _weights()),
    ],
    "bomb of assets": lambda: [*_members(model(DENSE), _weights()), bomb("assets/x", b"", 2 << 30)],
    "assets that lead away": lambda: [
        *_members(model(DENSE), _weights()),
        Member("assets/../../../x", b"x"),
    ],
    "foreign members": lambda: [*_members(model(DENSE), _weights()), Member("run.py", b"x")],
    "200,000 members": lambda: [Member(f"assets/{number}", b"") for number in range(200_000)],
    "no config": lambda: _members(model(DENSE), _weights())[2:],
    "no weights": lambda: _members(model(DENSE), _weights())[:2],
    "two configs": lambda: [
        *_members(model(DENSE), _weights()),
        Member("config.json", json.dumps(model(layer("Lambda", function=LAMBDA))).encode()),
    ],
    "encrypted": lambda: [Member("config.json", b"{}", flags=1)],
}


def _with(content: Callable[[], bytes]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        place = _run(folder)
        (place / "best_model.keras").write_bytes(content())
        return place

    return make


def _run(folder: Path) -> Path:
    write(played(*np.linspace(0.5, 0.9, 2).tolist(), task="own"), folder / "run")
    return folder / "run"


def _odd(kind: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        ODD[kind](place := _run(folder), "best_model.keras")
        return place

    return make


def _config(config: Callable[[], Any]) -> Callable[[Path], Path]:
    return _with(lambda: archive(_members(config(), _weights())))


def _hdf5() -> bytes:
    """Returns a model of the old format, which has no safe mode, under the new name."""

    def fill(file: Any) -> None:
        file.attrs["model_config"] = json.dumps(model(layer("Lambda", function=LAMBDA)))
        file.create_group("model_weights")

    return _weights(fill)


def _cases() -> Iterator[Hostile]:
    for name, config in CONFIGS.items():
        yield Hostile(f"model: {name}", _config(config), EXPORT)
    for name in ("Lambda of os.system", "TFSMLayer", "a hundred thousand brackets"):
        yield Hostile(f"model to predict: {name}", _config(CONFIGS[name]), PREDICT)
    for name, weights in WEIGHTS.items():
        make = _with(lambda weights=weights: archive(_members(model(DENSE), weights())))
        yield Hostile(f"model with weights {name}", make, EXPORT)
    for name, members in ARCHIVES.items():
        make = _with(lambda members=members: archive(members()))
        yield Hostile(f"model archive: {name}", make, EXPORT)
    for name in ("bomb of weights", "200,000 members"):
        make = _with(lambda name=name: archive(ARCHIVES[name]()))
        yield Hostile(f"model archive to predict: {name}", make, PREDICT)
    yield Hostile("model: an HDF5 file", _with(_hdf5), EXPORT)
    for kind in ODD:
        yield Hostile(f"model: {kind}", _odd(kind), EXPORT)
    for kind in ("pipe", "link to a device that never ends"):
        yield Hostile(f"model to copy: {kind}", _odd(kind), COPY)


CASES = [*_cases()]
