"""A HyperModel in scikit-learn's hands: parameters, searches, cross-validation, probabilities."""

from __future__ import annotations

import pickle
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    RandomizedSearchCV,
    cross_val_predict,
    cross_val_score,
)
from skopt import BayesSearchCV

import tftune
from tftune.errors import UsageError
from tftune.models.peptide_cnn import PeptideCNN
from tftune.scikit.classifier import HyperModelClassifier
from tftune.scikit.spaces import search_spaces

GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=(60, 4)).astype("float32")
Y = np.where(X.sum(axis=1) > 0, "yes", "no")
THREE = np.digitize(X.sum(axis=1), [-1.0, 1.0]) + 5
GROUPS = np.arange(60) // 3


def build(
    hp: Any, units: int = 1, activation: str | None = "sigmoid", loss: Any = "binary_crossentropy"
) -> keras.Model:
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dropout(hp.Float("dropout", 0.0, 0.5, step=0.25))]
    )
    model.add(keras.layers.Dense(units, activation=activation))
    rate = hp.Float("learning_rate", 1e-4, 1.0, sampling="log", default=0.1)
    model.compile(keras.optimizers.Adam(rate), loss, run_eagerly=True)
    return model


def build_three(hp: Any) -> keras.Model:
    return build(hp, 3, "softmax", "categorical_crossentropy")


def test_parameters_are_the_knobs() -> None:
    classifier = HyperModelClassifier(build, epochs=3)
    assert classifier.get_params() == {
        "hypermodel": build,
        "epochs": 3,
        "batch_size": None,
        "seed": 0,
        "dropout": 0.0,
        "learning_rate": 0.1,
    }
    copy = clone(classifier.set_params(dropout=0.25, epochs=2))
    assert copy is not classifier and copy.get_params() == classifier.get_params()
    assert (copy.get_params()["dropout"], copy.epochs) == (0.25, 2)
    assert "dropout=0.25" in repr(copy) and tftune.HyperModelClassifier is HyperModelClassifier


def test_copies_know_the_space_without_looking_for_it_again() -> None:
    declared: list[str] = []

    class Declared(keras_tuner.HyperModel):
        def declare_hyperparameters(self, hp: Any) -> None:
            hp.Int("units", 1, 4)
            declared.append("once")

        def build(self, hp: Any) -> keras.Model:
            raise AssertionError("the space is declared")

    classifier = HyperModelClassifier(Declared())
    assert clone(clone(classifier.set_params(units=2))).get_params()["units"] == 2
    assert len(declared) == 1


@pytest.mark.parametrize(
    "targets",
    [Y, (Y == "yes").astype("float32")[:, None], Y == "yes"],
    ids=["names", "column", "booleans"],
)
def test_two_classes_with_one_output(targets: np.ndarray) -> None:
    classifier = HyperModelClassifier(build, epochs=10, batch_size=20).fit(X, targets)
    assert classifier.classes_.tolist() == np.unique(targets).tolist()
    assert classifier.score(X, targets) > 0.9
    probabilities = classifier.predict_proba(X)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    np.testing.assert_allclose(
        probabilities[:, 1], classifier.model_.predict(X, verbose=0)[:, 0], rtol=1e-6
    )
    np.testing.assert_array_equal(
        classifier.predict(X),
        classifier.classes_[(classifier.decision_function(X) > 0).astype(int)],
    )
    assert classifier.predict(X).shape == (60,)


def sparse(hp: Any) -> keras.Model:
    return build(hp, 3, "softmax", "sparse_categorical_crossentropy")


def logits(hp: Any) -> keras.Model:
    return build(hp, 3, None, keras.losses.CategoricalCrossentropy(from_logits=True))


@pytest.mark.parametrize(
    "hypermodel",
    [build_three, *(pytest.param(each, marks=pytest.mark.slow) for each in (sparse, logits))],
)
def test_three_classes(hypermodel: Any) -> None:
    classifier = HyperModelClassifier(hypermodel, epochs=15, batch_size=20).fit(X, THREE)
    assert classifier.classes_.tolist() == [5, 6, 7]
    probabilities = classifier.predict_proba(X)
    assert probabilities.shape == (60, 3) and classifier.score(X, THREE) > 0.75
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    np.testing.assert_array_equal(
        classifier.predict(X), classifier.classes_[probabilities.argmax(axis=1)]
    )


