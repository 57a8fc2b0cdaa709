"""Syne Tune: its schedulers that pause trials and resume them, with their default settings.

ASHA promotes what it has paused (`type="promotion"`), with reduction factor 3 from one epoch on,
and so do MOBSTER, Hyper-Tune and BOHB. The logarithm of a knob is searched uniformly, since BOHB
there does not heed `loguniform`; for the others that is the same. A trial is told to the searcher
with the values that it was placed at; one that diverges is an error.
"""

import logging
import math
import warnings

KINDS = {
    "syne-asha": "ASHA",
    "syne-bohb": "BOHB",
    "syne-mobster": "MOBSTER",
    "syne-hypertune": "HyperTune",
    "syne-dyhpo": "DyHPO",
}
MODELLED = ("syne-mobster", "syne-hypertune", "syne-dyhpo")  # by a Gaussian process
LARGEST_SEED = 2**32  # its own are below


def load():
    """Imports what takes long."""
    logging.disable(logging.WARNING)
    from syne_tune.optimizer import baselines  # noqa: F401


def make(method, space, seed, points):
    """Returns a search by a method of `KINDS`."""
    return Search(method, space, seed, points)


class Search:
    """A scheduler and the trials that it knows.

    Args:
        method: A key of `KINDS`.
        space: Of the search.
        seed: Of the scheduler.
        points: The most epochs of a trial.
    """

    def __init__(self, method, space, seed, points):
        from syne_tune.config_space import uniform
        from syne_tune.optimizer import baselines

        self.method, self.space, self.trials = method, space, {}
        bounds = {
            each["name"]: [inner(each, each[side]) for side in ("low", "high")] for each in space
        }
        options = {} if method == "syne-dyhpo" else {"type": "promotion"}
        self.scheduler = getattr(baselines, KINDS[method])(
            {**{name: uniform(*pair) for name, pair in bounds.items()}, "epochs": points},
            metric="loss",
            mode="min",
            resource_attr="epoch",
            max_resource_attr="epochs",
            random_seed=seed % LARGEST_SEED,
            search_options={"debug_log": False},
            **options,
        )

    def ask(self):
        """Returns the number and the values of a trial that starts, or that goes on."""
        from datetime import datetime

        from syne_tune.backend.trial_status import Trial

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = self.scheduler.suggest(trial_id=len(self.trials))
        if found is None:
            raise RuntimeError("there is no suggestion")
        if found.spawn_new_trial_id:
            number = len(self.trials)
            self.trials[number] = Trial(number, dict(found.config), datetime.now())
            self.scheduler.on_trial_add(self.trials[number])
        else:
            number = found.checkpoint_trial_id
        config = self.trials[number].config
        return number, [outer(each, config[each["name"]]) for each in self.space]

    def place(self, number, values):
        """Gives a trial other values than it was proposed with."""
        config = self.trials[number].config
        for each, value in zip(self.space, values, strict=True):
            low, high = inner(each, each["low"]), inner(each, each["high"])
            config[each["name"]] = min(max(inner(each, value), low), high)
        if self.method in MODELLED:  # the model notes the values of what it proposes
            searcher = self.scheduler.searcher
            searcher = getattr(searcher, "_searcher_int", searcher)  # DyHPO wraps another
            known = searcher.state_transformer.state.config_for_trial[str(number)]
            known.update((name, config[name]) for name in known if name in config)

    def report(self, number, epoch, loss):
        """Takes a loss and tells whether the trial goes on."""
        from syne_tune.optimizer.scheduler import SchedulerDecision

        trial = self.trials[number]
        if loss is None:
            self.scheduler.on_trial_error(trial)
            return False
        decision = self.scheduler.on_trial_result(trial, {"loss": loss, "epoch": epoch})
        if decision == SchedulerDecision.CONTINUE:
            return True
        self.scheduler.on_trial_remove(trial)
        return False


def inner(dimension, value):
    """Returns a value as the scheduler knows it."""
    return math.log(value) if dimension.get("log", False) else value


def outer(dimension, value):
    """Returns the value that the scheduler means, in the dimension's bounds."""
    meant = math.exp(value) if dimension.get("log", False) else value
    return min(max(meant, dimension["low"]), dimension["high"])
