"""What a search method says beforehand of its phases: how many configurations are given, how many
are drawn, and whether its model ever proposes.

Example:
    >>> counted(1, "trial"), counted(3, "trial"), are(1), are(8)
    ('1 trial', '3 trials', '1 is', '8 are')
"""

from __future__ import annotations

from tftune.journal.status import TrialStatus
from tftune.oracles.core.given import start_configurations
from tftune.oracles.core.view import SearchView


def counted(number: int, thing: str) -> str:
    """Returns a number of things in words."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def are(number: int) -> str:
    """Returns `1 is` or `8 are`."""
    return f"{number} {'is' if number == 1 else 'are'}"


def given_first(view: SearchView) -> set[str]:
    """Returns the keys of the configurations that are tried first: those given, and the best of
    earlier searches.
    """
    if not view.space.knobs:
        return set()
    first = start_configurations(view.start, view.space)
    good = [each for each in view.warm_start if each["status"] == TrialStatus.COMPLETED]
    keys = {view.space.key(values) for values in first}
    if good:
        sign = -1 if view.objective.direction == "max" else 1
        keys.add(view.space.key(min(good, key=lambda each: sign * each["score"])["values"]))
    return keys


def tried_before(view: SearchView) -> set[str]:
    """Returns the keys of the configurations of earlier searches that are not tried again."""
    if not view.space.knobs:
        return set()
    earlier = {view.space.key(each["values"]) for each in view.warm_start}
    return earlier - given_first(view)


def phases(view: SearchView, total: int | None, initial: int, drawn: str, then: str) -> str:
    """Returns how the trials come about, in one line that is true for any number of them.

    Args:
        view: The search.
        total: Trials that there will be, or None without a limit.
        initial: Results before the model proposes.
        drawn: How the first ones come about, such as `drawn at random`.
        then: What the model does, such as `a Gaussian process proposes`.
    """
    given = len(given_first(view))
    has_score = any(each["status"] != TrialStatus.FAILED for each in view.warm_start)
    before = len(view.warm_start) if has_score else 0
    first = max(initial - before - given, 0)
    if total is not None:
        given = min(given, total)
        first = min(first, total - given)
    words = [f"{are(given)} given"] if given else []
    words += [f"{are(first)} {drawn}"] if first else []
    if total is not None and given + first >= total:
        return f"{', '.join(words) or 'nothing is left to try'}, and that is all"
    if not words:
        return f"from the first trial on {then}"
    return f"{', '.join(words)}, then {then}"
