"""Releases of Keras in which a file that is loaded in safe mode can do harm, and a warning of them.

Sources: the GitHub advisory database and the releases of Keras, looked up in November 2026.
"""

from __future__ import annotations

import functools
import re
import warnings
from collections.abc import Mapping

Version = tuple[int, ...]

# each is mended in the first of these releases and all later ones, and in those of its own series
MENDED: Mapping[str, tuple[Version, ...]] = {
    "CVE-2024-3660": ((2, 13),),  # code of Lambda layers
    "CVE-2025-1550": ((3, 9),),  # any function of any module
    "CVE-2025-8747": ((3, 11),),  # functions of Keras itself
    "CVE-2025-9906": ((3, 11),),  # safe mode turned off by the file
    "CVE-2025-9905": ((3, 11, 3),),  # safe mode ignored for HDF5
    "CVE-2025-49655": ((3, 11, 3),),  # pickles of Torch
    "CVE-2025-12058": ((3, 12),),  # files read by vocabularies
    "CVE-2026-0897": ((3, 13, 2), (3, 12, 1)),  # memory of weights that tell of huge shapes
    "CVE-2026-1669": ((3, 13, 2), (3, 12, 1)),  # weights that lie in other files
    "CVE-2026-1462": ((3, 14), (3, 12, 1)),  # programs of TFSMLayer
}


def holes_of(version: str) -> list[str]:
    """Returns the known holes of a release of Keras.

    Args:
        version: Such as `3.10.0`.

    Example:
        >>> holes_of("3.13.0")
        ['CVE-2026-0897', 'CVE-2026-1669', 'CVE-2026-1462']
        >>> holes_of("3.12.1"), holes_of("3.15.1")
        ([], [])
    """
    found = tuple(int(part) for part in re.findall(r"\d+", version)[:3])
    return [name for name, mended in MENDED.items() if not _is_mended(found, mended)]


def _is_mended(version: Version, mended: tuple[Version, ...]) -> bool:
    newest = max(mended)
    return version >= newest or any(
        version[:2] == release[:2] and version >= release for release in mended
    )


@functools.cache  # once a process
def warn_of_holes() -> None:
    """Warns if the Keras that is installed has a known hole."""
    import keras

    if names := holes_of(keras.__version__):
        warnings.warn(
            f"Keras {keras.__version__} has known holes through which a model that is loaded can "
            f"run code, read files or fill the memory: {', '.join(names)}. Load only models of "
            "your own, or upgrade: pip install --upgrade keras",
            stacklevel=2,
        )
