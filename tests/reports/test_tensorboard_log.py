"""The TensorBoard log, read from its files and through TensorBoard's own HTTP API."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tensorboard.plugins.hparams import metadata

from tftune.reports import hparams
from tftune.reports.events import EVALUATION, EventFile, last_tags, tags
from tftune.reports.tensorboard_log import TensorBoardLog

SERVER_SECONDS = 60.0  # to start and to have read the log


def runs(folder: Path) -> dict[str, list[str]]:
    """Returns the tags of each TensorBoard run under a folder."""
    found = {str(path.parent.relative_to(folder)) for path in folder.rglob("events.out.tfevents.*")}
    return {run: [tag for tag, _ in tags(folder / run)] for run in sorted(found)}


def snapshot_of(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        str(path): (path.stat().st_mtime_ns, path.stat().st_size)
        for path in folder.rglob("events.*")
    }


def row_of(folder: Path) -> dict[str, Any]:
    """Returns the cells of the row in a TensorBoard run, and its name as `group`."""
    content = dict(tags(folder))[hparams.START_TAG]
    start = metadata.parse_session_start_info_plugin_data(content)
    cells = {name: getattr(cell, cell.WhichOneof("kind")) for name, cell in start.hparams.items()}
    return {"group": start.group_name, **cells}


def test_a_trial_is_one_run_with_all_its_curves(play, tmp_path: Path) -> None:
    search = play(TensorBoardLog(tmp_path))
    search.trial(0, [0.5, 0.75])
    search.close()
    found = runs(tmp_path)
    assert list(found) == ["0000"]
    curves = ["train/loss", "train/accuracy", "validation/loss", "validation/accuracy"]
    assert found["0000"][:10] == [*curves, "train/learning_rate"] * 2


def test_the_end_of_the_row_is_written_last(play, tmp_path: Path) -> None:
    search = play(TensorBoardLog(tmp_path))
    search.trial(0, [0.5])
    last = ["objective", "seconds", "_hparams_/session_start_info", "_hparams_/session_end_info"]
    assert runs(tmp_path)["0000"][5:] == last


def test_a_row_bears_the_name_of_the_run_folder(play, tmp_path: Path) -> None:
    rows = {}
    for place in ("here", "there"):
        log = tmp_path / place / "leaves-auto" / "tensorboard"
        search = play(TensorBoardLog(log))
        search.trial(0, [0.5])
        search.close()
        rows[place] = row_of(log / "0000")
        assert re.fullmatch(r"leaves-auto/0000 \([0-9a-f]{4}\)", rows[place]["group"])
        assert rows[place]["run"] == "leaves-auto"
    assert rows["here"]["group"] != rows["there"]["group"]  # else the page would show their means


def test_a_renamed_folder_gives_its_new_name_when_it_is_resumed(play, tmp_path: Path) -> None:
    first = play(TensorBoardLog(tmp_path / "old" / "tensorboard"))
    first.trial(0, [0.5])
    first.close()
    (tmp_path / "old").rename(tmp_path / "new")
    log = tmp_path / "new" / "tensorboard"
    assert row_of(log / "0000")["run"] == "old"
    first.resumed([TensorBoardLog(log)]).close()
    row = row_of(log / "0000")
    assert row["run"] == "new" and row["group"].startswith("new/0000 ")


@pytest.mark.parametrize("status", ["completed", "pruned", "failed"])
def test_a_row_tells_what_became_of_the_trial(play, tmp_path: Path, status: str) -> None:
    search = play(TensorBoardLog(tmp_path))
    search.start(0, {"units": 16})
    search.epoch(0, 1, 0.5)
    search.epoch(0, 2, 0.25)
    search.end(0, None if status == "failed" else 0.5, 1 if status != "failed" else None, status)
    row = row_of(tmp_path / "0000")
    assert row["status"] == status
    assert row["objective_name"] == "val_accuracy (max)"
    assert row["epochs"].strip() == "2"
    assert ("best_epoch" in row) == (status != "failed")


def test_whole_numbers_are_shown_whole_and_sort(play, tmp_path: Path) -> None:
    search = play(TensorBoardLog(tmp_path))
    units = [8, 128, 64, 1000]
    for number, each in enumerate(units):
        search.trial(number, [0.5], values={"units": each, "dropout": 0.25, "flag": True})
    rows = [row_of(tmp_path / f"{number:04d}") for number in range(4)]
    assert sorted((row["units"] for row in rows), key=str) == [
        "     8",
        "    64",
        "   128",
        "  1000",
    ]
    assert rows[0]["dropout"] == 0.25 and rows[0]["flag"] is True


LATER = {
    "space": [
        {
            "class_name": "Float",
            "config": {
                "name": "rate",
                "default": 0.01,
                "conditions": [],
                "min_value": 1e-4,
                "max_value": 1.0,
                "step": None,
                "sampling": "log",
            },
        }
    ],
    "values": {"rate": 0.01},
}


@pytest.mark.parametrize("late", [False, True], ids=["of the space", "declared by a trial"])
def test_logarithmic_knobs_stand_as_logarithms_too(play, tmp_path: Path, late: bool) -> None:
    log = {"kind": "Float", "min": 1e-4, "max": 1.0, "sampling": "log", "conditions": []}
    knobs = [] if late else [{**log, "name": "rate"}]
    search = play(TensorBoardLog(tmp_path), space={"knobs": knobs})
    search.start(0, {} if late else {"rate": 0.01})
    if late:
        search.write("space", trial_id="0000", config=LATER)
    search.end(0, 0.5, 1)
    row = row_of(tmp_path / "0000")
    assert row["rate"] == 0.01 and row["log10(rate)"] == -2.0


def test_a_knob_that_plays_no_part_has_no_cell(play, tmp_path: Path) -> None:
    momentum = {
        "name": "momentum",
        "kind": "Float",
        "min": 0.0,
        "max": 1.0,
        "conditions": [{"parent": "optimizer", "values": ["sgd"]}],
    }
    optimizer = {"name": "optimizer", "kind": "Choice", "values": ["adam", "sgd"]}
    layers = {"name": "layers", "kind": "Fixed", "default": 2, "conditions": []}
    search = play(TensorBoardLog(tmp_path), space={"knobs": [optimizer, momentum, layers]})
    search.trial(0, [0.5], values={"optimizer": "adam", "momentum": 0.5, "layers": 2})
    search.trial(1, [0.5], values={"optimizer": "sgd", "momentum": 0.5, "layers": 2})
    first, second = (row_of(tmp_path / name) for name in ("0000", "0001"))
    assert "momentum" not in first and second["momentum"] == 0.5
    assert first["layers"].strip() == "2"


def test_a_knob_may_bear_the_name_of_a_column(play, tmp_path: Path) -> None:
    search = play(TensorBoardLog(tmp_path))
    hostile = "<script>alert(1)</script>\u202e" + "x" * 10_000
    search.trial(0, [0.5], values={"status": "mine", "epochs": 7, hostile: hostile})
    row = row_of(tmp_path / "0000")
    assert (row["status"], row["knob/status"]) == ("completed", "mine")
    assert (row["epochs"].strip(), row["knob/epochs"].strip()) == ("1", "7")
    assert max(map(len, row)) <= 200 and "\u202e" not in "".join(row)


def test_nan_is_never_written(play, tmp_path: Path) -> None:
    search = play(TensorBoardLog(tmp_path))
    search.failure(0)
    found = runs(tmp_path)
    assert "train/loss" in found["0000"] and "validation/loss" not in found["0000"]
    assert "validation/accuracy" not in found["0000"] and "objective" not in found["0000"]
    assert "message" in found["0000"]


def test_an_event_file_leaves_out_what_is_not_finite(tmp_path: Path) -> None:
    with EventFile(tmp_path) as file:
        for value in (math.nan, math.inf, -math.inf, 1.0):
            file.scalar(f"value {value}", value, step=1, wall_time=0.0)
    assert [tag for tag, _ in tags(tmp_path)] == ["value 1.0"]


@pytest.mark.parametrize("lost", [1, 5, 20])
def test_a_torn_or_damaged_record_ends_the_reading(tmp_path: Path, lost: int) -> None:
    with EventFile(tmp_path) as file:
        file.scalar("first", 1.0, step=1, wall_time=0.0)
        file.scalar("second", 1.0, step=1, wall_time=0.0)
    data = file.path.read_bytes()
    file.path.write_bytes(data[:-lost])
    assert [tag for tag, _ in tags(tmp_path)] == ["first"]
    assert last_tags(file.path, 1) == []
    file.path.write_bytes(data[: -lost - 4] + b"\xff" + data[-lost - 3 :])
    assert [tag for tag, _ in tags(tmp_path)] == ["first"]
    assert last_tags(file.path, 1) == []
    file.path.write_bytes(data)
    assert [tag for tag, _ in last_tags(file.path, 1)] == ["second"]
    assert last_tags(file.path, 4) == []  # there are three


def test_a_resumed_search_repairs_and_leaves_complete_trials_alone(play, tmp_path: Path) -> None:
    first = play(TensorBoardLog(tmp_path))
    first.trial(0, [0.5])
    first.trial(1, [0.25])
    complete = snapshot_of(tmp_path)
    first.failure(2)
    first.start(3)
    first.epoch(3, 1, 0.5)
    (torn,) = (tmp_path / "0002").glob(
        "events.*"
    )  # the machine went down before the last words reached the disk
    torn.write_bytes(torn.read_bytes()[:-1])
    again = first.resumed([TensorBoardLog(tmp_path)])
    assert "0003" not in runs(tmp_path)
    assert complete.items() <= snapshot_of(tmp_path).items()
    assert runs(tmp_path)["0002"][-1] == "_hparams_/session_end_info"
    again.trial(3, [0.5, 0.875], attempt=2)
    again.close()
    assert list(runs(tmp_path)) == ["0000", "0001", "0002", "0003"]


def test_what_an_evaluation_added_is_left_alone(play, tmp_path: Path) -> None:
    first = play(TensorBoardLog(tmp_path))
    first.trial(0, [0.5])
    first.close()
    with EventFile(tmp_path / "0000", EVALUATION) as file:
        file.scalar("something", 0.5, step=1, wall_time=0.0)
    complete = snapshot_of(tmp_path)
    first.resumed([TensorBoardLog(tmp_path)]).close()
    assert snapshot_of(tmp_path) == complete


def test_a_lost_log_is_written_again_from_the_journal(play, tmp_path: Path) -> None:
    first = play(TensorBoardLog(tmp_path / "old"))
    first.trial(0, [0.5, 0.75])
    first.failure(1)
    first.resumed([TensorBoardLog(tmp_path / "new")]).close()
    assert runs(tmp_path / "new") == runs(tmp_path / "old")


def test_a_log_of_an_earlier_version_is_brought_into_todays_form(play, tmp_path: Path) -> None:
    """There the columns were listed in the log's own folder, and an attempt was a run."""
    first = play()
    first.trial(0, [0.5, 0.75])
    log = tmp_path / "tensorboard"
    for run in (".", "0000/1", "0000/1/train", "0000/1/validation"):
        with EventFile(log / run) as file:
            file.scalar("epoch_loss", 0.5, step=1, wall_time=0.0)
    users = log / "events.out.tfevents.1.someone"
    users.write_bytes(b"")
    first.resumed([TensorBoardLog(log)]).close()
    assert list(runs(log)) == [".", "0000"] and runs(log)["."] == []
    assert users.exists() and row_of(log / "0000")["status"] == "completed"


