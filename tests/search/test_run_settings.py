"""How a search runs: what goes together and what does not."""

from __future__ import annotations

from typing import Any

import pytest

from tftune.errors import UsageError
from tftune.search.run_settings import RunSettings


@pytest.mark.parametrize(
    ("reproducible", "lag"), [(False, None), (0, None), (True, 4), (1, 1), (7, 7)]
)
def test_the_lag_is_what_was_asked_for(reproducible: bool | int, lag: int | None) -> None:
    assert RunSettings(workers=1, reproducible=reproducible).lag == lag


def test_no_worker_means_this_very_process() -> None:
    assert not RunSettings(workers=0).in_children and RunSettings(workers=3).in_children
    assert int(RunSettings().workers or 0) >= 1


def test_ray_is_on_this_machine_or_at_an_address() -> None:
    assert (
        RunSettings(workers="ray").ray,
        RunSettings(ray_address="auto").ray,
        RunSettings(workers=2).ray,
    ) == ("local", "auto", None)
    assert RunSettings(ray_address="auto").workers is None  # what the cluster has room for
    assert RunSettings(ray_address="127.0.0.1:6379", workers=3).workers == 3
    with pytest.raises(UsageError, match="needs a lag of at least its workers"):
        RunSettings(ray_address="auto", reproducible=2).check_lag(3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"reproducible": True, "workers": 5},
            r"lag of at least its workers. Expected reproducible=5 or more. Received: "
            r"reproducible=True",
        ),
        ({"reproducible": -1}, "reproducible must be an integer of at least 0"),
        ({"trial_timeout": 0}, "trial_timeout must be a number above 0"),
        (
            {"trial_timeout": 60, "workers": 0},
            "Only a child process can be ended at a limit.*trial_timeout=60 with workers=0",
        ),
        (
            {"trial_memory": 2.0, "workers": 0},
            "Expected workers of at least 1. Received: trial_memory=2.0",
        ),
        ({"gpu_share": 1.5}, "gpu_share must be a number above 0 and at most 1"),
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        RunSettings(**options)
