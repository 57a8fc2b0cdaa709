"""Random streams: every stream is a function of (seed, trial number, purpose), so resuming needs no
saved generator.

Neighbouring seeds give unrelated streams because the triple is hashed, not added up. Seed 0 is a
seed.

Example:
    >>> from tftune.support.seeding import derive
    >>> derive(0, 3, "weights") == derive(0, 3, "weights")
    True
    >>> derive(0, 3, "weights") == derive(1, 2, "weights")
    False
"""

from __future__ import annotations

import hashlib
import numbers
from typing import TYPE_CHECKING

from tftune.errors import UsageError

if TYPE_CHECKING:
    import numpy as np

MAX_SEED = 2**31 - 1  # Keras and NumPy's legacy generator both take 32-bit seeds


def check_seed(seed: object, name: str = "seed") -> int:
    """Returns `seed` as a plain int.

    Args:
        seed: An integer from 0 to 2**31 - 1; booleans are refused.
        name: Of the argument, for the message.

    Raises:
        UsageError: If it is no such integer.

    Example:
        >>> check_seed(0)
        0
    """
    if (
        isinstance(seed, bool)
        or not isinstance(seed, numbers.Integral)
        or not 0 <= int(seed) <= MAX_SEED
    ):
        raise UsageError(
            f"{name} must be an integer from 0 to {MAX_SEED}. Received: {seed!r}. Pass for example "
            f"{name}=0."
        )
    return int(seed)


def derive(seed: int, number: int, purpose: str) -> int:
    """Returns a seed in [0, 2**31 - 1] for one purpose of one trial.

    Args:
        seed: The seed of the search.
        number: The trial's number, or another counter such as the epoch.
        purpose: What the stream is for, such as `"weights"` or `"proposal"`.

    Example:
        >>> 0 <= derive(7, 0, "shuffle") <= MAX_SEED
        True
    """
    digest = hashlib.blake2b(f"{seed}/{number}/{purpose}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") & MAX_SEED


def generator(seed: int, number: int, purpose: str) -> np.random.Generator:
    """Returns NumPy's default generator for one purpose of one trial.

    Args:
        seed: The seed of the search.
        number: The trial's number, or another counter.
        purpose: What the stream is for, such as `"proposal"`.

    Example:
        >>> first = generator(0, 0, "proposal").random()
        >>> first == generator(0, 0, "proposal").random()
        True
    """
    import numpy as np  # here, because `--help` must not wait for it

    digest = hashlib.blake2b(f"{seed}/{number}/{purpose}".encode(), digest_size=32).digest()
    return np.random.default_rng(np.frombuffer(digest, dtype=np.uint32))  # 256 bits of entropy
