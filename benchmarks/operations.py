"""Milliseconds and arithmetic of each kind of operation in an epoch of the peptide CNN, by
TensorFlow's profiler: for `benchmarks.trial_cost`.
"""

from __future__ import annotations

import re
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.markdown import number, table

SEED = 0


def operations(hypermodel: Any, x: Any, y: Any) -> tuple[dict[str, float], dict[str, float], float]:
    """Trains the peptide CNN under the profiler, without validation.

    Args:
        hypermodel: Builds it.
        x: Coded sequences.
        y: Their labels.

    Returns:
        Milliseconds of each kind of operation in an epoch, its GFLOP where it multiplies matrices,
        and the milliseconds of processor time of an epoch without the profiler.
    """
    import keras
    import tensorflow as tf

    from tftune.models.knobs import fixed_values
    from tftune.training.fitting import speed_up

    model = hypermodel.build(fixed_values())
    speed_up(model, SEED)
    seconds: list[float] = []

    class Profiled(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            if epoch == 1:
                tf.profiler.experimental.start(folder)
            self._began = time.process_time()

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            seconds.append(time.process_time() - self._began)
            if epoch == 1:
                tf.profiler.experimental.stop()

    with tempfile.TemporaryDirectory() as folder:
        size = hypermodel.default_batch_size
        model.fit(x, y, batch_size=size, epochs=6, verbose=0, callbacks=[Profiled()])
        events = _events(Path(folder))
    spent = by_kind(events)
    work = {kind: len(x) * each / 1e9 for kind, each in arithmetic(model).items()}
    return spent, work, 1e3 * statistics.median(seconds[2:])


def _events(folder: Path) -> list[tuple[str, int, float]]:
    """Returns name, start and milliseconds of all that the profiler saw in the loop over batches,
    in the order of the starts.
    """
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    space = xplane_pb2.XSpace()
    space.ParseFromString(next(folder.rglob("*.xplane.pb")).read_bytes())
    found = []
    for plane in space.planes:
        for line in plane.lines:
            for event in line.events:
                name = plane.event_metadata[event.metadata_id].name
                if "while/body" in name and ":" in name:
                    start = line.timestamp_ns * 1000 + event.offset_ps
                    found.append((name, start, event.duration_ps / 1e9))
    return sorted(found, key=lambda event: event[1])


def by_kind(events: Sequence[tuple[str, int, float]]) -> dict[str, float]:
    """Returns the milliseconds of each kind of operation.

    An operation counts with the duration that a tenth of its runs stay below, since other work
    on the machine interrupts most of the longer ones.

    Args:
        events: Name, start and milliseconds, in the order of the starts.

    Example:
        >>> by_kind([("while/body/m/conv1d/convolution:_MklNativeConv2D", 0, 0.5)])
        {'convolution 1, forward': 0.5}
    """
    durations: dict[str, list[float]] = defaultdict(list)
    scopes: dict[str, int] = {}  # of convolutions, numbered as their layers come
    for name, _, milliseconds in events:
        durations[name].append(milliseconds)
        if _kind(name) == _FORWARD and _scope(name) not in scopes:
            scopes[_scope(name)] = len(scopes) + 1
    spent: dict[str, float] = defaultdict(float)
    for name, each in durations.items():
        kind = _kind(name).replace("convolution", f"convolution {scopes.get(_scope(name), '')}")
        spent[kind] += len(each) * sorted(each)[len(each) // 10]
    return dict(spent)


_FORWARD = "convolution, forward"


def _scope(name: str) -> str:
    return name.partition("/convolution")[0].rpartition("/")[2]


def _kind(name: str) -> str:
    path, operation = name.rsplit(":", 1)
    operation = re.sub(r"^_?(Mkl)?(Native)?(Fused)?", "", operation)
    if "Conv2DBackprop" in operation:
        return f"convolution, backward to the {operation.removeprefix('Conv2DBackprop').lower()}"
    if operation in ("MatMul", "OneHot", "Square") and "adam/" in path:
        return "embedding, sums of its gradient"
    if operation == "MatMul":
        return f"dense, {'backward' if 'gradient_tape' in path else 'forward'}"
    if "batch_normalization" in path:
        return "batch normalisation"
    if "embedding" in path:
        return "embedding, forward"
    return _KINDS.get(operation, "others")


_KINDS = {
    "Conv2D": _FORWARD,
    "MaxPool": "pooling",
    "MaxPoolGrad": "pooling",
    "StatelessRandomUniformV2": "dropout, random numbers",
    "ResourceApplyAdam": "Adam",
} | dict.fromkeys(
    ("BiasAdd", "BiasAddGrad", "Relu", "ReluGrad", "TanhGrad"), "biases and activations"
)


def arithmetic(model: Any) -> dict[str, float]:
    """Returns the floating-point operations of a row, by the kinds of `by_kind`.

    Args:
        model: Of `Conv1D` and `Dense` layers.
    """
    import keras

    work: dict[str, float] = defaultdict(float)
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv1D)]
    for place, layer in enumerate(convolutions, start=1):
        each = 2.0 * layer.kernel.shape.num_elements() * layer.output.shape[1]
        for part in ("forward", "backward to the filter", "backward to the input"):
            work[f"convolution {place}, {part}"] = each
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dense):
            work["dense, forward"] += 2.0 * layer.kernel.shape.num_elements()
    work["dense, backward"] = 2 * work["dense, forward"]
    return dict(work)


def operations_table(spent: Mapping[str, float], work: Mapping[str, float], epoch: float) -> str:
    """Returns the table of `operations`, the longest first."""
    rest = {"executor, pipeline, Python": epoch - sum(spent.values())}
    rows = [
        [
            kind,
            number(each),
            f"{each / epoch:.0%}",
            number(flop),
            number(flop and 1e3 * flop / each),
        ]
        for kind, each in sorted((dict(spent) | rest).items(), key=lambda item: -item[1])
        for flop in [work.get(kind)]
    ]
    rows.append(["an epoch", number(epoch), "100%", number(sum(work.values())), "-"])
    return table(["operation", "ms", "share", "GFLOP", "GFLOP/s"], rows)
