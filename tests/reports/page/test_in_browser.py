"""The report in a browser: nothing leaves the file, figures and tables are there with and without
JavaScript, sorting and brushing do what they say.
"""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.reports.conftest import PlayedSearch
from tests.reports.page.browser import Page, page
from tests.reports.page.stand_ins import HOSTILE, VIEWS, drawn, run_of, written
from tftune.reports.page.page import render, write_report

__all__ = ["page"]
MOST_BYTES = 1_500_000
ROOT = Path(__file__).resolve().parents[3]


def played(trials: int, epochs: int = 3) -> PlayedSearch:
    """A search of some trials of every fate, with values and scores by chance."""
    chance, search = random.Random(0), PlayedSearch([], {})
    for number in range(trials):
        curve = [chance.random() for _ in range(epochs)]
        values = {
            "batch_normalization": chance.random() < 0.5,
            "dropout": round(chance.random() * 0.6, 3),
            "optimizer": chance.choice(["adam", "sgd"]),
            "units": chance.choice([8, 16, 32, 64]),
        }
        if number % 10 == 9:
            search.failure(number)
        else:
            search.trial(number, curve, values=values)
    return search


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of stand-ins for the views, of a search of 20 trials with a hostile name."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render([run_of(played(20), HOSTILE)], VIEWS, drawn), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the real views, of a search of 12 trials."""
    folder = written(played(12), tmp_path_factory.mktemp("real") / "run")
    return write_report([folder], folder.report)


def move(page: Page, kind: str, selector: str, y: float = 0.5) -> None:
    """Sends an event of the pointer to the place of an element, `y` of its height from the top."""
    page.run(
        "const one = document.querySelector(arguments[1]), box = one.getBoundingClientRect();"
        "one.setPointerCapture = () => {};"
        "one.dispatchEvent(new PointerEvent(arguments[0], {bubbles: true, pointerId: 1,"
        " clientX: box.x + box.width / 2, clientY: box.y + box.height * arguments[2]}));",
        kind,
        selector,
        y,
    )
    page.settle()


def brush(page: Page, axis: int, first: float, last: float) -> None:
    """Draws a range on an axis of the parallel coordinates, by shares from its top."""
    selector = f'.parallel-axis[data-axis="{axis}"] .hit'
    for kind, y in (("pointerdown", first), ("pointermove", last), ("pointerup", last)):
        move(page, kind, selector, y)


def keys(page: Page, selector: str) -> set[str]:
    """The trials of the elements that a selector finds."""
    code = "return [...document.querySelectorAll(arguments[0])].map((each) => each.dataset.key)"
    return set(page.run(code, selector))


@pytest.mark.parametrize("dark", [False, True])
def test_nothing_is_complained_of_and_nothing_leaves_the_file(
    page: Page, report: Path, dark: bool
) -> None:
    page.open(report, dark=dark)
    assert page.console() == []
    asked = [address for address in page.requests() if not address.startswith("data:")]
    assert asked == [report.absolute().as_uri()]
    assert page.run("return performance.getEntriesByType('resource').length") == 0


def test_the_policy_stops_what_would_leave_the_file(page: Page, report: Path) -> None:
    page.open(report)
    code = (
        "const done = arguments[0]; const image = new Image(); image.onerror = () => done('no');"
        "image.onload = () => done('yes'); image.src = 'http://127.0.0.1:9/x.png'"
    )
    assert page.driver.execute_async_script(code) == "no"
    assert any("Content Security Policy" in message for message in page.console())


def test_charts_have_marks_and_tables_have_rows(page: Page, report: Path) -> None:
    page.open(report)
    assert page.count("svg.chart") == 2 and page.count("svg.chart circle[data-key]") == 18
    assert page.count("svg.parallel path[data-values]") == 18
    assert page.count("tbody tr[data-key]") == 18


def test_hostile_names_stay_text(page: Page, report: Path) -> None:
    page.open(report)
    assert page.count("img") == 0 and page.driver.title == f"{HOSTILE}: report"
    assert page.texts("h1 .run") == [HOSTILE]
    move(page, "pointerover", "circle[data-key]")
    move(page, "pointerover", "tbody tr td:last-child")
    assert page.count("img") == 0 and page.driver.title == f"{HOSTILE}: report"


