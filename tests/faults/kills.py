"""Kills real searches at random moments, resumes them, and looks at what became of the trials.

The moments of the kills of one search are drawn from the whole of it: from its epochs and the ends
of its trials, as the same search had them that nobody has killed. Each kill waits until so much is
done and some part of the next step. What is written at the end only is hit at the end.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Sequence
from typing import Any

import psutil

from tests.faults import victims
from tests.faults.checks import GONE, CheckedSearch
from tests.faults.deaths import arm
from tests.faults.searches import LIMIT
from tests.faults.toll import AT_THE_END, FILES
from tests.faults.victims import Watch
from tftune.support.files import UNFINISHED

ATTEMPTS = 6  # sessions for one kill
EARLY = 0.12  # part of the kills that hit a session before it has begun a trial
COLD = 0.15
WRITING = {"weights": 0.004, "best model": 0.1}  # seconds that it takes


class Killer(CheckedSearch):
    """Kills the sessions of one search, one after another, and resumes it to its end.

    Args:
        *given: As for `CheckedSearch`.
        cold: Part of the sessions whose fork server imports TensorFlow.
    """

    def __init__(self, *given: Any, cold: float = COLD) -> None:
        super().__init__(*given)
        self.cold = cold
        self._driver: int | None = None  # of the session that runs
        self._is_struck = False  # whether the driver was

    def kill_in_each_way(self, kinds: Sequence[str]) -> None:
        """Kills as often as there are kinds.

        Args:
            kinds: Of the kills.
        """
        kinds = list(kinds)
        self.chance.shuffle(kinds)
        at_any_time = [kind for kind in kinds if kind not in AT_THE_END]
        for moment in sorted(self.chance.uniform(0.0, self.whole.steps()) for _ in at_any_time):
            self.kill(at_any_time.pop(), -1.0 if self.chance.random() < EARLY else moment)
        for kind in kinds:
            if kind in AT_THE_END:
                self.kill(kind, 0.0)

    def kill(self, kind: str, moment: float) -> None:
        """Kills the session that runs, or begins one, until it is hit; checks each time that
        nothing that had ended is lost. A session whose driver lives on goes on.

        Args:
            kind: Of the kill.
            moment: Steps of the search after which it comes, or as soon after them as a session has
                begun with a trial; below 0 it comes before.
        """
        for _ in range(ATTEMPTS):
            if self._driver is None:
                if kind in AT_THE_END:  # else the evaluation is done, and not done again
                    (self.folder / "best_model.keras").unlink(missing_ok=True)
                self._driver = self._begin(cold=self.chance.random() < self.cold)
            self._is_struck = False
            hit = self._wait_for(kind, moment, self._driver) and self._strike(kind, self._driver)
            done = self.journal.steps() / self.whole.steps()
            self.toll.early += hit and not self._has_begun()
            if self._is_struck or not hit:
                hit &= self._end(GONE if hit else LIMIT) == -signal.SIGKILL
            self._check_ends()
            if hit:
                self.toll.kills[kind] += 1
                self.toll.moments += [done] if kind not in AT_THE_END else []
                return
            self.toll.missed[kind] += 1
            if kind not in AT_THE_END and self.journal.steps() == self.whole.steps():
                self.finish()
                self._begin_anew()
                moment = self.chance.uniform(0.0, self.whole.steps())
        raise AssertionError(f"{ATTEMPTS} sessions ended before their kill: {kind}\n{self.log()}")

    def _end(self, seconds: float) -> int:
        """Waits for the end of the session, looks at what it leaves, and returns its code."""
        assert self._driver is not None
        code = self.searches.wait(self._driver, seconds)
        self._driver = None
        assert code in (0, -signal.SIGKILL) or self._was_told(code), self.log()
        self._measure()
        self._look_for_leftovers()
        return code

    def finish(self) -> None:
        """Lets the session go on to its end, and resumes the search twice."""
        if self._driver is not None:
            self._end(LIMIT)
        super().finish()

    def _was_told(self, code: int) -> bool:
        """Whether a session ended because the one job that was no trial was killed."""
        told = "could not be built or evaluated", "was ended by signal SIGKILL"
        return code == 1 and all(text in self.log() for text in told)

    def _until(self, condition: Callable[[], object], driver: int, step: float = 0.02) -> bool:
        """Waits until a condition holds; returns False if the session ends before."""
        deadline = time.monotonic() + LIMIT
        while not condition():
            if self.searches.code_of(driver) is not None:
                return False
            assert time.monotonic() < deadline, f"the search did not get that far\n{self.log()}"
            time.sleep(step)
        return True

    def _wait(self, seconds: float, driver: int) -> bool:
        """Waits some seconds; returns False if the session ends meanwhile."""
        until = time.monotonic() + seconds
        return self._until(lambda: time.monotonic() >= until, driver, min(seconds, 0.01))

    def _wait_for(self, kind: str, moment: float, driver: int) -> bool:
        """Waits for the moment of a kill; returns False if the session ends before."""
        if kind == "final evaluation":
            return self._until(lambda: self._new("finish"), driver) and self._wait(
                self.chance.uniform(0.0, self.searches.seconds_of_end), driver
            )
        if kind in AT_THE_END:
            return True
        if moment < 0 and not self._has_begun():
            return self._wait(self.chance.uniform(0.0, self.searches.seconds_of_start), driver)

        def is_near() -> bool:
            return self.journal.steps() >= int(moment) and self._has_begun()

        part = self.chance.random()
        return self._until(is_near, driver) and self._wait(
            part * self.journal.seconds_of_step(), driver
        )

    def _strike(self, kind: str, driver: int) -> bool:
        """Kills; returns whether there was somebody to be killed."""
        if kind in FILES:
            self._is_struck = True
            delay = self.chance.choice([0.0, self.chance.uniform(0.0, 0.004)])
            if kind == "TensorBoard":  # whose files bear their names from the beginning
                arm(self.folder, FILES[kind], delay, 0)
            else:
                delay = self.chance.choice([-1.0, delay])
                arm(self.folder, FILES[kind], delay, self.chance.randrange(2))
            return self._until(lambda: False, driver) or True
        if kind in WRITING:
            return self._strike_writing(kind, driver)
        servers, children = victims.forked(driver)
        if kind in ("child", "fork server"):
            wanted = 1 if kind == "child" else 0
            if not self._until(lambda: victims.forked(driver)[wanted], driver, 0.01):
                return False
            found = victims.forked(driver)[wanted]
            self._shared |= victims.shared_memory_of(found)
            return bool(found) and victims.kill([self.chance.choice(found)])
        return self._kill_driver(driver, [] if kind == "driver" else [*servers, *children])

    def _kill_driver(self, driver: int, others: list[psutil.Process]) -> bool:
        try:
            process = psutil.Process(driver)
        except psutil.NoSuchProcess:
            return False
        self._is_struck = True
        self._shared |= victims.shared_memory_of([process, *others])
        self.chance.shuffle(others)
        return victims.kill([process, *others])

    def _strike_writing(self, kind: str, driver: int) -> bool:
        """Kills while a child writes: the child, the driver, or everything."""
        folder = self.folder / "checkpoints" if kind == "weights" else self.folder
        if not self._until(folder.is_dir, driver, 0.005):
            return False
        watch = Watch(folder)
        ending = "" if kind == "weights" else "best_model.keras"

        def is_written() -> bool:
            names = list(watch.names(0.1))
            return any(each.startswith(UNFINISHED) and each.endswith(ending) for each in names)

        try:
            if not self._until(lambda: victims.forked(driver)[1], driver, 0.005):
                return False
            while True:
                found = victims.forked(driver)
                if not self._until(is_written, driver, 0.0):
                    return False
                if not any(map(victims.lives, found[1])):
                    found = victims.forked(driver)
                if found[1]:
                    break
        finally:
            watch.close()
        time.sleep(self.chance.uniform(0.0, WRITING[kind]))
        victim = self.chance.choice(["everything", "driver", "child"][: 3 if not ending else 2])
        if victim == "child":
            return victims.kill([self.chance.choice(found[1])])
        return self._kill_driver(driver, [*found[0], *found[1]] if victim == "everything" else [])
