"""Which methods of which libraries take part, and what each library needs."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from benchmarks.problems import Dimension
from benchmarks.rivals.environments import (
    Library,
    NotInstalled,
    leave_out,
    make_environment,
    reason_left_out,
    take_in,
)
from benchmarks.rivals.process import Rival, RivalError

OPTUNA = Library(
    "optuna", "optuna_samplers", ("optuna>=4.4", "cmaes>=0.11", "scipy>=1.10", "torch>=2.2")
)
# HEBO's own requirements, of 2022, have no builds for today's Python.
HEBO = Library(
    "hebo",
    "hebo_search",
    ("numpy>=1.23,<1.25", "scipy>=1.10,<1.12", "pandas>=2.0,<2.3", "scikit-learn>=1.2,<1.6")
    + ("pymoo>=0.6.1,<0.6.1.4", "torch>=2.2", "gpytorch>=1.11", "catboost>=1.2")
    + ("disjoint-set>=0.7", "matplotlib>=3.7,<3.9", "contourpy<1.3"),
    bare=("HEBO>=0.3.6", "GPy>=1.13", "paramz>=0.9"),
)
SMAC = Library("smac", "smac_search", ("smac>=2.2",))
# Vizier wants one version of equinox, which knows no later JAX.
VIZIER = Library(
    "vizier", "vizier_search", ("google-vizier[jax,algorithms]>=0.1.21", "jax>=0.4.34,<0.6")
)
SKOPT = Library("skopt", "skopt_search", ("scikit-optimize>=0.10",))

RIVALS: dict[str, Library] = {
    "optuna-tpe": OPTUNA,
    "optuna-tpe-multivariate": OPTUNA,
    "optuna-gp": OPTUNA,
    "optuna-auto": OPTUNA,
    "optuna-cma-es": OPTUNA,
    "hebo": HEBO,
    "smac3": SMAC,
    "smac3-repeating": SMAC,
    "vizier": VIZIER,
    "skopt-gp-minimize": SKOPT,
}
NOISY_ONLY = ("smac3-repeating",)  # where nothing is random they only lose trials


def prepare(methods: Iterable[str], folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Makes the environments of methods and tries each once, again where that has failed.

    Returns:
        By method, the Python to run it with; and by method, why it is left out, which is also
        printed.
    """
    pythons: dict[str, str] = {}
    reasons: dict[str, str] = {}
    tried: dict[Library, Path | str] = {}
    for method in methods:
        library = RIVALS[method]
        if library not in tried:
            try:
                python = make_environment(library, folder)
                if reason_left_out(library, folder) is not None:
                    _try(python, library, method)
                    take_in(library, folder)
                tried[library] = python
            except (NotInstalled, RivalError) as error:
                leave_out(library, folder, str(error))
                tried[library] = str(error)
        found = tried[library]
        if isinstance(found, Path):
            pythons[method] = str(found)
        else:
            reasons[method] = found
            print(f"Left out: {method}: {found}", file=sys.stderr)
    return pythons, reasons


def reasons_left_out(methods: Iterable[str], folder: Path) -> dict[str, str]:
    """Returns, by method, why it was left out when that was last tried."""
    found = {method: reason_left_out(RIVALS[method], folder) for method in methods}
    return {method: reason for method, reason in found.items() if reason is not None}


def _try(python: Path, library: Library, method: str) -> None:
    """Asks for one point.

    Raises:
        RivalError: If none comes.
    """
    space = (Dimension("a", (1, 2, 3), ordered=True), Dimension("b", ("x", "y")))
    with Rival(python, library.module, method, space, seed=0, trials=1) as rival:
        rival.ask()
