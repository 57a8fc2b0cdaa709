"""A preset fills in what the user leaves open, and is told in the help."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from tftune.beans import PRESETS, PROGRAM
from tftune.cli.planning import with_knobs
from tftune.cli.presets import Preset
from tftune.hemolysis import PROGRAM as HEMOLYSIS
from tftune.search.plan import SearchPlan

KNOBS: list[dict[str, Any]] = [
    {"name": name, "kind": "Float", "min": 0.0, "max": 1.0, "default": 0.5}
    for name in ("learning_rate", "dropout", "l2", "weight_decay", "label_smoothing")
]
KNOBS += [{"name": "augmentation", "kind": "Float", "min": 0.0, "max": 1.0, "default": 0.5}]
KNOBS += [{"name": name, "kind": "Int", "min": 1, "max": 64, "default": 8} for name in ("filters",)]


def parse(*arguments: str, **environment: str) -> Any:
    return PROGRAM.options().parse(arguments, environment)


def test_every_preset_sets_options_that_there_are_to_what_they_take() -> None:
    table = PROGRAM.options()
    by_name = {option.name: option for option in table.options}
    for preset in PRESETS.values():
        for name, value in preset.options.items():
            option = by_name[name]
            assert option.convert(str(value)) == value, name


def test_no_preset_changes_nothing() -> None:
    options = parse()
    assert (options.preset, options.recipe, options.epochs, options.views) == (None, None, None, 1)
    assert "--preset" not in [option.flag for option in HEMOLYSIS.options().options]


def test_a_flag_wins_over_a_variable_and_that_over_the_preset() -> None:
    options = parse("--preset", "quick", "--epochs", "7", TFTUNE_VIEWS="4", TFTUNE_EPOCHS="9")
    assert (options.epochs, options.views, options.space, options.workers) == (7, 4, "full", 0)
    assert parse(TFTUNE_PRESET="best").image_size == PRESETS["best"].options["image_size"]


def test_the_command_says_the_preset_and_what_differs_from_it() -> None:
    table = PROGRAM.options()
    options = table.parse(["--preset", "quick", "--epochs", "7"], {})
    command = table.command(options)
    assert command == "python -m tftune.beans --preset quick --epochs 7"
    assert vars(table.parse(command.split()[3:], {})) == vars(options)


def test_the_help_tells_what_each_sets(capsys: pytest.CaptureFixture[str]) -> None:
    with contextlib.suppress(SystemExit):
        parse("--help")
    text = " ".join(capsys.readouterr().out.split())
    for name, preset in PRESETS.items():
        assert f"{name} {preset.text}".replace("  ", " ") in text
        for option in ("epochs", "image_size", "views"):
            flag = option.replace("_", "-")
            assert f"--{flag} {preset.options[option]}" in text


def test_an_unknown_preset_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        parse("--preset", "fast")
    assert "quick, standard, best" in capsys.readouterr().err


def planned(*arguments: str) -> SearchPlan:
    recipe = Preset("", {"space": "full"}, {"filters": 16}, {"l2": 0.25, "dropout": 0.5})
    options = parse(*arguments)
    options.recipe = recipe
    options.space = options.space if "--space" in arguments else "full"
    plan = SearchPlan("random", "val_loss")
    return with_knobs(plan, options, KNOBS)


@pytest.mark.parametrize(
    ("arguments", "fixed", "start"),
    [
        ([], {"filters": 16}, [{"l2": 0.25, "dropout": 0.5}]),
        (["--fix", "drop=0.1"], {"filters": 16, "dropout": 0.1}, [{"l2": 0.25}]),
        (["--fix", "filters=8"], {"filters": 8}, [{"l2": 0.25, "dropout": 0.5}]),
        (["--start", "filters=4"], {}, [{"l2": 0.25, "dropout": 0.5, "filters": 4}]),
        (
            ["--start", "l2=1;l2=0.5"],
            {"filters": 16},
            [{"l2": 1.0, "dropout": 0.5}, {"l2": 0.5, "dropout": 0.5}],
        ),
        (["--space", "core"], {}, []),
    ],
)
def test_knobs_are_joined_with_those_of_the_user(
    arguments: list[str], fixed: dict[str, Any], start: list[dict[str, Any]]
) -> None:
    plan = planned(*arguments)
    assert dict(plan.fixed) == fixed
    assert [dict(each) for each in plan.start] == start
