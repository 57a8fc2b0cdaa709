"""Writes .npz files of NumPy, which `tftune.support.array_files` reads.

`numpy.savez` leaves its archive open where the disk is full; Python then tells of it in the middle
of other lines, when the archive is collected.

Example:
    >>> import io
    >>> file = io.BytesIO()
    >>> write_arrays(file, {"x": np.arange(3), "y": np.zeros(2)})
    >>> _ = file.seek(0)
    >>> np.load(file)["x"].tolist()
    [0, 1, 2]
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from typing import IO

import numpy as np
from numpy.typing import ArrayLike


def write_arrays(file: IO[bytes], arrays: Mapping[str, ArrayLike], compress: bool = False) -> None:
    """Writes named arrays as `numpy.savez` does, and never pickles.

    Args:
        file: Open for writing.
        arrays: By name.
        compress: Whether they take less room and more time, as `numpy.savez_compressed` does.

    Raises:
        ValueError: If an array is of objects.
        OSError: If there is no room; the archive is closed then, too.
    """
    method = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)
