"""Where the rungs of a search that pauses trials stand, and how many configurations get there.

The first point of a learning curve says little of its end: on the six tables that section 13 of
`benchmarks/README.md` measures, the rank correlation of the first of 51 points with the least loss
is 0.1 to 0.3, that of the second 0.7 to 0.9, of the third 0.8 to 0.9. So the first rung stands at a
seventeenth of a training, and not below two epochs.
"""

from __future__ import annotations

from collections.abc import Sequence

from tftune.oracles.multifidelity.brackets import Rung

_SHARE = 17  # the first rung stands after this part of a training
_LAST = 0.75  # a rung beyond this share of a training is the end of it


def first_epochs(max_epochs: int) -> int:
    """Returns the epochs of the first rung.

    Example:
        >>> [first_epochs(epochs) for epochs in (1, 2, 20, 51, 100)]
        [1, 2, 2, 3, 6]
    """
    return min(max_epochs, max(2, round(max_epochs / _SHARE)))


def rung_epochs(max_epochs: int, growth: int, first: int | None = None) -> tuple[int, ...]:
    """Returns the epochs at which trials are compared, each `growth` times the one before.

    Args:
        max_epochs: The end of a training, and the last rung.
        growth: At least 2.
        first: Epochs of the first rung; None for those of `first_epochs`.

    Example:
        >>> rung_epochs(51, 2), rung_epochs(51, 4), rung_epochs(1, 2)
        ((3, 6, 12, 24, 51), (3, 12, 51), (1,))
    """
    epochs, found = first or first_epochs(max_epochs), []
    while epochs < _LAST * max_epochs:
        found.append(epochs)
        epochs *= growth
    return (*found, max_epochs)


def rungs_for_epochs(epochs: Sequence[int], budget: int, widest: int) -> tuple[Rung, ...]:
    """Returns rungs that spend a budget: half of it on the first, equal parts on the others.

    Args:
        epochs: Of the rungs.
        budget: Epochs of all trials together.
        widest: The most configurations that go on from a rung; what that leaves is spent on the
            first.

    Example:
        >>> [tuple(rung) for rung in rungs_for_epochs((3, 6, 12, 24, 51), 1000, 99)]
        [(167, 3), (41, 6), (20, 12), (10, 24), (4, 51)]
        >>> [rung.size for rung in rungs_for_epochs((3, 6, 12, 24, 51), 1000, 30)]
        [178, 30, 20, 10, 4]
    """
    steps = [later - earlier for earlier, later in zip(epochs, epochs[1:], strict=False)]
    if not steps:
        return (Rung(max(1, budget // epochs[0]), epochs[0]),)
    share = budget / 2 / len(steps)
    wanted = [int(share / step) for step in steps]
    spared = sum(
        (size - widest) * step for size, step in zip(wanted, steps, strict=True) if size > widest
    )
    first = max(1, round((budget / 2 + spared) / epochs[0]))
    sizes = [min(size, widest, first) for size in wanted]
    return tuple(map(Rung, (first, *sizes), epochs))
