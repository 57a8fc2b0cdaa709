"""The measurement of trials an hour: the table, what is refused, and (slow) every tool for real on
generated peptides.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import throughput
from benchmarks.processes import timed
from benchmarks.throughput import TOOLS, draw_configurations, main, throughput_table


def test_the_table_compares_medians_of_runs() -> None:
    common = {"configurations": 12, "scores": [0.75] * 12}
    seconds = {
        "bound": [40.0, 38.0, 60.0],
        "tftune-2": [42.0, 41.0, 43.0],
        "keras-tuner": [120.0, 126.0, 118.0],
    }
    text = throughput_table(
        [
            {"tool": tool, "seconds": each, **common}
            for tool, times in seconds.items()
            for each in times
        ]
    )
    lines = text.splitlines()
    assert (
        lines[2].startswith("| 2 pinned processes")
        and "| 40.0 (38.0-60.0) | 1080 | 3.00 | 1.00 | 0.750 |" in lines[2]
    )
    assert lines[3].startswith("| tftune, 2 workers | 3 | 42.0 (41.0-43.0) | 1029 | 2.86 | 0.95 |")


def test_all_tools_get_the_same_configurations() -> None:
    first, again = draw_configurations(3), draw_configurations(3)
    assert first == again and len({json.dumps(values) for values in first}) == 3
    assert set(first[0]) == {"batch_normalization", "dropout", "l2", "learning_rate"}


def test_an_unknown_tool_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--tools", "bound,hammer"])
    assert "There is no tool hammer. Expected some of: bound" in capsys.readouterr().err


def test_a_tool_is_looked_for_and_not_imported() -> None:
    code = """
import json, sys
from benchmarks.throughput import TOOLS, _are_installed
found = [_are_installed(tool.packages) for tool in TOOLS.values()]
heavy = {package for tool in TOOLS.values() for package in tool.packages} & {*sys.modules}
absent = _are_installed(["json", "no_such_thing"])
print("result: " + json.dumps({"found": found, "heavy": sorted(heavy), "absent": absent}))
"""
    told = timed([sys.executable, "-c", code])
    assert sum(told["found"]) >= 4 and told["heavy"] == [] and told["absent"] is False


@pytest.mark.parametrize(
    ("told", "message"),
    [
        (
            None,
            r"nothing_at_all .*ended with exit code 1.(?s:.*)No module named "
            r"benchmarks.trainers.nothing_at_all",
        ),
        ({"seconds": 1.0, "scores": [0.5]}, "idle trained 1 of 2 configurations"),
    ],
)
def test_a_run_that_fails_or_trains_too_little_is_no_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: dict[str, Any] | None, message: str
) -> None:
    monkeypatch.setitem(TOOLS, "idle", throughput.Tool("idle", "nothing_at_all", 1))
    monkeypatch.setattr(throughput, "draw_configurations", lambda count: [{}] * count)
    (tmp_path / "data.npz").touch()
    if told is not None:
        monkeypatch.setattr(throughput, "timed", lambda command: told)
    with pytest.raises(RuntimeError, match=message):
        throughput.run_unit({"tool": "idle", "configurations": 2, "epochs": 1}, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_tool_trains_every_configuration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three by two workers: one of them trains one more."""
    readme = tmp_path / "README.md"
    readme.write_text("<!-- begin:throughput -->\n<!-- end:throughput -->\n", encoding="utf-8")
    command = [
        "--data",
        "sample",
        "--configurations",
        "3",
        "--epochs",
        "1",
        "--rounds",
        "1",
        "--write-readme",
        str(readme),
    ]
    assert main(command) == 0
    shown = capsys.readouterr().out
    installed = [tool for tool in TOOLS.values() if throughput._are_installed(tool.packages)]
    assert len(installed) >= 4 and all(f"| {tool.title} | 1 |" in shown for tool in installed)
    assert shown.strip() in readme.read_text()
