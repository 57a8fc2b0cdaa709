"""Evolution's replacement schemes: who is in the population, and for how long."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tftune.cli.pictures.asked import oracle, play
from tftune.cli.pictures.estimates import Estimate, estimate, estimates
from tftune.reports.charts.chart import Axis, Band, Chart, Line, Points
from tftune.reports.views.view import Table, View
from tftune.support.seeding import derive, generator

SIZE, TRIALS, ELITES, ROUNDS, SEARCHES = 10, 80, 2, 4, 20
KNOBS, BEST, NOISE = 4, 0.3, 0.06
SCHEMES = {  # name in tftune: what it is, colour
    "aging": ("Ageing: the oldest dies", "run-0"),
    "full": ("Generations: all die at once", "run-1"),
    "elitism": (f"Generations with {ELITES} elites", "run-2"),
    "tournament": ("Steady state: a loser dies", "run-5"),
}

Array = np.ndarray[Any, Any]


class Life:
    """One search by evolution, and who was in the population when.

    Args:
        scheme: Of `SCHEMES`.
        seed: Of the search and of the noise.

    Attributes:
        truths: The losses without noise, in the order of the trials.
        losses: What was measured.
        members: The trials in the population after 1, 2, ... trials.
    """

    def __init__(self, scheme: str, seed: int) -> None:
        asked = oracle(
            "evolution",
            knobs,
            seed,
            TRIALS,
            replacement=scheme,
            population_size=SIZE,
            elites=ELITES,
            tournament_size=ROUNDS,
        )
        noise = generator(seed, 0, "noise").normal(0.0, NOISE, TRIALS)
        self.truths: list[float] = []

        def loss(values: Mapping[str, Any]) -> float:
            self.truths.append(truth(values))
            return self.truths[-1] + float(noise[len(self.truths) - 1])

        self.losses = [measured for _, measured in play(asked, loss, TRIALS)]

        from tftune.oracles.population.replacement import REPLACEMENTS

        self.members = [
            REPLACEMENTS[scheme](
                self.losses[:ended], SIZE, ELITES, ROUNDS, generator(seed, 0, "replacement")
            )
            for ended in range(1, TRIALS + 1)
        ]

    def lives(self) -> list[tuple[int, int]]:
        """Returns after which trials each was first and last a member; (0, 0) if it never was."""
        found = [(0, 0)] * TRIALS
        for ended, members in enumerate(self.members, 1):
            for member in members:
                found[member] = (found[member][0] or ended, ended)
        return found

    def optimism(self) -> float:
        """Returns by how much the last members measured lower than they are, in the mean."""
        return float(np.mean([self.truths[each] - self.losses[each] for each in self.members[-1]]))

    def mean_truth(self) -> list[float]:
        """Returns the mean loss without noise of the members, after each trial from the first whole
        population on.
        """
        whole = self.members[SIZE - 1 :]
        return [float(np.mean([self.truths[each] for each in members])) for members in whole]


def knobs(hp: Any) -> None:
    """Declares four knobs from 0 to 1."""
    for number in range(KNOBS):
        hp.Float(f"x{number}", 0.0, 1.0)


def truth(values: Mapping[str, Any]) -> float:
    """Returns the loss without noise: a bowl.

    Example:
        >>> truth({"x0": 0.3, "x1": 0.3, "x2": 0.3, "x3": 0.8})
        0.25
    """
    return float(round(sum((values[f"x{number}"] - BEST) ** 2 for number in range(KNOBS)), 12))


def evolution(seed: int = 0) -> View:
    """Returns the picture.

    Args:
        seed: Of the searches; the first ten trials are the same under each scheme.
    """
    shown = {scheme: Life(scheme, derive(seed, 0, "evolution")) for scheme in SCHEMES}
    searches = {
        scheme: [Life(scheme, derive(seed, number, "evolution")) for number in range(SEARCHES)]
        for scheme in SCHEMES
    }
    means = {
        scheme: np.array([life.mean_truth() for life in lives])
        for scheme, lives in searches.items()
    }
    spans = {
        scheme: estimate([_longest(life) for life in lives]) for scheme, lives in searches.items()
    }
    luck = {
        scheme: estimate([life.optimism() for life in lives]) for scheme, lives in searches.items()
    }
    first = estimate(means["aging"][:, 0])
    ends = {scheme: rows[:, -1] for scheme, rows in means.items()}
    return View(
        "evolution",
        "Evolution: three ways to replace members, one of them with a variant",
        f"A marker is a trial at its measured loss; the line behind it shows how long it was one "
        f"of the {SIZE} members. The star is the lowest measurement.",
        sentences=(
            "Formula: a parent is the best of a few members drawn at random; a child is a parent "
            "crossed with another one, and mutated. The schemes differ in who makes room for it: "
            "the oldest member (ageing, Real et al. 2019); all at once when a generation is "
            "complete (generations, Holland 1975; with elites the best stay, De Jong 1975); or "
            f"the worst of {ROUNDS} members drawn at random (steady state).",
            f"Noise: each trial is measured with a noise of standard deviation {NOISE}, as a "
            "training with one seed is. A lucky trial looks better than it is, and where the best "
            "may stay, luck gathers. The measured loss of the last members is too low by "
            + "; ".join(f"{luck[scheme].told()} ({_short(scheme)})" for scheme in SCHEMES)
            + ".",
            "Longest life: the member that stays longest stays for "
            + "; ".join(f"{spans[scheme].told(1)} trials ({_short(scheme)})" for scheme in SCHEMES)
            + f" (mean of {SEARCHES} searches, 95 %).",
            f"Result: without the noise, the mean loss of the members falls from {first.told()} to "
            + "; ".join(f"{estimate(ends[scheme]).told()} ({_short(scheme)})" for scheme in SCHEMES)
            + f" after {TRIALS} trials. The difference to ageing: "
            + "; ".join(
                f"{_word(ends[scheme] - ends['aging'])} ({_short(scheme)})"
                for scheme in SCHEMES
                if scheme != "aging"
            )
            + f". The lowest is {_short(min(ends, key=lambda scheme: ends[scheme].mean()))}. The "
            "more strictly a scheme selects, the faster it gains and the more luck it keeps; "
            "ageing is made for long searches in much noise.",
        ),
        charts=(
            *(_population(scheme, life) for scheme, life in shown.items()),
            _progress(means),
        ),
        tables=(_table(ends, spans, luck),),
    )


def _word(difference: Array) -> str:
    found = estimate(difference)
    return f"{found.told()}, {'noise' if found.verdict == 'noise' else found.verdict}"


def _short(scheme: str) -> str:
    """Its name in a sentence."""
    return SCHEMES[scheme][0].partition(":")[0].lower()


def _longest(life: Life) -> int:
    return max(last - first for first, last in life.lives())


def _luckiest(life: Life) -> int:
    """Returns the trial whose measured loss is the lowest."""
    return int(np.argmin(life.losses))


def _population(scheme: str, life: Life) -> Chart:
    title, colour = SCHEMES[scheme]
    lucky = _luckiest(life)
    lives = life.lives()
    marks: list[Line | Points] = [
        Line((first, last + 1), (life.losses[number],) * 2, "members", colour, faint=True)
        for number, (first, last) in enumerate(lives)
        if first and number != lucky
    ]
    born = [number for number, (first, _) in enumerate(lives) if first]
    never = [number for number in range(TRIALS) if number not in born]
    marks.append(
        Points(
            [number + 1 for number in born], [life.losses[number] for number in born], "", colour
        )
    )
    if never:
        marks.append(
            Points(
                [number + 1 for number in never],
                [life.losses[number] for number in never],
                "never a member",
                "neutral",
            )
        )
    first, last = lives[lucky]
    marks += [
        Line((first, last + 1), (life.losses[lucky],) * 2, "lowest measured", "best"),
        Points([lucky + 1], [life.losses[lucky]], "lowest measured", "best"),
    ]
    return Chart(
        f"population-{scheme}",
        Axis("trials that have ended", low=0, high=TRIALS + 1, whole=True),
        Axis("measured loss"),
        tuple(marks),
        title=title,
        height=1.2,
    )


def _progress(means: Mapping[str, Array]) -> Chart:
    ended = list(range(SIZE, TRIALS + 1))
    marks: list[Band | Line] = []
    for scheme, rows in means.items():
        title, colour = SCHEMES[scheme]
        middle, low, high = estimates(rows)
        marks += [Band(ended, low, high, title, colour), Line(ended, middle, title, colour)]
    return Chart(
        "progress",
        Axis("trials that have ended", low=SIZE, high=TRIALS, whole=True),
        Axis("mean loss of the members, without noise", low=0),
        tuple(marks),
        title=f"What the members are worth: mean of {SEARCHES} searches, 95 %",
        wide=True,
    )


def _table(
    ends: Mapping[str, Array], spans: Mapping[str, Estimate], luck: Mapping[str, Estimate]
) -> Table:
    return Table(
        (
            "replacement",
            "what it does",
            "longest life, trials",
            "loss of the last members",
            "measured too low by",
        ),
        tuple(
            (
                scheme,
                title,
                spans[scheme].told(1),
                estimate(ends[scheme]).told(),
                luck[scheme].told(),
            )
            for scheme, (title, _) in SCHEMES.items()
        ),
        (2, 3, 4),
        title=f"Mean of {SEARCHES} searches with {TRIALS} trials, 95 %",
    )