@pytest.mark.slow
def test_two_classes_with_two_outputs_or_logits() -> None:
    def two(hp: Any) -> keras.Model:
        return build(hp, 2, "softmax", "categorical_crossentropy")

    def one_logit(hp: Any) -> keras.Model:
        return build(hp, 1, None, keras.losses.BinaryCrossentropy(from_logits=True))

    for hypermodel in (two, one_logit):
        classifier = HyperModelClassifier(hypermodel, epochs=10, batch_size=20).fit(X, Y)
        assert classifier.score(X, Y) > 0.9
        assert classifier.predict_proba(X).min() >= 0


def test_the_seed_decides_and_equal_fits_are_equal() -> None:
    answers = [
        HyperModelClassifier(build, epochs=2, seed=seed, dropout=0.25).fit(X, Y).predict_proba(X)
        for seed in (3, 3, 4)
    ]
    np.testing.assert_array_equal(answers[0], answers[1])
    assert (answers[0] != answers[2]).any()


@pytest.mark.slow
def test_grid_search() -> None:
    classifier = HyperModelClassifier(build, epochs=3, batch_size=20)
    grid = {"dropout": [0.0, 0.25], "learning_rate": np.array([1e-4, 0.1])}
    search = GridSearchCV(classifier, grid, cv=2, error_score="raise").fit(X, Y)
    assert search.best_params_["learning_rate"] == 0.1 and len(search.cv_results_["params"]) == 4
    assert search.best_estimator_.model_.optimizer.learning_rate.numpy() == pytest.approx(0.1)
    scores = cross_val_score(classifier.set_params(**search.best_params_), X, Y, cv=2)
    assert scores.mean() == search.best_score_  # the same folds and seed give the same models
    assert search.predict_proba(X).shape == (60, 2)


@pytest.mark.slow
def test_randomized_search_draws_from_the_declared_space() -> None:
    search = RandomizedSearchCV(
        HyperModelClassifier(build, epochs=2),
        search_spaces(build).distributions(),
        n_iter=4,
        cv=2,
        random_state=0,
        error_score="raise",
    ).fit(X, Y)
    drawn = search.cv_results_["params"]
    assert len({values["learning_rate"] for values in drawn}) == 4
    assert all(
        1e-4 <= values["learning_rate"] <= 1.0 and values["dropout"] in (0.0, 0.25, 0.5)
        for values in drawn
    )


@pytest.mark.slow
def test_bayes_search_proposes_values_of_the_declared_space() -> None:
    search = BayesSearchCV(
        HyperModelClassifier(build, epochs=2),
        search_spaces(build).dimensions(),
        n_iter=4,
        cv=2,
        random_state=0,
        error_score="raise",
    ).fit(X, Y)
    assert all(
        1e-4 <= values["learning_rate"] <= 1.0 and values["dropout"] in (0.0, 0.25, 0.5)
        for values in search.cv_results_["params"]
    )
    assert search.best_estimator_.predict(X).shape == (60,)


@pytest.mark.slow
def test_cross_validation_by_groups_never_tears_one_apart() -> None:
    seen: list[tuple[set[int], set[int]]] = []

    class Spy(GroupKFold):
        def split(self, X: Any, y: Any = None, groups: Any = None) -> Any:
            for train, test in super().split(X, y, groups):
                seen.append((set(groups[train]), set(groups[test])))
                yield train, test

    classifier = HyperModelClassifier(build, epochs=2)
    scores = cross_val_score(
        classifier, X, Y, groups=GROUPS, cv=Spy(3), scoring="roc_auc", error_score="raise"
    )
    assert len(scores) == 3 and all(0 <= score <= 1 for score in scores)
    search = GridSearchCV(classifier, {"dropout": [0.0, 0.25]}, cv=Spy(2), error_score="raise").fit(
        X, Y, groups=GROUPS
    )
    assert len(search.cv_results_["params"]) == 2
    assert len(seen) == 5 and all(not train & test for train, test in seen)


@pytest.mark.slow
def test_probabilities_can_be_scored_and_predicted_out_of_fold() -> None:
    classifier = HyperModelClassifier(build_three, epochs=2)
    assert cross_val_predict(classifier, X, THREE, cv=2, method="predict_proba").shape == (60, 3)
    scores = cross_val_score(
        classifier, X, THREE, cv=2, scoring="neg_log_loss", error_score="raise"
    )
    assert all(np.isfinite(scores)) and max(scores) < 0


