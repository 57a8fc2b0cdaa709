"""SMAC3: its `HyperparameterOptimizationFacade`, asked and told, on a deterministic scenario.

An ordered choice is an integer, its position, and an unordered one is categorical. Deterministic
means that no configuration is trained twice; otherwise up to three trainings of a configuration
are part of the method (`smac3-repeating`).
"""

import tempfile


def load():
    """Imports what takes long."""
    import smac  # noqa: F401


def make(method, space, seed, trials):
    """Returns a search by SMAC3."""
    return Search(method, space, seed, trials)


class Search:
    """The facade.

    Args:
        method: `smac3` or `smac3-repeating`.
        space: Of the search.
        seed: Of the scenario.
        trials: All that will be asked for.
    """

    def __init__(self, method, space, seed, trials):
        import ConfigSpace
        from smac import HyperparameterOptimizationFacade, Scenario

        self.space = space
        found = ConfigSpace.ConfigurationSpace(seed=seed)
        found.add(list(map(described, space)))
        self.folder = tempfile.TemporaryDirectory(prefix="smac-")
        scenario = Scenario(
            found,
            output_directory=self.folder.name,
            deterministic=method == "smac3",
            n_trials=trials,
            seed=seed,
        )
        self.smac = HyperparameterOptimizationFacade(
            scenario, lambda configuration, seed=0: 0.0, logging_level=40, overwrite=True
        )

    def ask(self):
        """Returns a trial and its values."""
        trial = self.smac.ask()
        return trial, [trial.config[dimension["name"]] for dimension in self.space]

    def tell(self, trial, loss):
        """Takes the loss of a trial."""
        from smac.runhistory.dataclasses import TrialValue

        self.smac.tell(trial, TrialValue(cost=loss), save=False)


def described(dimension):
    """Returns a dimension for ConfigSpace."""
    import ConfigSpace

    name, choices = dimension["name"], dimension.get("choices")
    if choices is None:
        bounds = (dimension["low"], dimension["high"])
        return ConfigSpace.Float(name, bounds, log=dimension.get("log", False))
    if dimension["ordered"]:
        return ConfigSpace.Integer(name, (0, choices - 1))
    return ConfigSpace.Categorical(name, list(range(choices)))