def test_numbers_are_sorted_as_numbers_and_back(page: Page, report: Path) -> None:
    page.open(report)
    before = page.texts("tbody td:nth-child(2)")
    page.run("document.querySelector('tbody td:nth-child(2)').textContent = '1,000'")
    page.run("document.querySelectorAll('tbody td:nth-child(2)')[1].textContent = ''")
    click = "document.querySelector('th:nth-child(2) button').click()"
    page.run(click)
    up = page.texts("tbody td:nth-child(2)")
    numbers = [float(text.replace(",", "")) for text in up[:-1]]
    assert numbers == sorted(numbers) and up[-2:] == ["1,000", ""]
    assert page.run("return document.querySelector('th:nth-child(2)').ariaSort") == "ascending"
    page.run(click)
    assert page.texts("tbody td:nth-child(2)") == [*up[:-1][::-1], ""]
    page.run(click)
    assert page.texts("tbody td:nth-child(2)")[2:] == before[2:]


def test_a_range_on_an_axis_marks_the_same_trials_in_every_view(page: Page, report: Path) -> None:
    page.open(report)
    every = keys(page, "path[data-values]")
    brush(page, 2, 0.0, 0.5)  # the upper half of the scores
    chosen = keys(page, "path[data-values]:not(.dimmed)")
    shares = page.run(
        "return [...document.querySelectorAll('path[data-values]')].map((each) =>"
        " [each.dataset.key, Number(each.dataset.values.split(',')[2])])"
    )
    assert {key for key, share in shares if share > 0.52} <= chosen < every
    assert not {key for key, share in shares if share < 0.48} & chosen
    for selector in ("circle", "tbody tr"):
        assert keys(page, f"{selector}:not(.dimmed)[data-key]") == chosen
    assert page.texts(".marked span") == [f"{len(chosen)} of the 18 trials drawn here are marked"]
    brush(page, 0, 0.0, 0.5)  # and a second axis
    assert keys(page, "path[data-values]:not(.dimmed)") < chosen


@pytest.mark.parametrize("way", ["button", "Escape", "click"])
def test_what_is_marked_is_cleared_again(page: Page, report: Path, way: str) -> None:
    page.open(report)
    brush(page, 2, 0.0, 0.5)
    assert page.count(".dimmed") > 0
    if way == "button":
        page.run("document.querySelector('.marked button').click()")
    elif way == "Escape":
        page.run("document.dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape'}))")
    else:
        brush(page, 2, 0.25, 0.25)
    page.settle()
    assert page.count(".dimmed") == 0 and page.count(".brush") == 0
    assert page.run("return document.querySelector('.marked').hidden")


def test_a_click_on_an_axis_marks_the_nearest_trials(page: Page, report: Path) -> None:
    page.open(report)
    brush(page, 2, 0.02, 0.02)
    chosen = keys(page, "path[data-values]:not(.dimmed)")
    assert page.texts("tbody tr:first-child td:first-child")[0] in chosen and len(chosen) < 5


def test_an_axis_can_be_brushed_by_the_keyboard(page: Page, report: Path) -> None:
    page.open(report)
    press = (
        "document.querySelector('.parallel-axis').dispatchEvent("
        "new KeyboardEvent('keydown', {key: arguments[0], bubbles: true}))"
    )
    page.run(press, "ArrowUp")
    page.settle()
    assert page.count(".brush") == 1 and page.count("path.dimmed") > 0
    page.run(press, "Escape")
    page.settle()
    assert page.count(".brush") == 0
    assert page.run("return document.querySelector('.parallel-axis').tabIndex") == 0


def test_a_trial_that_is_pointed_at_tells_its_knobs_in_a_box(page: Page, report: Path) -> None:
    page.open(report)
    assert page.run("return document.querySelector('.trial').hidden")
    move(page, "pointerover", "circle[data-key='0003']")
    told = page.texts(".trial")[0]
    assert told.startswith("Trial 0003status") and "dropout" in told and "units" in told
    assert page.texts(".tip")[0].startswith("trial 0003:")
    assert keys(page, ".pointed") == {"0003"} and page.count(".pointed") == 3
    move(page, "pointerover", "h1")
    assert page.count(".pointed") == 0
    assert page.run("return document.querySelector('.trial').hidden")


def test_the_theme_is_that_of_the_system_until_it_is_chosen(page: Page, report: Path) -> None:
    colour = "return getComputedStyle(document.body).backgroundColor"
    light = page.open(report).run(colour)
    dark = page.open(report, dark=True).run(colour)
    assert light != dark
    page.run("document.querySelector('.theme').click()")
    assert page.run(colour) == light and page.texts(".theme") == ["Dark theme"]
    page.open(report)
    page.run("document.querySelector('.theme').click()")
    assert page.run(colour) == dark and page.texts(".theme") == ["Light theme"]


