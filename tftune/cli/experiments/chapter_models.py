"""The four models of the chapter, and one training of one of them as the chapter's code has it.

M. Ansari, "Hyperparameter Tuning", in A. D. White, *Deep Learning for Molecules and Materials*,
LiveCoMS 3 (2022). What its code does, and its text does not say:

- The second, third and fourth model all have L2 0.01; only the baseline has none.
- Early stopping watches `val_auc` and brings back the weights of the last epoch that was better
  by `min_delta`; the other three keep those of their last epoch.
- `dmol`, which it imports, seeds NumPy with 0, so its split is that of `--split random --seed 0`;
  TensorFlow has no seed, so its weights and the order of its batches are not known.
- The embedding has `mask_zero=True`. A convolution takes no mask, and Keras drops it there: the
  numbers are those without (a test trains both), so the model here has none.
- Its AUC is that of `keras.metrics.AUC` with 200 thresholds; so it is here, and the exact one is
  kept beside it.
- It shuffles 1,000 rows at a time, of rows that were shuffled before; here all are shuffled.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tftune.support.tensorflow_import import quiet_import

BATCH_SIZE = 64
PARAMETERS = 60_929


@dataclass(frozen=True)
class ChapterModel:
    """One of the models.

    Attributes:
        title: For people.
        l2: Of the two inner dense layers.
        dropout: Before each dense layer.
        stops: Whether early stopping ends its training.
        lowers: Whether its learning rate is lowered on a plateau.
        auc: The test AUC that the chapter prints.
        accuracy: The test accuracy, likewise.
    """

    title: str
    l2: float
    dropout: float
    stops: bool
    lowers: bool
    auc: float
    accuracy: float


MODELS: Mapping[str, ChapterModel] = {
    "baseline": ChapterModel("baseline", 0.0, 0.0, False, False, 0.798, 0.825),
    "l2": ChapterModel("L2 0.01", 0.01, 0.0, False, False, 0.797, 0.832),
    "early-stopping": ChapterModel("L2, early stopping", 0.01, 0.0, True, False, 0.780, 0.823),
    "dropout": ChapterModel("L2, dropout, plateau", 0.01, 0.3, False, True, 0.802, 0.820),
}
SPLITS = {
    "fixed": "fixed rows",
    "random": "random rows, drawn anew",
    "grouped": "grouped sequences, drawn anew",
}
SEARCHED = "searched"  # the model that a search has found; its knobs stand in the cell
NEW_ROWS = ("random", "grouped")  # each seed draws the rows of these splits anew
SHARED = 1 / 8  # test rows to train rows there, by which intervals are wider (see paired.py)
KNOBS = ("batch_normalization", "dropout", "l2", "learning_rate")


def train_model(options: argparse.Namespace, cell: dict[str, Any]) -> dict[str, Any]:
    """Trains one model with one seed, which draws the weights, the order and, but for the split
    `fixed`, the rows.

    Args:
        options: With `data`, `epochs` and `seed`, which draws the rows of `fixed`.
        cell: `model`, `split` and `seed`; of a searched model its knobs, too.
    """
    with quiet_import():
        import keras
    import numpy as np

    from tftune.cli.experiments.best_weights import BestWeights
    from tftune.cli.experiments.chapter_scores import scores
    from tftune.datasets import hemolytic_peptides
    from tftune.models.knobs import fixed_values
    from tftune.models.peptide_cnn import BASELINE, build_peptide_cnn
    from tftune.training.batches import feed_fast

    kind, seed = rows_of(cell["split"], cell["seed"], options.seed)
    dataset = hemolytic_peptides.load(options.data, kind, seed)
    keras.utils.set_random_seed(cell["seed"])
    known = MODELS.get(cell["model"])
    own = {"l2": known.l2, "dropout": known.dropout} if known else {k: cell[k] for k in KNOBS}
    values = {**BASELINE, **own}
    model = build_peptide_cnn(fixed_values(**values), width=dataset.facts["width"])
    model.compile(
        keras.optimizers.Adam(values["learning_rate"]),
        loss="binary_crossentropy",
        metrics=[keras.metrics.AUC(name="auc"), keras.metrics.BinaryAccuracy(name="accuracy")],
        jit_compile=False,
    )
    feed_fast(model, cell["seed"])
    best = BestWeights("val_auc")
    callbacks: list[Any] = [best]
    if known is None or known.lowers:
        callbacks.append(keras.callbacks.ReduceLROnPlateau(factor=0.9, patience=5, min_lr=1e-5))
    stopping = keras.callbacks.EarlyStopping(
        "val_auc", min_delta=1e-2, patience=5, mode="max", restore_best_weights=True
    )
    callbacks += [stopping] if known is not None and known.stops else []
    x, y = (np.asarray(part) for part in dataset.train.load())
    history = model.fit(
        x,
        y,
        validation_data=dataset.validation.load(),
        batch_size=BATCH_SIZE,
        epochs=options.epochs,
        callbacks=callbacks,
        verbose=0,
    )
    epochs = len(history.history["loss"])
    kept = stopping.best_epoch + 1 if known is not None and known.stops else epochs
    test = dataset.test.load()
    last = best.last if best.last is not None else model.get_weights()
    found = {
        "written": scores(model, test, x),
        "last": scores(model, test, x, last),
        "best": scores(model, test, x, best.weights),
    }
    if known is None:  # a search keeps the best epoch
        found["written"], kept = found["best"], best.epoch
    positives = dataset.facts["positives"]["test"]
    return {
        **found,
        "parameters": model.count_params(),
        "epochs": epochs,
        "best_epoch": best.epoch,
        "kept_epoch": kept,
        "curves": {name: list(map(float, history.history[name])) for name in _CURVES},
        "rows": [len(dataset.train), len(dataset.validation), len(dataset.test)],
        "leak_rate": dataset.facts["leak_rate"],
        "majority": max(positives, len(dataset.test) - positives) / len(dataset.test),
        "width": dataset.facts["width"],
        "sequences": dataset.facts["sequences"],
    }


def rows_of(split: str, seed: int, first_seed: int) -> tuple[str, int]:
    """Returns kind and seed of the split into train, validation and test.

    Example:
        >>> rows_of("fixed", 7, 0), rows_of("grouped", 7, 0)
        (('random', 0), ('grouped', 7))
    """
    return (split, seed) if split in NEW_ROWS else ("random", first_seed)


def shared_of(split: str) -> float:
    """Returns rho of paired.py: `SHARED` where each seed draws the rows anew, 0 on fixed rows."""
    return SHARED if split in NEW_ROWS else 0.0


_CURVES = ("loss", "val_loss", "auc", "val_auc", "val_accuracy")
