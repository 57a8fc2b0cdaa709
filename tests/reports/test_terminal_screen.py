"""The region on a terminal that changes its size, and what others print meanwhile."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
import threading
import time
from itertools import pairwise

import pytest

from tests.reports.emulator import Terminal
from tftune.reports.live import LiveView
from tftune.reports.terminal_screen import size_of


@pytest.fixture
def resized(monkeypatch: pytest.MonkeyPatch):
    """Returns a function that gives a terminal another width, and the environment, too."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("LINES", "24")
    monkeypatch.delenv("NO_COLOR", raising=False)

    def resize(terminal: Terminal, columns: int) -> None:
        terminal.resize(columns)
        monkeypatch.setenv("COLUMNS", str(columns))

    return resize


def begun(play, terminal: Terminal):
    view = LiveView(stream=terminal)
    search = play(view)
    search.trial(0, [0.5])
    search.start(1, {"units": 8})
    search.start(2, {"units": 16})
    view._screen._live.refresh()
    return view, search


@pytest.mark.parametrize("reflows", [True, False], ids=["reflows", "cuts"])
@pytest.mark.parametrize(
    "widths", [[100, 50], [80, 40, 30], [120, 61, 200, 20], [40, 90]], ids=lambda each: f"{each}"
)
def test_a_terminal_of_another_width_has_no_debris(play, resized, reflows, widths) -> None:
    terminal = Terminal(widths[0], reflows=reflows)
    resized(terminal, widths[0])
    view, search = begun(play, terminal)
    number = 2
    for _, width in pairwise(widths):
        resized(terminal, width)
        view._screen._live.refresh()
        bars = [row for row in terminal.shown if "\u2501" in row]
        assert len(bars) == (0 if width < 56 else len(view._progress.snapshot().running) + 1)
        search.end(number, 0.25, 1)
        number += 1
        search.start(number, {"units": number})
        view._screen._live.refresh()
    search.write("finish", reason="interrupted", wall_seconds=4.0)
    search.close()
    assert terminal.unknown == [] and terminal.cursor and terminal.wraps
    if reflows:  # else the terminal itself has cut lines off
        ends = [line for line in terminal.lines if " completed  " in line]
        assert [line[:10] for line in ends] == ["trial 0000"] + [
            f"trial {each:04d}" for each in range(2, number)
        ]
        assert terminal.lines[-1].startswith("interrupted after")
        assert len(terminal.lines) == 2 + len(ends)


@pytest.mark.parametrize("reflows", [True, False], ids=["reflows", "cuts"])
def test_many_widths_within_a_second_leave_nothing(play, resized, reflows) -> None:
    terminal = Terminal(120, reflows=reflows)
    resized(terminal, 120)
    view, search = begun(play, terminal)
    for width in (90, 64, 41, 30, 77, 20, 100, 56, 55, 120, 33):
        resized(terminal, width)  # the region is drawn only for some of them
        if width % 2:
            view._screen._live.refresh()
    view._screen._live.refresh()
    # the greeting and an end are broken into rows; the region is there once
    assert sum(row.lstrip().startswith("1/4 trials") for row in terminal.shown) == 1
    search.close()
    assert terminal.unknown == [] and terminal.cursor and terminal.wraps
    if reflows:
        assert len(terminal.lines) == 2


@pytest.mark.parametrize("height", [1, 2, 3, 4])
def test_a_terminal_of_few_lines_has_no_debris(play, resized, monkeypatch, height) -> None:
    terminal = Terminal(80)
    resized(terminal, 80)
    view, search = begun(play, terminal)
    terminal.height = height
    monkeypatch.setenv("LINES", str(height))
    for number in (1, 2):
        view._screen._live.refresh()
        search.end(number, 0.25, 1)
        view._screen._live.refresh()
    monkeypatch.setenv("LINES", "24")
    terminal.height = 24
    view._screen._live.refresh()
    search.write("finish", reason="done", wall_seconds=4.0)
    search.close()
    told = [line[:10] for line in terminal.lines]
    assert told == ["beans: sea", "trial 0000", "trial 0001", "trial 0002", "done after"]


@pytest.mark.parametrize("width", [20, 40, 60, 80, 110])
def test_every_end_tells_its_knobs_on_a_terminal_of_any_width(play, resized, width) -> None:
    terminal = Terminal(width)
    resized(terminal, width)
    _, search = begun(play, terminal)
    search.end(1, 0.25, 1)
    search.end(2, None, status="failed", message="ValueError: no")
    search.close()
    told = [line for line in terminal.lines if line.startswith(("trial 0001", "trial 0002"))]
    assert [line[line.rindex("[") :] for line in told] == ["[units=8]", "[units=16]"]


def test_the_gain_stands_in_the_region_within_eighty_columns(play, resized) -> None:
    terminal = Terminal(80)
    resized(terminal, 80)
    view = LiveView(stream=terminal)
    search = play(view, expected_trials=1000)
    for number in range(48):
        search.trial(number, [0.5 + 0.00123 * number])
    search.start(48)
    view._screen._live.refresh()
    (row,) = (row for row in terminal.shown if "may gain" in row)
    assert "the last 12 trials gained 0.015, the 952 left may gain 0." in row
    assert "\u2026" not in row
    search.close()


