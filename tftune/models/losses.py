"""The losses that the knob `loss` chooses among, for each way in which labels are written.

With y the label and p the prediction, summed over classes:

    cross-entropy         -sum y log p
    KL divergence          sum y log(y / p), the cross-entropy less the labels' own entropy
    label smoothing        the cross-entropy with (1 - s) y + s / K instead of y, of K classes

For labels that are certain the first two are equal, so that a search which finds them to differ
measures its noise. Smoothing keeps the network from ever larger weights (Szegedy et al. 2016).
"""

from __future__ import annotations

from typing import Any

import keras

from tftune.models.knobs.optimization import LOSSES
from tftune.support.checks import check_choice, check_number

LABELS = ("categorical", "binary", "sparse")
SMOOTHING = 0.1  # where nothing is said (Szegedy et al. 2016)


@keras.saving.register_keras_serializable("tftune")
class BinaryKLDivergence(keras.losses.Loss):
    """The KL divergence of two-class labels 0 and 1 and predictions of a sigmoid; that of Keras
    sums over classes that are given one by one.

    Example:
        >>> loss = BinaryKLDivergence()
        >>> round(float(loss([[0.5]], [[0.5]])), 6), round(float(loss([[1.0]], [[0.5]])), 4)
        (0.0, 0.6931)
    """

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Returns the divergence of each row."""
        y_pred = keras.ops.convert_to_tensor(y_pred)
        y_true = keras.ops.cast(y_true, y_pred.dtype)
        both = [keras.ops.stack([1.0 - part, part], axis=-1) for part in (y_true, y_pred)]
        return keras.ops.mean(keras.losses.kl_divergence(*both), axis=-1)


@keras.saving.register_keras_serializable("tftune")
class SparseLoss(keras.losses.Loss):
    """The KL divergence, or the cross-entropy with smoothed labels, of labels that are numbers of
    classes; Keras has them for one-hot labels.

    Args:
        kind: `kl_divergence` or `label_smoothing`.
        label_smoothing: Share of a label that is spread over all classes.
        name: As for Keras' own losses.
        **options: Likewise.

    Example:
        >>> loss = SparseLoss("kl_divergence")
        >>> round(float(loss([1], [[0.5, 0.5]])), 4)
        0.6931
    """

    def __init__(
        self,
        kind: str,
        label_smoothing: float = SMOOTHING,
        name: str = "sparse_loss",
        **options: Any,
    ) -> None:
        super().__init__(name=name, **options)
        self.kind, self.label_smoothing = kind, label_smoothing

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Returns the loss of each row."""
        y_pred = keras.ops.convert_to_tensor(y_pred)
        numbers = keras.ops.cast(y_true, "int32")
        if len(numbers.shape) == len(y_pred.shape):
            numbers = keras.ops.squeeze(numbers, axis=-1)
        labels = keras.ops.one_hot(numbers, y_pred.shape[-1], dtype=y_pred.dtype)
        if self.kind == "kl_divergence":
            return keras.losses.kl_divergence(labels, y_pred)
        return keras.losses.categorical_crossentropy(
            labels, y_pred, label_smoothing=self.label_smoothing
        )

    def get_config(self) -> dict[str, Any]:
        """Returns what the constructor takes."""
        own = {"kind": self.kind, "label_smoothing": self.label_smoothing}
        return {**super().get_config(), **own}


def make_loss(name: str, labels: str = "categorical", label_smoothing: float | None = None) -> Any:
    """Returns a new loss for predictions that are probabilities.

    Args:
        name: `cross_entropy`, `kl_divergence` or `label_smoothing`.
        labels: How labels are written: `categorical` is one-hot, `binary` 0 and 1 beside one
            probability, `sparse` numbers of classes.
        label_smoothing: Share of a label that is spread, 0 to below 1, with `label_smoothing`; None
            is 0.1.

    Raises:
        UsageError: If a name is unknown or the share impossible.

    Example:
        >>> make_loss("cross_entropy", "binary").name
        'binary_crossentropy'
        >>> type(make_loss("kl_divergence")).__name__
        'KLDivergence'
    """
    check_choice("loss", name, LOSSES)
    check_choice("labels", labels, LABELS)
    share = SMOOTHING if label_smoothing is None else float(label_smoothing)
    check_number("label_smoothing", share, 0, 1, below=True, example=0.1)
    smoothed = {"label_smoothing": share} if name == "label_smoothing" else {}
    if labels == "sparse":
        if name == "cross_entropy":
            return keras.losses.SparseCategoricalCrossentropy()
        return SparseLoss(name, share)
    if name == "kl_divergence":
        return BinaryKLDivergence() if labels == "binary" else keras.losses.KLDivergence()
    if labels == "binary":
        return keras.losses.BinaryCrossentropy(**smoothed)
    return keras.losses.CategoricalCrossentropy(**smoothed)
