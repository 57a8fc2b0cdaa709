"""Hyperband's plan: brackets of rungs, as Table 1 of Li et al. (2018) has them.

L. Li, K. Jamieson, G. DeSalvo, A. Rostamizadeh, A. Talwalkar: Hyperband: A Novel Bandit-Based
Approach to Hyperparameter Optimization. JMLR 18(185):1-52, 2018.
"""

from __future__ import annotations

from typing import NamedTuple


class Rung(NamedTuple):
    """`size` configurations train until epoch `epochs`; all but the first rung continue the best of
    the rung before.
    """

    size: int
    epochs: int


class Bracket(NamedTuple):
    """One run of successive halving; `number` is the paper's s, the number of halvings."""

    number: int
    rungs: tuple[Rung, ...]

    @property
    def trials(self) -> int:
        """Number of trials if none fails; a continued configuration is a trial of its own."""
        return sum(rung.size for rung in self.rungs)

    @property
    def epochs(self) -> int:
        """Epochs to train if none fails, continued ones counted from where their parent ended."""
        starts = (0, *(rung.epochs for rung in self.rungs))
        return sum(
            rung.size * (rung.epochs - start)
            for rung, start in zip(self.rungs, starts, strict=False)
        )


SIZES = ("table", "algorithm")


def plan_brackets(max_epochs: int, factor: int, sizes: str = "table") -> tuple[Bracket, ...]:
    """Returns one iteration of Hyperband, the bracket with most halvings first.

    With R = `max_epochs`, eta = `factor` and s_max = floor(log_eta R), bracket s begins with n
    configurations, and its rung i has floor(n / eta^i) of them at R / eta^(s - i) epochs. The paper
    contradicts itself about n:

    - `sizes="table"`: n = floor((s_max + 1) / (s + 1)) * eta^s gives its Table 1, and is what its
      authors' own program computes.
    - `sizes="algorithm"`: n = ceil((s_max + 1) / (s + 1) * eta^s) is printed in its Algorithm 1 and
      is KerasTuner's; it does not give the table (34, 15 and 8 instead of 27, 9 and 6 for R = 81,
      eta = 3; for R = 4, eta = 2, three instead of two in bracket 1).

    Epochs are rounded to integers, halves up; the last rung has exactly R.

    Args:
        max_epochs: R, at least 1.
        factor: eta, at least 2.
        sizes: `"table"` or `"algorithm"`.

    Example:
        >>> [(rung.size, rung.epochs) for rung in plan_brackets(81, 3)[1].rungs]
        [(27, 3), (9, 9), (3, 27), (1, 81)]
        >>> [(rung.size, rung.epochs) for rung in plan_brackets(81, 3, "algorithm")[1].rungs]
        [(34, 3), (11, 9), (3, 27), (1, 81)]
    """
    most = 0  # s_max, in integers: the floating-point log_3(243) is less than 5
    while factor ** (most + 1) <= max_epochs:
        most += 1
    halvings = range(most, -1, -1)
    return tuple(Bracket(s, _rungs(s, most, max_epochs, factor, sizes)) for s in halvings)


def _rungs(s: int, most: int, max_epochs: int, factor: int, sizes: str) -> tuple[Rung, ...]:
    first = (most + 1) // (s + 1) * factor**s  # n
    if sizes == "algorithm":
        first = -((most + 1) * factor**s // -(s + 1))  # rounded up, in integers
    divisors = [factor ** (s - i) for i in range(s + 1)]
    epochs = [
        (2 * max_epochs + divisor) // (2 * divisor) for divisor in divisors
    ]  # r_i = R / eta^(s - i), halves up
    return tuple(Rung(first // factor**i, epochs[i]) for i in range(s + 1))
