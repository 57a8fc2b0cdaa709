"""What a `.keras` file needs before it is loaded."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from tftune.cli.saved_model import loading_words, modules_of


def saved(path: Path, *modules: str) -> Path:
    layers = [{"module": module, "class_name": "Layer", "config": {}} for module in modules]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps({"module": "keras", "layers": layers}))
    return path


def test_a_model_of_keras_alone_needs_nothing(tmp_path: Path) -> None:
    path = saved(tmp_path / "m.keras", "keras.layers")
    assert loading_words(path) == f'keras.models.load_model("{path}")'


def test_layers_of_tftune_are_imported_before(tmp_path: Path) -> None:
    path = saved(tmp_path / "m.keras", "tftune.models.b", "keras.layers", "tftune.models.a")
    assert loading_words(path).startswith(
        "import tftune.models.a; import tftune.models.b; keras.models.load_model("
    )


def test_what_is_no_such_file_tells_nothing(tmp_path: Path) -> None:
    assert modules_of(tmp_path / "absent.keras") == []
    (tmp_path / "other.keras").write_bytes(b"no archive")
    assert modules_of(tmp_path / "other.keras") == []
