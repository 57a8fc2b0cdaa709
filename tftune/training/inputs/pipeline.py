"""A `tf.data.Dataset` as the recipe of its pipeline: TensorFlow can write one down and make it anew
in another process, shuffling, augmentation, endless repetition and all.

Python code inside, as of `from_generator` or `py_function`, cannot travel so.
"""

from __future__ import annotations

import hashlib
from typing import Any

import tensorflow as tf

_PYTHON = {"PyFunc", "PyFuncStateless", "EagerPyFunc", "GeneratorDataset"}
_VARYING = (
    "ShuffleDataset",
    "ShuffleAndRepeat",
    "RandomDataset",
    "SamplingDataset",
    "Random",
    "StatelessRandom",  # with the state of a layer as its seed
    "Multinomial",
    "TruncatedNormal",
    "ParameterizedTruncatedNormal",
    "Assign",  # a counter, or the seed of an augmentation layer
    "PyFunc",
    "EagerPyFunc",
    "ParallelInterleave",
    "GeneratorDataset",
)


def graph_of(dataset: tf.data.Dataset) -> Any:
    """Returns the graph of a pipeline, a `GraphDef`; None if TensorFlow cannot write it down."""
    graph = tf.compat.v1.GraphDef()
    try:
        graph.ParseFromString(serialized(dataset))
    except Exception:  # of TensorFlow, or of protobuf for more than 2 GB
        return None
    return graph


def serialized(dataset: tf.data.Dataset) -> bytes:
    """Returns the pipeline in TensorFlow's own form.

    Raises:
        tf.errors.OpError: If it holds what cannot be written down, or more than 2 GB.
    """
    written = tf.raw_ops.DatasetToGraphV2(
        input_dataset=tf.data.experimental.to_variant(dataset),
        external_state_policy=0,  # resources by their values, with a warning
        strip_device_assignment=True,
    )
    return bytes(written.numpy())


def remade(pipeline: bytes, spec: Any, seed: int | None = None) -> tf.data.Dataset:
    """Returns the dataset of a pipeline.

    Args:
        pipeline: As `serialized` wrote it.
        spec: `element_spec` of the dataset.
        seed: For shuffles that were made without a seed, so that a trial repeats; None leaves them
            to chance.
    """
    if seed is not None:
        pipeline = _seeded(pipeline, seed)
    variant = tf.raw_ops.DatasetFromGraph(graph_def=tf.constant(pipeline))
    return tf.data.experimental.from_variant(variant, spec)


def _seeded(pipeline: bytes, seed: int) -> bytes:
    graph = tf.compat.v1.GraphDef()
    graph.ParseFromString(pipeline)
    nodes = {node.name: node for node in graph.node}
    for number, node in enumerate(graph.node):
        if not node.op.startswith("ShuffleDataset") or len(node.input) < 4:
            continue
        seeds = [nodes.get(name.split(":")[0].lstrip("^")) for name in node.input[2:4]]
        known = [each for each in seeds if each is not None and each.op == "Const"]
        if len(known) == len(seeds):
            values = [tf.make_ndarray(each.attr["value"].tensor) for each in known]
            if not any(int(value) for value in values):
                _give_constant(graph, node, (seed, number + 1))
    return bytes(graph.SerializeToString())


def _give_constant(graph: Any, shuffle: Any, seeds: tuple[int, int]) -> None:
    """Lets a shuffle have constants of its own: others may share the old ones."""
    for position, value in zip((2, 3), seeds, strict=True):
        constant = graph.node.add()
        constant.name, constant.op = f"tftune_seed_{shuffle.name}_{position}", "Const"
        constant.attr["dtype"].type = tf.int64.as_datatype_enum
        constant.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(value, tf.int64, ()))
        shuffle.input[position] = constant.name


def is_python(graph: Any) -> bool:
    """Whether a pipeline calls Python code of the process that made it."""
    return any(node.op in _PYTHON for node in _nodes(graph))


def may_vary(graph: Any) -> bool:
    """Whether reading a dataset twice may give other elements, as far as its pipeline tells."""
    if graph is None:
        return True
    return any(
        node.op.startswith(_VARYING)
        or (node.attr["deterministic"].s == b"false" if "deterministic" in node.attr else False)
        for node in _nodes(graph)
    )


def _nodes(graph: Any) -> list[Any]:
    return [*graph.node, *(node for each in graph.library.function for node in each.node_def)]


def pipeline_text(dataset: tf.data.Dataset) -> str:
    """Returns what a pipeline is made of, equal for equal pipelines of two processes: its
    operations in order and their constants, but seeds and names.
    """
    told = [str(dataset.element_spec), str(int(dataset.cardinality()))]
    graph = graph_of(dataset)
    if graph is None:
        return " ".join(told)
    skipped = {
        name
        for node in graph.node
        if "Shuffle" in node.op or "Random" in node.op
        for name in node.input[2:]
    }
    for node in _nodes(graph):
        told.append(node.op)
        if node.op == "Const" and node.name not in skipped:
            told.append(hashlib.sha256(node.attr["value"].SerializeToString()).hexdigest())
    return " ".join(told)
