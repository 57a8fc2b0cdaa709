"""The programs from the command line to the exit code; a small model on small data stands for the
real ones.
"""

from __future__ import annotations

import dataclasses
import io
import json
import os
import platform
import shlex
import shutil
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.cli.subcommands.run_folders import played
from tftune.beans import PROGRAM as BEANS
from tftune.cli.program import Program, main
from tftune.cli.terminal import data_line, print_results
from tftune.datasets.base import SPLITS, prepare
from tftune.hemolysis import PROGRAM as HEMOLYSIS
from tftune.journal.journal import read
from tftune.journal.run_folder import RunFolder
from tftune.mnist import PROGRAM as MNIST

QUICK = ["--epochs", "1", "--workers", "0", "--max-trials", "2"]


def small_dataset(options):
    """Two classes of points in the plane."""
    generator = np.random.default_rng(0)
    labels = {split: generator.integers(0, 2, (40, 1)) for split in SPLITS}
    arrays = {
        split: (
            (generator.normal(0, 20, (40, 2)) + 90 + 60 * y).astype("uint8"),
            y.astype("float32"),
        )
        for split, y in labels.items()
    }
    facts = {"leak_rate": 0.25, "split": "random"}
    return prepare("points", options.data, ["points"], lambda: (arrays, facts), ("left", "right"))


class SmallModel:
    """A line in the plane; `trouble` is called with the knobs when a model is built.

    Eager by default, because tracing a graph would take longer than the training.
    """

    def __new__(cls, trouble=None, eager=True):
        import keras
        import keras_tuner

        class Line(keras_tuner.HyperModel):
            def declare_hyperparameters(self, hp) -> None:
                hp.Float("learning_rate", 1e-3, 1e-1, sampling="log")

            def build(self, hp):
                self.declare_hyperparameters(hp)
                if trouble is not None:
                    trouble(hp)
                print("a print in a build function")
                model = keras.Sequential(
                    [
                        keras.Input((2,)),
                        keras.layers.Rescaling(1 / 255),
                        keras.layers.Dense(1, activation="sigmoid"),
                    ]
                )
                model.compile(
                    keras.optimizers.Adam(hp.get("learning_rate")),
                    "binary_crossentropy",
                    metrics=["accuracy"],
                    run_eagerly=eager,
                )
                return model

        return Line()


