"""What the TensorBoard log tells of the trial that was evaluated."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tensorboard.compat.proto import event_pb2

from tftune.journal.run_folder import RunFolder
from tftune.reports.best_trial_log import batch_normalization, markdown_table, write_evaluation
from tftune.reports.events import _records
from tftune.reports.tensorboard_log import TensorBoardLog

VARIABLES = [
    "conv/kernel",
    "norm/gamma",
    "norm/beta",
    "norm/moving_mean",
    "norm/moving_variance",
    "norm/moving_mean",  # of another layer of this name, without scale and shift
    "norm/moving_variance",
    "head/gamma",
]
REPORT = {
    "metrics": {"accuracy": {"value": 0.85, "low": 0.7, "high": 0.95}},
    "classes": ["healthy", "rust|<b>"],
    "confusion": [[8, 2], [1, 9]],
    "mistakes": [
        {"row": 7, "true": 1, "predicted": 0, "probability": 0.98},
        {"row": 3, "true": 0, "predicted": 1, "probability": 0.75},
    ],
}


def checkpoint(path: Path, names: list[str] | None = None) -> None:
    names = VARIABLES if names is None else names
    path.parent.mkdir(parents=True, exist_ok=True)
    told = np.frombuffer(json.dumps({"variables": names}).encode(), np.uint8)
    values = {f"best/{place}": np.full(3, place, np.float32) for place in range(len(names))}
    np.savez(path, model=told, **values)


def values_in(folder: Path) -> dict[str, Any]:
    """Returns what the file of an evaluation holds, by tag: its tensor."""
    from tensorboard.util import tensor_util

    (path,) = folder.glob("events.*.evaluation")
    found = {}
    for record in _records(path.read_bytes()):
        for value in event_pb2.Event.FromString(record).summary.value:
            found[value.tag] = tensor_util.make_ndarray(value.tensor)
    return found


@pytest.fixture
def evaluated(play, tmp_path: Path):
    """Returns a function that plays a search whose best trial was evaluated."""

    def make(report: dict | None, inputs: Any = None, trial_id: str = "0001"):
        folder = RunFolder(tmp_path / "run")
        log = TensorBoardLog(folder.tensorboard)
        search = play(log)
        search.trial(0, [0.5])
        search.trial(1, [0.5, 0.75])
        checkpoint(folder.checkpoint("0001"))
        search.write("test", trial_id="0001", metrics={"accuracy": 0.85, "loss": float("nan")})
        search.close()
        if report is not None:
            search.write("evaluation", trial_id="0001", split="test", rows=20, report=report)
        if inputs is not None:
            told = {"inputs": inputs, "input_rows": [7, 3], "trial_id": trial_id}
            np.savez(folder.path / "predictions.npz", **told)
        write_evaluation(folder, search.state)
        return folder, search

    return make


def test_the_evaluated_trial_shows_weights_matrix_and_mistakes(evaluated) -> None:
    images = np.zeros((2, 6, 4, 3), np.uint8)
    images[0, :, :, 0] = 200
    folder, _ = evaluated(REPORT, images)
    found = values_in(folder.tensorboard / "0001")
    metrics = found["test/metrics"].item().decode().splitlines()
    assert metrics[0] == "| metric | value | from | to |"
    assert metrics[2:] == ["| accuracy | 0.85 | 0.7 | 0.95 |", "| loss | nan |  |  |"]
    histograms = [tag for tag in found if tag.startswith("weights/")]
    assert histograms == [
        *(f"weights/{name}" for name in VARIABLES[1:5]),
        "weights/norm (2)/moving_mean",
        "weights/norm (2)/moving_variance",
    ]
    assert found["weights/norm/beta"][-1].tolist() == [2.0, 2.0, 3.0]
    matrix = found["test/confusion_matrix"].item().decode().splitlines()
    assert matrix[0] == r"| true / predicted | healthy | rust\|&lt;b> |"
    assert matrix[2] == "| **healthy** | 8 | 2 |"
    tags = [tag for tag in found if tag.startswith("test/mistake ")]
    assert tags[0] == "test/mistake 01: rust|<b> taken for healthy (0.98)" and len(tags) == 2
    width, height, data = found[tags[0]]
    assert (width, height) == (b"4", b"6")
    assert np.asarray(Image.open(io.BytesIO(data)))[0, 0].tolist() == [200, 0, 0]
    assert "| 7 | rust" in found["test/mistakes"].item().decode()


def test_mistaken_texts_stand_in_the_table(evaluated) -> None:
    mistakes = [{**REPORT["mistakes"][0], "text": "GLFDIVKK"}, REPORT["mistakes"][1]]
    folder, _ = evaluated({**REPORT, "mistakes": mistakes}, np.array(["GLFDIVKK", "AR"]))
    found = values_in(folder.tensorboard / "0001")
    table = found["test/mistakes"].item().decode().splitlines()
    assert table[0] == "| row | true | predicted | probability | text |"
    assert table[2] == r"| 7 | rust\|&lt;b> | healthy | 0.98 | GLFDIVKK |"
    assert not any(tag.startswith("test/mistake ") for tag in found)


def test_the_largest_residuals_stand_in_a_table(evaluated) -> None:
    residual = {"row": 4, "true": 1.0, "predicted": 3.5, "residual": 2.5}
    folder, _ = evaluated({"metrics": {}, "residuals": [residual]})
    table = values_in(folder.tensorboard / "0001")["test/residuals"].item().decode()
    assert table.splitlines()[2] == "| 4 | 1 | 3.5 | 2.5 |"


@pytest.mark.parametrize(
    ("inputs", "trial_id"),
    [
        (np.zeros((2, 4, 4, 3), np.uint8), "0000"),
        (np.zeros((2, 4), np.uint8), "0001"),
        (np.zeros((2, 4, 4, 4, 3)), "0001"),
    ],
    ids=["of another trial", "codes", "films"],
)
def test_what_is_no_picture_of_this_trial_is_not_shown(evaluated, inputs, trial_id) -> None:
    folder, _ = evaluated(REPORT, inputs, trial_id)
    found = values_in(folder.tensorboard / "0001")
    assert "test/mistakes" in found and not any("mistake " in tag for tag in found)


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 torn"])
def test_damaged_predictions_cost_nothing(evaluated, content: bytes) -> None:
    folder, search = evaluated(REPORT)
    (folder.path / "predictions.npz").write_bytes(content)
    write_evaluation(folder, search.state)
    assert "test/mistakes" in values_in(folder.tensorboard / "0001")


@pytest.mark.parametrize(
    "report",
    [
        None,
        {"metrics": {}, "confusion": None, "mistakes": []},
        {"metrics": {}, "kind": "regression"},
    ],
)
def test_what_is_not_known_is_left_out(evaluated, report: dict | None) -> None:
    folder, _ = evaluated(report)
    found = values_in(folder.tensorboard / "0001")
    assert not any("confusion" in tag or "mistake" in tag for tag in found)
    assert "test/metrics" in found


def test_a_second_evaluation_replaces_the_first(evaluated) -> None:
    folder, search = evaluated(REPORT)
    write_evaluation(folder, search.state)
    assert "test/confusion_matrix" in values_in(folder.tensorboard / "0001")


def test_nothing_is_written_without_an_evaluation_or_a_log(play, tmp_path: Path) -> None:
    folder, search = RunFolder(tmp_path / "run"), play()
    search.trial(0, [0.5])
    write_evaluation(folder, search.state)
    search.write("test", trial_id="0000", metrics={"accuracy": 0.5})
    write_evaluation(folder, search.state)
    assert not folder.path.exists()


def test_a_damaged_checkpoint_warns_and_costs_nothing_else(evaluated) -> None:
    folder, search = evaluated(REPORT)
    folder.checkpoint("0001").write_bytes(b"no zip")
    with pytest.warns(UserWarning, match="The evaluation is not in the TensorBoard log"):
        write_evaluation(folder, search.state)


def test_a_checkpoint_without_names_has_no_histograms(tmp_path: Path) -> None:
    assert [*batch_normalization(tmp_path / "absent.npz")] == []
    checkpoint(tmp_path / "old.npz", names=[])
    assert [*batch_normalization(tmp_path / "old.npz")] == []


def test_a_cell_never_ends_the_table() -> None:
    assert markdown_table(["a"], [["x\n| y"]]).splitlines()[2] == r"| x \| y |"
