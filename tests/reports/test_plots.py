"""`tftune.plots`: of a folder, a run, a tuner or a list of them; a clear error else."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
from matplotlib.figure import Figure

import tftune
from tftune import plots
from tftune.errors import RunFolderError, UsageError
from tftune.journal.journal import Journal
from tftune.journal.run_folder import RunFolder
from tftune.reports import views
from tftune.reports.charts.chart import Axis, Chart, Line
from tftune.reports.run_data import RunData, read_run
from tftune.reports.views import VIEWS
from tftune.reports.views.view import View
from tftune.support.registry import Registry

WITHOUT_CHARTS = {"story", "honesty"}
FIT_A_MODEL = {"importance", "slices", "contour", "partial-dependence"}


def lengths(runs: Sequence[RunData]) -> View:
    """A view with a line a run, and one that is empty where no trial has ended."""
    marks = tuple(
        Line((1, 2), (0, len(run.state.trials)), run.name, f"run-{number}")
        for number, run in enumerate(runs)
    )
    if not any(run.state.trials for run in runs):
        return View("lengths", "Lengths", "Longer is more.", why_not="No trial has ended.")
    chart = Chart("lengths", Axis("x"), Axis("trials"), marks)
    return View("lengths", "Lengths", "Longer is more.", charts=(chart,))


@pytest.fixture(autouse=True)
def own_view(monkeypatch: pytest.MonkeyPatch) -> None:
    """A view of this file takes the place of `best-so-far`."""
    entries = {name: (VIEWS.target(name), VIEWS.summary(name)) for name in VIEWS}
    entries["best-so-far"] = (f"{__name__}:lengths", "")
    monkeypatch.setattr(plots, "VIEWS", Registry("view", entries))
    monkeypatch.setitem(sys.modules, __name__, SimpleNamespace(lengths=lengths))


@pytest.fixture
def run_folder(play, tmp_path: Path) -> Callable[[str, int], Path]:
    """Makes a run folder with so many trials."""

    def make(name: str, trials: int) -> Path:
        search = play()
        for number in range(trials):
            search.trial(number, [0.5])
        folder = RunFolder(tmp_path / name)
        folder.path.mkdir(parents=True)
        with Journal(folder.journal) as writer:
            for record in search.records:
                writer.append(record)
        return folder.path

    return make


def names(figure: Figure) -> list[str]:
    """What the legend says."""
    legend = figure.axes[0].get_legend()
    return [text.get_text() for text in legend.get_texts()] if legend else []


def heights(figure: Figure) -> list[float]:
    """Where the lines end."""
    return [float(line.get_ydata()[-1]) for line in figure.axes[0].lines]  # type: ignore[index]


def test_there_is_a_function_for_each_view_with_charts() -> None:
    views_with_charts = set(VIEWS) - WITHOUT_CHARTS | {"test-split"}
    assert set(plots.__all__) == {name.replace("-", "_") for name in views_with_charts}
    for name in plots.__all__:
        assert getattr(plots, name).__doc__
    assert views.VIEWS is VIEWS


def test_plots_are_public_and_import_matplotlib_only_when_they_draw() -> None:
    code = (
        "import sys, tftune; tftune.plots.best_so_far; from tftune import plots\n"
        "assert plots is tftune.plots\n"
        "assert not {'matplotlib', 'tensorflow', 'keras'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    assert "plots" in tftune.__all__


def test_a_folder_a_run_a_tuner_and_its_data_are_the_same(run_folder) -> None:
    path = run_folder("search", 3)
    folder = RunFolder(path)
    run = tftune.load_run(path)
    tuner = SimpleNamespace(folder=folder)  # all that is asked of a tuner
    for source in (path, str(path), folder, run, tuner, read_run(folder), [path], (run,)):
        figure = plots.best_so_far(source)
        assert isinstance(figure, Figure)
        assert heights(figure) == [3]


def test_several_runs_are_laid_over_each_other_under_their_names(run_folder) -> None:
    paths = [run_folder("gp", 3), run_folder("random", 5)]
    figure = plots.best_so_far(path for path in paths)
    assert heights(figure) == [3, 5]
    assert names(figure) == ["gp", "random"]


def test_runs_of_one_name_get_names_that_differ(run_folder) -> None:
    paths = [run_folder("a/search", 1), run_folder("b/search", 2), run_folder("b/other", 2)]
    assert names(plots.best_so_far(paths)) == ["a/search (1)", "b/search (2)", "other"]
    twice = names(plots.best_so_far([paths[0], paths[0]]))
    assert len(set(twice)) == 2


def test_why_there_is_nothing_to_draw_is_told(run_folder) -> None:
    path = run_folder("search", 0)
    with pytest.raises(UsageError, match="nothing to draw of search .*: No trial has ended"):
        plots.best_so_far(path)


def test_what_is_no_run_is_refused() -> None:
    for wrong in (3, None, object(), [None], {"a": 1}.values()):
        with pytest.raises(UsageError, match="Expected a run folder.* Received: "):
            plots.best_so_far(wrong)
    with pytest.raises(UsageError, match="no run to draw"):
        plots.best_so_far([])


def test_a_folder_without_a_search_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="not a run folder"):
        plots.best_so_far(tmp_path)


def test_without_matplotlib_the_message_says_how_to_get_it(
    run_folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = run_folder("search", 1)
    for name in [name for name in sys.modules if name.startswith("tftune.reports.charts.matplot")]:
        monkeypatch.delitem(sys.modules, name)
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(UsageError, match=r"pip install 'tftune\[plots\]'"):
        plots.best_so_far(path)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] if name in FIT_A_MODEL else [])
        for name in VIEWS
        if name not in WITHOUT_CHARTS
    ],
)
def test_each_view_of_a_real_search_is_drawn_or_says_why_not(
    name: str, play, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip(VIEWS.target(name).partition(":")[0])
    monkeypatch.setattr(plots, "VIEWS", VIEWS)
    search = play()
    for number in range(14):
        values = {
            "batch_normalization": number % 2 == 0,
            "dropout": 0.1 * (number % 6),
            "optimizer": ("adam", "sgd")[number % 3 == 0],
            "units": 8 + 8 * (number % 7),
        }
        search.trial(number, [0.5, 0.6 + 0.02 * (number * 5 % 14)], values=values)
    search.failure(14)
    data = RunData("played", search.state, search.records)
    try:
        figure = getattr(plots, name.replace("-", "_"))(data)
    except UsageError as error:
        assert "nothing to draw of played" in str(error)
        known = {"confirmation", "finish", "nested", "predictions", "references"}
        known |= {"test-split", "timeline"}
        assert name in known, error
    else:
        assert figure.axes
        assert figure._repr_png_().startswith(b"\x89PNG")
