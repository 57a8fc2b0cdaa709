"""What a `.keras` file needs before it is loaded."""

from __future__ import annotations

import contextlib
import json
import sys
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest

import tftune.models
from tftune.cli.saved_model import load_saved, loading_words, modules_of
from tftune.models import own_rows


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


def test_a_saved_model_loads_though_its_layers_are_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, rows = keras.Input((1,)), keras.Input((2,))
    model = keras.Model([one, rows], own_rows.OwnRows()([one, rows]))
    model.save(tmp_path / "m.keras")
    # as in a fresh process
    monkeypatch.setattr(tftune.models, "own_rows", own_rows)
    monkeypatch.delitem(sys.modules, "tftune.models.own_rows")
    monkeypatch.delitem(keras.saving.get_custom_objects(), "tftune>OwnRows")
    with contextlib.suppress(TypeError):  # Keras 3.8 imports them itself
        keras.models.load_model(tmp_path / "m.keras")
    loaded = load_saved(tmp_path / "m.keras")
    answer = loaded.predict([np.array([[0.5]]), np.array([[4.0, 4.0]])], verbose=0)
    assert answer.tolist() == [[0.75]]


def test_a_file_imports_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "tftune.__main__", raising=False)
    path = saved(tmp_path / "m.keras", "tftune.__main__")
    with pytest.raises(Exception, match="Layer"):
        load_saved(path)
    assert "tftune.__main__" not in sys.modules
