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

from tftune.reports.events import EventFile, tags
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


def test_curves_have_the_tags_of_keras(play, tmp_path: Path) -> None:
    search = play(TensorBoardLog(tmp_path))
    search.trial(0, [0.5, 0.75])
    search.close()
    found = runs(tmp_path)
    assert list(found) == [".", "0000/1", "0000/1/train", "0000/1/validation"]
    assert found["0000/1/train"] == ["epoch_loss", "epoch_accuracy", "epoch_learning_rate"] * 2
    assert found["0000/1/validation"] == ["epoch_loss", "epoch_accuracy"] * 2


def test_the_end_of_the_row_is_written_last(play, tmp_path: Path) -> None:
    search = play(TensorBoardLog(tmp_path))
    search.trial(0, [0.5])
    assert runs(tmp_path)["0000/1"] == [
        "_hparams_/session_start_info",
        "epochs",
        "seconds",
        "objective",
        "best_epoch",
        "_hparams_/session_end_info",
    ]


def test_nan_is_never_written(play, tmp_path: Path) -> None:
    search = play(TensorBoardLog(tmp_path))
    search.failure(0)
    found = runs(tmp_path)
    assert "epoch_loss" not in found.get("0000/1/validation", [])
    assert "epoch_accuracy" not in found.get("0000/1/validation", [])
    assert "objective" not in found["0000/1"]
    assert "message" in found["0000/1"]


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
    file.path.write_bytes(data[: -lost - 4] + b"\xff" + data[-lost - 3 :])
    assert [tag for tag, _ in tags(tmp_path)] == ["first"]


def test_a_resumed_search_repairs_and_leaves_complete_trials_alone(play, tmp_path: Path) -> None:
    first = play(TensorBoardLog(tmp_path))
    first.trial(0, [0.5])
    first.trial(1, [0.25])
    complete = snapshot_of(tmp_path)
    first.failure(2)
    first.start(3)
    first.epoch(3, 1, 0.5)
    (torn,) = (tmp_path / "0002" / "1").glob(
        "events.*"
    )  # the machine went down before the last words reached the disk
    torn.write_bytes(torn.read_bytes()[:-1])
    again = first.resumed([TensorBoardLog(tmp_path)])
    assert "0003/1" not in runs(tmp_path)
    assert complete.items() <= snapshot_of(tmp_path).items()
    assert runs(tmp_path)["0002/1"][-1] == "_hparams_/session_end_info"
    again.trial(3, [0.5, 0.875], attempt=2)
    again.close()
    assert [run for run in runs(tmp_path) if run.startswith("0003")] == [
        "0003/2",
        "0003/2/train",
        "0003/2/validation",
    ]
    assert runs(tmp_path)["."] == ["_hparams_/experiment"]


def test_a_lost_log_is_written_again_from_the_journal(play, tmp_path: Path) -> None:
    first = play(TensorBoardLog(tmp_path / "old"))
    first.trial(0, [0.5, 0.75])
    first.failure(1)
    first.resumed([TensorBoardLog(tmp_path / "new")]).close()
    assert runs(tmp_path / "new") == runs(tmp_path / "old")


def test_a_retry_replaces_the_attempt_before_it(play, tmp_path: Path) -> None:
    search = play(TensorBoardLog(tmp_path))
    search.start(0)
    search.epoch(0, 1, 0.5)
    search.write("retry", trial_id="0000", message="MemoryError")
    search.trial(0, [0.75], attempt=2)
    assert [run for run in runs(tmp_path) if run.startswith("0000")] == [
        "0000/2",
        "0000/2/train",
        "0000/2/validation",
    ]


def test_a_knob_declared_late_becomes_a_column_and_the_experiment_stays_single(
    play, tmp_path: Path
) -> None:
    from tensorboard.plugins.hparams import metadata

    search = play(TensorBoardLog(tmp_path))
    search.trial(0, [0.5])
    search.trial(1, [0.5], values={"units": 8, "kernel": "wide"})
    ((tag, content),) = tags(tmp_path)
    assert tag == "_hparams_/experiment"
    infos = {
        info.name: info for info in metadata.parse_experiment_plugin_data(content).hparam_infos
    }
    assert list(infos) == ["batch_normalization", "dropout", "optimizer", "units", "kernel"]
    assert (
        infos["dropout"].domain_interval.min_value,
        infos["dropout"].domain_interval.max_value,
    ) == (0.0, 0.6)
    assert list(infos["optimizer"].domain_discrete) == ["adam", "sgd"]
    assert infos["kernel"].WhichOneof("domain") is None


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


def test_tensorboard_shows_a_row_a_trial_with_its_best_value(play, tmp_path: Path) -> None:
    folder = tmp_path / "tensorboard"
    first = play(TensorBoardLog(folder))
    first.trial(
        0,
        [0.25, 0.75, 0.5],
        values={
            "batch_normalization": True,
            "dropout": 0.5,
            "optimizer": "adam",
            "tuner/epochs": 3,
        },
    )
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

    with server(folder) as address:
        deadline = time.monotonic() + SERVER_SECONDS
        while len(groups := session_groups(address)) < 4 and time.monotonic() < deadline:
            time.sleep(0.5)  # it is still reading the log
        experiment = post(address, "data/plugin/hparams/experiment", {})
        curve = get(
            address, "data/plugin/scalars/scalars?run=0003%2F1%2Fvalidation&tag=epoch_accuracy"
        )

    rows = {group["name"]: group for group in groups}
    assert sorted(rows) == ["0000", "0001", "0002", "0003"]
    assert all(len(row["sessions"]) == 1 for row in rows.values())
    statuses = {name: row["sessions"][0]["status"] for name, row in rows.items()}
    assert statuses == {
        "0000": "STATUS_SUCCESS",
        "0001": "STATUS_FAILURE",
        "0002": "STATUS_SUCCESS",
        "0003": "STATUS_SUCCESS",
    }
    values = {
        name: {value["name"]["tag"]: value["value"] for value in row.get("metricValues", [])}
        for name, row in rows.items()
    }
    assert {name: value.get("objective") for name, value in values.items()} == {
        "0000": 0.75,
        "0001": None,
        "0002": 0.625,
        "0003": 0.875,
    }
    assert values["0000"] == {"objective": 0.75, "best_epoch": 2.0, "epochs": 3.0, "seconds": 3.5}
    assert (values["0003"]["best_epoch"], values["0003"]["epochs"]) == (4.0, 5.0)
    assert rows["0000"]["hparams"] == {
        "batch_normalization": True,
        "dropout": 0.5,
        "optimizer": "adam",
    }
    assert experiment["metricInfos"][0]["name"] == {"group": "", "tag": "objective"}
    assert experiment["metricInfos"][0]["displayName"] == "val_accuracy"
    assert [info["name"] for info in experiment["hparamInfos"]] == [
        "batch_normalization",
        "dropout",
        "optimizer",
        "units",
    ]
    assert [(step, value) for _, step, value in curve] == [(4, 0.875), (5, 0.8125)]
