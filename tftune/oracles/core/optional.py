"""Imports of libraries that not everyone needs: a missing one is named together with the extra that
brings it.
"""

from __future__ import annotations

import importlib
from typing import Any

from tftune.errors import UsageError


def need(module: str, extra: str) -> Any:
    """Imports a library of an extra.

    Args:
        module: Its name for `import`.
        extra: The extra of tftune that installs it.

    Raises:
        UsageError: If it is not installed.

    Example:
        >>> need("json", extra="optuna").__name__
        'json'
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] != module.split(".")[0]:
            raise  # the library is there, something it needs is not
        raise UsageError(
            f"This search method needs the library {module.split('.')[0]}. Expected it to be "
            f"installed. Received: {error}. "
            f"Install it: pip install 'tftune[{extra}]'"
        ) from None
