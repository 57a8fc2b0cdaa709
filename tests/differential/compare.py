"""Whether two histories are equal, and if not, in which lines they differ."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from tests.differential.trainings import History

RTOL = 1e-5
ATOL = 1e-7  # of numbers that are zero but for rounding
OURS = {"learning_rate"}  # what tftune adds to each epoch


def by_element(plain: dict[str, Any], tuned: dict[str, Any]) -> dict[str, Any]:
    """The logs of plain Keras with an entry for each element of a vector, as tftune records them.

    Which sign stands between the metric's name and the element's number is left open.
    """
    found: dict[str, Any] = {}
    for name, value in plain.items():
        values = np.asarray(value)
        if values.ndim == 0:
            found[name] = float(values)
            continue
        for index, element in enumerate(values.ravel()):
            own = re.compile(rf"{re.escape(name)}\W?_?{index}\W?")
            key = next((key for key in tuned if own.fullmatch(key)), f"{name}[{index}]")
            found[key] = float(element)
    return found


def differences(plain: list[History], tuned: list[History], rtol: float | None = None) -> list[str]:
    """Returns a line for each thing that differs; none if the histories are equal to rounding.

    Args:
        plain: A history a trial, of plain Keras.
        tuned: The same of tftune.
        rtol: Relative tolerance; None is `RTOL`.
    """
    if len(plain) != len(tuned):
        return [f"{len(plain)} trials in plain Keras, {len(tuned)} in tftune"]
    found = []
    for number, (expected, received) in enumerate(zip(plain, tuned, strict=True)):
        epochs = [epoch for epoch, _ in expected]
        if epochs != [epoch for epoch, _ in received]:
            found.append(f"trial {number}: epochs {epochs}, got {[each for each, _ in received]}")
            continue
        for (epoch, logs), (_, got) in zip(expected, received, strict=True):
            logs = by_element(logs, got)
            where = f"trial {number} epoch {epoch}"
            missing, more = sorted(set(logs) - set(got)), sorted(set(got) - set(logs) - OURS)
            if missing or more:
                found.append(f"{where}: missing {missing}, not in plain Keras {more}")
            found += [
                f"{where}: {name} {logs[name]!r}, got {got[name]!r}"
                for name in logs
                if name in got and not _equal(logs[name], got[name], rtol or RTOL)
            ]
    return found


def _equal(expected: float, received: float, rtol: float) -> bool:
    return bool(np.isclose(expected, received, rtol=rtol, atol=ATOL, equal_nan=True))
