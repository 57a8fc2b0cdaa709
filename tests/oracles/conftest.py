"""Which promises are kept in the slow tests only, by methods whose models take their time."""

from __future__ import annotations

from pathlib import Path

import pytest

MODELS = ("[gp", "[forest", "[auto", "[dngo")  # of the losses, fitted anew for each trial
FURTHER = (  # each has a sister that stays quick
    "test_half_restart_half_is_the_whole_with_restore[",
    "test_of_earlier_results_only_the_best_is_tried_again[",
    "test_pickled_in_the_middle_goes_on[",
    "test_same_seed_same_trials[",
    "test_min_and_max_mirror_each_other[",
    "test_a_fixed_knob_has_its_value_in_every_trial[",
)


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks them."""
    for item in items:
        if item.path != Path(__file__).with_name("test_contract.py"):
            continue
        by_model = any(model in item.name for model in MODELS)
        further = item.name.startswith(FURTHER) or item.name.endswith(("-8]", "-conditional]"))
        if by_model and further:
            item.add_marker(pytest.mark.slow)