def test_long_lines_stay_whole(play, resized) -> None:
    terminal = Terminal(40)
    resized(terminal, 40)
    _, search = begun(play, terminal)
    path = "/home/someone/" + "a-rather-long-folder/" * 5 + "journal.jsonl"
    print(f"see {path}", file=sys.stderr)
    search.close()
    assert f"see {path}" in terminal.lines


def test_what_others_print_stands_above_the_region(play, resized) -> None:
    terminal = Terminal(80)
    resized(terminal, 80)
    before = sys.stderr
    view, search = begun(play, terminal)
    print("one\ntwo", end="", file=sys.stderr)
    sys.stderr.write(" goes on\n\x1b[31mred\x1b[0m \x1b[2J\x1b[1;1Hhome\n10 %\r\x1b[K20 %\r30 %\n")
    view._screen._live.refresh()
    assert terminal.shown[-5:-3] == ["30 %", "trial 0001" + terminal.shown[-4][10:]]
    print("not ended", end="", file=sys.stderr)
    search.close()
    assert sys.stderr is before and terminal.unknown == []
    assert terminal.lines[2:] == ["one", "two goes on", "red home", "30 %", "not ended"]


def test_more_trials_than_rows_show_the_search(play, resized) -> None:
    terminal = Terminal(80, height=6)
    resized(terminal, 80)
    os.environ["LINES"] = "6"  # the fixture gives it back
    view, search = begun(play, terminal)
    for number in range(3, 12):
        search.start(number)
    for _ in range(3):
        view._screen._live.refresh()
    assert sum("search  " in row for row in terminal.shown) == 1
    search.close()
    assert len(terminal.lines) == 2  # the greeting, and an end


def test_the_region_of_many_trials_leaves_nothing_at_half_the_width(play, resized) -> None:
    terminal = Terminal(100)
    resized(terminal, 100)
    view, search = begun(play, terminal)
    for number in range(3, 30):
        search.start(number)
    view._screen._live.refresh()
    assert sum("epoch 0/3" in row for row in terminal.shown) == 8
    assert any(row.strip() == "21 more" for row in terminal.shown)
    resized(terminal, 50)
    view._screen._live.refresh()
    assert sum("21 more" in row for row in terminal.shown) == 1
    search.close()
    assert len(terminal.lines) == 2


def test_a_terminal_that_is_gone_does_not_end_the_search(play) -> None:
    class Gone(Terminal):
        def write(self, text: str) -> int:
            raise OSError("no terminal")

    view, search = begun(play, Gone())
    search.end(1, 0.5, 1)
    search.close()
    assert view._screen._live is None


PROGRAM = """
import sys
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
write("session", resumed=False, plan="", expected_trials=9)
for number in range(4):
    write("start", trial_id=f"{number:04d}", number=number, values={"units": number}, **start)
for number in range(3):
    sys.stdin.readline()
    write("end", trial_id=f"{number:04d}", status="completed", score=0.5, best_epoch=1, metrics={},
          message=None, seconds=1.0, parameters=1)
sys.stdin.readline()
write("finish", reason="interrupted", wall_seconds=1.0)
view.close()
"""


def test_a_real_terminal_that_is_resized_while_bars_are_drawn() -> None:
    control, device = pty.openpty()
    terminal = Terminal(100)

    def resize(columns: int) -> None:
        fcntl.ioctl(device, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        terminal.resize(columns)

    resize(100)
    environment = {**os.environ, "TERM": "xterm-256color", "NO_COLOR": ""}
    environment = {key: value for key, value in environment.items() if key != "COLUMNS"}
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stderr=device, env=environment
    )
    lock = threading.Lock()

    def drain() -> None:
        try:
            while chunk := os.read(control, 65536):
                with lock:
                    terminal.write(chunk.decode(errors="replace"))
        except OSError:  # the other end is closed
            return

    threading.Thread(target=drain, daemon=True).start()

    def wait_for(found) -> None:
        end = time.monotonic() + 30
        while not found():
            assert time.monotonic() < end, terminal.shown
            time.sleep(0.02)

    wait_for(lambda: any("trial 0003" in row for row in terminal.shown))
    for width in (60, 45, 110):
        with lock:
            resize(width)
        process.stdin.write(b"\n")
        process.stdin.flush()
        ended = {60: "trial 0000 c", 45: "trial 0001 c", 110: "trial 0002 c"}[width]
        wait_for(lambda ended=ended: any(line.startswith(ended) for line in terminal.lines))
    process.stdin.write(b"\n")
    process.stdin.close()
    assert process.wait(30) == 0
    wait_for(lambda: terminal.lines[-1].startswith("interrupted after"))
    os.close(device)
    assert [line[:12] for line in terminal.lines] == [
        "t: search gr",
        *(f"trial {number:04d} c" for number in range(3)),
        "interrupted ",
    ]
    assert terminal.unknown == [] and terminal.cursor


def test_a_terminal_answers_itself_how_wide_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "33")
    control, device = pty.openpty()
    fcntl.ioctl(device, termios.TIOCSWINSZ, struct.pack("HHHH", 10, 77, 0, 0))
    with open(device, "w") as stream:
        assert size_of(stream) == (77, 10)
    os.close(control)
    assert size_of(Terminal())[0] == 33
