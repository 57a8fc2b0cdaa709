"""A HyperModel as a scikit-learn classifier whose parameters are the knobs, and its space in the
words of three searches.

`GridSearchCV`, `RandomizedSearchCV`, skopt's `BayesSearchCV` and `cross_val_score` take it as they
take any classifier, with every splitter and with `groups=`. It extends
`keras.wrappers.SKLearnClassifier` (Keras 3.8 and later), which encodes the targets, by what that
lacks: knobs as parameters, `predict_proba`, models with one output, inputs of any rank, repeatable
training.

Example:
    >>> import keras
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> def build(hp):
    ...     model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
    ...     rate = hp.Float("learning_rate", 1e-4, 1.0, sampling="log")
    ...     model.compile(keras.optimizers.Adam(rate), "categorical_crossentropy", run_eagerly=True)
    ...     return model
    >>> search = GridSearchCV(HyperModelClassifier(build, epochs=5), {"learning_rate": [1e-4, 0.1]}, cv=2)
    >>> search.fit(*load_iris(return_X_y=True)).best_params_
    {'learning_rate': 0.1}
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_array, check_is_fitted

from tftune.errors import UsageError
from tftune.scikit.spaces import SklearnSpaces
from tftune.space.keras_tuner_internals import get_hypermodel
from tftune.space.knob import Knob, Value
from tftune.space.search_space import CheckedHyperParameters, SearchSpace
from tftune.support.seeding import check_seed, derive
from tftune.training.batches import feed_fast
from tftune.training.discover import declared_space
from tftune.training.fitting import build_model

_OWN = ("hypermodel", "epochs", "batch_size", "seed")
_SHARED = ("epochs", "batch_size")  # may be knobs too; the parameter is then the knob
_PROBABILITY_TOLERANCE = 1e-3  # half-precision models


def search_spaces(hypermodel: Any) -> SklearnSpaces:
    """Returns the space of a model as scikit-learn's and skopt's searches want it.

    Args:
        hypermodel: A `keras_tuner.HyperModel` or a function `build(hp)`.

    Example:
        >>> def build(hp):
        ...     model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(hp.Choice("units", [1, 2]))])
        ...     model.compile("sgd", "mse")
        ...     return model
        >>> search_spaces(build).grid()
        {'units': [1, 2]}
    """
    return SklearnSpaces(_discover(hypermodel))


def _discover(hypermodel: Any) -> SearchSpace:
    config = declared_space(get_hypermodel(hypermodel), CheckedHyperParameters().get_config())
    return SearchSpace(CheckedHyperParameters.from_config(config))


class HyperModelClassifier(keras.wrappers.SKLearnClassifier):
    """A tunable Keras model as a scikit-learn classifier.

    The model ends in one sigmoid unit (two classes) or in one softmax unit a class; a loss with
    `from_logits=True` is understood. Targets are what scikit-learn takes, numbers or names; the
    model is given one column of 0 and 1, one-hot rows, or, with a sparse loss, class numbers. `fit`
    sets the seeds of Python, NumPy and TensorFlow, as `keras.utils.set_random_seed` does.

    Args:
        hypermodel: A `keras_tuner.HyperModel` or a function `build(hp)` that returns a compiled
            Keras model.
        epochs: Epochs of a training, at least 1. Defaults to 10.
        batch_size: Rows a batch; None leaves it to the HyperModel, or to Keras (32). Defaults to
            None.
        seed: 0 to 2**31 - 1; of the weights and the order of the rows. Equal calls of `fit` give
            equal models. Defaults to 0.
        **knobs: Values of knobs; the others stand at their defaults. A number may lie outside the
            knob's range: what is given by hand wins.

    Attributes:
        classes_: The classes, sorted; the columns of `predict_proba`.
        model_: The fitted Keras model.
        history_: Keras' `History` of the fit.

    Example:
        >>> def build(hp):
        ...     model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
        ...     model.compile(keras.optimizers.SGD(hp.Float("learning_rate", 0.01, 1.0)), "binary_crossentropy")
        ...     return model
        >>> classifier = HyperModelClassifier(build, epochs=2, learning_rate=0.5)
        >>> classifier.get_params()["learning_rate"]
        0.5
        >>> x = np.random.default_rng(0).normal(size=(8, 2))
        >>> classifier.fit(x, ["no", "yes"] * 4).predict_proba(x).shape
        (8, 2)
    """

    def __init__(
        self,
        hypermodel: Any,
        epochs: int = 10,
        batch_size: int | None = None,
        seed: int = 0,
        **knobs: Value,
    ) -> None:
        super().__init__(model=hypermodel)
        self.hypermodel, self.epochs, self.batch_size, self.seed = (
            hypermodel,
            epochs,
            batch_size,
            seed,
        )
        self.knobs = knobs
        self._space: SearchSpace | None = None

    def __sklearn_clone__(self) -> HyperModelClassifier:
        """Returns an unfitted copy; the HyperModel is shared, so that its space is not searched for
        again.
        """
        copy = type(self)(self.hypermodel, self.epochs, self.batch_size, self.seed, **self.knobs)
        copy._space = self._space
        return copy

    @property
    def space(self) -> SearchSpace:
        """The space of the knobs; the model is built for it once."""
        if self._space is None:
            space = _discover(self.hypermodel)
            taken = sorted({"hypermodel", "seed"} & set(space.names))
            if taken:
                raise UsageError(
                    f"The model has a knob named {taken[0]!r}. Expected other names than "
                    "hypermodel and seed, which are parameters of "
                    "the classifier. Rename the knob."
                )
            self._space = space
        return self._space

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Returns the parameters: the classifier's own and every knob.

        Args:
            deep: Not used; no parameter is an estimator.
        """
        own = {name: getattr(self, name) for name in _OWN}
        defaults = {
            name: _default(self.space, name) for name in self.space.names if name not in own
        }
        return {**own, **defaults, **self.knobs}

    def set_params(self, **params: Any) -> HyperModelClassifier:
        """Sets parameters and knobs by name.

        Raises:
            UsageError: If a name is neither.
        """
        if "hypermodel" in params:
            self.hypermodel, self._space = params["hypermodel"], None
        self._check_names(params)
        for name in params:
            if name in _OWN:
                setattr(self, name, params[name])
        self.knobs = {
            **self.knobs,
            **{name: value for name, value in params.items() if name not in _OWN},
        }
        return self

    def _check_names(self, names: Any) -> None:
        unknown = sorted(set(names) - set(_OWN) - set(self.space.names))
        if unknown:
            raise UsageError(
                f"The classifier has no parameter {unknown[0]!r}. Expected one of: "
                f"{', '.join(_OWN)}, or a knob of the model: "
                f"{', '.join(self.space.names) or 'it has none'}. Correct the name."
            )

    def fit(self, X: ArrayLike, y: ArrayLike, **options: Any) -> HyperModelClassifier:
        """Builds the model for the knobs and trains it.

        Args:
            X: Inputs, shape (rows, ...).
            y: Classes, shape (rows,) or (rows, 1).
            **options: Passed to `model.fit`, such as `callbacks`, `class_weight`, `sample_weight`.

        Raises:
            UsageError: If a parameter is wrong, the targets are no classes, or the model does not
                fit them.
        """
        hp = self._hyperparameters()
        inputs, one_hot = check_array(X, allow_nd=True), self._one_hot(y)
        keras.utils.set_random_seed(check_seed(self.seed))
        hypermodel = get_hypermodel(self.hypermodel)
        model = build_model(hypermodel, hp)
        targets = _encode(one_hot, model, inputs)
        feed_fast(model, derive(self.seed, 0, "shuffle"))
        fixed = {} if self.batch_size is None else {"batch_size": _plain(self.batch_size)}
        self.history_ = hypermodel.fit(
            hp,
            model,
            inputs,
            targets,
            **{"epochs": _plain(self.epochs), "verbose": 0, **fixed, **options},
        )
        del model.fit  # the fast feeding; the model is the user's from here on
        self.model_, self.n_features_in_ = model, inputs.shape[1]
        return self

    def _one_hot(self, y: ArrayLike) -> NDArray[Any]:
        column = np.asarray(y)
        column = column.reshape(-1) if column.ndim == 2 and column.shape[1] == 1 else column
        kind = type_of_target(column)
        if kind not in ("binary", "multiclass") or len(np.unique(column)) < 2:
            raise UsageError(
                f"The targets must be two or more classes, shape (rows,). Received: {kind} targets "
                f"of shape {column.shape} with "
                f"{len(np.unique(column))} different values. For one-hot targets pass "
                "y.argmax(axis=1)."
            )
        return np.asarray(self._process_target(column, reset=True))

    def _hyperparameters(self) -> CheckedHyperParameters:
        self._check_names(self.knobs)
        for name, least in (("epochs", 1), ("batch_size", 1)):
            value = _plain(getattr(self, name))
            if not (value is None and name == "batch_size") and (
                not isinstance(value, int) or isinstance(value, bool) or value < least
            ):
                raise UsageError(
                    f"{name} must be an integer of at least {least}. Received: {value!r}. Pass for "
                    f"example {name}=16."
                )
        shared = {
            name: getattr(self, name)
            for name in _SHARED
            if name in self.space.names and getattr(self, name) is not None
        }
        hp = self.space.hyperparameters
        hp.values = self.space.canonical({})
        hp.values |= {
            name: _checked(self.space, name, value)
            for name, value in {**shared, **self.knobs}.items()
        }
        return hp

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Returns the probability of each class, shape (rows, classes), in the order of `classes_`.

        Raises:
            UsageError: If the model's outputs are no probabilities.
        """
        scores = self._scores(X)
        off = np.abs(scores.sum(axis=1) - 1.0) > _PROBABILITY_TOLERANCE
        if (
            off.any()
            or scores.min(initial=0.0) < -_PROBABILITY_TOLERANCE
            or not np.isfinite(scores).all()
        ):
            raise UsageError(
                "The model's outputs are no probabilities. Expected rows from 0 to 1 that sum to "
                "1. "
                f"Received: {scores[off.argmax()].tolist()}. "
                "End the model in one sigmoid unit or in softmax, or compile it with a loss that "
                "has from_logits=True."
            )
        scores = np.clip(scores, 0.0, 1.0)
        return scores / scores.sum(axis=1, keepdims=True)

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Returns the class of the largest score for each row, shape (rows,)."""
        return self.classes_[np.argmax(self._scores(X), axis=1)]

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """Returns scores that grow with the probability: for two classes that of `classes_[1]`
        minus 0.5, else one column a class.
        """
        scores = self._scores(X)
        return scores[:, 1] - 0.5 if len(self.classes_) == 2 else scores

    def _scores(self, X: ArrayLike) -> NDArray[np.float64]:
        check_is_fitted(self, "model_")
        outputs = np.asarray(
            self.model_.predict(check_array(X, allow_nd=True), verbose=0), dtype=np.float64
        )
        logits = bool(getattr(self.model_.loss, "from_logits", False))
        if outputs.shape[1] == 1:
            positive = 1.0 / (1.0 + np.exp(-outputs)) if logits else outputs
            return np.concatenate([1.0 - positive, positive], axis=1)
        if not logits:
            return outputs
        powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)