def small_program(trouble=None, eager=True) -> Program:
    return dataclasses.replace(
        BEANS,
        task="points",
        load=small_dataset,
        make_model=lambda options, dataset: SmallModel(trouble, eager),
        data_options=BEANS.data_options[:1],
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, and no TFTUNE_ variable that changes the defaults."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("TFTUNE_") and name != "TFTUNE_CACHE":
            monkeypatch.delenv(name)
    return tmp_path


@pytest.mark.parametrize(("known", "there"), [(None, True), ({"dropout"}, False)])
def test_a_search_of_leaves_goes_on_with_the_knobs_that_it_began_with(known, there) -> None:
    import keras_tuner

    options = BEANS.options().parse(["--space", "full"], {})
    options.known_knobs = known
    hp = keras_tuner.HyperParameters()
    BEANS.make_model(options, SimpleNamespace(classes=("a", "b"))).declare_hyperparameters(hp)
    assert ("architecture" in hp.values) == there


def test_a_run_prints_results_to_stdout_and_progress_to_stderr(folder: Path, capsys) -> None:
    assert main(small_program(eager=False), QUICK) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("rank  trial  val_accuracy")
    assert "Test split, trial 000" in captured.out
    assert "tensorboard --logdir runs/points-auto/tensorboard --host 127.0.0.1" in captured.out
    assert "a print in a build function" not in captured.out
    assert captured.err.startswith(
        "data: tfds, 40 train, 40 validation and 40 test rows, random split; leak rate 25.0 %"
    )
    assert "points: search auto for the best val_accuracy (max)" in captured.err
    assert "done after" in captured.err
    session = read(folder / "runs" / "points-auto" / "journal.jsonl")[0][1]
    assert session["kind"] == "session" and session["host"] == platform.node()
    names = {path.name for path in (folder / "runs" / "points-auto").iterdir()}
    assert {
        "journal.jsonl",
        "summary.json",
        "trials.csv",
        "best_model.keras",
        "tensorboard",
    } <= names


def test_a_folder_of_any_name_is_printed_as_a_shell_and_python_read_it(
    folder: Path, capsys
) -> None:
    name = 'my "\u00fcn\u00ef"'
    assert main(small_program(), [*QUICK, "--quiet", "--run-dir", name]) == 0
    out = capsys.readouterr().out
    line = next(line for line in out.splitlines() if "tensorboard --logdir" in line)
    command = line[line.index("tensorboard --logdir") :]
    assert shlex.split(command)[2] == f"{name}/tensorboard"
    assert f"keras.models.load_model('{name}/best_model.keras')" in out


@pytest.mark.slow
def test_results_that_nobody_reads_and_a_summary_in_ascii(folder: Path, monkeypatch) -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", Gone())
    monkeypatch.setattr(sys, "stderr", None)
    assert main(small_program(), [*QUICK, "--run-dir", "a"]) == 0
    ascii_only = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", ascii_only)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    program = dataclasses.replace(small_program(), task="caf\u00e9")
    assert main(program, [*QUICK, "--run-dir", "b", "--json"]) == 0
    assert json.loads(ascii_only.buffer.getvalue())["task"] == "caf\u00e9"


def test_json_is_the_content_of_summary_json_and_nothing_else(folder: Path, capsys) -> None:
    assert main(small_program(), [*QUICK, "--json", "--quiet", "--run-dir", "here/x"]) == 0
    captured = capsys.readouterr()
    assert captured.out == (folder / "here" / "x" / "summary.json").read_text()
    content = json.loads(captured.out)
    assert (content["task"], content["search"], content["trials"]["completed"]) == (
        "points",
        "auto",
        2,
    )
    assert set(content["test"]) == {"loss", "accuracy"}
    assert content["data"]["leak_rate"] == 0.25
    assert "trial 0000" not in captured.err


def test_no_completed_trial_is_exit_code_3(folder: Path, capsys) -> None:
    def trouble(hp) -> None:
        raise ValueError("this model cannot be")

    assert main(small_program(trouble), [*QUICK, "--json"]) == 3
    captured = capsys.readouterr()
    assert json.loads(captured.out)["best"] is None
    assert json.loads(captured.out)["trials"] == {"completed": 0, "pruned": 0, "failed": 2}
    assert "error: No trial completed" in captured.err
    assert "this model cannot be" in captured.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_keeps_the_state_and_the_command_that_is_printed_resumes(
    folder: Path, capsys, number: signal.Signals
) -> None:
    before = signal.getsignal(signal.SIGTERM)

    def trouble(hp) -> None:
        if Path("runs/points-auto/trials.csv").exists():  # resumed
            return
        if (
            read(Path("runs/points-auto/journal.jsonl"))[0][-1].get("trial_id") == "0001"
        ):  # the second trial begins
            os.kill(os.getpid(), number)
            time.sleep(5)

    assert main(small_program(trouble), [*QUICK, "--seed", "3", "--overwrite"]) == 130
    assert signal.getsignal(signal.SIGTERM) is before
    said = capsys.readouterr().err
    assert "Interrupted; what was done is kept in runs/points-auto." in said
    command = next(
        line.strip()
        for line in said.splitlines()
        if line.strip().startswith("python -m tftune.points")
    )
    assert (
        command == "python -m tftune.points --max-trials 2 --epochs 1 --seed 3 --workers 0 --resume"
    )
    assert [record["kind"] for record in read(folder / "runs/points-auto/journal.jsonl")[0]].count(
        "end"
    ) == 1

    assert main(small_program(), command.split()[3:]) == 0
    captured = capsys.readouterr()
    assert "1 done already" in captured.err
    assert len((folder / "runs/points-auto/trials.csv").read_text().splitlines()) == 3


def test_ctrl_c_before_the_search_begins_nothing(folder: Path, capsys) -> None:
    def interrupted(options):
        raise KeyboardInterrupt

    assert main(dataclasses.replace(small_program(), load=interrupted), QUICK) == 130
    assert capsys.readouterr().err == "Interrupted; nothing was begun.\n"
    assert list(folder.iterdir()) == []


def test_the_time_limit_ends_the_search_with_results(folder: Path, capsys) -> None:
    arguments = ["--epochs", "1", "--workers", "0", "--max-trials", "10000", "--timeout", "3"]
    assert main(small_program(), arguments) == 0
    captured = capsys.readouterr()
    assert "the time limit was reached after" in captured.err
    assert "--timeout 3.0" in captured.err.splitlines()[-1]
    assert captured.err.splitlines()[-1].endswith("--resume")
    assert "Test split" in captured.out


@pytest.mark.slow
def test_a_flat_search_ends_with_results_and_the_way_on(folder: Path, capsys) -> None:
    arguments = ["--epochs", "1", "--workers", "0", "--max-trials", "50", "--stop-when-flat", "2"]
    assert main(small_program(), [*arguments, "--json"]) == 0
    captured = capsys.readouterr()
    told = json.loads(captured.out)
    assert told["ended"] == "flat" and told["trials"]["completed"] < 50
    assert "no better in 2 trials: ended after" in captured.err
    last = captured.err.splitlines()[-1]
    assert "--stop-when-flat 4" in last and last.endswith("--resume")


@pytest.mark.slow
def test_a_finished_search_resumes_to_the_same_result_and_grows(folder: Path, capsys) -> None:
    assert main(small_program(), [*QUICK, "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert main(small_program(), [*QUICK, "--json", "--resume"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert {key: again[key] for key in ("best", "test", "trials")} == {
        key: first[key] for key in ("best", "test", "trials")
    }
    assert main(small_program(), [*QUICK, "--json", "--resume", "--max-trials", "3"]) == 0
    assert json.loads(capsys.readouterr().out)["trials"]["completed"] == 3


def test_an_ended_search_whose_paused_weights_are_gone_grows_to_the_same_numbers(
    folder: Path, capsys
) -> None:
    def search(run: str, trials: int, *more: str) -> None:
        words = ["--search", "hyperband", "--epochs", "9", "--max-trials", str(trials)]
        assert main(small_program(), [*QUICK, *words, "--run-dir", run, *more]) == 0

    def ends(run: str) -> list[tuple[Any, ...]]:
        records = map(json.loads, (folder / run / "journal.jsonl").read_text().splitlines())
        found = [record for record in records if record["kind"] == "end"]
        return [(each["trial_id"], each["score"], each["best_epoch"]) for each in found]

    search("grown", 9)
    kept = {path.name for path in (folder / "grown" / "checkpoints").iterdir()}
    with pytest.warns(UserWarning, match="goes on without them trains its first epochs again"):
        search("grown", 12, "--resume")
    records = map(json.loads, (folder / "grown" / "journal.jsonl").read_text().splitlines())
    again = [each for each in records if each["kind"] == "start" and each["parent"]]
    assert any(f"{each['parent']}.npz" not in kept for each in again)
    search("whole", 12)
    assert ends("grown") == ends("whole") and len(ends("whole")) == 12


def test_a_budget_that_is_spent_may_grow(folder: Path, capsys) -> None:
    def search(budget: int, *more: str) -> list[dict[str, Any]]:
        words = ["--epochs", "4", "--workers", "0", "--seed", "1", "--budget", str(budget)]
        assert main(small_program(), [*words, *more]) == 0
        records = map(json.loads, (folder / "runs/points-auto/journal.jsonl").open())
        return [record for record in records if record["kind"] in ("start", "session")]

    def spent(records: list[dict[str, Any]]) -> int:
        starts = [each for each in records if each["kind"] == "start"]
        return sum(each["last_epoch"] - each["first_epoch"] for each in starts)

    first = search(8)
    assert spent(first) == 8
    assert len(search(8, "--resume")) == len(first) + 1  # a session without a trial
    grown = search(20, "--resume")
    assert spent(grown) == 20 and "one bracket for 20 epochs" in grown[len(first) + 1]["plan"]


def test_a_search_whose_sizes_follow_from_its_trials_grows(folder: Path, capsys) -> None:
    assert main(small_program(), [*QUICK, "--json", "--search", "lhs"]) == 0
    more = ["--search", "lhs", "--max-trials", "4"]
    capsys.readouterr()
    assert main(small_program(), [*QUICK, "--json", "--resume", *more]) == 0
    assert json.loads(capsys.readouterr().out)["trials"]["completed"] == 4


@pytest.mark.slow
def test_what_does_not_fit_the_run_folder_is_refused_and_nothing_changes(
    folder: Path, capsys
) -> None:
    assert main(small_program(), QUICK) == 0
    journal = folder / "runs" / "points-auto" / "journal.jsonl"
    before = journal.read_bytes()
    capsys.readouterr()
    for arguments, said in [
        ([], "holds a search already"),
        (["--resume", "--seed", "1"], "seed: 0 in the folder, 1 now"),
        (["--resume", "--epochs", "2"], "training: "),
        (["--resume", "--run-dir", "elsewhere"], "There is nothing to resume in elsewhere"),
        (
            ["--resume", "--search", "grid", "--run-dir", "runs/points-auto"],
            "search: 'auto' in the folder, 'grid' now",
        ),
    ]:
        assert main(small_program(), [*QUICK, *arguments]) == 2
        captured = capsys.readouterr()
        assert captured.err.startswith("error: ")
        assert said in captured.err
        assert captured.out == ""
    assert journal.read_bytes() == before
    assert not (folder / "elsewhere").exists()


@pytest.mark.slow
def test_another_space_is_refused_before_a_child_is_started(folder: Path, capsys) -> None:
    def wider(options, dataset):
        model = SmallModel()
        model.declare_hyperparameters = lambda hp: hp.Float(
            "learning_rate", 1e-3, 1.0, sampling="log"
        )
        return model

    assert main(small_program(), QUICK) == 0
    assert main(dataclasses.replace(small_program(), make_model=wider), [*QUICK, "--resume"]) == 2
    assert "space: knob 'learning_rate': max was 0.1, is 1.0" in capsys.readouterr().err


@pytest.mark.slow
def test_overwrite_starts_over_and_leaves_a_strange_folder_alone(folder: Path, capsys) -> None:
    assert main(small_program(), QUICK) == 0
    assert main(small_program(), [*QUICK, "--overwrite"]) == 0
    records = read(folder / "runs" / "points-auto" / "journal.jsonl").records
    assert [record["kind"] for record in records].count("header") == 1
    (folder / "precious").mkdir()
    (folder / "precious" / "thesis.tex").write_text("chapter 1")
    assert main(small_program(), [*QUICK, "--overwrite", "--run-dir", "precious"]) == 2
    assert "is not a run folder" in capsys.readouterr().err
    assert (folder / "precious" / "thesis.tex").read_text() == "chapter 1"


def test_a_run_folder_below_a_file_is_refused(folder: Path, capsys) -> None:
    (folder / "runs").write_text("a file")
    assert main(small_program(), QUICK) == 2
    assert "cannot be made" in capsys.readouterr().err


@pytest.mark.parametrize("program", [BEANS, HEMOLYSIS, MNIST], ids=["beans", "hemolysis", "mnist"])
def test_missing_data_is_exit_code_4(folder: Path, capsys, program: Program) -> None:
    assert main(program, ["--data", "no/such/place"]) == 4
    captured = capsys.readouterr()
    assert captured.err.startswith("error: Unknown source")
    assert "Received: 'no/such/place'" in captured.err
    assert list(folder.iterdir()) == []


def test_warnings_are_one_line_and_the_formatter_is_given_back(folder: Path, capsys) -> None:
    def warns(options):
        warnings.warn("mind the gap", stacklevel=1)
        raise KeyboardInterrupt

    before = warnings.formatwarning
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = lambda *arguments: sys.stderr.write(
            warnings.formatwarning(*arguments[:4])
        )
        main(dataclasses.replace(small_program(), load=warns), QUICK)
    assert "warning: mind the gap\n" in capsys.readouterr().err
    assert warnings.formatwarning is before


def test_what_a_search_has_found_is_told_in_blocks(tmp_path: Path, capsys) -> None:
    """The scores stand together, whether the test split was used or not."""
    search = played(0.9, 0.875)
    for test in ("", "Test split, trial 0000: accuracy 0.75"):
        if test:
            search.write("test", trial_id="0000", metrics={"accuracy": 0.75})
        print_results(search.state, RunFolder(tmp_path))
        _, scores, files = capsys.readouterr().out.split("\n\n")
        assert scores.startswith("Validation split, trial 0000: ")
        assert scores.splitlines()[1:] == ([test] if test else [])
        assert files.startswith("Files:\n")


def test_the_data_line_tells_of_a_leak() -> None:
    data = {
        "source": "download",
        "train": 8,
        "validation": 1,
        "test": 1,
        "split": "random",
        "leak_rate": 0.47,
    }
    assert (
        data_line(data).splitlines()[1]
        == "With this leak the test score is too good. --split grouped has none."
    )
    assert len(data_line({**data, "split": "grouped", "leak_rate": 0.0}).splitlines()) == 1
    near = {**data, "split": "grouped", "leak_rate": 0.0, "near_leak_rate": 0.5, "sequences": 9}
    assert data_line(near).endswith(", 50.0 % within 1 edit of a training row")


# Runs a program once for each list of arguments, in one process; prints exit codes and what has
# been imported by then.
SEVERAL_RUNS = """
import contextlib, io, json, runpy, sys
program, lists = sys.argv[1:]
for arguments in json.loads(lists):
    sys.argv = [program, *arguments]
    output, code = io.StringIO(), None
    try:
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            runpy.run_module(program, run_name="__main__", alter_sys=True)
    except SystemExit as left:
        code = left.code
    imported = sorted({name.split(".")[0] for name in sys.modules})
    print(json.dumps([code or 0, imported, output.getvalue()]))
"""


@pytest.mark.quick("beans")
@pytest.mark.parametrize("task", ["beans", "hemolysis", "mnist"])
def test_help_and_mistakes_are_answered_without_anything_slow(folder: Path, task: str) -> None:
    """The time limit of 0.3 s is kept by importing nothing slow; a measured time would depend on
    the machine.
    """
    quick = (
        ["--help"],
        ["--version"],
        ["--help-search", "gp"],
        ["--search", "hyperband", "--help-search"],
        ["--help-scheduler", "none"],
    )
    wrong = (
        ["--search", "no"],
        ["--resume"],
        ["--warm-start", "no"],
        ["--start", "lr"],
        ["--search", "gp", "--search-option", "no=1"],
    )
    runs = [
        *((words, 0) for words in quick),
        *((words, 2) for words in wrong),
        (["--data", "no"], 4),  # the last, for it may import more
    ]
    lists = json.dumps([arguments for arguments, _ in runs])
    command = [sys.executable, "-c", SEVERAL_RUNS, f"tftune.{task}", lists]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    slow = {"tensorflow", "keras", "keras_tuner", "tensorboard", "skopt", "sklearn", "scipy"}
    for (arguments, expected), (code, imported, output) in zip(runs, answers, strict=True):
        assert code == expected, (arguments, output)
        forbidden = slow if code == 4 else slow | {"numpy", "rich", "asyncio"}
        assert not set(imported) & forbidden, arguments


@pytest.mark.parametrize(
    ("arguments", "epochs"),
    [(["--data", "sample"], 10), (["--data", "tfds"], 40), ([], 40), (["--epochs", "2"], 2)],
)
def test_the_default_of_epochs_suits_the_data(
    folder: Path, arguments: list[str], epochs: int
) -> None:
    asked: list[int] = []

    def stop(options):
        asked.append(options.epochs)
        raise KeyboardInterrupt

    main(dataclasses.replace(small_program(), load=stop), arguments)
    assert asked == [epochs]


def header_of(run: Path) -> dict:
    return read(run / "journal.jsonl")[0][0]


def values_of(run: Path) -> list[dict]:
    return [
        record["values"] for record in read(run / "journal.jsonl")[0] if record["kind"] == "start"
    ]


def fails(capsys, *arguments: str) -> str:
    assert main(small_program(), [*QUICK, *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("error: ") == 1
    return captured.err[captured.err.index("error: ") :]


@pytest.mark.slow
def test_start_and_fix_by_short_names(folder: Path, capsys) -> None:
    run = folder / "runs" / "points-auto"
    assert main(small_program(), [*QUICK, "--start", "lr=0.02; learn=0.05", "--quiet"]) == 0
    assert values_of(run) == [{"learning_rate": 0.02}, {"learning_rate": 0.05}]
    assert header_of(run)["options"]["start"] == [{"learning_rate": 0.02}, {"learning_rate": 0.05}]
    assert (
        main(small_program(), [*QUICK, "--fix", "lr=0.5", "--quiet", "--overwrite"]) == 0
    )  # outside the range
    assert values_of(run) == [{"learning_rate": 0.5}]  # the one configuration there is
    capsys.readouterr()
    before = (run / "journal.jsonl").read_bytes()
    assert "knob 'learning_rate': fixed at 0.5 in the folder, fixed at 0.4 now" in fails(
        capsys, "--fix", "lr=0.4", "--resume"
    )
    assert "space: knob 'learning_rate': kind was 'Fixed', is 'Float'" in fails(capsys, "--resume")
    assert "start: None in the folder, [{'learning_rate': 0.5}] now" in fails(
        capsys, "--fix", "lr=0.5", "--start", "lr=0.5", "--resume"
    )
    assert main(small_program(), [*QUICK, "--fix", "lr=0.5", "--resume", "--quiet"]) == 0
    assert (run / "journal.jsonl").read_bytes().startswith(before)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--start", "momentum=1"], "There is no knob 'momentum'. Expected one of: learning_rate."),
        (["--fix", "momentum=1"], "There is no knob 'momentum'."),
        (["--start", "lr=fast"], "Knob 'learning_rate' cannot be 'fast'. Expected a number."),
        (
            ["--start", "lr=1"],
            "Knob 'learning_rate' cannot start at 1.0. Expected a number from 0.001 to 0.1.",
        ),
        (["--fix", "lr=0.1", "--start", "lr=0.01"], "Knob 'learning_rate' is fixed at 0.1."),
        (
            ["--search", "random", "--search-option", "levels=3"],
            "search method random has no option 'levels'",
        ),
        (
            ["--search", "grid", "--search-option", "levels=1"],
            "levels must be an integer of at least 2",
        ),
        (
            ["--scheduler", "median", "--scheduler-option", "warmup=3"],
            "scheduler median has no option 'warmup'. Did you mean 'warmup_epochs'?",
        ),
        (
            ["--scheduler", "median", "--scheduler-option", "interval=0"],
            "interval must be an integer of at least 1",
        ),
        (["--warm-start", "nowhere"], "nowhere is not a run folder: there is no such path"),
    ],
)
def test_what_is_wrong_in_knobs_and_options_is_told_before_anything_is_written(
    folder: Path, capsys, arguments: list[str], said: str
) -> None:
    assert said in fails(capsys, *arguments)
    assert list(folder.iterdir()) == []


@pytest.mark.slow
def test_a_wrong_name_costs_no_search_that_was_to_be_overwritten(folder: Path, capsys) -> None:
    assert main(small_program(), [*QUICK, "--quiet"]) == 0
    capsys.readouterr()
    for arguments in (
        ["--start", "x=1"],
        ["--start", "lr=9"],
        ["--warm-start", "x"],
        ["--search-option", "x=1"],
        ["--scheduler-option", "x=1"],
    ):
        fails(capsys, "--overwrite", *arguments)
    assert (folder / "runs" / "points-auto" / "summary.json").exists()


@pytest.mark.slow
def test_warm_start_learns_from_a_folder_and_resumes_without_it(folder: Path, capsys) -> None:
    first, second = folder / "runs" / "first", folder / "runs" / "second"
    assert (
        main(
            small_program(),
            [*QUICK, "--quiet", "--run-dir", str(first), "--start", "lr=0.02;lr=0.03"],
        )
        == 0
    )
    arguments = [*QUICK, "--quiet", "--run-dir", str(second)]
    assert main(small_program(), [*arguments, "--warm-start", str(first)]) == 0
    best = json.loads((first / "summary.json").read_text())["best"]["values"]
    assert values_of(second)[0] == best and values_of(second)[1] not in values_of(first)
    assert [result["values"] for result in header_of(second)["options"]["warm_start"]] == values_of(
        first
    )
    assert (
        main(
            small_program(),
            [*arguments, "--resume", "--warm-start", str(first), "--max-trials", "3"],
        )
        == 0
    )  # the same results
    assert (
        main(
            small_program(),
            [
                *QUICK,
                "--quiet",
                "--run-dir",
                str(first),
                "--start",
                "lr=0.02;lr=0.03",
                "--resume",
                "--max-trials",
                "3",
            ],
        )
        == 0
    )
    capsys.readouterr()
    said = fails(capsys, "--run-dir", str(second), "--resume", "--warm-start", str(first))
    assert (
        "warm_start: 2 results in the folder, 3 results now; the journal holds them, so leave it "
        "out when you resume" in said
    )
    shutil.rmtree(first)
    assert main(small_program(), [*arguments, "--resume", "--max-trials", "4"]) == 0
    assert len(values_of(second)) == 4


@pytest.mark.slow
def test_scheduler_options_stand_in_the_header_and_must_agree(folder: Path, capsys) -> None:
    median = [
        "--scheduler",
        "median",
        "--scheduler-option",
        "warmup_epochs=2,min_trials=3",
        "--quiet",
    ]
    assert main(small_program(), [*QUICK, *median]) == 0
    header = header_of(folder / "runs" / "points-auto")
    assert header["scheduler"] == "median"
    assert (
        header["scheduler_options"]["warmup_epochs"],
        header["scheduler_options"]["min_trials"],
    ) == (2, 3)
    assert (
        json.loads((folder / "runs" / "points-auto" / "summary.json").read_text())["scheduler"]
        == "median"
    )
    assert main(small_program(), [*QUICK, *median, "--resume"]) == 0
    capsys.readouterr()
    assert "warmup_epochs: 2 in the folder, 1 now" in fails(
        capsys, "--scheduler", "median", "--resume"
    )
    assert "scheduler: 'median' in the folder, 'successive-halving' now" in fails(
        capsys, "--resume"
    )


@pytest.mark.slow
def test_method_options_reach_the_search_and_must_agree(folder: Path, capsys) -> None:
    assert (
        main(
            small_program(),
            [
                "--epochs",
                "1",
                "--workers",
                "0",
                "--quiet",
                "--search",
                "grid",
                "--search-option",
                "levels=2",
            ],
        )
        == 0
    )
    run = folder / "runs" / "points-grid"
    assert values_of(run) == [{"learning_rate": 0.001}, {"learning_rate": 0.1}]  # the whole grid
    capsys.readouterr()
    assert "levels: 2 in the folder, 4 now" in fails(
        capsys, "--search", "grid", "--grid-levels", "4", "--resume"
    )


def test_a_method_is_described_instead_of_run(folder: Path, capsys) -> None:
    assert main(small_program(), ["--search", "hyperband", "--help-search"]) == 0
    assert "factor  (int, default: 3; also --eta)" in capsys.readouterr().out
    assert main(small_program(), ["--help-scheduler", "median"]) == 0
    assert "warmup_epochs" in capsys.readouterr().out
    assert list(folder.iterdir()) == []


@pytest.mark.slow
def test_a_reproducible_search_resumes_with_its_lag_only(folder: Path, capsys) -> None:
    """Version 0.1 took the lag for a difference and refused to resume."""
    assert main(small_program(), [*QUICK, "--reproducible", "2", "--quiet"]) == 0
    assert main(small_program(), [*QUICK, "--reproducible", "2", "--quiet", "--resume"]) == 0
    capsys.readouterr()
    assert "lag: 2 in the folder, None now" in fails(capsys, "--resume")


@pytest.mark.slow
def test_folds_are_a_setting_of_the_training(folder: Path, capsys) -> None:
    assert main(small_program(), [*QUICK, "--folds", "2", "--quiet"]) == 0
    assert header_of(folder / "runs" / "points-auto")["training"]["folds"] == 2
    assert main(small_program(), [*QUICK, "--folds", "2", "--quiet", "--resume"]) == 0
    capsys.readouterr()
    assert "training: folds: 2 in the folder, 0 now" in fails(capsys, "--resume")