def test_a_retry_replaces_the_attempt_before_it(play, tmp_path: Path) -> None:
    search = play(TensorBoardLog(tmp_path))
    search.start(0)
    search.epoch(0, 1, 0.5)
    search.write("retry", trial_id="0000", message="MemoryError")
    search.trial(0, [0.75], attempt=2)
    assert list(runs(tmp_path)) == ["0000"]
    assert runs(tmp_path)["0000"].count("train/loss") == 1


def test_a_trial_that_goes_on_has_one_curve(play, tmp_path: Path) -> None:
    first = play(TensorBoardLog(tmp_path))
    first.start(0)
    for epoch in (1, 2, 3):
        first.epoch(0, epoch, 0.1 * epoch)
    again = first.resumed([TensorBoardLog(tmp_path)])
    again.start(0, attempt=2, kept=True)
    again.write("continue", trial_id="0000", epoch=2)
    for epoch in (3, 4):
        again.epoch(0, epoch, 0.1 * epoch)
    again.end(0, 0.4, 4)
    again.close()
    files = list((tmp_path / "0000").iterdir())
    written = [tag for tag, _ in tags(tmp_path / "0000")]
    assert len(files) == 1 and written.count("validation/accuracy") == 4
    assert [epoch for epoch, _ in again.state.trials["0000"].epochs] == [1, 2, 3, 4]


