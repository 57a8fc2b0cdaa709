"""What is looked at in a `.keras` file before Keras is given it.

Keras' safe mode has been got round again and again (see `tftune.training.loading_holes`): so every
class and function must be known, no layer may run code or read files of its own, and weights may
neither lie elsewhere nor unpack to more than their file explains.
"""

from __future__ import annotations

import io
import json
import math
from pathlib import Path
from typing import Any

from tftune.errors import DataError, RunFolderError, UsageError
from tftune.support import limits
from tftune.support.archives import open_archive, read_member
from tftune.support.texts import shown
from tftune.support.whole_files import is_within
from tftune.training.known_classes import unknown_objects
from tftune.training.loading_holes import warn_of_holes

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
_MEMBERS = (CONFIG, WEIGHTS, "metadata.json", "assets/")
_LARGEST_SIZE = 2**32
_DEEPEST = 100  # groups of weights in each other
_HOW = "Expected a model that tftune or Keras saved. Restore the run folder from a copy."


def check_saved(path: Path) -> None:
    """Refuses a `.keras` file that does more than hold a model.

    Args:
        path: The file.

    Raises:
        RunFolderError: If it is none, needs what is not known here, or would run code, read other
            files or fill the memory.
    """
    try:
        if not is_within(path.parent, path):
            raise DataError("it is a link that leads out of its folder")
        with open_archive(path, what="it is no whole .keras file") as archive:
            for name in archive.namelist():
                if not name.startswith(_MEMBERS) or ".." in name:
                    raise DataError(f"it has a member {shown(name, 60)}")
            config = json.loads(read_member(archive, CONFIG, limits.JSON))
            missing = unknown_objects(config, {})
            if missing:
                raise DataError(f"it cannot be made without {', '.join(missing)[:300]}")
            _check_sizes(config)
            weights = read_member(archive, WEIGHTS, limits.BYTES)
        _check_weights(weights)
    except DataError as error:
        raise RunFolderError(f"Cannot load {shown(str(path))}: {error}. {_HOW}") from error
    except UsageError:  # of a limit's variable
        raise
    except Exception as error:  # damaged weights and odd configs raise many kinds
        reason = f"{type(error).__name__}: {shown(str(error))}"
        raise RunFolderError(f"Cannot load {shown(str(path))}: {reason}. {_HOW}") from error
    warn_of_holes()


def _check_sizes(config: Any, name: str = "") -> None:
    """Refuses layers of more units than any machine holds; seeds, and the numbers by which Keras
    tells shared objects apart, may be any.
    """
    if isinstance(config, dict):
        for key, value in config.items():
            _check_sizes(value, str(key))
    elif isinstance(config, list):
        for value in config:
            _check_sizes(value, name)
    elif isinstance(config, int) and config > _LARGEST_SIZE and not _is_any(name):
        raise DataError(f"its {shown(name, 60)} is {shown(config, 60)}")


def _is_any(name: str) -> bool:
    return "seed" in name or name == "shared_object_id"


def _check_weights(content: bytes) -> None:
    """Refuses weights that lie in other files, or tell of far more than they hold."""
    import h5py

    with h5py.File(io.BytesIO(content), "r") as file:
        told = sum(_bytes_of(file[name]) for name in _datasets(file))
    if told > limits.HARMLESS:
        limits.BYTES.check(told)
        limits.RATIO.check(told / max(len(content), 1))


def _datasets(group: Any, depth: int = 0) -> list[str]:
    """Returns the paths of all datasets; links are no way to one."""
    import h5py

    if depth > _DEEPEST:
        raise DataError("its weights are nested too deeply")
    found = []
    for name in group:
        link = group.get(name, getlink=True)
        if not isinstance(link, h5py.HardLink):
            raise DataError(f"its weights {shown(name, 60)} are a link")
        kind = group.get(name, getclass=True)
        if kind is h5py.Group:
            found += [f"{name}/{below}" for below in _datasets(group[name], depth + 1)]
        else:
            found.append(name)
        if len(found) > limits.MEMBERS.most():
            raise DataError("its weights are too many")
    return found


def _bytes_of(dataset: Any) -> int:
    if dataset.is_virtual or dataset.external:
        raise DataError(f"its weights {shown(dataset.name, 60)} lie in another file")
    return math.prod(map(int, dataset.shape or ())) * int(dataset.dtype.itemsize)
