"""Optuna: its samplers with their default settings, and the rule of its AutoSampler.

An ordered choice is an integer, its position, and an unordered one is categorical. AutoSampler
itself is fetched from a hub; its rule for one objective and a space that is always the same is:
the first trial at random; multivariate TPE if something is categorical; otherwise GPSampler for
250 trials, then CMA-ES that starts from those.
"""

LARGEST_SEED = 2**31 - 1
TRIALS_OF_GP = 250


def load():
    """Imports what takes long."""
    import optuna  # noqa: F401


def make(method, space, seed, trials):
    """Returns a search by a sampler."""
    return Search(method, space, seed)


class Search:
    """A study of Optuna.

    Args:
        method: Such as `optuna-tpe`.
        space: Of the search.
        seed: Of the sampler.
    """

    def __init__(self, method, space, seed):
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.method, self.space, self.seed = method, space, seed
        self.study = optuna.create_study(sampler=self._first_sampler())

    def ask(self):
        """Returns a trial and its values."""
        if self.method == "optuna-auto":
            self._choose_sampler()
        trial = self.study.ask()
        return trial, [suggest(trial, dimension) for dimension in self.space]

    def tell(self, trial, loss):
        """Takes the loss of a trial."""
        self.study.tell(trial, loss)

    def _first_sampler(self):
        from optuna import samplers

        kinds = {
            "optuna-tpe": samplers.TPESampler,
            "optuna-gp": samplers.GPSampler,
            "optuna-cma-es": samplers.CmaEsSampler,
            "optuna-auto": samplers.RandomSampler,
        }
        if self.method == "optuna-tpe-multivariate":
            return samplers.TPESampler(multivariate=True, seed=self.seed)
        return kinds[self.method](seed=self.seed)

    def _choose_sampler(self):
        from optuna import samplers
        from optuna.trial import TrialState

        done = self.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        current, seed = self.study.sampler, (self.seed + 1) % LARGEST_SEED
        if not done:
            return
        if any("choices" in each and not each["ordered"] for each in self.space):
            if not isinstance(current, samplers.TPESampler):
                self.study.sampler = samplers.TPESampler(
                    multivariate=True, constant_liar=True, seed=seed
                )
        elif len(done) < TRIALS_OF_GP:
            if not isinstance(current, samplers.GPSampler):
                self.study.sampler = samplers.GPSampler(seed=seed)
        elif not isinstance(current, samplers.CmaEsSampler):
            self.study.sampler = samplers.CmaEsSampler(seed=seed, source_trials=done)


def suggest(trial, dimension):
    """Returns the value of a dimension."""
    name, choices = dimension["name"], dimension.get("choices")
    if choices is None:
        low, high = dimension["low"], dimension["high"]
        return trial.suggest_float(name, low, high, log=dimension.get("log", False))
    if dimension["ordered"]:
        return trial.suggest_int(name, 0, choices - 1)
    return trial.suggest_categorical(name, list(range(choices)))
