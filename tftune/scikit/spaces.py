"""A search space in the words of GridSearchCV, RandomizedSearchCV and skopt's BayesSearchCV."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from scipy import stats
from skopt.space import Categorical, Integer, Real

from tftune.errors import UsageError
from tftune.oracles.bayesian.skopt_space import SkoptSpace
from tftune.scikit.parameters import discover
from tftune.space.knob import Knob
from tftune.space.search_space import SearchSpace


def search_spaces(hypermodel: Any) -> SklearnSpaces:
    """Returns the space of a model as scikit-learn's and skopt's searches want it.

    Args:
        hypermodel: A `keras_tuner.HyperModel` or a function `build(hp)`.

    Example:
        >>> import keras
        >>> def build(hp):
        ...     units = hp.Choice("units", [1, 2])
        ...     model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(units)])
        ...     model.compile("sgd", "mse")
        ...     return model
        >>> search_spaces(build).grid()
        {'units': [1, 2]}
    """
    return SklearnSpaces(discover(hypermodel))


class KnobDistribution:
    """A knob as a distribution, where scipy has none: integers and mirrored ranges on a logarithmic
    scale.

    Args:
        knob: The knob; its values are drawn evenly over its unit interval.

    Example:
        >>> knob = Knob("units", "Int", 1, low=1, high=1000, sampling="log")
        >>> KnobDistribution(knob).rvs(size=3, random_state=0)
        [44, 139, 64]
    """

    def __init__(self, knob: Knob) -> None:
        self.knob = knob

    def rvs(self, size: int | None = None, random_state: Any = None) -> Any:
        """Draws a value, or a list of `size` values.

        Args:
            size: How many; None for one that is not in a list.
            random_state: A seed, a NumPy generator of either kind, or None.
        """
        draw = (
            random_state
            if hasattr(random_state, "uniform")
            else np.random.RandomState(random_state)
        )
        values = [
            self.knob.from_unit(place) for place in draw.uniform(size=1 if size is None else size)
        ]
        return values[0] if size is None else values


class SklearnSpaces:
    """The space of a model, as scikit-learn's and skopt's searches want it; knobs with one value
    are left out.

    Args:
        space: The search space.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Float("rate", 1e-4, 1e-2, sampling="log"), hp.Int("units", 8, 32, step=8)
        >>> spaces = SklearnSpaces(SearchSpace(hp))
        >>> spaces.grid(levels=3)
        {'rate': [0.0001, 0.001, 0.01], 'units': [8, 16, 24, 32]}
        >>> spaces.distributions()["units"]
        [8, 16, 24, 32]
        >>> spaces.dimensions()["rate"]
        Real(low=0.0001, high=0.01, prior='log-uniform', transform='identity')
    """

    def __init__(self, space: SearchSpace) -> None:
        self.space = space

    def grid(
        self, levels: int | Mapping[str, int] = 3
    ) -> dict[str, list[Any]] | list[dict[str, list[Any]]]:
        """Returns `param_grid` for GridSearchCV: the grid of `SearchSpace.grid`.

        Args:
            levels: Values of a knob without steps, evenly over its range with both ends, at least
                2; knobs with steps (an Int has step 1) and choices take all their values. Or a
                mapping from knob names, also of knobs with steps. Defaults to 3.

        Returns:
            A list of values for each knob. A space with conditions becomes a list of single
            configurations, so that none comes twice.

        Raises:
            UsageError: If a level is below 2 or a name unknown.
        """
        configurations = self.space.grid(levels)
        if any(knob.conditions for knob in self.space.knobs):
            chosen = (configurations.values(number) for number in range(configurations.size))
            return [{name: [value] for name, value in values.items()} for values in chosen]
        named = levels if isinstance(levels, Mapping) else {}
        count = 3 if isinstance(levels, Mapping) else levels
        knobs = self._knobs()
        whole = {
            knob.name: knob.size if knob.choices or knob.step is not None else count
            for knob in knobs
        }
        return {
            knob.name: list(knob.spread(named.get(knob.name, whole[knob.name] or count)))
            for knob in knobs
        }

    def distributions(self) -> dict[str, Any]:
        """Returns `param_distributions` for RandomizedSearchCV: scipy's distributions, and lists of
        values for choices and steps.

        An inactive knob is drawn too and has no effect.

        Raises:
            UsageError: If a name has different ranges under different conditions.
        """
        return {knob.name: _distribution(knob) for knob in self._knobs()}

    def dimensions(self) -> dict[str, Any]:
        """Returns `search_spaces` for BayesSearchCV: skopt's dimensions.

        A knob with steps is a `Categorical` of its values, because BayesSearchCV hands the
        dimension's values to the model as they are; a mirrored logarithmic range is an even one. An
        inactive knob is proposed too and has no effect.

        Raises:
            UsageError: If a name has different ranges under different conditions.
        """
        parts = [knob for knob in self.space.knobs if knob.size != 1]
        translated = zip(parts, SkoptSpace(self.space).dimensions, strict=True)
        ours = {knob.name: dimension for knob, dimension in translated}
        return {knob.name: _dimension(knob, ours[knob.name]) for knob in self._knobs()}

    def _knobs(self) -> list[Knob]:
        """Returns one knob for each name, without those of one value."""
        found: dict[str, Knob] = {}
        for knob in self.space.knobs:
            other = found.setdefault(knob.name, knob)
            if replace(other, conditions=(), default=knob.default) != replace(knob, conditions=()):
                raise UsageError(
                    f"Knob {knob.name!r} has different ranges under different conditions. Expected "
                    "one range for one name, because a "
                    "search of scikit-learn draws each name alone. Use grid(), rename one of the "
                    "two, or search with tftune.Tuner."
                )
        return [knob for knob in found.values() if knob.size != 1]


def _steps(knob: Knob) -> list[Any]:
    """Returns all values of a knob with choices or steps other than 1; none of others."""
    every_integer = knob.kind == "Int" and knob.step == 1 and knob.sampling == "linear"
    stepped = bool(knob.choices) or (knob.step is not None and not every_integer)
    return [knob.value_at(place) for place in range(knob.size or 0)] if stepped else []


def _distribution(knob: Knob) -> Any:
    if values := _steps(knob):
        return values
    if knob.sampling == "linear":
        return (
            stats.randint(knob.low, knob.high + 1)
            if knob.kind == "Int"
            else stats.uniform(knob.low, knob.high - knob.low)
        )
    return (
        stats.loguniform(knob.low, knob.high)
        if knob.kind == "Float" and knob.sampling == "log"
        else KnobDistribution(knob)
    )


def _dimension(knob: Knob, translated: Any) -> Any:
    if values := _steps(knob):
        return Categorical(values)
    if knob.sampling == "reverse_log":
        return (Integer if knob.kind == "Int" else Real)(knob.low, knob.high)
    return translated
