"""Where a search stands: counted by hand, and against sorting everything anew."""

from __future__ import annotations

import math
import random

import pytest

from tftune.journal.standing import Standing


@pytest.mark.parametrize("maximise", [True, False])
def test_the_ranking_is_that_of_sorting_all_ended_trials(maximise: bool) -> None:
    generator, standing, ended = random.Random(0), Standing(), []
    for number in range(200):
        score = generator.choice([None, 0.25, 0.5, generator.random()])
        status = "failed" if score is None else generator.choice(["completed", "pruned"])
        standing.start(f"{number:04d}")
        standing.end(f"{number:04d}", number, status, score, 1.0, "max" if maximise else "min")
        if score is not None:
            ended.append((-score if maximise else score, number))
    expected = [f"{number:04d}" for _, number in sorted(ended)]
    assert standing.ranked() == expected and standing.ranked(3) == expected[:3]
    assert sum(standing.counts.values()) == 200 and standing.counts["failed"] == 200 - len(ended)


def test_a_trial_that_is_started_again_runs_once() -> None:
    standing = Standing()
    for trial in ("0000", "0001", "0000"):
        standing.start(trial)
    assert list(standing.running) == ["0000", "0001"]
    standing.end("0000", 0, "failed", None, None, direction="max")
    assert list(standing.running) == ["0001"] and standing.ranked() == []


def test_the_mean_time_is_that_of_the_trials_that_took_time() -> None:
    standing = Standing()
    assert math.isnan(standing.mean_seconds)
    for number, seconds in enumerate((2.0, None, 4.0)):
        standing.end(f"{number:04d}", number, "completed", 0.5, seconds, direction="max")
    assert standing.mean_seconds == pytest.approx(3.0)
