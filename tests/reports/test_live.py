"""The live view: plain lines, a terminal, a notebook."""

from __future__ import annotations

import dataclasses
import io
import os
import pty
import re
import subprocess
import sys
import threading
import types
from pathlib import Path

import nbclient
import nbformat
import pytest
import rich.console

from tftune.journal.state import SearchState
from tftune.reports import lines, screens
from tftune.reports.live import LiveView, PrintedLines
from tftune.reports.progress import Progress
from tftune.reports.screens import (
    NotebookScreen,
    PlainScreen,
    TerminalScreen,
    choose_screen,
    in_notebook,
)


class FakeTerminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> FakeTerminal:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return FakeTerminal()


def told(play, *, every_seconds: float = 0.0) -> list[str]:
    view = LiveView(stream=io.StringIO(), every_seconds=every_seconds)
    search = play(view)
    search.trial(0, [0.5, 0.625])
    search.failure(1)
    search.trial(2, [0.5])
    search.write("finish", reason="done", wall_seconds=4.0)
    search.close()
    return view.stream.getvalue().splitlines()


def test_plain_lines_tell_trial_epoch_score_best_and_time_left(play) -> None:
    lines = told(play)
    assert lines[0] == "beans: search random for the best val_accuracy (max), 4 trials"
    assert lines[1].startswith("trial 0000  epoch 1/3  val_accuracy 0.5  0/4 trials")
    assert (
        lines[3]
        == "trial 0000 completed  val_accuracy 0.625 at epoch 2  3.5 s  the best so far  1/4 "
        "trials  about 0:00:10 left  [batch_normalization=True dropout=0 optimizer=adam units=16]"
    )
    assert re.fullmatch(
        r"trial 0001  epoch 1/3  val_accuracy nan  best 0.625 \(trial 0000\)  1/4 trials  about "
        r"0:00:1[01] left",
        lines[4],
    )
    assert (
        lines[5]
        == "trial 0001 failed  3.5 s: ValueError: negative units  2/4 trials  about 0:00:07 left  "
        "[batch_normalization=True dropout=0.1 optimizer=adam units=16]"
    )
    assert (
        lines[7]
        == "trial 0002 completed  val_accuracy 0.5 at epoch 1  3.5 s  best 0.625 (trial 0000)  3/4 "
        "trials  about 0:00:04 left  [batch_normalization=True dropout=0.2 optimizer=adam units=16]"
    )
    assert lines[8:] == ["done after 0:00:04: 2 completed, 1 failed, best 0.625 (trial 0000)"]


def test_a_stopped_trial_is_told_with_what_it_reached(play) -> None:
    view = LiveView(stream=io.StringIO(), every_seconds=100.0)
    search = play(view)
    search.trial(0, [0.5])
    search.pruned(1, [0.25, 0.125])
    search.failure(2)
    search.write("finish", reason="done", wall_seconds=4.0)
    search.close()
    lines = view.stream.getvalue().splitlines()
    assert lines[2].startswith(
        "trial 0001 pruned  val_accuracy 0.25 at epoch 1  3.5 s  best 0.5 (trial 0000)  2/4 trials"
    )
    assert lines[-1].endswith("1 completed, 1 pruned, 1 failed, best 0.5 (trial 0000)")


def test_the_region_counts_stopped_and_failed_trials(play) -> None:
    follower = Progress()
    search = play()
    search.listeners.append(types.SimpleNamespace(on_record=follower.apply, close=lambda: None))
    search.trial(0, [0.5])
    assert "pruned" not in screens.to_html(
        [], follower.snapshot()
    ) and "failed" not in screens.to_html([], follower.snapshot())
    search.pruned(1, [0.25])
    search.pruned(2, [0.25])
    assert follower.snapshot().pruned == 2
    assert "2 pruned" in screens.to_html(
        [], follower.snapshot()
    ) and "failed" not in screens.to_html([], follower.snapshot())
    search.failure(3)
    assert "2 pruned, 1 failed" in screens.to_html([], follower.snapshot())


