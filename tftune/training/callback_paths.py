"""Paths in the user's callbacks, made distinct: one that all trials shared would hold the file of
the last, or a mixture.

The one rule: `{trial_id}` in a path, or in any other string of a callback, becomes the id of the
trial. A known path without it gets a folder of the trial: `log.csv` becomes `0003/log.csv`,
`logs/log.csv` becomes `logs/0003/log.csv`, and a folder `tensorboard` becomes `tensorboard/0003`.
Known are the paths of Keras' callbacks and of classes derived from them. The trial's folder holds
one for each further training: `0003/execution-2`, `0003/fold-1`; in place of `{trial_id}` these
have hyphens.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from tftune.training.notes import note

TRIAL = "{trial_id}"
_EXAMPLE = "0003"


def folder_of(trial_id: str, execution: int = 0, fold: int | None = None) -> str:
    """Returns the folder of one training of a trial.

    Args:
        trial_id: The trial.
        execution: Which of its repetitions, from 0; the first has no folder of its own.
        fold: Which fold it validates on, from 0; None without folds.

    Example:
        >>> folder_of("0003"), folder_of("0003", execution=1, fold=0)
        ('0003', '0003/execution-2/fold-1')
    """
    repetition = [f"execution-{execution + 1}"] if execution else []
    part = [f"fold-{fold + 1}"] if fold is not None else []
    return "/".join([trial_id, *repetition, *part])


def make_paths_distinct(callback: Any, folder: str) -> None:
    """Changes a callback so that it writes where no other training does.

    Args:
        callback: A copy, of this training alone.
        folder: Of the training, as `folder_of` returns it.
    """
    filled = _fill_in(callback, folder.replace("/", "-"))
    for kind, (attribute, insert) in _KNOWN.items():
        path = getattr(callback, attribute, None)
        if is_kind(callback, kind) and isinstance(path, str | os.PathLike):
            if attribute not in filled:
                _move(callback, attribute, os.fspath(path), insert, folder)
            if kind == "CSVLogger":  # the only one that makes no folders
                _make_parent(os.fspath(getattr(callback, attribute)))
            return
    if is_kind(callback, "OrbaxCheckpoint") and "directory" not in filled:
        note(
            "All trials share the directory of OrbaxCheckpoint, which is fixed when it is made. "
            "Pass a function that makes one a trial: callbacks=lambda trial_id: "
            "[OrbaxCheckpoint(f'checkpoints/{trial_id}')]."
        )


def is_kind(callback: Any, kind: str) -> bool:
    """Whether a callback is of a class of Keras, or of one derived from it, by the class's name: so
    that of another Keras is, too.
    """
    return any(base.__name__ == kind for base in type(callback).__mro__)


def _inside_parent(path: str, folder: str) -> str:
    parent, name = os.path.split(path)
    return os.path.join(parent, folder, name)


_KNOWN: dict[str, tuple[str, Callable[[str, str], str]]] = {
    "CSVLogger": ("filename", _inside_parent),
    "ModelCheckpoint": ("filepath", _inside_parent),
    "BackupAndRestore": ("backup_dir", os.path.join),
    "TensorBoard": ("log_dir", os.path.join),
}


def _fill_in(callback: Any, trial: str) -> set[str]:
    """Puts the trial in the place of `{trial_id}` and returns the attributes that had it."""
    filled = {
        name: _like(value, os.fspath(value).replace(TRIAL, trial))
        for name, value in getattr(callback, "__dict__", {}).items()
        if isinstance(value, str | os.PathLike) and TRIAL in str(os.fspath(value))
    }
    for name, value in filled.items():
        setattr(callback, name, value)
    return set(filled)


def _like(value: Any, text: str) -> Any:
    """Returns a text as what the user gave, a string or a `Path`."""
    return type(value)(text)


def _move(
    callback: Any, attribute: str, path: str, insert: Callable[[str, str], str], folder: str
) -> None:
    """Puts the folder into a path, and into the others that were derived from it."""
    base = path.rstrip("/")
    moved = insert(base, folder)
    for name, value in list(vars(callback).items()):
        if not isinstance(value, str | os.PathLike):
            continue
        text = os.fspath(value)
        if name == attribute:
            setattr(callback, name, _like(value, moved))
        elif text.startswith(f"{base}/"):
            setattr(callback, name, _like(value, moved + text[len(base) :]))
    note(
        f"Each trial writes to a path of its own: that of {type(callback).__name__}, {path!r}, is "
        f"{insert(base, _EXAMPLE)!r} in trial {_EXAMPLE}. Put {TRIAL} into the path to choose the "
        "place."
    )


def _make_parent(path: str) -> None:
    parent = os.path.dirname(path)
    if parent and "://" not in parent:
        os.makedirs(parent, exist_ok=True)
