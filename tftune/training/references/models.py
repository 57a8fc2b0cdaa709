"""The reference models of each kind of data, with settings that nobody has tuned.

Of every kind: what answers the same whatever the input, the shares of the classes or the mean. Of
peptides: a random forest and gradient boosting on fixed features, and nearest neighbours by edit
distance. Of all other inputs that are numbers or texts: a linear model.

Example:
    >>> models = models_for("classification", np.zeros((4, 2), np.float32))
    >>> [model.name for model in models]
    ['majority class', 'logistic regression']
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tftune.training.references.linear_inputs import linear_features, words_of
from tftune.training.references.neighbours import EditNeighbours
from tftune.training.references.peptide_features import RESIDUES, peptide_features

MAJORITY, MEAN = "majority class", "mean"
FOREST, BOOSTING = "random forest", "gradient boosting"
NEIGHBOURS, LINEAR, RIDGE = "nearest neighbours", "logistic regression", "ridge regression"
TREES = 300
MOST_NUMBERS = 8_000_000  # that a linear model is fitted on, times its classes
MOST_PEPTIDES = 20_000
MOST_WORDS = 20_000
STEPS = 100
SPREAD = 10.0  # variance that the prior of a logistic regression gives to its logarithmic odds
_FEATURES = "composition, pairs of residues, length and the first three residues"


@dataclass(frozen=True)
class Reference:
    """A reference model that is not fitted yet.

    Attributes:
        name: For people.
        on: What it looks at, in words.
        make: Returns an estimator with the interface of scikit-learn.
        read: Makes what it reads from the inputs; equal functions are called once.
        most_rows: Of the training split on which it is fitted.
        threads: Of BLAS and OpenMP; None leaves it to them.
    """

    name: str
    on: str
    make: Callable[[], Any]
    read: Callable[[Any], Any]
    most_rows: int
    threads: int | None = None


def models_for(
    kind: str, x: NDArray[Any] | None, task: str = "", classes: int = 2, seed: int = 0
) -> list[Reference]:
    """Returns the reference models for a split.

    Args:
        kind: `classification` or `regression`.
        x: Inputs of the training split, shape `(rows, ...)`; None: no array.
        task: Of the search: the inputs of `hemolysis` are codes of residues.
        classes: How many there are.
        seed: Of all draws.
    """
    constant = _constant(kind)
    if x is None:
        return [constant]
    if task == "hemolysis" and kind == "classification" and is_peptides(x):
        return [constant, *_of_peptides(seed)]
    return [constant, _linear(kind, x, classes)]


def is_peptides(x: NDArray[Any]) -> bool:
    """Returns whether inputs are codes of residues, 0 for padding.

    Example:
        >>> is_peptides(np.array([[1, 20, 0]], np.uint8)), is_peptides(np.zeros((1, 3)))
        (True, False)
    """
    return x.dtype == np.uint8 and x.ndim == 2 and int(x.max(initial=0)) <= RESIDUES


def _constant(kind: str) -> Reference:
    from sklearn.dummy import DummyClassifier, DummyRegressor

    if kind == "regression":
        return Reference(MEAN, "nothing", DummyRegressor, _nothing, 10**9)
    return Reference(
        MAJORITY, "nothing", lambda: DummyClassifier(strategy="prior"), _nothing, 10**9
    )


def _nothing(x: Any) -> NDArray[np.float32]:
    return np.zeros((len(x), 1), np.float32)


def _of_peptides(seed: int) -> list[Reference]:
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier

    def forest() -> Any:
        return RandomForestClassifier(TREES, n_jobs=-1, random_state=seed)

    def boosting() -> Any:
        return HistGradientBoostingClassifier(max_features=0.1, max_bins=32, random_state=seed)

    def neighbours() -> Any:
        return EditNeighbours(seed=seed)

    near = "edit distance over the longer length, 20 neighbours"
    return [
        Reference(FOREST, _FEATURES, forest, peptide_features, MOST_PEPTIDES),
        Reference(BOOSTING, _FEATURES, boosting, peptide_features, MOST_PEPTIDES, threads=1),
        Reference(NEIGHBOURS, near, neighbours, _as_they_are, MOST_PEPTIDES),
    ]


def _as_they_are(x: Any) -> Any:
    return x


def _linear(kind: str, x: NDArray[Any], classes: int) -> Reference:
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression, RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    texts = x.dtype.kind == "U"
    width = MOST_WORDS // 100 if texts else int(linear_features(x[:1]).shape[1])

    def make() -> Any:
        alphas = np.logspace(-2, 4, 7)
        steps = [] if texts else [SimpleImputer(keep_empty_features=True), StandardScaler()]
        if kind == "regression":
            return make_pipeline(*_words(texts), *steps, RidgeCV(alphas))
        # with standardised inputs the odds vary by C times their number; texts have length 1
        strength = SPREAD if texts else min(SPREAD / width, 1.0)
        regression = LogisticRegression(C=strength, max_iter=STEPS, tol=1e-3)
        return make_pipeline(*_words(texts), *steps, regression)

    read = _texts if texts else linear_features
    outputs = classes if kind == "classification" and classes > 2 else 1
    most = max(MOST_NUMBERS // max(width * outputs, 1), 1000)
    name = RIDGE if kind == "regression" else LINEAR
    return Reference(name, words_of(x), make, read, most)


def _texts(x: NDArray[Any]) -> list[str]:
    return [str(each) for each in x.reshape(-1)]


def _words(texts: bool) -> list[Any]:
    if not texts:
        return []
    from sklearn.feature_extraction.text import TfidfVectorizer

    # also of one letter, as signs are in some languages
    return [TfidfVectorizer(max_features=MOST_WORDS, token_pattern=r"(?u)\b\w+\b")]


def fitted(reference: Reference, read: Any, y: NDArray[Any]) -> Any:
    """Returns the estimator of a reference, fitted.

    Args:
        reference: Which.
        read: What its `read` made of the inputs.
        y: Numbers of classes, shape `(rows,)`, or numbers, shape `(rows, columns)`.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    targets = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    with threadpool_limits(reference.threads), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of steps that did not suffice: it is a reference
        return reference.make().fit(read, targets)


def predicted(estimator: Any, read: Any, classes: int) -> NDArray[np.float32]:
    """Returns what a fitted estimator answers: a column a class, or the numbers.

    Args:
        estimator: Fitted.
        read: What the reference's `read` made of the inputs.
        classes: How many there are; a class that training lacks has probability 0. 0: numbers.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if not classes:
            found = np.asarray(estimator.predict(read), np.float32)
            return found.reshape(len(found), -1)
        told = estimator.predict_proba(read)
    whole = np.zeros((len(told), classes), np.float32)
    whole[:, np.asarray(estimator.classes_, np.int64)] = told
    return whole
