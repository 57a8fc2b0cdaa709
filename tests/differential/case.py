"""What a case is: a model, data, arguments of `fit`, and what may differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

EXACT: dict[str, Any] = {"epochs": 3, "batch_size": 8, "shuffle": False}
# Of a Dataset, which has batches and an order of its own.
EPOCHS: dict[str, Any] = {"epochs": 3}


@dataclass(frozen=True)
class Case:
    """One training that tftune must do as plain Keras does.

    Args:
        name: Says what is special, in the table and as the test's id.
        model: `build(hp)`; the first line of its docstring stands in the table.
        data: Returns, each time anew, `x`, `y`, `sample_weight` and `validation_data`, as far as
            there are any; likewise. A function as `x` or `validation_data` is called by the plain
            training and handed on as it is to tftune.
        fit: The other arguments of `fit`. `callbacks` may be a function of a folder.
        workers: What is compared with the plain training: 0 this process, 1 a child.
        quick: Those of them that the quick suite runs.
        values: The knobs' values of each trial; several trials may share a graph.
        process: Sets what is a matter of the whole process, such as Keras' dtype policy.
        tuner: Arguments of `Tuner`, over those of all cases.
        plain: Arguments of the plain `fit` alone: what a rule of tftune's is in Keras.
        instead: Data of the plain training, where plain Keras refuses those of the case.
        shuffled: The plain training sees the rows in the order in which tftune shuffles them.
        keywords: `x` and `y` are given by name.
        objective: `loss` or `val_loss`; None is the second where there is validation.
        rtol: Relative tolerance.
        why: Why it is larger than `compare.RTOL`.
    """

    name: str
    model: Callable[[Any], Any]
    data: Callable[[], dict[str, Any]]
    fit: Mapping[str, Any]
    workers: tuple[int, ...] = (0, 1)
    quick: tuple[int, ...] = ()
    values: Sequence[Mapping[str, Any]] = ({},)
    process: Callable[[], None] | None = None
    tuner: Mapping[str, Any] = field(default_factory=dict)
    plain: Mapping[str, Any] = field(default_factory=dict)
    instead: Callable[[], dict[str, Any]] | None = None
    shuffled: bool = False
    keywords: bool = False
    objective: str | None = None
    rtol: float | None = None
    why: str = ""


def told(text: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a function that another one made the words that stand for it in the table."""
    function.__doc__ = text
    return function
