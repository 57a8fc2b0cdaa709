"""Tables of real hyper-parameter searches in which every configuration was trained with several
seeds, so that a search can be tried on results that come out differently each time.

A file is one of `benchmarks.tables` that holds `losses`, too: the axes of `loss`, and the seeds
last. A training draws one of the seeds; what a configuration is worth is the mean over all.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.problems import Problem
from benchmarks.searches import make_oracle, open_peer, tell
from benchmarks.tables import load_table, table_names, table_problem
from tftune.errors import UsageError
from tftune.search.racing import race
from tftune.space.search_space import Value, public_values
from tftune.support.seeding import generator


@dataclass(frozen=True)
class Race:
    """A race among the trials of a search.

    Attributes:
        winner: The place of the trial among those of the search.
        scores: Of the search, by trial.
        results: Of the repeats, by trial and round.
    """

    winner: int
    scores: Mapping[str, float]
    results: Mapping[tuple[str, int], float]


@dataclass(frozen=True)
class NoisyTable:
    """A table with its seeds.

    Attributes:
        problem: Whose loss is the mean over the seeds.
        losses: Shape (configurations, seeds).
    """

    problem: Problem
    losses: np.ndarray

    def place_of(self, values: Mapping[str, Value]) -> int:
        """Returns the row of a configuration in `losses`."""
        dimensions = self.problem.dimensions
        indices = tuple(each.choices.index(values[each.name]) for each in dimensions)
        return int(np.ravel_multi_index(indices, tuple(len(each.choices) for each in dimensions)))

    def regret(self, place: int) -> float:
        """Returns the regret of what the configuration in a row is worth."""
        return self.problem.regret(float(self.losses[place].mean()))

    def regrets_of(self, loss: Iterable[float]) -> np.ndarray:
        """Returns losses in the units of the regret; below 0 for a lucky one."""
        return (np.asarray(loss, float) - self.problem.best) / self.problem.scale

    def race(
        self,
        places: Sequence[int],
        draws: Sequence[int],
        rounds: Sequence[int],
        seeds: Callable[[int, int], int],
    ) -> Race:
        """Lets the best trials of a search be trained again.

        Args:
            places: Rows that the search tried, in order.
            draws: The seeds they saw.
            rounds: Contenders of each round.
            seeds: Returns the fresh seed of a round and a trial.
        """
        shown = self.regrets_of(self.losses[list(places), list(draws)])
        scores = {str(trial): float(score) for trial, score in enumerate(shown)}
        results: dict[tuple[str, int], float] = {}
        while (now := race(scores, results, rounds, "min")).wanted:
            for trial, number in now.wanted:
                loss = self.losses[places[int(trial)], seeds(number, int(trial))]
                results[trial, number] = float(self.regrets_of(loss))
        return Race(int(now.winner or 0), scores, results)


def load_noisy_table(path: Path) -> NoisyTable:
    """Returns a table with its seeds.

    Raises:
        UsageError: If the file does not exist, or has no seeds.
    """
    problem = load_table(path)
    with np.load(path, allow_pickle=False) as content:
        losses = np.asarray(content["losses"], float) if "losses" in content.files else None
    shape = tuple(len(each.choices) for each in problem.dimensions)
    if losses is None or losses.shape[:-1] != shape or losses.shape[-1] < 2:
        raise UsageError(
            f"{path.name} has no results of several seeds. Expected `losses`, the axes of `loss` "
            f"and at least two seeds last. Received: "
            f"{'none' if losses is None else f'the shape {losses.shape}'}. Pass another folder "
            "with --tables DIR."
        )
    mean = losses.mean(axis=-1)
    noisy = table_problem(path.stem, problem.dimensions, mean)
    return NoisyTable(noisy, losses.reshape(-1, losses.shape[-1]))


@functools.cache
def cached_table(folder: str, name: str) -> NoisyTable:
    """Returns the table of that name in a folder, read once a process."""
    return load_noisy_table(Path(folder) / f"{name}.npz")


def noisy_table_names(folder: Path) -> list[str]:
    """Returns the names of the tables in a folder.

    Raises:
        UsageError: If there are none.
    """
    names = table_names(folder)
    if not names:
        raise UsageError(
            f"There are no tables. Expected files *.npz. Received: the folder {folder}. Pass "
            "--tables DIR."
        )
    return names


def noisy_search(table: NoisyTable, method: str, seed: int, trials: int) -> dict[str, Any]:
    """Runs one search whose every trial sees one seed of the table, drawn anew.

    Returns:
        `places`, the rows that were tried, in order, and `draws`, the seeds they saw.
    """
    oracle = make_oracle(method, table.problem, seed, trials)
    shown = Shown(table, seed)
    while len(shown.places) < trials:
        trial = oracle.create_trial("slot 0")
        if trial.status != "RUNNING":
            break
        tell(oracle, trial, shown.loss(public_values(trial.hyperparameters.values)))
    return {"places": shown.places, "draws": shown.draws}


def noisy_peer_search(
    table: NoisyTable, method: str, python: str, seed: int, trials: int
) -> dict[str, Any]:
    """The same by another library, whose trials see the same draws.

    Returns:
        `places` and `draws`, and `cpu_seconds`, the processor time of the library.
    """
    shown = Shown(table, seed)
    with open_peer(method, python, table.problem, seed, trials) as peer:
        while len(shown.places) < trials:
            trial, values = peer.ask()
            peer.tell(trial, shown.loss(values))
        spent = peer.cpu_seconds()
    return {"places": shown.places, "draws": shown.draws, "cpu_seconds": spent}


class Shown:
    """What a search has been shown of a table.

    Args:
        table: That is searched.
        seed: Of the search.

    Attributes:
        places: Rows that were tried, in order.
        draws: The seeds they saw.
    """

    def __init__(self, table: NoisyTable, seed: int) -> None:
        self.table = table
        self.noise = generator(seed, 0, f"seeds of the trials on {table.problem.name}")
        self.places: list[int] = []
        self.draws: list[int] = []

    def loss(self, values: Mapping[str, Value]) -> float:
        """Returns the loss of a training."""
        self.places.append(self.table.place_of(values))
        self.draws.append(int(self.noise.integers(self.table.losses.shape[1])))
        return float(self.table.losses[self.places[-1], self.draws[-1]])
