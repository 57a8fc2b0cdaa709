"""The measurement of what costs time and memory beside the training: every part at a tiny size, the
whole command (slow).
"""

from __future__ import annotations

import math
import re
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import psutil
import pytest

from benchmarks import feeding, many_trials, real_trials, saved_dataset
from benchmarks.overheads import PROBES, main, units_of
from benchmarks.overheads_table import ITEMS, overheads_table
from benchmarks.processes import follow, timed
from tftune.errors import UsageError
from tftune.journal import journal
from tftune.journal.run_folder import RunFolder

SEARCHES = """
import subprocess, sys, time
from tftune.journal.journal import Journal
held = bytearray(40_000_000)
code = "import time; held = bytearray(160_000_000); time.sleep(60)"
child = subprocess.Popen([sys.executable, "-c", code])
with Journal(sys.argv[1]) as journal:
    for kind in sys.argv[2:]:
        journal.append({"kind": kind, "metrics": {}})
        time.sleep(0.5)
child.kill()
"""


@pytest.mark.parametrize("epochs", [0, 2])
def test_every_trial_is_in_the_journal(tmp_path: Path, epochs: int) -> None:
    found = many_trials.measure(60, tmp_path / "run", epochs)
    records = journal.read(RunFolder(tmp_path / "run").journal).records
    kinds = Counter(record["kind"] for record in records)
    assert (kinds["start"], kinds["epoch"], kinds["end"]) == (60, 60 * epochs, 60)
    ends = [record for record in records if record["kind"] == "end"]
    assert {record["status"] for record in ends} == {"completed"}
    assert (
        len({record["trial_id"] for record in ends}) == 60
        and len({record["score"] for record in ends}) == 60
    )
    assert all(math.isfinite(value) for value in found.values())
    assert min(found["processor_ms"], found["wall_ms"], found["slowdown"]) > 0


