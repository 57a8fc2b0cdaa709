"""The pages on other tools: tftune's half of each search runs, and each page says what it must."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).resolve().parents[1] / "docs"
FOLDER = DOCS / "coming-from"
PAGES = sorted(FOLDER.glob("*.md"))
TOOLS = [page.stem for page in PAGES if page.stem not in ("index", "retired")]
# two methods that cost no time; the others are run by the slow suite
QUICK = ("keras-tuner", "scikit-learn")
SHORTER = {
    "max_trials=6": "max_trials=2, workers=0",
    "max_trials=8": "max_trials=2, workers=0",
    "epochs=5": "epochs=1, verbose=0",
    "folds=3": "folds=2",
}
ROWS = {"x[:1000]": "x[:120]", "y[:1000]": "y[:120]", "1000:1400": "120:180"}
HEADINGS = ["The same search", "Words", "Here and not there", "There and not here"]


def blocks(page: str) -> list[str]:
    """The Python blocks of a page."""
    text = (FOLDER / f"{page}.md").read_text(encoding="utf-8")
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


def own_half(page: str) -> str:
    """The block of a page in which tftune searches, made short."""
    found = [block for block in blocks(page) if "tftune.Tuner(" in block]
    assert len(found) == 1, f"{page}.md has {len(found)} blocks with tftune.Tuner"
    assert sum(bool(line.strip()) for line in found[0].splitlines()) <= 20
    code = found[0]
    for whole, shorter in SHORTER.items():
        code = code.replace(whole, shorter)
    assert "max_trials=2, workers=0" in code and "epochs=1" in code
    return code


def the_search() -> str:
    """The data and the network that all pages share, with fewer rows."""
    (code,) = blocks("index")
    for whole, fewer in ROWS.items():
        assert whole in code
        code = code.replace(whole, fewer)
    return code


@pytest.mark.parametrize(
    "page",
    [
        page if page in QUICK else pytest.param(page, marks=pytest.mark.slow)
        for page in [*TOOLS, "retired"]
    ],
)
def test_the_half_of_tftune_runs(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(the_search(), "index.md", "exec"), names)
    exec(compile(own_half(page), f"{page}.md", "exec"), names)
    tuner = names["tuner"]
    assert [trial.status for trial in tuner.state.trials.values()] == ["completed"] * 2
    assert list(tmp_path.glob("runs/*/journal.jsonl"))


@pytest.mark.parametrize("page", TOOLS)
def test_a_page_says_all_that_it_must(page: str) -> None:
    text = (FOLDER / f"{page}.md").read_text(encoding="utf-8")
    found = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert [heading for heading in HEADINGS if heading not in found] == []
    assert re.search(r"\d+\.\d+", text.split("## ")[0]), "the version that was compared"
    words = text[text.index("## Words") :].split("\n## ")[0]
    assert len(re.findall(r"^\| ", words, re.MULTILINE)) >= 8
    for block in blocks(page):
        compile(block, page, "exec")


def test_every_page_is_in_the_list_and_in_the_navigation() -> None:
    listed = (FOLDER / "index.md").read_text(encoding="utf-8")
    navigation = (DOCS.parent / "mkdocs.yml").read_text(encoding="utf-8")
    for page in PAGES:
        assert page.stem == "index" or f"({page.name})" in listed
        assert f"coming-from/{page.name}" in navigation
