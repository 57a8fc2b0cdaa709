"""Which methods of which libraries take part, and what each library needs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from benchmarks.peers import preparing
from benchmarks.peers.environments import Library
from benchmarks.peers.process import Peer
from benchmarks.problems import Dimension

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

PEERS: dict[str, Library] = {
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
    """Does what `preparing.prepare` does for methods of `PEERS`."""
    return preparing.prepare({method: PEERS[method] for method in methods}, folder, _try)


def _try(method: str, python: Path) -> None:
    """Asks for one point.

    Raises:
        PeerError: If none comes.
    """
    space = (Dimension("a", (1, 2, 3), ordered=True), Dimension("b", ("x", "y")))
    module = PEERS[method].module
    with Peer(python, module, method, space, seed=0, trials=1) as peer:
        peer.ask()
