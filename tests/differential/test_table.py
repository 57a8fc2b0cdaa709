"""The page of the documentation says what is compared."""

from __future__ import annotations

from tests.differential.cases import CASES
from tests.differential.table import PAGE, filled_in, table


def test_the_table_of_the_documentation_is_up_to_date() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert filled_in(page) == page, "run: python -m tests.differential.table"


def test_each_case_has_words_for_its_model_and_its_data() -> None:
    rows = [line.split(" | ") for line in table().splitlines() if line.startswith("| ")][1:]
    assert len(rows) == len(CASES)
    for row in rows:
        name, model, made, _, quick = (cell.strip("| ") for cell in row)
        assert name and model and made and quick, row