def test_no_tensorflow_is_imported(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from tftune.reports.tensorboard_log import TensorBoardLog; from tftune.journal.state "
        "import SearchState\n"
        f"log, state = TensorBoardLog(Path({str(tmp_path)!r})), SearchState()\n"
        "def write(kind, **fields):\n"
        "    record = {'kind': kind, **fields, 'time': 0.0}; state.apply(record); "
        "log.on_record(record, state)\n"
        "write('header', objective={'name': 'val_auc', 'direction': 'max'})\n"
        "write('start', trial_id='0000', number=0, values={'a': 1}, first_epoch=0, "
        "last_epoch=None, "
        "parent=None, attempt=1)\n"
        "write('epoch', trial_id='0000', epoch=1, metrics={'loss': 1.0})\n"
        "write('end', trial_id='0000', status='completed', score=1.0, best_epoch=1, metrics={}, "
        "message='m', seconds=1.0, parameters=1)\n"
        "log.close(); sys.exit('tensorflow' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Runs TensorBoard as a user does and yields its address; ends it by its process id."""
    command = [
        sys.executable,
        "-m",
        "tensorboard.main",
        "--logdir",
        str(folder),
        "--host",
        "127.0.0.1",
        "--port",
        "0",
    ]
    log_path = folder.parent / "server.log"
    with open(log_path, "wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + SERVER_SECONDS
        while not (address := re.search(r"http://127\.0\.0\.1:\d+/", log_path.read_text())):
            assert process.poll() is None and time.monotonic() < deadline, log_path.read_text()
            time.sleep(0.2)
        yield address.group()
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=10)


def post(address: str, path: str, message: dict[str, Any]) -> Any:
    request = urllib.request.Request(
        address + path, json.dumps(message).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def session_groups(address: str) -> list[dict[str, Any]]:
    statuses = ["STATUS_UNKNOWN", "STATUS_SUCCESS", "STATUS_FAILURE", "STATUS_RUNNING"]
    message = {"startIndex": 0, "sliceSize": 100, "allowedStatuses": statuses, "colParams": []}
    try:
        return post(address, "data/plugin/hparams/session_groups", message).get("sessionGroups", [])
    except urllib.error.HTTPError:  # nothing read yet
        return []


def get(address: str, path: str) -> Any:
    with urllib.request.urlopen(address + path, timeout=10) as answer:
        return json.load(answer)


def played(play, runs_folder: Path) -> None:
    """Two searches of different tasks: one of leaves, resumed, and one of peptides."""
    folder = runs_folder / "leaves-auto" / "tensorboard"
    first = play(TensorBoardLog(folder))
    values = {"batch_normalization": True, "dropout": 0.5, "optimizer": "adam", "tuner/epochs": 3}
    first.trial(0, [0.25, 0.75, 0.5], values=values)
    first.failure(1)
    first.start(2)
    first.epoch(2, 1, 0.125)
    again = first.resumed([TensorBoardLog(folder)])  # killed in trial 2
    again.start(2, attempt=2)
    again.epoch(2, 1, 0.625)
    again.end(2, 0.625, 1, status="pruned")
    again.start(3, first_epoch=3, last_epoch=5, parent="0000")  # Hyperband promotes trial 0
    again.epoch(3, 4, 0.875)
    again.epoch(3, 5, 0.8125)
    again.end(3, 0.875, 4)
    again.close()
    log = {"kind": "Float", "min": 1e-5, "max": 0.1, "sampling": "log", "conditions": []}
    peptides = play(
        TensorBoardLog(runs_folder / "peptides-auto" / "tensorboard"),
        task="hemolysis",
        objective={"name": "val_auc", "direction": "max"},
        space={"knobs": [{**log, "name": "l2"}]},
    )
    peptides.trial(0, [0.5], values={"l2": 0.001})
    peptides.trial(1, [0.625], values={"l2": 0.01})
    peptides.close()


@pytest.mark.slow
def test_tensorboard_tells_two_searches_apart(play, tmp_path: Path) -> None:
    played(play, tmp_path / "runs")
    with server(tmp_path / "runs") as address:
        deadline = time.monotonic() + SERVER_SECONDS
        while len(groups := session_groups(address)) < 6 and time.monotonic() < deadline:
            time.sleep(0.5)  # it is still reading the log
        experiment = post(address, "data/plugin/hparams/experiment", {})
        run = "leaves-auto%2Ftensorboard%2F0003"
        curve, rate = (
            get(address, f"data/plugin/scalars/scalars?run={run}&tag={tag}")
            for tag in ("validation%2Faccuracy", "train%2Flearning_rate")
        )
        found = get(address, "data/runs")

    rows = {group["name"].rpartition(" ")[0]: group for group in groups}
    leaves = [f"leaves-auto/{number:04d}" for number in range(4)]
    assert sorted(rows) == [*leaves, "peptides-auto/0000", "peptides-auto/0001"]
    assert all(len(row["sessions"]) == 1 for row in rows.values())
    assert sorted(found) == [name.replace("/", "/tensorboard/") for name in sorted(rows)]
    statuses = [rows[name]["sessions"][0]["status"] for name in leaves]
    assert statuses == ["STATUS_SUCCESS", "STATUS_FAILURE", "STATUS_SUCCESS", "STATUS_SUCCESS"]
    told = {name: row["hparams"] for name, row in rows.items()}
    assert [told[name]["status"] for name in leaves] == [
        "completed",
        "failed",
        "pruned",
        "completed",
    ]
    values = {
        name: {value["name"]["tag"]: value["value"] for value in row.get("metricValues", [])}
        for name, row in rows.items()
    }
    objectives = [values[name].get("objective") for name in leaves]
    assert objectives == [0.75, None, 0.625, 0.875]
    assert values["leaves-auto/0000"]["seconds"] == 3.5
    assert told["leaves-auto/0003"]["best_epoch"].strip() == "4"
    assert told["leaves-auto/0003"]["epochs"].strip() == "5"
    assert told["leaves-auto/0000"] == {
        "batch_normalization": True,
        "dropout": 0.5,
        "optimizer": "adam",
        "run": "leaves-auto",
        "status": "completed",
        "epochs": "     3",
        "best_epoch": "     2",
        "objective_name": "val_accuracy (max)",
    }
    assert told["peptides-auto/0001"]["log10(l2)"] == -2.0
    names = {info["name"] for info in experiment["hparamInfos"]}
    assert names >= {"batch_normalization", "dropout", "units", "l2", "log10(l2)", "run", "status"}
    assert [info["name"]["tag"] for info in experiment["metricInfos"]][:2] == [
        "objective",
        "seconds",
    ]
    assert [(step, value) for _, step, value in curve] == [(4, 0.875), (5, 0.8125)]
    assert [step for _, step, _ in rate] == [4, 5]
