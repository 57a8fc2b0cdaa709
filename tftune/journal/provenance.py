"""Where numbers come from: versions of the software, and a fingerprint of arrays."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

import tftune
from tftune.support.texts import command_line

_LONGEST = 2000  # characters of a command
PACKAGES = (
    "tensorflow",
    "keras",
    "keras-tuner",
    "scikit-optimize",
    "scikit-learn",
    "numpy",
)


def versions() -> dict[str, str]:
    """Returns the versions of Python and of the packages that decide the numbers."""
    found = {"python": platform.python_version(), "tftune": tftune.__version__}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:  # tensorflow-cpu goes by another name
            continue
    return found


def script_command() -> str | None:
    """Returns the command that runs this process again, where it runs a script or a module; None in
    a notebook, at a prompt, or where it is too long to be read.
    """
    main = sys.modules.get("__main__")
    if getattr(main, "__file__", None) is None or not sys.argv:
        return None
    spec = getattr(main, "__spec__", None)
    module = [] if spec is None else ["-m", spec.name.removesuffix(".__main__")]
    command = command_line(["python", *(module or sys.argv[:1]), *sys.argv[1:]])
    return command if len(command) <= _LONGEST else None


def summarize_arrays(
    fit_args: tuple[Any, ...], fit_kwargs: dict[str, Any], groups: np.ndarray | None = None
) -> dict[str, Any]:
    """Returns source, fingerprint and sizes of the arrays given to `search`; other kinds of data
    have no fingerprint.

    Args:
        fit_args: Positional arguments.
        fit_kwargs: Keyword arguments.
        groups: Of the folds, part of the fingerprint.
    """
    import numpy as np  # here, because `--help` must not wait for it

    validation = fit_kwargs.get("validation_data")
    given = [
        *fit_args,
        fit_kwargs.get("x"),
        fit_kwargs.get("y"),
        *(validation if isinstance(validation, tuple | list) else ()),
        groups,
    ]
    arrays = [value for value in given if isinstance(value, np.ndarray) and value.dtype != object]
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return {
        "source": "arrays" if arrays else "other",
        "fingerprint": digest.hexdigest() if arrays else None,
        "train": len(arrays[0]) if arrays else None,
        "validation": len(validation[0])
        if isinstance(validation, tuple) and isinstance(validation[0], np.ndarray)
        else None,
        "test": None,
    }
