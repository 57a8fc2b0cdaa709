"""What the TensorBoard log tells of the trial that was evaluated."""

from __future__ import annotations

import io
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tensorboard.compat.proto import event_pb2

from tftune.datasets.amino_acids import encode
from tftune.journal.run_folder import RunFolder
from tftune.reports.best_trial_log import (
    batch_normalization,
    markdown_table,
    picture,
    write_evaluation,
)
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

    def make(report: dict | None, inputs: Any = None, **header: Any):
        folder = RunFolder(tmp_path / "run")
        log = TensorBoardLog(folder.tensorboard)
        search = play(log, **header)
        search.trial(0, [0.5])
        search.trial(1, [0.5, 0.75])
        checkpoint(folder.checkpoint("0001"))
        search.write("test", trial_id="0001", metrics={"accuracy": 0.85, "loss": float("nan")})
        search.close()
        if report is not None:
            record = {"trial_id": "0001", "split": "test", "report": report}
            search.state.evaluations = [record]
        if inputs is not None:
            np.savez(folder.path / "predictions.npz", mistaken_inputs=inputs)
        write_evaluation(folder, search.state)
        return folder, search

    return make


def test_the_evaluated_trial_shows_weights_matrix_and_mistakes(evaluated) -> None:
    images = np.zeros((2, 6, 4, 3), np.uint8)
    images[0, :, :, 0] = 200
    folder, _ = evaluated(REPORT, images)
    found = values_in(folder.tensorboard / "0001")
    assert found["test/accuracy"] == pytest.approx(0.85) and "test/loss" not in found
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
    assert "| 1 | 7 | rust" in found["test/mistakes"].item().decode()


def test_mistaken_sequences_are_told_as_letters(evaluated) -> None:
    folder, _ = evaluated(REPORT, encode(["GLFDIVKK", "AR"]), task="hemolysis")
    found = values_in(folder.tensorboard / "0001")
    assert "| 0.98 | GLFDIVKK |" in found["test/mistakes"].item().decode()
    assert not any(tag.startswith("test/mistake ") for tag in found)


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        (None, "| 0.98 |  |"),
        (np.array(["so good", "bad"]), "| 0.98 | so good |"),
        (np.array([[0.5, 2.0], [1.0, 1.0]]), "| 0.98 | 0.5 2 |"),
        (np.zeros((1, 4, 4)), "| 0.98 |  |"),
        (np.zeros((2, 4, 4, 4, 3)), "| 0.98 |  |"),
    ],
    ids=["none", "texts", "numbers", "too few", "films"],
)
def test_mistakes_are_told_by_whatever_inputs_there_are(evaluated, inputs, told: str) -> None:
    folder, _ = evaluated(REPORT, inputs)
    assert told in values_in(folder.tensorboard / "0001")["test/mistakes"].item().decode()


@pytest.mark.parametrize(
    "report",
    [None, {}, {"confusion": None, "mistakes": []}, {"metrics": {}, "kind": "regression"}],
)
def test_what_is_not_known_is_left_out(evaluated, report: dict | None) -> None:
    folder, _ = evaluated(report)
    found = values_in(folder.tensorboard / "0001")
    assert not any("confusion" in tag or "mistake" in tag for tag in found)
    assert "test/accuracy" in found


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


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        (np.array([[0.0, 1.0]]), [0, 255]),
        (np.array([[0.0, 51.0]]), [0, 51]),
        (np.array([[-1.0, 1.0]]), [0, 255]),
        (np.array([[7, 7]], np.int64), [7, 7]),
        (np.array([[np.nan, 1.0]]), [0, 255]),
    ],
)
def test_numbers_become_shades(values, shown: list[int]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert picture(values)[0, :, 0].tolist() == shown


def test_a_large_image_is_made_small() -> None:
    assert picture(np.zeros((3000, 20, 3), np.uint8)).shape == (500, 4, 3)


def test_a_cell_never_ends_the_table() -> None:
    assert markdown_table(["a"], [["x\n| y"]]).splitlines()[2] == r"| x \| y |"
