"""How far predicted numbers are from the true ones: R2, mean absolute error, root mean square
error, and the rows that are furthest off.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tftune.errors import UsageError
from tftune.reports.measures.classification import left_out_note
from tftune.reports.measures.intervals import bootstrap, measure, rounded

MOST_RESIDUALS = 16
MOST_POINTS = 200


def regression(targets: Any, predicted: Any, seed: int = 0) -> dict[str, Any]:
    """Returns what is known of a model that predicts one number.

    Args:
        targets: True numbers, shape `(rows,)` or `(rows, 1)`.
        predicted: Predictions, likewise.
        seed: Of the bootstrap, and of the points that are kept.

    Returns:
        `rows`; `metrics`, R2 (None where all targets are equal), MAE and RMSE, each with the
        interval of a bootstrap over rows; `points`, at most 200 rows with target and prediction;
        `residuals`, the largest; `left_out` and `notes`.

    Raises:
        UsageError: If the two are not of the same rows.

    Example:
        >>> regression([1.0, 2.0, 3.0], [1.0, 2.0, 5.0])["metrics"]["mae"]["value"]
        0.666667
    """
    truth = np.asarray(targets, np.float64).reshape(-1)
    guess = np.asarray(predicted, np.float64).reshape(-1)
    if len(truth) != len(guess):
        raise UsageError(
            f"Targets and predictions are not of the same rows. Expected {len(guess)} targets. "
            f"Received: {len(truth)}. Pass those of the same rows."
        )
    finite = np.isfinite(truth) & np.isfinite(guess)
    rows, left_out = np.flatnonzero(finite), np.flatnonzero(~finite)
    truth, guess = truth[rows], guess[rows]
    notes = [left_out_note(left_out, len(finite), "target")] if len(left_out) else []
    metrics = {}
    for name, statistic in (("r2", r2), ("mae", mae), ("rmse", rmse)):

        def drawn(numbers: NDArray[np.int64], statistic: Any = statistic) -> float:
            return float(statistic(truth[numbers], guess[numbers]))

        value = statistic(truth, guess)
        ends = bootstrap(drawn, len(truth), seed) if np.isfinite(value) else (None, None)
        metrics[name] = measure(value, *ends)
    return {
        "kind": "regression",
        "rows": len(truth),
        "left_out": {"rows": len(left_out), "numbers": left_out[:100].tolist()},
        "notes": notes,
        "metrics": metrics,
        "points": _points(truth, guess, seed),
        "residuals": _largest(rows, truth, guess),
    }


def r2(truth: NDArray[np.float64], guess: NDArray[np.float64]) -> float:
    """Returns the share of the targets' variance that is explained; NaN where they have none.

    Example:
        >>> r2(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0]))
        1.0
    """
    if len(truth) < 2:
        return float("nan")
    whole = float(np.square(truth - truth.mean()).sum())
    return 1 - float(np.square(truth - guess).sum()) / whole if whole > 0 else float("nan")


def mae(truth: NDArray[np.float64], guess: NDArray[np.float64]) -> float:
    """Returns the mean absolute error; NaN of no rows."""
    return float(np.abs(truth - guess).mean()) if len(truth) else float("nan")


def rmse(truth: NDArray[np.float64], guess: NDArray[np.float64]) -> float:
    """Returns the root of the mean square error; NaN of no rows."""
    return float(np.sqrt(np.square(truth - guess).mean())) if len(truth) else float("nan")


def _points(
    truth: NDArray[np.float64], guess: NDArray[np.float64], seed: int
) -> dict[str, list[float | None]]:
    kept = np.arange(len(truth))
    if len(kept) > MOST_POINTS:
        random = np.random.default_rng(seed)
        kept = np.sort(random.choice(len(kept), MOST_POINTS, replace=False))
    return {
        "target": [rounded(value) for value in truth[kept]],
        "predicted": [rounded(value) for value in guess[kept]],
    }


def _largest(
    rows: NDArray[np.int64], truth: NDArray[np.float64], guess: NDArray[np.float64]
) -> list[dict[str, Any]]:
    order = np.argsort(-np.abs(truth - guess), kind="stable")[:MOST_RESIDUALS]
    return [
        {
            "row": int(rows[place]),
            "target": rounded(truth[place]),
            "predicted": rounded(guess[place]),
            "residual": rounded(guess[place] - truth[place]),
        }
        for place in order
    ]
