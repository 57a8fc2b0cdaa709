"""The page as a whole: what stands in it, in which order, and that nothing can break it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.reports.page.stand_ins import HOSTILE, VIEWS, drawn, run_of, written
from tests.reports.page.test_markup import Reader
from tftune.errors import RunFolderError, UsageError
from tftune.reports.page.page import render, write_report
from tftune.reports.views import VIEWS as REAL_VIEWS

Play = Callable[..., Any]


@pytest.fixture
def search(play: Play) -> Any:
    """A search of three trials, one of which failed."""
    found = play()
    found.trial(0, [0.5, 0.7])
    found.failure(1)
    found.trial(2, [0.6, 0.9])
    return found


def test_the_story_stands_first_then_the_contents_then_the_other_views(search: Any) -> None:
    text = render([run_of(search, "leaves")], VIEWS, drawn)
    assert "<title>leaves: report</title>" in text
    places = [text.index(f'<section class="view{more}" id="{name}"') for name, more in PLACES]
    contents = text.index("<nav ")
    assert places == sorted(places) and places[0] < contents < places[1]
    assert re.findall(r'<a href="#([\w-]+)">', text)[-5:] == [name for name, _ in PLACES]


PLACES = [
    ("story", ""),
    ("points", ""),
    ("parallel", ""),
    ("nothing", " not-drawn"),
    ("failing", " not-drawn"),
]


def test_a_view_that_raises_does_not_cost_the_others(search: Any) -> None:
    text = render([run_of(search)], VIEWS, drawn)
    assert "ZeroDivisionError: of &lt;img src=x" in text and text.count("<svg") == 2


def test_headings_are_in_order_and_names_of_places_are_there_once(search: Any) -> None:
    read = Reader(render([run_of(search)], VIEWS, drawn))
    headings = [tag for tag, _ in read.tags if re.fullmatch(r"h\d", tag)]
    assert headings == ["h1", *["h2"] * len(VIEWS)]
    names = [attributes["id"] for _, attributes in read.tags if "id" in attributes]
    assert len(names) == len(set(names))
    links = [attributes["href"] for tag, attributes in read.tags if tag == "a"]
    assert {str(link)[1:] for link in links} <= set(names)


def test_the_policy_allows_this_style_and_this_script_and_nothing_else(search: Any) -> None:
    text = render([run_of(search)], VIEWS, drawn)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy is not None
    for tag in ("style", "script"):
        inside = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert inside is not None
        digest = base64.b64encode(hashlib.sha256(inside[1].encode()).digest()).decode()
        assert f"{tag}-src &#x27;sha256-{digest}&#x27;" in policy[1]
    assert "default-src &#x27;none&#x27;" in policy[1] and "unsafe" not in policy[1]
    assert not re.search(r'(?:src|href)="(?!#|data:,")', text)


def test_hostile_names_stay_text(play: Play) -> None:
    search = play(task=HOSTILE, objective={"name": HOSTILE, "direction": "max"})
    values = {HOSTILE: "</script><script>alert(1)</script>", "\u202edrow": "x" * 10_000}
    search.trial(0, [0.5], values=values)
    text = render([run_of(search, HOSTILE)], VIEWS, drawn)
    tags = [tag for tag, _ in Reader(text).tags]
    assert "img" not in tags and tags.count("script") == 2
    assert "\u202e" not in text and len(text) < 60_000


def test_the_script_is_told_of_every_trial(search: Any) -> None:
    text = render([run_of(search)], VIEWS, drawn)
    block = re.search(r'<script type="application/json" id="trials">(.*?)</script>', text)
    assert block is not None
    (run,) = json.loads(block[1])
    assert run["knobs"] == ["batch_normalization", "dropout", "optimizer", "units"]
    assert run["trials"]["0001"] == ["failed", "", "True", "0.1", "adam", "16"]
    assert run["trials"]["0002"][:2] == ["completed", "0.9"]


@pytest.mark.parametrize("trials", [0, 1])
def test_a_search_of_no_or_one_trial_has_a_page(play: Play, trials: int) -> None:
    search = play()
    for number in range(trials):
        search.trial(number, [0.5])
    text = render([run_of(search)], VIEWS, drawn)
    assert f"{trials} trial{'s' if trials == 0 else ''}<" in text


def test_a_header_of_an_older_version_is_enough(play: Play) -> None:
    search = play()
    search.state.header = {"kind": "header", "objective": {"name": "loss", "direction": "min"}}
    assert "search method unknown" in render([run_of(search)], VIEWS, drawn)


def test_several_runs_are_named_in_their_colours(play: Play) -> None:
    runs = [run_of(play(), name) for name in ("one", "two")]
    text = render(runs, VIEWS, drawn)
    assert "<title>one, two: report</title>" in text
    assert 'class="swatch c-run-0"' in text and 'class="swatch c-run-1"' in text


def test_the_same_journal_gives_the_same_page(search: Any) -> None:
    assert render([run_of(search)], VIEWS, drawn) == render([run_of(search)], VIEWS, drawn)


def test_writing_is_whole_or_not_at_all(search: Any, tmp_path: Path) -> None:
    folder = written(search, tmp_path / "run")
    assert write_report([folder], folder.report) == folder.report
    text = folder.report.read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>") and text.endswith("</html>\n")
    assert all(f'id="{name}"' in text for name in REAL_VIEWS)
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    with pytest.raises(OSError, match="directory"):
        write_report([folder], blocked)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["blocked", "run"]


def test_runs_of_one_name_are_told_apart_and_one_given_twice_is_one(
    search: Any, tmp_path: Path
) -> None:
    folders = [written(search, tmp_path / parent / "run") for parent in "ab"]
    text = write_report([*folders, folders[0]], tmp_path / "r.html").read_text(encoding="utf-8")
    assert "<title>a/run, b/run: report</title>" in text


def test_no_run_and_too_many_runs_are_refused(search: Any, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="1 to 8 runs"):
        write_report([], tmp_path / "r.html")
    folders = [written(search, tmp_path / str(number)) for number in range(9)]
    with pytest.raises(UsageError, match="Received: 9"):
        write_report(folders, tmp_path / "r.html")
    with pytest.raises(RunFolderError, match="not a run folder"):
        write_report([tmp_path], tmp_path / "r.html")


def test_a_page_needs_no_tensorflow() -> None:
    code = "import sys, tftune.reports.page.page; print({'tensorflow', 'keras'} & set(sys.modules))"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert answer.stdout.strip() == "set()"


def test_the_colours_are_those_of_every_other_drawing() -> None:
    colours = pytest.importorskip("tftune.reports.charts.colours")
    style = (Path(sys.modules[render.__module__].__file__ or "").parent / "report.css").read_text()
    for name, (light, dark, _) in colours.PALETTE.items():
        assert style.count(f"--{name}: {light};") >= 1, name
        assert style.count(f"--{name}: {dark};") >= 2, name
