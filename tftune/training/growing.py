"""Growing the batch instead of lowering the learning rate.

The noise of stochastic gradient descent goes with rate / batch size as long as the batch is small
beside the data, so a batch that grows by the factor by which the rate would fall anneals it as
well, with fewer and larger steps (Smith, Kindermans, Ying & Le 2018, "Don't decay the learning
rate, increase the batch size", section 4).

The batch changes between epochs. A schedule of steps grows it by exactly its factor; one that falls
all the time doubles it whenever the rate would have halved, so that few sizes need a graph of their
own. What the batch does not take, the rate does: rate / batch size is that of the schedule in each
step. The batch stays below a tenth of the rows, as in the paper, and does not grow in a warm-up.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras

from tftune.errors import UsageError
from tftune.models.hypermodel import AbstractTunableModel
from tftune.models.schedules import Schedule, Step
from tftune.models.scheduling import schedule_values
from tftune.training.batches import BATCH_SIZE
from tftune.training.callbacks import as_one_training
from tftune.training.recipe import Trainee
from tftune.training.task import TrialTask

LARGEST_SHARE = 10  # the batch is at most one tenth of the rows


@dataclass(frozen=True)
class BatchGrowth:
    """The batch size of each epoch.

    Args:
        schedule: That the rate would follow; one that rises grows nothing.
        epochs: Of the whole training.
        batch_size: At its beginning.
        rows: That are trained on.

    Example:
        >>> growth = BatchGrowth(Step(drops=2, drop=0.2), epochs=6, batch_size=16, rows=10_000)
        >>> [growth.size(epoch) for epoch in range(6)]
        [16, 16, 80, 80, 400, 400]
        >>> list(growth.parts(first=1, last=6))
        [(1, 2, 16), (2, 4, 80), (4, 6, 400)]
    """

    schedule: Schedule
    epochs: int
    batch_size: int
    rows: int

    def size(self, epoch: int) -> int:
        """Returns the batch size of an epoch, counted from 0."""
        warmup = self.schedule.warmup
        progress = (epoch / self.epochs - warmup) / (1.0 - warmup)
        if not self.schedule.falls or progress <= 0.0:
            return self.batch_size
        largest = max(self.batch_size, self.rows // LARGEST_SHARE)
        share = self.schedule.shape(min(progress, 1.0))
        factor = 1.0 / max(share, self.batch_size / largest)
        if not isinstance(self.schedule, Step):
            factor = 2.0 ** math.floor(math.log2(factor) + 1e-9)
        return min(round(self.batch_size * factor), largest)

    def factor(self, epoch: int) -> float:
        """Returns by how much the batch of an epoch is larger than at the beginning."""
        return self.size(epoch) / self.batch_size

    def parts(self, first: int, last: int) -> Iterator[tuple[int, int, int]]:
        """Returns the runs of epochs with one batch size: the first, the one after the last, the
        size.

        Args:
            first: The first epoch, counted from 0.
            last: The epoch after the last.
        """
        begin = first
        for epoch in range(first + 1, last + 1):
            if epoch == last or self.size(epoch) != self.size(begin):
                yield begin, epoch, self.size(begin)
                begin = epoch


def growth_of(
    trainee: Trainee, task: TrialTask, arguments: Sequence[Any], options: Mapping[str, Any]
) -> BatchGrowth | None:
    """Returns how the batch of a training grows; None where it does not.

    Args:
        trainee: Has the schedule and the values of the knobs.
        task: The trial.
        arguments: Of `fit`, by position.
        options: Of `fit`, by name.

    Raises:
        UsageError: If the inputs come in batches, or only the HyperModel's own `fit` knows their
            size.
    """
    tuned = (schedule_values(trainee.hp.values) or {}).get("batch_growth")
    if trainee.schedule is None or not (task.settings.batch_growth or tuned):
        return None
    x = arguments[0] if arguments else options.get("x")
    leaves = keras.tree.flatten(x)  # a model may have several inputs
    shape = getattr(leaves[0], "shape", None) if leaves else None
    if not shape:
        raise UsageError(
            "A batch grows where tftune makes the batches. Expected arrays for batch_growth=True. "
            f"Received: {type(x).__name__}, which makes its own. Give arrays, or leave out "
            "batch_growth."
        )
    size = options.get("batch_size")
    if size is None and isinstance(trainee.hypermodel, AbstractTunableModel):
        size = trainee.hypermodel.batch_size(trainee.hp)
    elif size is None and not trainee.fits_as_keras:
        raise UsageError(
            "A batch grows from the size that it begins with. Expected batch_size= beside a "
            "HyperModel that trains by a fit() of its own. Received: none. Pass it to search()."
        )
    rows = int(shape[0] * (1.0 - float(options.get("validation_split") or 0.0)))
    epochs = max(task.settings.epochs, task.last_epoch or 0)
    return BatchGrowth(trainee.schedule, epochs, int(size or BATCH_SIZE), rows)


def fit_in_parts(
    trainee: Trainee,
    growth: BatchGrowth,
    arguments: Sequence[Any],
    options: Mapping[str, Any],
) -> Any:
    """Trains with a batch that grows, a call of `fit` for each size; callbacks see one training.

    Args:
        trainee: The model.
        growth: As `growth_of` returned it.
        arguments: Of `fit`, by position.
        options: Of `fit`, by name, `callbacks` and `epochs` among them.

    Returns:
        What the last call returned.
    """
    ends = [as_one_training(callback) for callback in options["callbacks"]]
    results = None
    for first, last, size in growth.parts(options.get("initial_epoch", 0), options["epochs"]):
        part = {"initial_epoch": first, "epochs": last, "batch_size": size}
        results = trainee.fit(*arguments, **{**options, **part})
        if trainee.model.stop_training:
            break
    for end in ends:
        end()
    return results
