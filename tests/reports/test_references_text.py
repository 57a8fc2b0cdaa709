"""Reference models on a terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.reports.references_played import with_references
from tftune.reports.references_text import references_text


def test_the_test_split_first_and_all_on_demand(play: Callable[..., Any]) -> None:
    search = play(data={"validation": 100})
    search.trial(0, [0.7, 0.9])
    state = with_references(search).state
    assert references_text(state).splitlines() == [
        "What the network must beat, test split (100 rows, 90 different inputs; 95 % intervals; *: "
        "the best reference in validation)",
        "                           accuracy                ROC area",
        "  the network, trial 0000  0.820 (0.770 to 0.870)  0.850 (0.800 to 0.900)",
        "  majority class           0.600 (0.550 to 0.650)  0.500",
        "  logistic regression *    0.800 (0.750 to 0.850)  0.850 (0.800 to 0.900)",
        "  The network less logistic regression, accuracy: 0.020 (-0.030 to 0.070), which is "
        "noise.",
    ]
    assert "validation split" in references_text(state, every=True)


def test_nothing_is_said_of_nothing(play: Callable[..., Any]) -> None:
    assert references_text(play().state) == ""


def test_the_reason_stands_in_place_of_a_table(play: Callable[..., Any]) -> None:
    search = play()
    search.write("references", split="validation", models=[], notes=["There are none."])
    assert references_text(search.state) == "There are none."
