"""Why a trial of a method that continues trials began, in the words of all these methods."""

from __future__ import annotations

START = "new, a start configuration"
RANDOM = "new, drawn at random"


def proposed(model: str, results: int) -> str:
    """Returns the reason of a new configuration that a model proposes.

    Args:
        model: Its name, with an article if it needs one.
        results: That it has learnt from.

    Example:
        >>> proposed("the Gaussian process", 24)
        'new, proposed by the Gaussian process of 24 results'
    """
    return f"new, proposed by {model} of {results} results"


def goes_on(until: int, rank: int, count: int, epochs: int, why: str = "") -> str:
    """Returns the reason of a trial that continues another one.

    Args:
        until: The epoch at which it ends.
        rank: Of the trial that is continued, from 1.
        count: Of the trials that it is compared with, itself among them.
        epochs: At which they are compared.
        why: What else than its rank is the reason, after a space or a comma.

    Example:
        >>> goes_on(12, 2, 20, 6)
        'goes on to epoch 12: rank 2 of 20 at epoch 6'
    """
    return f"goes on to epoch {until}{why}: rank {rank} of {count} at epoch {epochs}"
