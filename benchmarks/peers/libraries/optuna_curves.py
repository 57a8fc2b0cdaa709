"""Optuna: a sampler with one of its pruners, all with their default settings."""

SAMPLERS = {"optuna-tpe": "TPESampler", "optuna-gp": "GPSampler"}


def load():
    """Imports what takes long."""
    import optuna  # noqa: F401


def make(method, space, seed, points):
    """Returns a search by a method such as `optuna-tpe+hyperband`."""
    return Search(method, space, seed, points)


class Search:
    """A study of Optuna.

    Args:
        method: SAMPLER+PRUNER.
        space: Of the search.
        seed: Of the sampler.
        points: The most epochs of a trial.
    """

    def __init__(self, method, space, seed, points):
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        sampler, pruner = method.split("+")
        if pruner == "hyperband":
            rule = optuna.pruners.HyperbandPruner(max_resource=points)
        else:
            rule = optuna.pruners.SuccessiveHalvingPruner()
        if sampler == "optuna-gp":
            import torch  # noqa: F401 - its absence is told before the second trial
        made = getattr(optuna.samplers, SAMPLERS[sampler])(seed=seed)
        # HyperbandPruner draws brackets by the study's name, which would be a random one.
        self.study = optuna.create_study(study_name=f"seed {seed}", sampler=made, pruner=rule)
        self.space, self.points = space, points
        self.trial, self.seen = None, []

    def ask(self):
        """Returns a trial's number and its values."""
        self.trial, self.seen = self.study.ask(), []
        return self.trial.number, [
            self.trial.suggest_float(
                each["name"], each["low"], each["high"], log=each.get("log", False)
            )
            for each in self.space
        ]

    def place(self, number, values):
        """Gives a trial other values than it was proposed with."""
        for each, value in zip(self.space, values, strict=True):
            spread = self.trial.distributions[each["name"]]
            self.study._storage.set_trial_param(self.trial._trial_id, each["name"], value, spread)

    def report(self, number, epoch, loss):
        """Takes a loss and tells whether the trial goes on."""
        from optuna.trial import TrialState

        if loss is not None:
            self.seen.append(loss)
            self.trial.report(loss, epoch)
            if self.trial.should_prune():
                self.study.tell(self.trial, state=TrialState.PRUNED)
                return False
            if epoch < self.points:
                return True
        if self.seen:
            self.study.tell(self.trial, min(self.seen))
        else:
            self.study.tell(self.trial, state=TrialState.FAIL)
        return False
