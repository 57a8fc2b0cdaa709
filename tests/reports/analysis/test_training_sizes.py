"""The learning curve over growing training sets, as its file tells it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tftune.reports.analysis.training_sizes import (
    FILE,
    SizePoint,
    TrainingSizes,
    read_training_sizes,
)

POINTS = [
    SizePoint(rows, repeat, 3, {"loss": 0.1}, {"loss": loss + 0.01 * repeat})
    for rows, loss in ((50, 0.9), (100, 0.5))
    for repeat in range(3)
]
SIZES = TrainingSizes("0001", "abc", 100, POINTS, {"epochs": 3})


def test_what_is_written_is_read(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(json.dumps(SIZES.to_dict()))
    assert read_training_sizes(tmp_path) == SIZES


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"points": [1]}', "{"])
def test_a_damaged_file_is_as_if_there_was_none(text: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(text)
    assert read_training_sizes(tmp_path) is None


def test_more_rows_gain_where_the_loss_falls() -> None:
    gain = SIZES.gain_of_more("loss", "min")
    assert gain is not None and gain.spread.mean == pytest.approx(0.4) and gain.spread.low > 0
    assert SIZES.gain_of_more("auc", "max") is None
    whole = SIZES.whole("loss", "min")
    assert whole is not None and whole.gap.mean == pytest.approx(0.41)
