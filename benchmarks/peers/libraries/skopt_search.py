"""scikit-optimize: what `gp_minimize` does with its default settings, asked and told.

An ordered choice is an integer, its position, and an unordered one is categorical.
"""


def load():
    """Imports what takes long."""
    import skopt  # noqa: F401


def make(method, space, seed, trials):
    """Returns a search by Gaussian processes."""
    return Search(space, seed)


class Search:
    """The optimizer that `gp_minimize` makes.

    Args:
        space: Of the search.
        seed: Of the optimizer.
    """

    def __init__(self, space, seed):
        import numpy
        from skopt import Optimizer
        from skopt.utils import cook_estimator, normalize_dimensions

        random = numpy.random.RandomState(seed)
        dimensions = normalize_dimensions(list(map(described, space)))
        estimator = cook_estimator(
            "GP",
            space=dimensions,
            random_state=random.randint(0, numpy.iinfo(numpy.int32).max),
            noise="gaussian",
        )
        self.optimizer = Optimizer(
            dimensions,
            estimator,
            n_initial_points=10,
            acq_func="gp_hedge",
            acq_optimizer="auto",
            random_state=random,
            acq_optimizer_kwargs={"n_points": 10000, "n_restarts_optimizer": 5, "n_jobs": 1},
            acq_func_kwargs={"xi": 0.01, "kappa": 1.96},
        )

    def ask(self):
        """Returns a point, which is its values."""
        values = self.optimizer.ask()
        return values, values

    def tell(self, point, loss):
        """Takes the loss of a point."""
        self.optimizer.tell(point, loss)


def described(dimension):
    """Returns a dimension for scikit-optimize."""
    from skopt import space

    choices = dimension.get("choices")
    if choices is None:
        prior = "log-uniform" if dimension.get("log") else "uniform"
        return space.Real(dimension["low"], dimension["high"], prior=prior)
    if dimension["ordered"]:
        return space.Integer(0, choices - 1)
    return space.Categorical(list(range(choices)))