def test_nothing_is_cut_off_in_eighty_columns(play) -> None:
    follower = Progress()
    search = play()
    search.listeners.append(types.SimpleNamespace(on_record=follower.apply, close=lambda: None))
    search.trial(0, [0.56789])
    search.pruned(1, [0.25])
    search.failure(2)
    search.start(3)
    alone = dataclasses.replace(follower.snapshot(), ended=1, planned=None, seconds_left=None)
    assert lines.outlook(alone) == "  1 trial"
    console = rich.console.Console(file=io.StringIO(), width=80)
    console.print(
        screens.region(
            dataclasses.replace(
                follower.snapshot(), ended=1003, planned=10_000, seconds_left=35_999.0
            )
        )
    )
    shown = console.file.getvalue()
    assert "1003/10000 trials  about 9:59:59 left" in shown and "\u2026" not in shown
    assert shown.splitlines()[-1].split() == [
        "best",
        "0.5679",
        "(trial",
        "0000)",
        "1",
        "pruned,",
        "1",
        "failed",
    ]


def test_the_first_line_names_the_scheduler() -> None:
    header = {
        "task": "beans",
        "search": "auto",
        "scheduler": "asha",
        "objective": {"name": "val_auc", "direction": "max"},
    }
    assert (
        lines.greeting(SearchState(header=header), 9)
        == "beans: search auto for the best val_auc (max), 9 trials; asha stops hopeless ones"
    )


def test_plain_lines_have_no_escape_codes(play) -> None:
    assert not re.search(r"[^\x20-\x7e]", "".join(told(play)))


def test_lines_about_running_trials_are_rare_and_ends_are_always_told(play) -> None:
    lines = told(play, every_seconds=3600.0)
    assert [line.split("  ")[0] for line in lines[1:-1]] == [
        "trial 0000 completed",
        "trial 0001 failed",
        "trial 0002 completed",
    ]


def test_a_retry_is_told_with_its_reason(play) -> None:
    view = LiveView(stream=io.StringIO())
    search = play(view)
    search.start(0)
    search.write("retry", trial_id="0000", message="MemoryError: no room")
    assert "trial 0000 is tried again: MemoryError: no room" in view.stream.getvalue()


def test_records_of_earlier_sessions_only_count(play) -> None:
    first = play()
    first.trial(0, [0.5])
    first.failure(1)
    view = LiveView(stream=io.StringIO(), every_seconds=0.0)
    again = first.resumed([view])
    again.trial(2, [0.75])
    lines = view.stream.getvalue().splitlines()
    assert lines[0].endswith("4 trials; 2 done already, best 0.5 (trial 0000)")
    assert lines[-1].startswith("trial 0002 completed  val_accuracy 0.75 at epoch 1")
    assert "3/4 trials" in lines[-1]
    assert not any("0001" in line for line in lines)


