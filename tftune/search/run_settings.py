"""How a search runs: workers, limits of a trial, the order in which results count. Imports nothing
that is slow.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tftune.errors import UsageError
from tftune.execution.base import AbstractExecutor
from tftune.execution.choose import default_workers, open_executor
from tftune.search.racing import rounds_for
from tftune.support.checks import check_count, check_flag, check_number

LAG = 4  # of `reproducible=True`
FINISH_SHARE = 0.2  # of the time of the trials, for `finish=True`
CANDIDATES = 10  # best trials whose weights are kept for a finish
USED = 0.9  # of the time until a limit, for trials; the rest is for the start and the gaps
CONFIRMED_FROM = 60  # trials of a search whose winner is confirmed by default


@dataclass(frozen=True)
class RunSettings:
    """How a search runs; none of it but the lag changes what a trial is.

    Args:
        workers: Child processes at a time; 0 trains in this process; "ray" trains on a Ray of this
            machine; or an executor of your own, which stays open. Defaults to one a core, or to
            what fits on the GPUs.
        ray_address: A running Ray cluster: "auto" or "HOST:PORT"; None uses no cluster. `workers`
            is then trials at a time on all of it.
        threads: Threads for one TensorFlow operation in a child.
        gpu_share: Part of a GPU that one trial uses, above 0 and at most 1; None is a whole one,
            where there is one.
        keep_models: Trials whose weights are kept.
        max_retries_per_trial: Further attempts for a trial that crashed.
        max_consecutive_failed_trials: Crashed trials in a row that end the search.
        timeout: Seconds after which the search ends, or None. It may decide what `auto` is (see
            `tftune.search.choosing`).
        budget: Epochs of all trials together, where a search that is resumed gets another budget
            than it began with; None leaves it.
        trial_timeout: Seconds after which a trial ends and counts as failed, or None.
        trial_memory: Gigabytes (10^9 bytes) that a trial may use before it is ended and counts as
            failed, or None.
        reproducible: Proposals use only the results of trials that are older by this lag, at least
            as large as `workers`; True is a lag of 4, False and 0 use each result at once.
        stop_when_flat: Trials one after another, completed or pruned and none better than the best
            before them, after which no further one is started (see `tftune.search.flatness`); those
            under way are finished. None is never.
        confirm: How many of the best are trained again when the search is done, on fresh seeds, and
            the winner chosen among them (see `tftune.search.racing`): so many in a first round, two
            in each of three further ones; or the contenders of each round, such as `(5, 3, 2)`. 0
            is none. None is 3 for searches of 60 trials and more, else none.
        finish: Part of the time that the trials took which finishing the model may take when the
            search is done (see `tftune.search.finish.finishing`), above 0; True is 0.2, None and 0
            are none.
        report: Whether `report.html` is written when the search ends; None leaves it to the
            environment variable TFTUNE_REPORT, where 0 is no and 1 the default.
        checkpoint: Whether a trial is kept while it trains, so that one which is interrupted goes
            on at its epoch (see `tftune.training.keeping`): True after each epoch, False never;
            None where more than 10 s of training would be lost.
        references: Whether reference models are fitted when the search ends; None leaves it to the
            environment variable TFTUNE_REFERENCES, likewise.

    Raises:
        UsageError: If a value is outside its range or two do not go together.

    Example:
        >>> RunSettings(workers=2, reproducible=True).lag
        4
    """

    workers: int | str | AbstractExecutor | None = None
    ray_address: str | None = None
    threads: int = 1
    gpu_share: float | None = None
    keep_models: int = 1
    max_retries_per_trial: int = 0
    max_consecutive_failed_trials: int = 3
    timeout: float | None = None
    budget: int | None = None
    trial_timeout: float | None = None
    trial_memory: float | None = None
    reproducible: bool | int = False
    stop_when_flat: int | None = None
    confirm: int | Sequence[int] | None = None
    finish: float | bool | None = None
    report: bool | None = None
    references: bool | None = None
    checkpoint: bool | None = None

    def __post_init__(self) -> None:
        if self.gpu_share is not None:
            check_number("gpu_share", self.gpu_share, 0, 1, above=True, example=0.5)
        if self.workers is None and self.ray is None:
            object.__setattr__(self, "workers", default_workers(self.gpu_share or 1.0))
        named = self.workers is None or (self.workers == "ray" and self.ray_address is None)
        if isinstance(self.workers, AbstractExecutor):
            self._check_own_executor()
        elif not named:
            check_count("workers", self.workers, least=0 if self.ray is None else 1)
        if not isinstance(self.reproducible, bool):
            check_count("reproducible", self.reproducible, least=0)
        check_count("stop_when_flat", self.stop_when_flat, least=1, optional=True)
        self._check_confirm()
        if self.checkpoint is not None:
            check_flag("checkpoint", self.checkpoint)
        if self.finish is not None and self.finish is not True and self.finish != 0:
            check_number("finish", self.finish, 0, above=True, example=FINISH_SHARE)
        for name in ("trial_timeout", "trial_memory"):
            value = getattr(self, name)
            if value is not None:
                check_number(name, value, 0, above=True, example=60)
                self._need_children(name, value)
        if isinstance(self.workers, int):
            self.check_lag(self.workers)

    def _check_confirm(self) -> None:
        if not isinstance(self.confirm, Sequence) or isinstance(self.confirm, str | bytes):
            check_count("confirm", self.confirm, least=0, optional=True)
            return
        for count in self.confirm:
            check_count("a round of confirm", count, least=1)
        if not self.confirm or list(self.confirm) != sorted(self.confirm, reverse=True):
            raise UsageError(
                "The contenders of confirm become fewer from round to round. Expected numbers that "
                f"never rise. Received: {self.confirm!r}. Pass for example confirm=(5, 3, 2)."
            )

    @property
    def ends_a_search(self) -> bool:
        """Whether a search ends by itself that has no number of trials.

        Example:
            >>> RunSettings(workers=0, timeout=60).ends_a_search, RunSettings(0).ends_a_search
            (True, False)
        """
        return bool(self.told_end)

    @property
    def told_end(self) -> str:
        """What ends the search besides its trials, in words, or "".

        Example:
            >>> RunSettings(workers=0, timeout=60, stop_when_flat=8).told_end
            'the search ends after 60 s, or once the last 8 trials are no better'
        """
        limits = [f"after {self.timeout:g} s"] if self.timeout is not None else []
        if self.stop_when_flat is not None:
            many = self.stop_when_flat > 1
            last = f"last {self.stop_when_flat} trials are" if many else "last trial is"
            limits.append(f"once the {last} no better")
        return f"the search ends {', or '.join(limits)}" if limits else ""

    @property
    def training_seconds(self) -> float | None:
        """Seconds of training that all workers have until the time limit; None where there is none,
        where nobody knows how many workers there are, and where a search is to be the same however
        long its trials take.

        Example:
            >>> RunSettings(workers=2, timeout=60).training_seconds
            108.0
        """
        if self.timeout is None or self.lag is not None or not isinstance(self.workers, int):
            return None
        return round(USED * float(self.timeout) * max(1, self.workers), 3) or None

    @property
    def finish_share(self) -> float:
        """Part of the trials' time that finishing may take; 0 is none.

        Example:
            >>> RunSettings(workers=0, finish=True).finish_share, RunSettings(0).finish_share
            (0.2, 0.0)
        """
        return FINISH_SHARE if self.finish is True else float(self.finish or 0.0)

    def rounds(self, trials: int | None) -> tuple[int, ...]:
        """Returns how many contenders each round of the confirmation has; none without one.

        Args:
            trials: Of the search; None where they are not known yet, which counts as few.

        Example:
            >>> settings = RunSettings(workers=0)
            >>> settings.rounds(60), settings.rounds(59), RunSettings(0, confirm=1).rounds(5)
            ((3, 2, 2, 2), (), (1, 1, 1, 1))
        """
        if self.confirm is None:
            return rounds_for() if (trials or 0) >= CONFIRMED_FROM else ()
        if isinstance(self.confirm, Sequence):
            return tuple(int(count) for count in self.confirm)
        return rounds_for(int(self.confirm)) if self.confirm else ()

    def _check_own_executor(self) -> None:
        for name in ("ray_address", "gpu_share", "trial_memory"):
            if getattr(self, name) is not None:
                raise UsageError(
                    f"{name} belongs to executors that tftune opens. Expected None beside an "
                    f"executor of your own. Received: {name}={getattr(self, name)!r}. "
                    "Give it to the executor."
                )

    def check_lag(self, workers: int) -> None:
        """Checks that the lag of a reproducible search is enough for so many workers, whose number
        a cluster may tell only later.

        Raises:
            UsageError: If it is not.
        """
        if self.lag is not None and workers > self.lag:
            raise UsageError(
                "A reproducible search needs a lag of at least its workers. Expected "
                f"reproducible={workers} or more. "
                f"Received: reproducible={self.reproducible!r} with {workers} workers. Raise the "
                "lag, or use fewer workers."
            )

    def _need_children(self, name: str, value: float) -> None:
        if not self.in_children:
            raise UsageError(
                "Only a child process can be ended at a limit. Expected workers of at least 1. "
                f"Received: {name}={value!r} with workers=0. "
                f"Leave out {name}, or use workers=1."
            )

    @contextlib.contextmanager
    def opened_executor(self, logs: Path | None = None) -> Iterator[AbstractExecutor]:
        """Gives the executor that trials run on, and closes it again unless it is the user's own.

        Args:
            logs: Folder for what children print.
        """
        if isinstance(self.workers, AbstractExecutor):
            self.check_lag(self.workers.slots)
            yield self.workers
            return
        workers = self.workers if isinstance(self.workers, int) else None
        with contextlib.closing(
            open_executor(workers, self.threads, logs, self.trial_memory, self.ray, self.gpu_share)
        ) as executor:
            if self.ray is not None:
                self.check_lag(executor.slots)
            yield executor

    @property
    def ray(self) -> str | None:
        """Where Ray is: "local", the address of a cluster, or None where it is not used."""
        return "local" if self.workers == "ray" else self.ray_address

    @property
    def workers_told(self) -> int | str | None:
        """`workers` as the journal notes it."""
        own = isinstance(self.workers, AbstractExecutor)
        return type(self.workers).__name__ if own else self.workers  # type: ignore[return-value]

    @property
    def in_children(self) -> bool:
        """Whether trials run in processes of their own."""
        if isinstance(self.workers, AbstractExecutor):
            return not self.workers.in_this_process
        return self.workers != 0

    def end_of(self, reason: str, wall_seconds: float) -> dict[str, Any]:
        """Returns what the journal notes of the end of a search.

        Args:
            reason: As the driver says.
            wall_seconds: Of all sessions.
        """
        limit = {"stop_when_flat": self.stop_when_flat} if reason == "flat" else {}
        return {"reason": reason, **limit, "wall_seconds": wall_seconds}

    @property
    def lag(self) -> int | None:
        """L of the reproducible way (see `tftune.search.proposals`), or None."""
        return LAG if self.reproducible is True else self.reproducible or None
