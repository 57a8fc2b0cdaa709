"""Optuna's tree-structured Parzen estimator as a function of results: told of them, asked for the
next configuration.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tftune.journal.status import TrialStatus
from tftune.oracles.core.coordinate import Coordinate
from tftune.oracles.core.observations import Observation
from tftune.oracles.core.optional import need
from tftune.space.search_space import SearchSpace, Value, Values
from tftune.support.streams import silent


class ParzenStudy:
    """An Optuna study in memory that holds the results, and a `TPESampler` that is made anew for
    every question.

    So a proposal depends on the results, on what is running and on the seed of the question only,
    and nothing has to be saved. Each active knob is suggested in the order of declaration (define
    by run). Nothing of Optuna's global state is changed.

    Args:
        space: The search space.
        startup: `n_startup_trials`: configurations are drawn at random until there are as many
            results.
        candidates: `n_ei_candidates`.
        multivariate: Whether knobs are modelled jointly.
        group: Whether knobs that are active together are modelled jointly, for conditional spaces;
            needs `multivariate`.

    Raises:
        UsageError: If Optuna is not installed.
    """

    def __init__(
        self,
        space: SearchSpace,
        startup: int = 10,
        candidates: int = 24,
        multivariate: bool = True,
        group: bool = False,
    ) -> None:
        self._optuna = need("optuna", extra="optuna")
        self.space = space
        self.options = {
            "n_startup_trials": startup,
            "n_ei_candidates": candidates,
            "multivariate": multivariate,
            "group": group,
        }
        self._axes = {
            index: Coordinate(knob) for index, knob in enumerate(space.knobs) if knob.size != 1
        }
        repeated = {
            name for name in space.names if sum(knob.name == name for knob in space.knobs) > 1
        }
        self._names = [
            f"{knob.name} ({index})" if knob.name in repeated else knob.name
            for index, knob in enumerate(space.knobs)
        ]
        self._distributions = {
            self._names[index]: self._distribution(axis) for index, axis in self._axes.items()
        }
        with silent("optuna"):
            self.study = self._optuna.create_study(direction="minimize")

    def tell(self, results: Iterable[Observation]) -> None:
        """Adds results; a stopped one counts as Optuna's PRUNED, worse than every completed one, a
        failure as its loss.
        """
        states = self._optuna.trial.TrialState
        for seen in results:
            if seen.status == TrialStatus.PRUNED:
                self._add(seen.values, states.PRUNED, intermediate_values={0: seen.loss})
            else:
                self._add(seen.values, states.COMPLETE, value=seen.loss)

    def ask(self, seed: int, running: Sequence[Mapping[str, Value]] = ()) -> Values:
        """Returns the next configuration.

        Args:
            seed: Of the sampler's random numbers.
            running: Configurations being evaluated; they are taken to be bad (constant liar), so
                that the next one keeps away from them.
        """
        states = self._optuna.trial.TrialState
        self.study.sampler = self._sampler(seed)
        with silent("optuna"):
            lies = [self._add(values, states.RUNNING) for values in running]
            trial = self.study.ask()
            values = self._suggest(trial)
            for number in [
                *lies,
                trial.number,
            ]:  # they leave no trace: a failed trial is not looked at
                self.study.tell(number, state=states.FAIL)
        return values

    def _sampler(self, seed: int) -> Any:
        with silent("optuna"):  # multivariate, group and constant_liar are called experimental
            return self._optuna.samplers.TPESampler(seed=seed, constant_liar=True, **self.options)

    def _suggest(self, trial: Any) -> Values:
        active: Values = {}
        for index, knob in enumerate(self.space.knobs):
            if knob.name in active or not knob.active(active):
                continue
            axis = self._axes.get(index)
            active[knob.name] = (
                knob.canonical(knob.default)
                if axis is None
                else axis.decode(self._coordinate(trial, index, axis))
            )
        return active

    def _coordinate(self, trial: Any, index: int, axis: Coordinate) -> Any:
        name = self._names[index]
        if axis.kind == "choice":
            return trial.suggest_categorical(name, list(axis.knob.choices))
        suggest = trial.suggest_int if axis.kind == "integer" else trial.suggest_float
        return suggest(name, axis.low, axis.high, log=axis.log)

    def _distribution(self, axis: Coordinate) -> Any:
        made = self._optuna.distributions
        if axis.kind == "choice":
            return made.CategoricalDistribution(list(axis.knob.choices))
        return (made.IntDistribution if axis.kind == "integer" else made.FloatDistribution)(
            axis.low, axis.high, log=axis.log
        )

    def _add(self, values: Mapping[str, Value], state: Any, **result: Any) -> int:
        """Adds a trial and returns its number."""
        parameters = self._parameters(values)
        distributions = {name: self._distributions[name] for name in parameters}
        self.study.add_trial(
            self._optuna.trial.create_trial(
                state=state, params=parameters, distributions=distributions, **result
            )
        )
        return len(self.study.get_trials(deepcopy=False)) - 1

    def _parameters(self, values: Mapping[str, Value]) -> dict[str, Any]:
        """Returns Optuna's parameters of a configuration, active knobs only."""
        parameters: dict[str, Any] = {}
        active: Values = {}
        for index, knob in enumerate(self.space.knobs):
            if knob.name in active or knob.name not in values or not knob.active(active):
                continue
            active[knob.name] = values[knob.name]
            axis = self._axes.get(index)
            if axis is not None:
                parameters[self._names[index]] = axis.encode(values[knob.name])
        return parameters
