"""scikit-optimize's optimiser, built as `gp_minimize` and `forest_minimize` build it, and its state
as JSON.

Written for scikit-optimize 0.10.2; `tests/oracles/test_gp.py` and `test_forest.py` compare every
proposal with these functions.
"""

from __future__ import annotations

import base64
import contextlib
import copy
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from skopt.optimizer import Optimizer
from skopt.utils import cook_estimator, normalize_dimensions
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from tftune.oracles.bayesian.hamming import make_fast

_MOST = np.iinfo(np.int32).max


def limited_threads(count: int | None) -> contextlib.AbstractContextManager[Any]:
    """Returns a context in which linear algebra uses `count` threads; as many as it likes for None."""
    return contextlib.nullcontext() if count is None else threadpool_limits(count, user_api="blas")


def gaussian_process(
    dimensions: Sequence[Any], seed: int, acquisition: str, design: str, initial_points: int
) -> Any:
    """Returns the optimiser that `skopt.gp_minimize(..., random_state=seed)` asks and tells; for
    the arguments see `_build`.
    """
    generator = np.random.RandomState(seed)
    space = normalize_dimensions(list(dimensions))
    process = cook_estimator(
        "GP", space=space, random_state=generator.randint(0, _MOST), noise="gaussian"
    )
    process.kernel = make_fast(process.kernel)
    return _build(space, process, "auto", generator, acquisition, design, initial_points)


def extra_trees(
    dimensions: Sequence[Any],
    seed: int,
    acquisition: str,
    design: str,
    initial_points: int,
    candidates: int,
) -> Any:
    """Returns the optimiser that `skopt.forest_minimize(..., random_state=seed)` asks and tells;
    for the arguments see `_build`.
    """
    return _build(
        list(dimensions), "ET", "sampling", seed, acquisition, design, initial_points, candidates
    )


def _build(
    dimensions: Any,
    estimator: Any,
    maximiser: str,
    generator: Any,
    acquisition: str,
    design: str,
    initial_points: int,
    candidates: int = 10_000,
) -> Any:
    """Returns an optimiser that takes its random numbers in scikit-optimize's order: seed of the
    model, then initial design.

    One fitted model is kept instead of all, which changes no proposal.

    Args:
        dimensions: Of scikit-optimize.
        estimator: `base_estimator`.
        maximiser: `acq_optimizer`.
        generator: `random_state`, a seed or a generator.
        acquisition: `acq_func`.
        design: `initial_point_generator`.
        initial_points: `n_initial_points`.
        candidates: `n_points`, at which the acquisition function is evaluated.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Sobol points in another number than a power of two
        return Optimizer(
            dimensions,
            estimator,
            n_initial_points=initial_points,
            initial_point_generator=design,
            acq_func=acquisition,
            acq_optimizer=maximiser,
            random_state=generator,
            model_queue_size=1,
            acq_optimizer_kwargs={"n_points": candidates, "n_restarts_optimizer": 5, "n_jobs": 1},
            acq_func_kwargs={"xi": 0.01, "kappa": 1.96},
        )


def ask(optimizer: Any, asked: int) -> list[Any]:
    """Returns the next point.

    Args:
        optimizer: Of a builder above; its generator moves on.
        asked: Points asked for before. The optimiser counts told ones instead, and would repeat its
            design while trials run.
    """
    design = optimizer._initial_samples
    if optimizer._n_initial_points > 0 and design is not None:
        return (
            list(design[asked])
            if asked < len(design)
            else list(optimizer.space.rvs(random_state=optimizer.rng)[0])
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a repeated point: the oracle sees to that
        return list(optimizer.ask())


def ask_beside(optimizer: Any, asked: int, pending: Sequence[list[Any]]) -> list[Any]:
    """Returns the next point while others are being evaluated: they are taken to give the best
    value so far (constant liar, CL-min).

    D. Ginsbourger, R. Le Riche, L. Carraro: Kriging is well-suited to parallelize optimization,
    2010. The lies are told to a copy.

    Args:
        optimizer: Of a builder above; not changed once it has a model.
        asked: See `ask`.
        pending: The points being evaluated.
    """
    if not pending or optimizer._n_initial_points > 0:
        return ask(optimizer, asked)
    liar = copy.deepcopy(optimizer)
    lie = np.min(liar.yi, axis=0)  # of EIps: the least loss and the least logarithm of seconds
    for point in pending:
        liar._tell(point, lie.tolist() if lie.ndim else float(lie), fit=point is pending[-1])
    return ask(liar, asked)


def tell(optimizer: Any, points: Sequence[list[Any]], results: Sequence[Any]) -> None:
    """Tells several results and fits the model once."""
    for index, (point, result) in enumerate(zip(points, results, strict=True)):
        optimizer._tell(point, result, fit=index == len(points) - 1)


def pack(optimizer: Any) -> dict[str, Any]:
    """Returns what a fitted optimiser holds besides its observations, as JSON can hold it, about 4
    kB.
    """
    name, words, position, has_gauss, gauss = optimizer.rng.get_state()
    fitted = bool(optimizer.models)
    return {
        "generator": {
            "name": name,
            "words": base64.b64encode(
                words.astype("<u4").tobytes()
            ).decode(),  # 624 words of 32 bits
            "position": int(position),
            "has_gauss": int(has_gauss),
            "gauss": float(gauss),
        },
        "gains": optimizer.gains_.tolist() if hasattr(optimizer, "gains_") else None,
        "next": [x.item() if hasattr(x, "item") else x for x in optimizer._next_x]
        if fitted
        else None,
        "candidates": [np.asarray(x).tolist() for x in optimizer.next_xs_] if fitted else None,
    }


def unpack(
    optimizer: Any, state: Mapping[str, Any], points: Sequence[list[Any]], results: Sequence[Any]
) -> None:
    """Brings a newly built optimiser into a packed state, without fitting anything.

    Args:
        optimizer: Of the same builder with the same arguments.
        state: Of `pack`.
        points: All points told.
        results: What was told of them.
    """
    generator = state["generator"]
    words = np.frombuffer(base64.b64decode(generator["words"]), dtype="<u4").astype(np.uint32)
    optimizer.rng.set_state(
        (
            generator["name"],
            words,
            generator["position"],
            generator["has_gauss"],
            generator["gauss"],
        )
    )
    optimizer.Xi, optimizer.yi = list(points), list(results)
    optimizer._n_initial_points = optimizer.n_initial_points_ - len(points)
    if state["gains"] is not None:
        optimizer.gains_ = np.array(state["gains"])
    if state["next"] is not None:
        optimizer._next_x = list(state["next"])
        optimizer.next_xs_ = [np.array(x) for x in state["candidates"]]
        optimizer.models = [None]  # only their number is looked at; the next result fits a new one