def test_paper_is_white_also_of_a_dark_page(page: Page, report: Path) -> None:
    page.open(report, dark=True)
    page.run("document.documentElement.dataset.theme = 'dark'")
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        colour = page.run("return getComputedStyle(document.body).backgroundColor")
        shown = page.run("return getComputedStyle(document.querySelector('.theme')).display")
    finally:
        page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert (colour, shown) == ("rgb(255, 255, 255)", "none")


@pytest.mark.parametrize("which", ["report", "real"])
def test_figures_and_tables_need_no_javascript(
    page: Page, request: pytest.FixtureRequest, which: str
) -> None:
    path = request.getfixturevalue(which)
    page.open(path)
    charts, rows = page.count("svg.chart"), page.count("tbody tr")
    page.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        page.open(path)
        assert page.count("button") == 0  # nothing is there that would do nothing
        assert (page.count("svg.chart"), page.count("tbody tr")) == (charts, rows)
        heights = page.run(
            "return [...document.querySelectorAll('svg.chart, table')].map("
            "(each) => each.getBoundingClientRect().height)"
        )
        assert all(height > 20 for height in heights)
    finally:
        page.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


@pytest.mark.parametrize("which", ["report", "real"])
@pytest.mark.parametrize("width", [400, 1400])
def test_only_boxes_of_wide_things_scroll_sideways(
    page: Page, request: pytest.FixtureRequest, which: str, width: int
) -> None:
    page.open(request.getfixturevalue(which), width=width)
    root = "return document.documentElement"
    assert page.run(f"{root}.scrollWidth") == page.run(f"{root}.clientWidth") <= width
    wider = page.run(
        "return [...document.querySelectorAll('body *')].filter((each) =>"
        " each.getBoundingClientRect().right > innerWidth + 1 && !each.closest('.scroll, svg')"
        " && getComputedStyle(each).position !== 'absolute').map((each) => each.outerHTML)"
    )
    assert wider == []


def test_texts_have_contrast_in_both_themes(page: Page, report: Path) -> None:
    for dark in (False, True):
        page.open(report, dark=dark)
        code = "return getComputedStyle(document.documentElement).getPropertyValue(arguments[0])"
        paper, raised = (light_of(page.run(code, name)) for name in ("--paper", "--raised"))
        for name in ("--ink", "--soft", "--accent"):
            text = light_of(page.run(code, name))
            for ground in (paper, raised):
                ratio = (max(text, ground) + 0.05) / (min(text, ground) + 0.05)
                assert ratio >= 4.5, (name, dark)


def light_of(colour: str) -> float:
    """The relative luminance of `#rrggbb`, as WCAG computes it."""
    parts = [int(colour.strip()[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts
    ]
    return sum(weight * each for weight, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_of_several_runs_each_has_its_own_trials(page: Page, tmp_path: Path) -> None:
    runs = [run_of(played(5), "one"), run_of(played(8), "two")]
    path = tmp_path / "report.html"
    path.write_text(render(runs, VIEWS, drawn), encoding="utf-8")
    page.open(path)
    move(page, "pointerover", "figure[data-run='1'] circle[data-key='0003']")
    assert page.texts(".trial strong") == ["two, trial 0003"]
    assert page.count("figure[data-run='0'] .pointed") == 0
    assert page.count("figure[data-run='1'] .pointed") == 2
    assert page.console() == []


def test_the_real_views_are_drawn_and_nothing_is_complained_of(page: Page, real: Path) -> None:
    page.open(real)
    assert page.console() == [] and page.texts(".fault") == []
    assert page.count("svg.chart") >= 8 and page.count("svg.parallel .line[data-values]") >= 10
    brush(page, 0, 0.0, 0.5)
    assert page.count("svg.parallel .dimmed") > 0
    assert page.count("section:not(#parallel-coordinates) .dimmed") > 0


@pytest.mark.slow
def test_a_report_of_1000_trials_is_small(tmp_path: Path) -> None:
    folder = written(played(1000, epochs=8), tmp_path / "run")
    assert write_report([folder], folder.report).stat().st_size <= MOST_BYTES


@pytest.mark.slow
def test_the_pictures_of_the_readme_are_small(real: Path, page: Page, tmp_path: Path) -> None:
    command = [sys.executable, "docs/pictures.py", str(real.parent), "--into", str(tmp_path)]
    subprocess.run(command, check=True, timeout=100, cwd=ROOT)
    pictures = list(tmp_path.glob("*.png"))
    assert len(pictures) == 2 and all(picture.stat().st_size < 120_000 for picture in pictures)
