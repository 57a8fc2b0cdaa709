"""The frame of the experiments: what is kept, resumed, refused and written; by one that trains
nothing.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tftune import beans
from tftune.cli import experiments, program
from tftune.cli.converters import integer
from tftune.cli.experiments.experiment import Experiment
from tftune.cli.options import Option
from tftune.journal.run_folder import ExperimentFolder
from tftune.reports.charts.chart import Axis, Chart, Points
from tftune.reports.views.view import Table, View
from tftune.support.registry import Registry

CALLS: list[dict[str, Any]] = []


def square(options: Any, cell: dict[str, Any]) -> dict[str, Any]:
    CALLS.append(cell)
    if len(CALLS) > options.break_after:
        raise KeyboardInterrupt
    return {"square": cell["seed"] ** 2, "bad": float("nan")}


def run(measurements: Any) -> list[View]:
    found = measurements.measure(square, [{"seed": seed} for seed in measurements.seeds])
    rows = tuple((str(seed), str(each["square"])) for seed, each in enumerate(found))
    chart = Chart("squares", Axis("seed"), Axis("square"), (Points((0, 1), (0, 1)),))
    table = Table(("seed", "square"), rows, numbers=(0, 1), title="Squares")
    return [View("squares", "Squares", "Read them.", ("All are whole.",), (chart,), (table,))]


EXPERIMENT = Experiment(
    "Squares the seeds.",
    3,
    run,
    (Option("--break-after", "N", integer(0), 99, "squares", "experiment"),),
)


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    entry = {"squares": (f"{__name__}:EXPERIMENT", "squares of the seeds")}
    monkeypatch.setitem(experiments.EXPERIMENTS, "beans", Registry("experiment", entry))  # type: ignore[index]
    monkeypatch.setattr(
        Registry, "__getitem__", lambda self, name: EXPERIMENT
    )  # this module is not importable by its name
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TFDS_DATA_DIR", raising=False)  # the command would tell it
    CALLS.clear()


def start(*arguments: str) -> int:
    return program.main(beans.PROGRAM, ["squares", *arguments])


def test_an_experiment_writes_tables_figures_and_a_page(capsys: Any) -> None:
    assert start("--data", "sample") == 0
    folder = ExperimentFolder("runs/beans-squares")
    document = json.loads(folder.table.read_text())
    assert document["command"] == "python -m tftune.beans squares --data sample"
    assert [each["result"]["square"] for each in document["measurements"]] == [0, 1, 4]
    assert document["measurements"][0]["result"]["bad"] is None  # strict JSON
    assert document["views"][0]["tables"][0]["rows"][2] == ["2", "4"]
    assert "All are whole." in folder.table_text.read_text()
    drawing = (folder.figures / "squares.svg").read_text()
    assert drawing.startswith("<svg") and "Squares</text>" in drawing
    assert "All are whole." in folder.report.read_text()
    told = capsys.readouterr()
    assert "seed  square\n   0       0" in told.out and "square: 3 of 3" in told.err


def test_stdout_is_one_document_where_that_is_wanted(capsys: Any) -> None:
    assert start("--json", "-q") == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["experiment"] == "beans squares" and told.err == ""


def test_an_interrupted_experiment_goes_on_where_it_was(capsys: Any) -> None:
    assert start("--break-after", "2") == 130
    assert "--break-after 2 --resume" in capsys.readouterr().err
    assert len(CALLS) == 3
    assert start("--break-after", "2", "--resume", "--seeds", "2") == 0
    assert len(CALLS) == 3  # both were kept


@pytest.mark.parametrize("is_there", [False, True])
def test_nothing_is_left_where_nothing_was_measured(capsys: Any, is_there: bool) -> None:
    folder = Path("runs/beans-squares")
    if is_there:
        folder.mkdir(parents=True)
    assert start("--break-after", "0") == 130
    assert "nothing was begun" in capsys.readouterr().err
    assert folder.exists() == is_there and not list(Path("runs").rglob("*.jsonl"))
    assert start() == 0  # with other options, and nothing to resume
    assert start("--break-after", "0", "--resume") == 2  # what is whole stays
    assert ExperimentFolder(folder).table.exists()


def test_a_last_seed_beyond_all_seeds_is_told_at_once(capsys: Any) -> None:
    assert start("--seed", "2147483646", "--seeds", "2") == 0
    assert start("--seed", "2147483646", "--seeds", "3", "--overwrite") == 2
    assert "The last seed would be 2147483648." in capsys.readouterr().err
    assert ExperimentFolder("runs/beans-squares").exists()


def test_more_seeds_are_added_to_an_old_experiment() -> None:
    assert start("--seeds", "1") == 0
    assert start("--seeds", "4", "--resume") == 0
    assert [cell["seed"] for cell in CALLS] == [0, 1, 2, 3]


def test_an_experiment_with_other_options_is_refused(capsys: Any) -> None:
    assert start() == 0
    assert start("--resume", "--break-after", "7") == 2
    told = capsys.readouterr().err
    assert "break_after: '99' in the folder, '7' now" in told and "--overwrite" in told


def test_an_experiment_on_a_file_that_has_changed_is_refused(capsys: Any) -> None:
    Path("leaves").mkdir()
    Path("leaves/one.png").write_bytes(b"one")
    assert start("--data", "leaves") == 0
    assert start("--data", "leaves", "--resume") == 0
    Path("leaves/one.png").write_bytes(b"two")
    assert start("--data", "leaves", "--resume") == 2
    assert "content of the data" in capsys.readouterr().err


def test_a_file_that_takes_the_place_of_another_is_refused(capsys: Any) -> None:
    Path("leaves.zip").write_bytes(b"one")
    assert start("--data", "leaves.zip", "--seeds", "1") == 0
    Path("leaves.zip").write_bytes(b"another")
    assert start("--data", "leaves.zip", "--resume") == 2
    assert "content of the data" in capsys.readouterr().err


def test_a_name_that_no_file_can_have_is_left_to_who_loads_the_data() -> None:
    assert start("--data", "x" * 5000) == 0  # this experiment loads none


def test_a_folder_called_like_data_with_a_name_is_not_looked_into() -> None:
    Path("sample").mkdir()
    assert start("--data", "sample") == 0
    Path("sample/one.png").write_bytes(b"one")
    assert start("--data", "sample", "--resume") == 0


def test_a_folder_that_holds_one_already_is_not_written_over(capsys: Any) -> None:
    assert start() == 0
    assert start() == 2
    assert "holds an experiment already" in capsys.readouterr().err
    assert start("--overwrite", "--seeds", "1") == 0
    folder = ExperimentFolder("runs/beans-squares")
    assert len(json.loads(folder.table.read_text())["measurements"]) == 1


def test_a_folder_of_a_search_is_refused(capsys: Any) -> None:
    folder = Path("runs/beans-squares")
    folder.mkdir(parents=True)
    (folder / "journal.jsonl").write_text("")
    for more in ((), ("--overwrite",)):
        assert start(*more) == 2
        assert "not a run folder of a experiment" not in capsys.readouterr().err
    assert (folder / "journal.jsonl").exists()


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    "words",
    [
        ["mnist", "knob-by-knob", "--data", "digits", "--epochs", "1"],
        ["hemolysis", "batch-growth", "--data", "sample", "--epochs", "1"],
    ],
    ids=lambda words: words[1],
)
def test_an_experiment_says_nothing_of_tensorflow(words: list[str], tmp_path: Path) -> None:
    environment = {name: text for name, text in os.environ.items() if name[:6] != "TF_CPP"}
    task, *others = words
    ended = subprocess.run(
        [sys.executable, "-m", f"tftune.{task}", *others, "--seeds", "1"],
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(Path(__file__).resolve().parents[3])},
        capture_output=True,
        text=True,
        timeout=360,
    )
    assert ended.returncode == 0, ended.stderr
    own = re.compile(r".+: \d+ of \d+(, about \d+ s to go)?|the walk took \d+ trainings; .+")
    assert [line for line in ended.stderr.splitlines() if not own.fullmatch(line)] == []


def test_the_help_of_the_program_names_its_experiments(capsys: Any) -> None:
    with pytest.raises(SystemExit):
        program.main(replace(beans.PROGRAM), ["--help"])
    assert "python -m tftune.beans squares" in capsys.readouterr().out


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="looks at processes in /proc")
def test_a_process_that_trains_ends_with_the_one_that_made_it() -> None:
    code = (
        "import multiprocessing, os, signal\n"
        "from tftune.cli.experiments.measurements import end_with_parent\n"
        "if __name__ == '__main__':\n"
        "    child = multiprocessing.get_context('spawn').Process(target=end_with_parent)\n"
        "    child.start()\n"
        "    print(child.pid, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    Path("parent.py").write_text(code)
    ended = subprocess.run([sys.executable, "parent.py"], capture_output=True, timeout=60)
    assert ended.returncode == -signal.SIGKILL
    for _ in range(300):  # the child has begun, at the latest, when its imports are done
        if not _is_alive(int(ended.stdout)):
            return
        time.sleep(0.1)
    os.kill(int(ended.stdout), signal.SIGKILL)
    pytest.fail("the child lives on")


def _is_alive(process: int) -> bool:
    status = Path(f"/proc/{process}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