def test_a_hypermodels_own_fit_and_its_batch_size_knob_count() -> None:
    class Recording(PeptideCNN):
        def fit(self, hp: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
            sizes.append(kwargs.get("batch_size") or self.batch_size(hp))
            return "a history"

    sizes: list[int] = []
    x, y = np.ones((6, 50), "uint8"), np.array([0, 1] * 3)
    classifier = HyperModelClassifier(Recording(50, "full"), epochs=1)
    assert list(classifier.get_params()).count("batch_size") == 1
    classifier.fit(x, y)
    classifier.set_params(batch_size=np.int64(2)).fit(x, y)
    assert sizes == [64, 2] and classifier.history_ == "a history"


def test_inputs_of_any_rank() -> None:
    def images(hp: Any) -> keras.Model:
        model = keras.Sequential(
            [
                keras.Input((2, 2, 1)),
                keras.layers.Flatten(),
                keras.layers.Dense(1, activation="sigmoid"),
            ]
        )
        model.compile("adam", "binary_crossentropy", run_eagerly=True)
        return model

    scores = cross_val_score(
        HyperModelClassifier(images, epochs=1), X.reshape(60, 2, 2, 1), Y, cv=2, error_score="raise"
    )
    assert len(scores) == 2


def test_a_fitted_classifier_can_be_pickled() -> None:
    classifier = HyperModelClassifier(build, epochs=1).fit(X, Y)
    again = pickle.loads(pickle.dumps(classifier))
    np.testing.assert_allclose(again.predict_proba(X), classifier.predict_proba(X), rtol=1e-6)


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        (
            {"droput": 0.1},
            "has no parameter 'droput'. Expected one of: hypermodel, epochs, .*, or a knob of the "
            "model: dropout, learning_rate",
        ),
        (
            {"dropout": "much"},
            "Knob 'dropout' has no such value. Expected a finite number. Received: 'much'",
        ),
        (
            {"learning_rate": float("nan")},
            "Knob 'learning_rate' has no such value. Expected a finite number. Received: nan",
        ),
        ({"epochs": 0}, "epochs must be an integer of at least 1. Received: 0"),
        ({"batch_size": 2.5}, "batch_size must be an integer of at least 1. Received: 2.5"),
        ({"seed": -1}, "seed must be an integer from 0"),
    ],
)
def test_wrong_parameters_are_refused(knobs: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        HyperModelClassifier(build, **knobs).fit(X, Y)


def test_wrong_names_targets_and_models_are_refused() -> None:
    classifier = HyperModelClassifier(build, epochs=1)
    with pytest.raises(UsageError, match="has no parameter 'unit'"):
        classifier.set_params(unit=3)
    with pytest.raises(
        UsageError,
        match=r"must be two or more classes.*Received: continuous targets of shape \(60,\)",
    ):
        classifier.fit(X, X[:, 0])
    with pytest.raises(UsageError, match="with 1 different values"):
        classifier.fit(X, np.zeros(60))
    with pytest.raises(
        UsageError,
        match=r"does not fit the targets. Expected output shape \(rows, 3\) for 3 classes. "
        r"Received: \(None, 1\)",
    ):
        classifier.fit(X, THREE)

    def linear(hp: Any) -> keras.Model:
        return build(hp, 3, None, "mse")

    with pytest.raises(UsageError, match="outputs are no probabilities.*from_logits=True"):
        HyperModelClassifier(linear, epochs=1).fit(X, THREE).predict_proba(X)

    def taken(hp: Any) -> keras.Model:
        hp.Int("seed", 0, 3)
        return build(hp)

    with pytest.raises(UsageError, match="has a knob named 'seed'"):
        HyperModelClassifier(taken).get_params()


def test_a_choice_must_be_one_and_a_number_may_lie_outside_its_range() -> None:
    def chosen(hp: Any) -> keras.Model:
        model = keras.Sequential(
            [
                keras.Input((4,)),
                keras.layers.Dense(
                    hp.Int("units", 2, 4), hp.Choice("activation", ["relu", "tanh"])
                ),
            ]
        )
        model.add(keras.layers.Dense(1, activation="sigmoid"))
        model.compile("adam", "binary_crossentropy", run_eagerly=True)
        return model

    with pytest.raises(
        UsageError,
        match=r"Knob 'activation' has no such value. Expected one of \['relu', 'tanh'\]. Received: "
        r"'elu'",
    ):
        HyperModelClassifier(chosen, activation="elu").fit(X, Y)
    with pytest.raises(
        UsageError, match="Knob 'units' has no such value. Expected an integer. Received: 2.5"
    ):
        HyperModelClassifier(chosen, units=2.5).fit(X, Y)
    classifier = HyperModelClassifier(
        chosen, epochs=1, units=np.int64(7), activation=np.str_("tanh")
    ).fit(X, Y)
    assert classifier.model_.layers[0].units == 7