@pytest.mark.parametrize(("variable", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_no_color_and_a_dumb_terminal_mean_lines(
    terminal, monkeypatch, variable: str, value: str
) -> None:
    assert isinstance(choose_screen(terminal, None), TerminalScreen)
    monkeypatch.setenv(variable, value)
    assert isinstance(choose_screen(terminal, None), PlainScreen)


def test_what_is_no_terminal_gets_lines() -> None:
    assert isinstance(choose_screen(io.StringIO(), None), PlainScreen)


def test_a_terminal_shows_running_trials_and_gives_everything_back(play, terminal) -> None:
    before = sys.stderr
    view = LiveView(stream=terminal)
    search = play(view)
    search.trial(0, [0.5])
    search.start(1)
    view._screen.show(view._progress.snapshot())
    view._screen._live.refresh()
    assert sys.stderr is not before  # warnings go above the region
    print("hello from the build function", file=sys.stderr)
    search.close()
    search.close()
    shown = terminal.getvalue()
    assert sys.stderr is before
    assert "trial 0001" in shown
    assert "epoch 0/3" in shown
    assert "1/4 trials" in shown
    assert "hello from the build function" in shown
    assert (
        shown.count("\x1b[?25l") == shown.count("\x1b[?25h") == 1
    )  # the cursor was hidden and is back


def test_what_trials_print_stands_above_the_bars_and_names_its_trial(play, terminal) -> None:
    view = LiveView(stream=terminal)
    search = play(view)
    search.start(0)
    view.on_output("0000", "alone [red]and as it is[/red]")
    search.start(1)
    view.on_output("0001", "one of two")
    search.close()
    shown = terminal.getvalue()
    assert "alone [red]and as it is[/red]\r\n" in shown.replace("\n", "\r\n")
    assert "trial 0000 | alone" not in shown and "trial 0001 | one of two" in shown


def test_trials_in_this_process_share_the_terminal_and_get_lines(terminal, monkeypatch) -> None:
    """What native code or a debugger writes there would break a region."""
    assert isinstance(LiveView(stream=terminal, in_children=False)._screen, PlainScreen)
    assert isinstance(LiveView(stream=terminal)._screen, TerminalScreen)


def test_without_a_view_what_trials_print_is_shown_all_the_same(play) -> None:
    shown = PrintedLines(stream=io.StringIO())
    search = play(shown)
    search.start(0)
    shown.on_output("0000", "alone")
    search.start(1)
    shown.on_output("0001", "one of two")
    search.close()
    assert shown.stream.getvalue() == "alone\ntrial 0001 | one of two\n"


def test_the_region_stays_on_a_screen_of_any_width(play, terminal, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    view = LiveView(stream=terminal)
    search = play(view)
    search.start(0)
    search.close()
    assert (
        max(
            len(re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", line))
            for line in terminal.getvalue().splitlines()[1:]
        )
        <= 40
    )


def test_stdout_that_goes_to_a_file_is_left_alone(play, terminal, capsys) -> None:
    view = LiveView(stream=terminal)
    search = play(view)
    search.start(0)
    print("a result")
    search.close()
    assert capsys.readouterr().out == "a result\n"
    assert "a result" not in terminal.getvalue()


def test_ipython_installed_is_no_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = types.ModuleType("IPython")
    fake.get_ipython = lambda: None
    monkeypatch.setitem(sys.modules, "IPython", fake)
    assert not in_notebook()
    fake.get_ipython = lambda: types.SimpleNamespace()  # IPython in a terminal has no kernel
    assert not in_notebook()
    fake.get_ipython = lambda: types.SimpleNamespace(kernel=object())
    assert in_notebook()


def test_a_notebook_has_one_output_updated_in_place(
    play, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("IPython")
    shown: list[tuple[str, str]] = []

    class Handle:
        def update(self, data, raw: bool) -> None:
            shown.append(("update", data["text/html"]))

    def display(data, raw: bool, display_id: bool) -> Handle:
        assert raw and display_id
        shown.append(("display", data["text/html"]))
        return Handle()

    monkeypatch.setattr("IPython.display.display", display)
    monkeypatch.setattr(
        "IPython.display.clear_output",
        lambda *arguments: pytest.fail("the user's output must stay"),
    )
    monkeypatch.setattr(screens, "in_notebook", lambda: True)
    view = LiveView()
    assert isinstance(view._screen, NotebookScreen)
    search = play(view)
    search.trial(0, [0.5])
    search.start(1)
    view._screen._draw()
    running = shown[-1][1]
    view.on_output("0001", "from a trial")
    assert capsys.readouterr().out == "from a trial\n"  # the cell's own output
    search.write("finish", reason="interrupted", wall_seconds=3.0)
    search.close()
    assert [kind for kind, _ in shown] == ["display"] + ["update"] * (len(shown) - 1)
    assert "trial 0001" in running
    assert "trial 0001" not in shown[-1][1]
    assert "interrupted after" in shown[-1][1]
    assert "\x1b" not in shown[-1][1]


NOTEBOOK = """
from tftune.journal.state import SearchState
from tftune.reports.live import LiveView
view, state = LiveView(), SearchState()
def write(kind, **fields):
    record = {"kind": kind, **fields, "time": 0.0}
    state.apply(record)
    view.on_record(record, state)
start = {"first_epoch": 0, "last_epoch": None, "parent": None, "attempt": 1}
objective = {"name": "val_auc", "direction": "max"}
write("header", objective=objective, search="grid", task="t", training={"epochs": 2})
write("session", resumed=False, plan="a grid of 30", expected_trials=30)
for number in range(20):
    trial = f"{number:04d}"
    write("start", trial_id=trial, number=number, values={"units": number}, **start)
    write("end", trial_id=trial, status="completed", score=0.5 + number / 64, best_epoch=1,
          metrics={}, message=None, seconds=1.0, parameters=1)
write("start", trial_id="0020", number=20, values={"units": 20}, **start)
"""


def test_in_a_real_notebook_the_plan_stays_and_a_curve_grows(tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook()
    ending = 'write("finish", reason="interrupted", wall_seconds=1.0)\nview.close()'
    notebook.cells = [
        nbformat.v4.new_code_cell(NOTEBOOK + "view._screen._draw()"),
        nbformat.v4.new_code_cell(NOTEBOOK + ending),
    ]
    client = nbclient.NotebookClient(notebook, timeout=60, kernel_name="python3")
    client.resources = {"metadata": {"path": str(tmp_path)}}
    client.execute()
    running, ended = ([*cell.outputs] for cell in notebook.cells)
    for outputs in (running, ended):
        (output,) = outputs  # one display, updated in place
        told = output["data"]["text/plain"].splitlines()
        assert told[:2] == ["t: search grid for the best val_auc (max), 30 trials", "a grid of 30"]
        assert len(told) <= 12 and "0.7969 (20)" in told[-1]
        html = output["data"]["text/html"]
        assert "a grid of 30" in html and html.count("<polyline") == 1
        assert "script" not in html and "class=" not in html
    assert "trial 0020" in running[0]["data"]["text/html"]
    assert "may gain" in running[0]["data"]["text/html"]
    last = ended[0]["data"]
    assert "trial 0020" not in last["text/html"] and "interrupted after" in last["text/plain"]
    assert "the last 5 trials gained 0.078" in last["text/plain"]


def test_a_real_terminal_and_a_real_pipe() -> None:
    """The same program writes bars to a terminal and lines to a pipe."""
    code = (
        "import sys; from tftune.reports.live import LiveView; from tftune.journal.state import "
        "SearchState\n"
        "view, state = LiveView(), SearchState()\n"
        "def write(kind, **fields):\n"
        "    record = {'kind': kind, **fields, 'time': 0.0}; state.apply(record); "
        "view.on_record(record, state)\n"
        "write('header', objective={'name': 'val_auc', 'direction': 'max'}, search='grid', "
        "task='t', training={'epochs': 2})\n"
        "write('session', resumed=False, plan='a grid of 2', expected_trials=2)\n"
        "write('start', trial_id='0000', number=0, values={}, first_epoch=0, last_epoch=None, "
        "parent=None, attempt=1)\n"
        "import warnings; warnings.warn('careful')\n"
        "view.close()\n"
    )
    environment = {**os.environ, "TERM": "xterm", "NO_COLOR": ""}
    piped = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment,
        check=True,
    )
    assert piped.stderr.splitlines()[0] == "t: search grid for the best val_auc (max), 2 trials"
    assert piped.stderr.splitlines()[1] == "a grid of 2"
    assert "\x1b" not in piped.stderr
    assert piped.stdout == ""
    control, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", code], stderr=terminal, stdout=subprocess.PIPE, env=environment
    )
    os.close(terminal)
    output = bytearray()

    def drain() -> None:
        try:
            while chunk := os.read(control, 4096):
                output.extend(chunk)
        except OSError:  # the other end is closed
            return

    reader = threading.Thread(target=drain)
    reader.start()
    assert process.wait(timeout=60) == 0
    reader.join(timeout=60)
    os.close(control)
    assert b"\x1b[?25h" in output
    assert b"trial 0000" in output
    assert b"UserWarning: careful" in output
