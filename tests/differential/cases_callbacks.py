"""Cases whose callbacks are what is special."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras

from tests.differential import data, hooks, models
from tests.differential.case import EPOCHS, EXACT, Case
from tests.differential.data import X, Y
from tests.differential.models import dense

callbacks = keras.callbacks
usual = models.measured
few = dense(steps_per_execution=2, text="Sequential, `steps_per_execution=2`")


def called(name: str, *own: Any, case: Any = None, **options: Any) -> Case:
    """The usual model with callbacks."""
    return Case(
        name, usual, data.arrays, EXACT | options | {"callbacks": list(own)}, **(case or {})
    )


def files(folder: Path) -> list[Any]:
    """Callbacks that write files."""
    folder.mkdir(parents=True)
    return [
        callbacks.CSVLogger(str(folder / "log.csv")),
        callbacks.ModelCheckpoint(str(folder / "best.keras"), save_best_only=True),
        callbacks.BackupAndRestore(str(folder / "backup")),
    ]


def halved(epoch: int, rate: float) -> float:
    """Half of the last epoch's learning rate."""
    return rate * 0.5


CASES = [
    Case(
        "EarlyStopping",
        usual,
        data.contrary,
        EXACT | {"epochs": 8, "callbacks": [callbacks.EarlyStopping("val_loss", patience=1)]},
    ),
    Case(
        "EarlyStopping, best weights",
        usual,
        data.contrary,
        EXACT
        | {
            "epochs": 8,
            "callbacks": [
                callbacks.EarlyStopping("val_loss", patience=2, restore_best_weights=True)
            ],
        },
    ),
    called(
        "ReduceLROnPlateau",
        callbacks.ReduceLROnPlateau("loss", min_delta=0.5, patience=1),
        epochs=5,
    ),
    called("LearningRateScheduler", callbacks.LearningRateScheduler(halved)),
    called("every hook is called as often", hooks.Hooks(), case={"quick": (0, 1)}),
    Case(
        "every hook, steps_per_execution of the user",
        few,
        data.arrays,
        EXACT | {"callbacks": [hooks.Hooks()]},
    ),
    Case("every hook, Dataset", usual, data.batched, EPOCHS | {"callbacks": [hooks.Hooks()]}),
    called("the logs of each batch", hooks.BatchLogs()),
    called("a warm-up by batches", hooks.WarmUp(), case={"quick": (0,)}),
    called("a stop in mid-epoch", hooks.StopsAfter(7)),
    called("weights changed before an epoch", hooks.Shrinks()),
    called("learning rate set before an epoch", hooks.Freezes()),
    called("evaluation and prediction in a callback", hooks.Watches(X[:16], Y[:16])),
    called("TerminateOnNaN", callbacks.TerminateOnNaN()),
    Case("a callback without a list", usual, data.arrays, EXACT | {"callbacks": hooks.WarmUp()}),
    Case(
        "callbacks in a tuple",
        usual,
        data.arrays,
        EXACT | {"callbacks": (hooks.Hooks(), hooks.WarmUp())},
    ),
    Case("callbacks that write files", usual, data.arrays, EXACT | {"callbacks": files}),
    Case(
        "SwapEMAWeights",
        dense(
            lambda: keras.optimizers.Adam(0.05, use_ema=True, ema_momentum=0.7), "Sequential, EMA"
        ),
        data.arrays,
        EXACT | {"callbacks": [callbacks.SwapEMAWeights(swap_on_epoch=True)]},
    ),
]
