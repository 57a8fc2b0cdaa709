"""Fits the reference models of a split and measures them; never raises for what is in the data.

Example:
    >>> x, y = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([0, 0, 1, 1])
    >>> made = fit_references(Rows(x, y), losses=["binary_crossentropy"])
    >>> made.names
    ['majority class', 'logistic regression']
    >>> made.measured(Rows(x, y)).scores["logistic regression"]["accuracy"]["value"]
    1.0
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tftune.reports.measures.intervals import Measure
from tftune.reports.measures.split_scores import split_scores
from tftune.support.texts import one_line
from tftune.training.references.models import Reference, fitted, models_for, predicted
from tftune.training.references.rows import NotUnderstoodError, Rows, groups_of
from tftune.training.references.targets import targets_of

_CHUNK = 256  # rows that are read at a time


@dataclass(frozen=True)
class Measured:
    """What the references are worth on a split.

    Attributes:
        kind: `classification` or `regression`.
        labels: Numbers of classes, shape `(rows,)`; or numbers, shape `(rows, columns)`.
        groups: A number for each row, equal for equal inputs.
        answers: What each answers, by name, shape `(rows, classes)` or `(rows, columns)`.
        scores: What each is worth, by name (see `split_scores`).
        class_counts: Rows of each class; empty of numbers.
    """

    kind: str
    labels: NDArray[Any]
    groups: NDArray[np.int64]
    answers: dict[str, NDArray[np.float32]]
    scores: dict[str, dict[str, Measure]]
    class_counts: tuple[int, ...] = ()


@dataclass
class References:
    """Reference models of a training split.

    Attributes:
        kind: `classification` or `regression`.
        classes: How many there are; 0 of numbers.
        on: What each looks at, by name.
        seconds: How long each took to fit, by name.
        notes: What a reader should know, in sentences.
    """

    kind: str
    classes: int
    on: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    _losses: Sequence[str] = ()
    _objective: str = ""
    _fitted: dict[str, tuple[Reference, Any]] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Those that could be fitted, the simplest first."""
        return list(self._fitted)

    def measured(self, rows: Rows, seed: int = 0) -> Measured:
        """Returns what the references are worth on a split.

        Args:
            rows: Of the split.
            seed: Of the bootstrap.

        Raises:
            NotUnderstoodError: If the targets are of another kind than those of training.
        """
        targets = targets_of([rows.y], self._losses, self._objective)
        if targets.kind != self.kind:
            raise NotUnderstoodError("the targets are of another kind than those of training")
        classes = max(self.classes, targets.classes)  # one that training lacks has probability 0
        read = _Cache(rows)
        answers: dict[str, NDArray[np.float32]] = {}
        for name, (reference, estimator) in self._fitted.items():
            try:
                answers[name] = predicted(estimator, read(reference.read), classes)
            except Exception as error:  # of another library: the others are worth knowing
                self.notes.append(f"{name} could not answer: {_in_words(error)}")
        return _worth(self.kind, targets.parts[0], rows, answers, classes, seed)


def fit_references(
    train: Rows,
    losses: Sequence[str] = (),
    objective: str = "",
    task: str = "",
    seed: int = 0,
    classes: int = 0,
) -> References:
    """Returns the reference models, fitted on the training split; one that fails is a note.

    Args:
        train: The training split.
        losses: Names of the losses of the network; none where they are not known.
        objective: Name of the metric that is searched for.
        task: Of the search.
        seed: Of all draws.
        classes: How many there are at least, where other splits have more.

    Raises:
        NotUnderstoodError: If a row has several labels.
    """
    targets = targets_of([train.y], losses, objective)
    count = max(targets.classes, classes) if targets.classes else 0
    made = References(targets.kind, count, notes=list(train.notes))
    made._losses, made._objective = losses, objective
    if train.why_not:
        made.notes.append(
            f"No model that looks at the inputs stands here, because {train.why_not}."
        )
    read = _Cache(train)
    for reference in models_for(targets.kind, _input(train), task, count, seed):
        _fit(made, reference, read, targets.parts[0], seed)
    return made