def test_first_and_last_trials_are_compared(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def search(
        trials: int, folder: Path, epochs: int, marks: many_trials.Marks
    ) -> tuple[float, float]:
        marks.seconds = {0: 1.0, 10: 2.0, 90: 17.0, 100: 20.0}
        marks.bytes = {0: 0, 10: 1_000_000, 90: 0, 100: 1_180_000}
        return 30.0, 19.0

    monkeypatch.setattr(many_trials, "_search", search)
    found = many_trials.measure(100, tmp_path)
    assert found == {"processor_ms": 190.0, "wall_ms": 300.0, "slowdown": 3.0, "growth_kb": 2.0}


def test_a_journal_and_the_memory_of_all_processes_are_watched(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-c",
        SEARCHES,
        str(tmp_path / "journal.jsonl"),
        "session",
        "start",
        "epoch",
        "end",
    ]
    found = follow(command, tmp_path / "journal.jsonl")
    assert 0 < found["start"] < found["epoch"]
    assert 40 < found["main_mb"] < 160 < found["child_mb"] < 320
    assert set(follow([sys.executable, "-c", "import time; time.sleep(0.3)"])) == {
        "main_mb",
        "child_mb",
    }


def test_a_search_without_an_epoch_is_no_measurement(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SEARCHES, str(tmp_path / "journal.jsonl"), "start"]
    with pytest.raises(RuntimeError, match=r"journal.jsonl was seen to hold a record of: epoch\.$"):
        follow(command, tmp_path / "journal.jsonl")


def test_failures_quote_what_was_printed() -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('out of cheese')"]
    for run in (timed, follow):
        with pytest.raises(RuntimeError, match=r"ended with exit code 1.\nout of cheese"):
            run(command)


def test_what_takes_too_long_is_killed(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, time; "
        f"pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid())); time.sleep(60)"
    )
    with pytest.raises(RuntimeError, match=r"took more than 2 s\.$"):
        follow([sys.executable, "-c", code], limit=2.0)
    assert not psutil.pid_exists(int((tmp_path / "pid").read_text()))


def test_the_first_epoch_of_a_training_is_not_counted() -> None:
    times = feeding.EpochTimes()
    for _ in range(2):
        for epoch in range(3):
            times.on_epoch_begin(epoch)
            times.on_epoch_end(epoch)
    assert len(times.seconds) == 4


def test_the_constant_batch_runs_the_graph_of_the_real_pipeline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import keras

    from tftune.training.batches import feed_fast

    traced: list[tuple[int | None, ...]] = []

    call = keras.layers.Dense.call

    def noted_call(self: object, inputs: object, **options: object) -> object:
        traced.append(tuple(inputs.shape))  # type: ignore[attr-defined]
        return call(self, inputs, **options)

    monkeypatch.setattr(keras.layers.Dense, "call", noted_call)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.ones((8, 3), "float32"), np.ones((8, 1), "float32")
    feed_fast(model, seed=0)
    model.fit(x, y, batch_size=2, epochs=2, verbose=0)
    before, times = len(traced), feeding.EpochTimes()
    feeding._fit_one_batch(model, x[:2], y[:2], steps=4, epochs=3, times=times)
    assert before > 0 and len(traced) == before
    assert len(times.seconds) == 2 and int(model.optimizer.iterations) == 4 * 2 + 4 * 3
    with pytest.raises(RuntimeError, match="did not do 5 steps per execution"):
        feeding._fit_one_batch(model, x[:2], y[:2], steps=5, epochs=3, times=times)


def test_bad_numbers_are_refused(tmp_path: Path) -> None:
    for name, arguments in {
        "trials": {"trials": 19},
        "epochs": {"trials": 20, "epochs": -1},
    }.items():
        with pytest.raises(UsageError, match=f"{name} must be an integer of at least"):
            many_trials.measure(folder=tmp_path / "run", **arguments)
    assert not (tmp_path / "run").exists()
    for name, least in {"epochs": 2, "blocks": 1, "batches": 1}.items():
        with pytest.raises(UsageError, match=f"{name} must be an integer of at least {least}"):
            feeding.measure("leaf-cnn", **{name: least - 1})
    with pytest.raises(UsageError, match="name must be one of leaf-cnn, peptide-cnn"):
        feeding.measure("leaf")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--only", "help,hammer"], "--only has no item hammer. Expected some of: import, help"),
        (["--only", ","], "--only is empty. Expected some of: import, help"),
        (["--rounds", "0"], "rounds must be an integer of at least 1. Received: 0."),
        (["--trials-real", "19"], "trials_real must be an integer of at least 20. Received: 19."),
        (["--trials-many", "19"], "trials_many must be an integer of at least 20. Received: 19."),
    ],
)
def test_a_wrong_command_is_refused(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(words)
    assert message in capsys.readouterr().err


def test_probes_take_turns_and_all_are_used() -> None:
    rows = [row for item in ITEMS.values() for row in item]
    units = units_of(rows, 2, {"many-trials": 500, "real-trials": 60})
    assert [unit["probe"] for unit in units] == [
        *PROBES,
        *(probe for probe in PROBES if probe != "real-trials"),
    ]
    assert [unit["trials"] for unit in units if "trials" in unit] == [500, 60, 500]


def test_the_table_shows_medians_ranges_and_peers() -> None:
    rows = [*ITEMS["many-trials"], *ITEMS["feeding"][:1], *ITEMS["memory"][:1]]
    many = {"processor_ms": 0.4, "wall_ms": 3.5, "slowdown": 1.125, "growth_kb": 3.75}
    results = [
        {"probe": "many-trials", "round": turn, "trials": 10_000, **many} for turn in range(3)
    ]
    shares = [0.5, 0.03, -0.01]
    results += [
        {"probe": "leaf-feeding", "round": 0, "share": share, "alone": 0.04, "step_ms": 20.0}
        for share in shares
    ]
    lines = overheads_table(rows, results).splitlines()[2:]
    assert (
        lines[0]
        == "| 10,000 trials: processor time a trial | 0.400 ms (0.400 to 0.400) | < 1 ms | - |"
    )
    assert (
        lines[2]
        == "| 10,000 trials: last 1,000 / first 1,000, processor time | 1.12 (1.12 to 1.12) | <= "
        "1.2 | - |"
    )
    assert lines[4].startswith(
        "| feeding the leaf CNN, share of a step | 3.00 % (-1.00 to 50.0) | < 5 % | "
    )
    assert lines[4].endswith(" | the pipeline without a model 4.00 % of the step; a step 20.0 ms |")
    assert lines[5] == "| peak memory of the driver | - | - | `import tensorflow` - |"


def test_the_command_fills_its_place_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    readme, results = tmp_path / "README.md", tmp_path / "results.jsonl"
    readme.write_text("<!-- begin:overheads -->\n<!-- end:overheads -->\n", encoding="utf-8")
    command = ["--only", "help", "--rounds", "2", "--results", str(results)]
    assert main([*command, "--write-readme", str(readme)]) == 0
    shown = capsys.readouterr().out
    assert re.search(r"\| `python -m tftune\.hemolysis --help` \| \d\.\d+ s ", shown)
    assert shown.strip() in readme.read_text()
    kept = results.read_text()
    assert len(kept.splitlines()) == 4
    assert main(command) == 0
    assert results.read_text() == kept and capsys.readouterr().out == shown


def test_a_probe_that_fails_costs_only_its_row(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(
        PROBES, "help", lambda unit: timed([sys.executable, "-m", "benchmarks.no_such_thing"])
    )
    assert main(["--only", "help", "--rounds", "1"]) == 1
    shown = capsys.readouterr()
    assert "| `python -m tftune.hemolysis --help` | - | < 0.3 s | `python -c pass` 0." in shown.out
    assert "No module named benchmarks.no_such_thing" in shown.err


def test_the_command_itself_is_light() -> None:
    names = "{'tensorflow', 'keras', 'keras_tuner'} & {*sys.modules}"
    code = (
        f"import json, sys, benchmarks.overheads; print('result: ' + json.dumps({{'heavy': "
        f"sorted({names})}}))"
    )
    assert timed([sys.executable, "-c", code])["heavy"] == []


def test_a_command_is_given_variables_that_the_environment_overrides(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code = "import json, os; print('result: ' + json.dumps({'kernels': os.environ.get('KERNELS')}))"
    monkeypatch.delenv("KERNELS", raising=False)
    assert timed([sys.executable, "-c", code])["kernels"] is None
    assert timed([sys.executable, "-c", code], KERNELS="1")["kernels"] == "1"
    monkeypatch.setenv("KERNELS", "0")
    assert timed([sys.executable, "-c", code], KERNELS="1")["kernels"] == "0"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_trials_that_train_are_counted_and_the_driver_is_looked_at(tmp_path: Path) -> None:
    found = real_trials.measure(20, tmp_path, workers=1)
    assert found["completed"] == 20
    assert 50 < found["main_mb"] < 5000 and abs(found["drift_mb"]) < found["main_mb"]
    assert abs(found["descriptors"]) < 20 and abs(found["server_descriptors"]) < 20
    assert abs(found["server_drift_mb"]) < found["main_mb"]
    records = journal.read(RunFolder(tmp_path / "search").journal).records
    assert sum(record["kind"] == "epoch" for record in records) == 20 * real_trials.EPOCHS
    assert list((tmp_path / "search" / "tensorboard").iterdir())


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", list(feeding.MODELS))
def test_feeding_is_measured(name: str) -> None:
    found = feeding.measure(name, epochs=2, blocks=2, batches=2)
    assert all(math.isfinite(value) for value in found.values())
    assert found["share"] < 1 and found["alone"] > 0 and found["step_ms"] > 0


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_other_item_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    items = [item for item in ITEMS if item != "feeding"]
    assert (
        main(
            [
                "--only",
                ",".join(items),
                "--rounds",
                "1",
                "--trials-many",
                "40",
                "--trials-real",
                "20",
            ]
        )
        == 0
    )
    lines = capsys.readouterr().out.splitlines()[2:]
    assert len(lines) == sum(len(ITEMS[item]) for item in items)
    assert not any(cell.strip() == "-" for line in lines for cell in line.split("|")[2:3])


def test_a_saved_dataset_is_compared_with_a_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_dataset, "ROUNDS", 2)
    monkeypatch.setattr(saved_dataset, "ROWS", 64)
    found = saved_dataset.ratio()
    assert found["saved"] > 0 and found["ratio"] == found["saved"] / found["cached"]
