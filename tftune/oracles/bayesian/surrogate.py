"""scikit-optimize's optimiser, built as `gp_minimize` and `forest_minimize` build it, and its state
as JSON.

`tests/oracles/bayesian/test_gp.py` and `test_forest.py` compare every proposal with theirs.
"""

from __future__ import annotations

import base64
import copy
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from skopt.optimizer import Optimizer
from skopt.utils import cook_estimator, normalize_dimensions

from tftune.oracles.bayesian import skopt_internals
from tftune.oracles.bayesian.hamming import make_fast

_MOST = np.iinfo(np.int32).max


def gaussian_process(
    dimensions: Sequence[Any], seed: int, acquisition: str, design: str, initial_points: int
) -> Any:
    """Returns the optimiser that `skopt.gp_minimize(..., random_state=seed)` asks and tells.

    Args:
        dimensions: Of scikit-optimize.
        seed: `random_state`.
        acquisition: `acq_func`.
        design: `initial_point_generator`.
        initial_points: `n_initial_points`.
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
    """Returns the optimiser that `skopt.forest_minimize(..., random_state=seed)` asks and tells.

    Args:
        dimensions: Of scikit-optimize.
        seed: `random_state`.
        acquisition: `acq_func`.
        design: `initial_point_generator`.
        initial_points: `n_initial_points`.
        candidates: `n_points`, at which the acquisition function is evaluated.
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
    design = skopt_internals.initial_design(optimizer)
    if _is_designing(optimizer) and design is not None:
        if asked < len(design):
            return list(design[asked])
        return list(optimizer.space.rvs(random_state=optimizer.rng)[0])
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
        asked: Points asked for before.
        pending: The points being evaluated.
    """
    if not pending or _is_designing(optimizer):
        return ask(optimizer, asked)
    liar = copy.deepcopy(optimizer)
    lie = np.min(liar.yi, axis=0)  # of EIps: the least loss and the least logarithm of seconds
    for point in pending:
        result = lie.tolist() if lie.ndim else float(lie)
        skopt_internals.tell(liar, point, result, fit=point is pending[-1])
    return ask(liar, asked)


def expected(optimizer: Any, point: list[Any]) -> tuple[float, float] | None:
    """Returns mean and standard deviation that the last fitted model predicts at a point, in units
    of the losses, noise included; None where there is no model.

    Of EIps it is the model of the losses that is asked.

    Args:
        optimizer: Of a builder above.
        point: Of its space.
    """
    model = optimizer.models[-1] if optimizer.models else None
    if model is None or _is_designing(optimizer):
        return None
    if np.ndim(optimizer.yi[0]):
        model = model.estimators_[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a variance that rounding took below 0
        mean, deviation = model.predict(optimizer.space.transform([point]), return_std=True)
    noise = (getattr(model, "noise_", None) or 0.0) * getattr(model, "y_train_std_", 1.0) ** 2
    return float(mean[0]), float(np.sqrt(deviation[0] ** 2 + noise))


def tell(optimizer: Any, points: Sequence[list[Any]], results: Sequence[Any]) -> None:
    """Tells several results and fits the model once."""
    for index, (point, result) in enumerate(zip(points, results, strict=True)):
        skopt_internals.tell(optimizer, point, result, fit=index == len(points) - 1)


def _is_designing(optimizer: Any) -> bool:
    """Whether the initial design is not told yet."""
    return len(optimizer.Xi) < int(optimizer.n_initial_points_)


def pack(optimizer: Any) -> dict[str, Any] | None:
    """Returns what an optimiser holds besides its observations, as JSON can hold it, about 4 kB;
    None if this version of scikit-optimize does not show it.
    """
    fitted = skopt_internals.fitted_state(optimizer)
    if fitted is None:
        return None
    name, words, position, has_gauss, gauss = optimizer.rng.get_state()
    packed = base64.b64encode(words.astype("<u4").tobytes()).decode()  # 624 words of 32 bits
    generator = {
        "name": name,
        "words": packed,
        "position": int(position),
        "has_gauss": int(has_gauss),
        "gauss": float(gauss),
    }
    return {"generator": generator, **fitted}


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
    for point, result in zip(points, results, strict=True):
        skopt_internals.tell(optimizer, point, result, fit=False)
    generator = state["generator"]
    words = np.frombuffer(base64.b64decode(generator["words"]), dtype="<u4").astype(np.uint32)
    names = ("position", "has_gauss", "gauss")
    optimizer.rng.set_state((generator["name"], words, *(generator[name] for name in names)))
    skopt_internals.set_fitted_state(optimizer, state)
