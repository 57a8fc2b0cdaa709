"""Colours that the colour-blind tell apart, and steps of colour of even lightness."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import numpy as np
import pytest

import tftune
from tftune.reports.charts.colours import DARK_STEPS, LIGHT_STEPS, MARKERS, PALETTE, markers

PAGE_STYLE = Path(tftune.__file__).parent / "reports" / "page" / "report.css"
# What a person without red or green cones sees, in linear RGB (Machado and others 2009).
BLINDNESS = {
    "none": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}


def seen(colour: str, blindness: str = "none") -> np.ndarray:
    """A colour as a person sees it, in OKLab: lightness first."""
    encoded = np.array([int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    linear = np.clip(BLINDNESS[blindness] @ linear, 0, 1)
    cones = np.array(
        [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ]
    )
    lab = np.array(
        [
            [0.2104542553, 0.7936177850, -0.0040720468],
            [1.9779984951, -2.4285922050, 0.4505937099],
            [0.0259040371, 0.7827717662, -0.8086757660],
        ]
    )
    return lab @ np.cbrt(cones @ linear)


@pytest.mark.parametrize("blindness", BLINDNESS)
@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_what_became_of_trials_is_told_apart_by_anyone(theme: int, blindness: str) -> None:
    names = ("completed", "pruned", "failed", "best", "reference")
    for one, other in itertools.combinations(names, 2):
        colours = (PALETTE[one][theme], PALETTE[other][theme])
        distance = np.linalg.norm(seen(colours[0], blindness) - seen(colours[1], blindness))
        apart_by_marker = PALETTE[one][2] != PALETTE[other][2]
        assert distance > 0.04, (one, other)
        assert apart_by_marker


@pytest.mark.parametrize("steps", [LIGHT_STEPS, DARK_STEPS], ids=["light", "dark"])
def test_steps_of_colour_are_even_steps_of_lightness(steps: tuple[str, ...]) -> None:
    assert len(steps) == 9
    differences = np.diff([seen(step)[0] for step in steps])
    assert np.ptp(differences) < 0.015
    assert (differences > 0).all() or (differences < 0).all()


def test_the_strongest_step_stands_out_most_from_the_background() -> None:
    assert seen(LIGHT_STEPS[8])[0] < 0.35 < 0.85 < seen(LIGHT_STEPS[0])[0]
    assert seen(DARK_STEPS[0])[0] < 0.4 < 0.9 < seen(DARK_STEPS[8])[0]


def test_eight_series_of_one_colour_have_eight_markers() -> None:
    chosen = markers((str(number), "neutral") for number in range(8))
    assert sorted(chosen.values()) == sorted(MARKERS)
    assert len(markers((str(number), "neutral") for number in range(20))) == 20


def test_the_page_has_these_colours() -> None:
    if not PAGE_STYLE.exists():
        pytest.skip("the page has no style sheet yet")
    style = PAGE_STYLE.read_text(encoding="utf-8")
    for steps in (LIGHT_STEPS, DARK_STEPS):
        told = " ".join(f"--q{number}: {step};" for number, step in enumerate(steps))
        assert told in re.sub(r"\s+", " ", style)
    for name, (light, dark, _) in PALETTE.items():
        assert {light, dark} <= set(re.findall(rf"--{name}: (#\w{{6}});", style)), name
