"""HEBO with its default settings: heteroscedastic evolutionary Bayesian optimisation.

An ordered choice is an integer, its position, and an unordered one is categorical.
"""


def load():
    """Imports what takes long."""
    import hebo.optimizers.hebo  # noqa: F401


def make(method, space, seed, trials):
    """Returns a search by HEBO."""
    return Search(space, seed)


class Search:
    """HEBO, asked for one point at a time.

    Args:
        space: Of the search.
        seed: Of its Sobol' points and of the generators it draws from.
    """

    def __init__(self, space, seed):
        import random

        import numpy
        import torch
        from hebo.design_space.design_space import DesignSpace
        from hebo.optimizers.hebo import HEBO

        random.seed(seed)
        numpy.random.seed(seed)
        torch.manual_seed(seed)
        torch.set_num_threads(1)
        self.space = space
        self.hebo = HEBO(DesignSpace().parse(list(map(described, space))), scramble_seed=seed)

    def ask(self):
        """Returns a table of one row and its values."""
        point = self.hebo.suggest(n_suggestions=1)
        found = [point[dimension["name"]].iloc[0] for dimension in self.space]
        return point, [
            float(value) if "choices" not in dimension else int(value)
            for dimension, value in zip(self.space, found, strict=True)
        ]

    def tell(self, point, loss):
        """Takes the loss of a point."""
        import numpy

        self.hebo.observe(point, numpy.array([[loss]]))


def described(dimension):
    """Returns a dimension as HEBO is told of it."""
    name, choices = dimension["name"], dimension.get("choices")
    if choices is None:
        kind = "pow" if dimension.get("log") else "num"
        return {"name": name, "type": kind, "lb": dimension["low"], "ub": dimension["high"]}
    if dimension["ordered"]:
        return {"name": name, "type": "int", "lb": 0, "ub": choices - 1}
    return {"name": name, "type": "cat", "categories": list(map(str, range(choices)))}
