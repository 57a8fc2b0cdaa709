"""From a search method to a class that is constructed as every oracle is."""

from __future__ import annotations

import inspect
from typing import Any, ClassVar, get_args

from tftune.oracles.core.method import SearchMethod
from tftune.oracles.core.oracle import Method, Oracle
from tftune.support.signatures import check_arguments, parameters_of


class BoundOracle(Oracle[Method]):
    """An `Oracle` that makes its method itself: `class MyOracle(BoundOracle[MyMethod])` is all that
    there is to write.

    `MyOracle(objective, max_trials, hyperparameters, seed, **options)` hands the options of
    `MyMethod` to it, and the others to `Oracle`. Where the usual 10 are a wrong number of trials,
    write `class MyOracle(BoundOracle[MyMethod], max_trials=None)`.

    Attributes:
        method_class: The search method.

    Raises:
        UsageError: If there is no such option, or an argument is outside its range.

    Example:
        >>> from tftune.oracles.sampling.grid import GridMethod
        >>> class CoarseGrid(BoundOracle[GridMethod], max_trials=None):
        ...     '''A grid search of the whole grid.'''
        >>> oracle = CoarseGrid("val_loss", seed=0, levels=2)
        >>> oracle.method.levels, oracle.max_trials
        (2, None)
    """

    method_class: ClassVar[type[SearchMethod]]
    __signature__: ClassVar[inspect.Signature]

    def __init_subclass__(cls, max_trials: int | None = 10, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        for base in cls.__dict__.get("__orig_bases__", ()):
            for bound in get_args(base):
                cls.method_class = bound
                cls.__signature__ = _signature(bound, max_trials)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        check_arguments(type(self).__name__, list(options), self.__signature__.parameters)
        given = self.__signature__.bind(*arguments, **options)
        given.apply_defaults()
        own = {name: given.arguments.pop(name) for name in parameters_of(self.method_class)}
        method: Any = self.method_class(**own)
        super().__init__(method, **given.arguments)

    @property
    def kind(self) -> type:
        """The class that tells what the search method is."""
        return type(self)


def _signature(method: type[SearchMethod], max_trials: int | None) -> inspect.Signature:
    """Returns the arguments of an oracle up to the seed, those of its method, and the others."""
    common = parameters_of(Oracle)
    common["max_trials"] = common["max_trials"].replace(default=max_trials)
    names = list(common)[1:]  # without the method
    before, after = names[: names.index("seed") + 1], names[names.index("seed") + 1 :]
    parameters = [common[name] for name in before]
    parameters += parameters_of(method).values()
    parameters += [common[name] for name in after]
    return inspect.Signature(parameters)