def cross_fitted(
    whole: Rows,
    fold_of_row: NDArray[np.int64],
    fit: Callable[[Rows, int], References],
    seed: int = 0,
) -> tuple[References, Measured]:
    """Returns the references fitted on all rows, and what they are worth on each row when its fold
    was left out.

    Args:
        whole: The rows of train and validation.
        fold_of_row: The fold of each, shape `(rows,)`.
        fit: Fits references on rows, of which other rows may have more classes: so many at least.
        seed: Of the bootstrap.

    Raises:
        NotUnderstoodError: If a row has several labels.
    """
    final = fit(whole, 0)
    targets = targets_of([whole.y], final._losses, final._objective)
    width = final.classes or targets.columns
    answers = {name: np.zeros((len(whole.y), width), np.float32) for name in final.names}
    for fold in np.unique(fold_of_row):
        inside, outside = (np.flatnonzero(found) for found in _sides(fold_of_row, fold))
        part = fit(_taken(whole, outside), final.classes)
        told = part.measured(_taken(whole, inside), seed).answers
        for name in list(answers):
            if name not in told:  # it failed without this fold
                del answers[name]
                continue
            answers[name][inside, : told[name].shape[1]] = told[name]
    return final, _worth(final.kind, targets.parts[0], whole, answers, final.classes, seed)


def _sides(folds: NDArray[np.int64], fold: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    return folds == fold, folds != fold


def _taken(rows: Rows, numbers: NDArray[np.int64]) -> Rows:
    x = None if rows.x is None else rows.x[numbers]
    return Rows(x, rows.y[numbers], rows.why_not, rows.notes)


def _input(rows: Rows) -> Any:
    return None if rows.why_not or rows.x is None else rows.x


class _Cache:
    """What references read of some rows, each once.

    Args:
        rows: Of a split.
        numbers: Of the rows that are read; None: all.
    """

    def __init__(self, rows: Rows, numbers: NDArray[np.int64] | None = None) -> None:
        self.rows = rows
        self._x = rows.y if rows.x is None else rows.x  # of which only the length counts
        self._numbers = numbers
        self._known: dict[Any, Any] = {}

    def __call__(self, read: Callable[[Any], Any]) -> Any:
        if read not in self._known:
            self._known[read] = self._read(read)
        return self._known[read]

    def _read(self, read: Callable[[Any], Any]) -> Any:
        if self._numbers is None:
            return read(self._x)
        # the inputs may be far larger than what is read of them, and need not fit into memory
        parts = np.array_split(self._numbers, len(self._numbers) // _CHUNK + 1)
        found = [read(self._x[part]) for part in parts]
        whole = all(isinstance(each, np.ndarray) for each in found)
        return np.concatenate(found) if whole else [row for each in found for row in each]


def _fit(made: References, reference: Reference, read: _Cache, y: NDArray[Any], seed: int) -> None:
    begun = time.monotonic()
    if len(y) > reference.most_rows:
        random = np.random.default_rng(seed)
        kept = np.sort(random.choice(len(y), reference.most_rows, replace=False))
        made.notes.append(
            f"{reference.name} is fitted on {len(kept):,} of {len(y):,} training rows, drawn at "
            "random."
        )
        read, y = _Cache(read.rows, kept), y[kept]
    try:
        estimator = fitted(reference, read(reference.read), y)
    except Exception as error:  # of another library, on data of any kind
        made.notes.append(f"{reference.name} could not be fitted: {_in_words(error)}")
        return
    made._fitted[reference.name] = (reference, estimator)
    made.on[reference.name] = reference.on
    made.seconds[reference.name] = round(time.monotonic() - begun, 2)


def _in_words(error: Exception) -> str:
    return one_line(f"{type(error).__name__}: {error}", 200)


def _worth(
    kind: str,
    labels: NDArray[Any],
    rows: Rows,
    answers: dict[str, NDArray[np.float32]],
    classes: int,
    seed: int,
) -> Measured:
    groups = groups_of(rows.x, len(labels))
    scores = {
        name: split_scores(kind, labels, answer, groups, seed) for name, answer in answers.items()
    }
    counts = tuple(np.bincount(labels, minlength=classes).tolist()) if classes else ()
    return Measured(kind, labels, groups, answers, scores, counts)
