"""DEHB of its authors, asked and told, with its default settings and fidelities from one epoch on.

Its fidelities are rounded. It is told the least loss so far, and a very large one where training
diverged. In its first round of brackets it promotes configurations, which go on; later it proposes
new ones at every fidelity, which start anew.
"""

import math
import tempfile

DIVERGED = 1e30


def load():
    """Imports what takes long."""
    import dehb  # noqa: F401


def make(method, space, seed, points):
    """Returns a search."""
    return Search(space, seed, points)


class Search:
    """The optimizer, in the unit cube.

    Args:
        space: Of the search.
        seed: Of the optimizer.
        points: The most epochs of a trial.
    """

    def __init__(self, space, seed, points):
        import dehb

        self.space, self.job, self.least, self.reached = space, None, {}, {}
        self.folder = tempfile.TemporaryDirectory(prefix="dehb-")
        self.dehb = dehb.DEHB(
            f=None,
            dimensions=len(space),
            min_fidelity=1,
            max_fidelity=points,
            n_workers=1,
            seed=seed % 2**32,
            save_freq="end",
            output_path=self.folder.name,
            log_level="ERROR",
        )

    def ask(self):
        """Returns the number of a configuration and its values."""
        while True:
            self.job = self.dehb.ask()
            number = int(self.job["config_id"])
            if self.reached.get(number, 0) < self._epochs():
                config = self.job["config"]
                return number, [at(each, x) for each, x in zip(self.space, config, strict=True)]
            self._tell(number)  # it was trained as far before, or diverged

    def place(self, number, values):
        """Gives a configuration other values than it was proposed with."""
        pairs = zip(self.space, values, strict=True)
        for index, (each, value) in enumerate(pairs):
            self.job["config"][index] = place_of(each, value)
        self.dehb.config_repository.configs[number].config = self.job["config"].copy()

    def report(self, number, epoch, loss):
        """Takes a loss and tells whether the trial goes on."""
        if loss is None:
            self.least[number], self.reached[number] = DIVERGED, math.inf
        else:
            self.least[number] = min(loss, self.least.get(number, DIVERGED))
            self.reached[number] = epoch
            if epoch < self._epochs():
                return True
        self._tell(number)
        return False

    def _epochs(self):
        return max(1, round(self.job["fidelity"]))

    def _tell(self, number):
        self.dehb.tell(self.job, {"fitness": self.least[number], "cost": self._epochs()})


def at(dimension, share):
    """Returns the value at a place of the unit interval."""
    low, high = dimension["low"], dimension["high"]
    if dimension.get("log", False):
        return min(max(low * (high / low) ** float(share), low), high)
    return low + (high - low) * float(share)


def place_of(dimension, value):
    """Returns the place of a value in the unit interval."""
    low, high = dimension["low"], dimension["high"]
    if dimension.get("log", False):
        low, high, value = math.log(low), math.log(high), math.log(value)
    return min(max((value - low) / (high - low), 0.0), 1.0) if high > low else 0.0
