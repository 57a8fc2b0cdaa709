"""A HyperModel as a scikit-learn classifier whose parameters are the knobs.

`GridSearchCV`, `RandomizedSearchCV`, skopt's `BayesSearchCV` and `cross_val_score` take it as they
take any classifier, with every splitter and with `groups=`. It extends
`keras.wrappers.SKLearnClassifier` (Keras 3.8 and later), which encodes the targets, by what that
lacks: knobs as parameters, `predict_proba`, models with one output, inputs of any rank, repeatable
training. What a knob may be stands in `parameters.py`, how classes become targets and outputs
become probabilities in `classes.py`.

Example:
    >>> import keras
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> def build(hp):
    ...     layers = [keras.Input((4,)), keras.layers.Dense(3, activation="softmax")]
    ...     model = keras.Sequential(layers)
    ...     rate = hp.Float("learning_rate", 1e-4, 1.0, sampling="log")
    ...     model.compile(keras.optimizers.Adam(rate), "categorical_crossentropy", run_eagerly=True)
    ...     return model
    >>> classifier = HyperModelClassifier(build, epochs=5)
    >>> search = GridSearchCV(classifier, {"learning_rate": [1e-4, 0.1]}, cv=2)
    >>> search.fit(*load_iris(return_X_y=True)).best_params_
    {'learning_rate': 0.1}
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_array, check_is_fitted

from tftune.errors import UsageError
from tftune.scikit import classes
from tftune.scikit.parameters import discover, plain, value_of
from tftune.space.keras_tuner_internals import get_hypermodel
from tftune.space.knob import Value
from tftune.space.search_space import CheckedHyperParameters, SearchSpace
from tftune.support.checks import check_count
from tftune.support.seeding import check_seed, derive
from tftune.training.batches import feed_fast
from tftune.training.fitting import build_model

_OWN = ("hypermodel", "epochs", "batch_size", "seed")
_SHARED = ("epochs", "batch_size")  # may be knobs too; the parameter is then the knob


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
        ...     layers = [keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")]
        ...     model = keras.Sequential(layers)
        ...     rate = hp.Float("learning_rate", 0.01, 1.0)
        ...     model.compile(keras.optimizers.SGD(rate), "binary_crossentropy", run_eagerly=True)
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
            space = discover(self.hypermodel)
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
        knobs = {knob.name: knob for knob in reversed(self.space.knobs) if knob.name not in own}
        names = [name for name in self.space.names if name in knobs]
        defaults = {name: knobs[name].canonical(knobs[name].default) for name in names}
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
        inputs = check_array(X, allow_nd=True)
        one_hot = np.asarray(self._process_target(classes.column_of(y), reset=True))
        keras.utils.set_random_seed(check_seed(self.seed))
        hypermodel = get_hypermodel(self.hypermodel)
        model = build_model(hypermodel, hp)
        targets = classes.targets_for(model, one_hot, inputs)
        feed_fast(model, derive(self.seed, 0, "shuffle"))
        fixed = {} if self.batch_size is None else {"batch_size": plain(self.batch_size)}
        self.history_ = hypermodel.fit(
            hp,
            model,
            inputs,
            targets,
            **{"epochs": plain(self.epochs), "verbose": 0, **fixed, **options},
        )
        del model.fit  # the fast feeding; the model is the user's from here on
        self.model_, self.n_features_in_ = model, inputs.shape[1]
        return self

    def _hyperparameters(self) -> CheckedHyperParameters:
        self._check_names(self.knobs)
        check_count("epochs", plain(self.epochs), least=1)
        if self.batch_size is not None:
            check_count("batch_size", plain(self.batch_size), least=1)
        own = {name: getattr(self, name) for name in _SHARED if name in self.space.names}
        given = {name: value for name, value in own.items() if value is not None} | self.knobs
        hp = self.space.hyperparameters
        hp.values = self.space.canonical({})
        hp.values |= {name: value_of(self.space, name, value) for name, value in given.items()}
        return hp

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Returns the probability of each class, shape (rows, classes), in the order of `classes_`.

        Raises:
            UsageError: If the model's outputs are no probabilities.
        """
        return classes.probabilities(self._scores(X))

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Returns the class of the largest score for each row, shape (rows,)."""
        chosen: NDArray[Any] = self.classes_[np.argmax(self._scores(X), axis=1)]
        return chosen

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """Returns scores that grow with the probability: for two classes that of `classes_[1]`
        minus 0.5, else one column a class.
        """
        scores = self._scores(X)
        return scores[:, 1] - 0.5 if len(self.classes_) == 2 else scores

    def _scores(self, X: ArrayLike) -> NDArray[np.float64]:
        check_is_fitted(self, "model_")
        outputs = self.model_.predict(check_array(X, allow_nd=True), verbose=0)
        return classes.scores_of(self.model_, np.asarray(outputs, dtype=np.float64))
