"""tftune tunes the hyper-parameters of Keras and TensorFlow models.

Names are resolved on first use (PEP 562): `import tftune` imports no TensorFlow.

Example:
    >>> import tftune
    >>> "gp" in tftune.ORACLES
    True
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.9.0"

_PUBLIC = {
    "ORACLES": "tftune.oracles",
    "SCHEDULERS": "tftune.schedulers",
    "SearchSpace": "tftune.space.search_space",
    "Tuner": "tftune.search.tuner",
    "load_run": "tftune.search.load_run",
    "nested_evaluation": "tftune.search.nested",
    "plots": "tftune.reports",
    "HyperModelClassifier": "tftune.scikit.classifier",
    "search_spaces": "tftune.scikit.spaces",
    "TftuneError": "tftune.errors",
    "UsageError": "tftune.errors",
    "DataError": "tftune.errors",
    "RunFolderError": "tftune.errors",
    "NoTrialCompletedError": "tftune.errors",
    "SearchInterrupted": "tftune.errors",
}
__all__ = ["__version__", *_PUBLIC]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'tftune' has no attribute {name!r}")
    module = importlib.import_module(_PUBLIC[name])
    if hasattr(module, name):
        value = getattr(module, name)
    else:  # a module of that package
        value = importlib.import_module(f"{module.__name__}.{name}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
