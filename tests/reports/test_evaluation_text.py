"""An evaluation as a terminal shows it."""

from __future__ import annotations

import numpy as np

from tftune.reports.evaluation_text import evaluation_text
from tftune.reports.measures.evaluation import classification_report, regression_report

RANDOM = np.random.default_rng(0)


def test_a_classifier_is_told_with_its_mistakes() -> None:
    report = classification_report([0, 1, 1, 0], [[0.2], [0.7], [0.1], [0.6]], ["no", "yes"])
    report["mistakes"][0]["text"] = "GLFDIVKK"
    lines = evaluation_text(report, ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]).splitlines()
    assert "  accuracy                 0.500  0.150 to 0.850" in lines
    assert "  no    1    1" in lines and "  yes   1    1" in lines
    assert any(line.split() == ["c.jpg", "yes", "no", "0.900", "GLFDIVKK"] for line in lines)
    assert any("with so many rows even true probabilities" in line for line in lines)


def test_many_classes_hostile_names_and_no_mistake_are_shown() -> None:
    names = [f"\x1b[31m<script>{'x' * 10_000}\u202e{number}" for number in range(20)]
    text = evaluation_text(classification_report(np.arange(20), np.eye(20), names))
    assert "\x1b" not in text and "\u202e" not in text
    assert max(map(len, text.splitlines())) <= 300
    assert "Every row was predicted correctly." in text and "Confusion matrix" not in text
    mixed = classification_report(RANDOM.integers(0, 20, 99), RANDOM.dirichlet(np.ones(20), 99))
    assert "Most often taken for each other" in evaluation_text(mixed)


def test_numbers_and_no_row_are_told() -> None:
    text = evaluation_text(regression_report([1.0, 2.0, 3.0], [1.5, 2.0, 0.0]))
    assert "root mean square error" in text and "The largest errors" in text
    nothing = evaluation_text(classification_report([0], [[np.nan]]))
    assert "Nothing can be measured." in nothing and "1 of 1 rows" in nothing