def _encode(one_hot: NDArray[Any], model: Any, inputs: NDArray[Any]) -> NDArray[np.float32]:
    """Returns the targets in the form that the model's output and loss want."""
    if not model.built:
        model(inputs[:1])
    shape, classes = model.compute_output_shape((None, *inputs.shape[1:])), one_hot.shape[1]
    units = shape[-1] if isinstance(shape, tuple) and len(shape) == 2 else None
    if units == 1 and classes == 2:
        return one_hot[:, 1:].astype(np.float32)
    if units != classes:
        raise UsageError(
            "The model does not fit the targets. Expected output shape (rows, "
            f"{classes}){' or (rows, 1)' if classes == 2 else ''} for "
            f"{classes} classes. Received: {shape}. Change the model's last layer."
        )
    loss = model.loss if isinstance(model.loss, str) else getattr(model.loss, "name", "") or ""
    return (one_hot.argmax(axis=1)[:, None] if "sparse" in loss else one_hot).astype(np.float32)


def _default(space: SearchSpace, name: str) -> Value:
    return next(knob.canonical(knob.default) for knob in space.knobs if knob.name == name)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _checked(space: SearchSpace, name: str, value: Any) -> Value:
    """Returns a knob's value as a plain one; a number outside the range is kept, one of the wrong
    kind is not.
    """
    plain = _plain(value)
    knobs = [knob for knob in space.knobs if knob.name == name]
    if not any(_fits(knob, plain) for knob in knobs):
        kind = (
            f"one of {list(knobs[0].choices)}"
            if knobs[0].choices
            else "an integer"
            if knobs[0].kind == "Int"
            else "a finite number"
        )
        raise UsageError(
            f"Knob {name!r} has no such value. Expected {kind}. Received: {plain!r}. Correct the "
            "parameter."
        )
    return float(plain) if all(knob.kind == "Float" for knob in knobs) else plain


def _fits(knob: Knob, value: Any) -> bool:
    if knob.choices:
        return value in knob.choices
    number = (
        isinstance(value, int)
        if knob.kind == "Int"
        else isinstance(value, int | float) and bool(np.isfinite(value))
    )
    return number and not isinstance(value, bool)
