"""What a trained model of the chapter is worth on test rows, seen and not seen in training."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np

from tftune.reports.measures.comparison import accuracy, metric_for


def scores(model: Any, test: Any, train: Any, weights: Any = None) -> dict[str, float]:
    """Returns `auc` and `accuracy` as Keras counts them, `exact_auc`, and the exact AUC of the test
    rows whose sequence stands in train (`seen_auc`) and of the others (`unseen_auc`); NaN where
    these are of one class.

    Args:
        model: Compiled with `auc` and `accuracy`.
        test: Inputs and labels.
        train: Inputs, shape (rows, width).
        weights: Those to use; None takes the model's own.
    """
    if weights is not None:
        model.set_weights(weights)
    x, y = (np.asarray(part) for part in test)
    labels, answers = y.reshape(-1), model.predict(x, batch_size=1024, verbose=0)
    area = keras.metrics.AUC()  # 200 thresholds
    area.update_state(y, answers)
    known = {row.tobytes() for row in train}
    seen = np.array([row.tobytes() in known for row in x])
    return {
        "auc": float(area.result()),
        "accuracy": accuracy(labels, answers),
        "exact_auc": _exact(labels, answers),
        "seen_auc": _exact(labels[seen], answers[seen]),
        "unseen_auc": _exact(labels[~seen], answers[~seen]),
    }


def _exact(labels: Any, answers: Any) -> float:
    if len(np.unique(labels)) < 2:
        return math.nan
    return metric_for("val_auc", answers).score(labels, answers)
