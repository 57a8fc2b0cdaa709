"""Google's Open Source Vizier: its default algorithm, GP-UCB-PE, asked and told without a server.

An ordered choice is an integer, its position, and an unordered one is categorical. The number of
trials is padded to a multiple of ten, Vizier's own means to compile less often.
"""


def load():
    """Imports what takes long."""
    import jax

    jax.config.update("jax_enable_x64", True)  # Vizier's code asks for double precision
    import vizier._src.algorithms.designers.gp_ucb_pe  # noqa: F401


def make(method, space, seed, trials):
    """Returns a search by Vizier."""
    return Search(space, seed)


class Search:
    """The designer.

    Args:
        space: Of the search.
        seed: Of its random keys.
    """

    def __init__(self, space, seed):
        import jax
        from vizier import pyvizier
        from vizier._src.algorithms.designers.gp_ucb_pe import VizierGPUCBPEBandit
        from vizier.pyvizier.converters import padding

        self.space, self.told, self.pending = space, [], []
        problem = pyvizier.ProblemStatement()
        for dimension in space:
            describe(problem.search_space.root, dimension)
        problem.metric_information.append(
            pyvizier.MetricInformation("loss", goal=pyvizier.ObjectiveMetricGoal.MINIMIZE)
        )
        self.designer = VizierGPUCBPEBandit(
            problem,
            rng=jax.random.PRNGKey(seed),
            padding_schedule=padding.PaddingSchedule(
                num_trials=padding.PaddingType.MULTIPLES_OF_10
            ),
        )
        self.number = 0

    def ask(self):
        """Returns a trial and its values."""
        from vizier import algorithms

        if self.number:
            self.designer.update(
                algorithms.CompletedTrials(self.told),
                algorithms.ActiveTrials(self.pending),
            )
            self.told = []
        self.number += 1
        trial = self.designer.suggest(1)[0].to_trial(self.number)
        found = trial.parameters.as_dict()
        self.pending.append(trial)
        return trial, [
            int(found[dimension["name"]]) if "choices" in dimension else found[dimension["name"]]
            for dimension in self.space
        ]

    def tell(self, trial, loss):
        """Takes the loss of a trial."""
        from vizier import pyvizier

        self.pending = [each for each in self.pending if each is not trial]
        trial.complete(pyvizier.Measurement({"loss": loss}))
        self.told.append(trial)


def describe(root, dimension):
    """Adds a dimension to a search space."""
    from vizier import pyvizier

    name, choices = dimension["name"], dimension.get("choices")
    if choices is None:
        scale = pyvizier.ScaleType.LOG if dimension.get("log") else pyvizier.ScaleType.LINEAR
        root.add_float_param(name, dimension["low"], dimension["high"], scale_type=scale)
    elif dimension["ordered"]:
        root.add_int_param(name, 0, choices - 1)
    else:
        root.add_categorical_param(name, list(map(str, range(choices))))
