"""A forest that has learnt the score from the trials: for contours and partial dependence.

Extremely randomised trees (P. Geurts, D. Ernst, L. Wehenkel: Extremely randomized trees, Machine
Learning 63:3-42, 2006), each fitted to trials drawn with replacement: how far the trees differ
tells how little the trials say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tftune.journal.state import SearchState
from tftune.reports.analysis.samples import Array, Samples, least_trials, remembered, samples_of
from tftune.reports.analysis.trials import thinned
from tftune.reports.analysis.words import ranked_words

_TREES, _TREES_OF_A_FOLD = 48, 24
_MOST = 2000  # trials that are learnt from, evenly over the search
_FOLDS = 5
_BACKGROUND = 40  # trials whose other knobs stand beside those that are asked about


@dataclass(frozen=True)
class Forest:
    """A fitted forest.

    Attributes:
        samples: What it has learnt from.
        trees: Of scikit-learn.
        rank: The correlation of ranks of scores that were left out in a cross-validation with what
            was predicted of them, -1 to 1; NaN where it cannot be told.
    """

    samples: Samples
    trees: Any
    rank: float

    def predict(self, places: Array) -> Array:
        """Returns what each tree predicts at places, shape (trees, n)."""
        features = features_of(self.samples, places)
        return np.array([tree.predict(features, check_input=False) for tree in self.trees])

    def effect(self, columns: list[int], settings: Array) -> Array:
        """Returns the mean prediction of each tree with some knobs set and the others as trials had
        them, shape (trees, n).

        Only trials in which those knobs played a part stand behind it.

        Args:
            columns: Of the knobs that are set.
            settings: Their places, shape (n, columns).
        """
        there = ~np.isnan(self.samples.places[:, columns]).any(axis=1)
        behind = self.samples.places[thinned(list(np.flatnonzero(there)), _BACKGROUND)]
        places = np.tile(behind, (len(settings), 1))
        places[:, columns] = np.repeat(settings, len(behind), axis=0)
        found = self.predict(places)
        return np.asarray(found.reshape(len(found), len(settings), len(behind)).mean(axis=2))


@remembered
def forest_of(state: SearchState) -> Forest | str:
    """Returns the forest of a search, or why there is none."""
    samples = samples_of(state)
    knobs, count = len(samples.knobs), len(samples)
    least = least_trials(knobs)
    if count < least:
        trials = {0: "no trial has", 1: "1 trial has"}.get(count, f"{count} trials have")
        return f"{trials} a score, and at least {least} are needed"
    if not knobs:
        return "no knob had more than one value"
    if len(np.unique(samples.scores)) < 2:
        return "all scores are equal"
    chosen = thinned(range(count), _MOST)
    features = features_of(samples, samples.places)[chosen]
    # scores of 1e-9 or 1e99 are told apart, too
    middle, width = float(np.median(samples.scores)), float(np.ptp(samples.scores))
    scores = ((samples.scores - middle) / width)[chosen]
    trees = [_Scaled(tree, middle, width) for tree in _fitted(features, scores).estimators_]
    return Forest(samples, trees, _rank(features, scores))


@dataclass(frozen=True)
class _Scaled:
    """A tree that answers in units of the objective."""

    tree: Any
    middle: float
    width: float

    def predict(self, features: Array, check_input: bool = True) -> Array:
        found = self.tree.predict(features, check_input=check_input)
        return np.asarray(found * self.width + self.middle)


def features_of(samples: Samples, places: Array) -> Array:
    """Returns what the forest sees of places: a column a number, -1 where the knob plays no part;
    a column a choice.
    """
    columns = []
    for index, knob in enumerate(samples.knobs):
        column = places[:, index]
        if knob.choices:
            columns += [column == choice for choice in range(len(knob.choices))]
        else:
            columns.append(np.where(np.isnan(column), -1.0, column))
    return np.ascontiguousarray(np.stack(columns, axis=1), dtype=np.float32)


def _fitted(features: Array, scores: Array, trees: int = _TREES) -> Any:
    from sklearn.ensemble import ExtraTreesRegressor

    made = ExtraTreesRegressor(trees, min_samples_leaf=2, bootstrap=True, random_state=0)
    return made.fit(features, scores)


def _rank(features: Array, scores: Array) -> float:
    """Returns how well the forest ranks trials that it has not seen."""
    from scipy.stats import rankdata

    folds = np.random.default_rng(0).permutation(len(scores)) % _FOLDS
    predicted = np.empty(len(scores))
    for fold in range(_FOLDS):
        out = folds == fold
        fitted = _fitted(features[~out], scores[~out], _TREES_OF_A_FOLD)
        predicted[out] = fitted.predict(features[out])
    left, right = rankdata(predicted), rankdata(scores)
    if left.std() == 0 or right.std() == 0:
        return float("nan")
    return float(np.corrcoef(left, right)[0, 1])


def trust_in(forest: Forest) -> str:
    """Returns in words how good a forest is."""
    if np.isnan(forest.rank):
        return "How good the model is cannot be told."
    words = ranked_words(forest.rank, len(forest.samples))
    warning = "" if words in ("well", "roughly") else " Do not read much into the picture."
    return (
        f"The model ranks trials that it has not seen {words}: rank correlation "
        f"{forest.rank:.2f} in a {_FOLDS}-fold cross-validation over {len(forest.samples):,} "
        f"trials (1 is perfect, 0 is chance).{warning}"
    )
