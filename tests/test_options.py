"""Options: flags, environment variables, ranges, and the command line that says them again."""

from __future__ import annotations

import shlex

import pytest

from tftune.beans import PROGRAM as BEANS
from tftune.hemolysis import PROGRAM as HEMOLYSIS
from tftune.oracles import ORACLES


def parse(*arguments: str, program=BEANS, **environment: str):
    return program.options().parse(arguments, environment)


def message_of(capsys, *arguments: str, program=BEANS, **environment: str) -> str:
    with pytest.raises(SystemExit) as ended:
        parse(*arguments, program=program, **environment)
    captured = capsys.readouterr()
    assert ended.value.code == 2
    assert captured.out == ""
    assert captured.err.count("\n") == 2  # what is wrong, and where the help is
    return captured.err


def test_defaults_are_those_of_the_chapter() -> None:
    options = parse()
    assert (options.search, options.scheduler, options.seed, options.space, options.data) == ("random", "none", 0, "core", "tfds")
    assert (options.plateau_factor, options.plateau_patience, options.minimum_learning_rate) == (0.9, 5, 1e-5)
    assert (options.early_stopping, options.reduce_learning_rate) == (True, True)
    assert (options.resume, options.overwrite, options.json, options.quiet) == (False, False, False, False)


def test_a_flag_wins_over_the_environment_and_that_over_the_default() -> None:
    environment = {"TFTUNE_EPOCHS": "7", "TFTUNE_SEED": "3", "TFTUNE_EARLY_STOPPING": "off", "TFTUNE_JSON": "1", "TFTUNE_SEARCH": ""}
    options = parse("--seed", "5", "--early-stopping", **environment)
    assert (options.epochs, options.seed, options.early_stopping, options.json, options.search) == (7, 5, True, True, "random")


def test_every_option_has_its_variable() -> None:
    for option in BEANS.options().options:
        assert option.variables[0] == "TFTUNE_" + option.flag[2:].upper().replace("-", "_")


def test_tfds_own_variable_is_asked_last() -> None:
    assert str(parse(TFDS_DATA_DIR="theirs").data_dir) == "theirs"
    assert str(parse(TFDS_DATA_DIR="theirs", TFTUNE_DATA_DIR="ours").data_dir) == "ours"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--search", "rando"], "unknown search method 'rando'. Did you mean 'random'? Expected one of: random, grid, hyperband, gp."),
        (["--scheduler", "asha"], "unknown scheduler 'asha'. Expected one of: none"),
        (["--space", "cor"], "unknown space 'cor'. Did you mean 'core'?"),
        (["--max-trials", "0"], "--max-trials: expected an integer of at least 1. Received: '0'."),
        (["--epochs", "2.5"], "--epochs: expected an integer of at least 1. Received: '2.5'."),
        (["--seed", "-1"], "--seed: expected an integer from 0 to 2147483647. Received: '-1'."),
        (["--workers", "-1"], "--workers: expected an integer of at least 0. Received: '-1'."),
        (["--timeout", "0"], "--timeout: expected a number above 0. Received: '0'."),
        (["--timeout", "nan"], "--timeout: expected a number above 0. Received: 'nan'."),
        (["--plateau-factor", "1"], "--plateau-factor: expected a number above 0 and below 1. Received: '1'."),
        (["--minimum-learning-rate", "-0.1"], "--minimum-learning-rate: expected a number of at least 0. Received: '-0.1'."),
        (["--image-size", "8"], "--image-size: expected an integer from 16 to 512. Received: '8'."),
        (["--search", "gp", "--acquisition", "ei"], "unknown acquisition 'ei'."),
        (["--search", "gp", "--initial-design", "hammersly"], "Did you mean 'hammersley'?"),
        (["--search", "grid", "--grid-levels", "1"], "--grid-levels: expected an integer of at least 2. Received: '1'."),
        (["--grid-levels", "3"], "--grid-levels belongs to --search grid. Received: --search random."),
        (["--resume", "--overwrite"], "--resume and --overwrite contradict each other"),
        (["--max-trial", "3"], "unknown argument '--max-trial'. Did you mean '--max-trials'?"),
        (["beans"], "unknown argument 'beans'."),
        (["--epochs"], "expected one argument"),
        (["--split", "grouped"], "unknown argument '--split'."),
    ],
)
def test_mistakes_are_told_in_one_line_with_exit_code_2(capsys, arguments: list[str], said: str) -> None:
    assert said in message_of(capsys, *arguments)


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("TFTUNE_EPOCHS", "many", "environment variable TFTUNE_EPOCHS: expected an integer of at least 1. Received: 'many'."),
        ("TFTUNE_JSON", "maybe", "environment variable TFTUNE_JSON: expected 1 or 0"),
        ("TFTUNE_SEARCH", "gird", "environment variable TFTUNE_SEARCH: unknown search method 'gird'. Did you mean 'grid'?"),
    ],
)
def test_a_bad_variable_is_named(capsys, variable: str, value: str, said: str) -> None:
    assert said in message_of(capsys, **{variable: value})


def test_a_variable_for_another_method_is_passed_over() -> None:
    assert parse(TFTUNE_GRID_LEVELS="5").search == "random"


def test_resume_and_overwrite_by_flag_and_variable(capsys) -> None:
    assert parse("--overwrite", TFTUNE_RESUME="1").resume is False
    assert parse("--resume", TFTUNE_OVERWRITE="1").overwrite is False
    assert "contradict" in message_of(capsys, TFTUNE_RESUME="1", TFTUNE_OVERWRITE="1")


@pytest.mark.parametrize("program", [BEANS, HEMOLYSIS], ids=["beans", "hemolysis"])
@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--search", "gp", "--acquisition", "EIps", "--initial-points", "4", "--json", "-q"],
        ["--no-early-stopping", "--no-reduce-learning-rate", "--minimum-learning-rate", "0.0", "--timeout", "2.5"],
        ["--data", "a folder/with 'quotes'", "--run-dir", "runs/x", "--workers", "0", "--overwrite"],
    ],
)
def test_the_command_line_says_the_same_options_again(program, arguments: list[str]) -> None:
    table = program.options()
    options = table.parse(arguments, {"TFTUNE_SEED": "4"})
    words = shlex.split(table.command(options, "--resume"))
    assert words[:3] == ["python", "-m", f"tftune.{program.task}"]
    again = table.parse(words[3:], {})
    assert vars(again) == {**vars(options), "resume": True, "overwrite": False}


def test_help_shows_examples_first_and_every_method(capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        parse("--help")
    shown = capsys.readouterr().out
    assert ended.value.code == 0
    assert shown.index("examples:") < shown.index("search methods") < shown.index("--max-trials N")
    assert all(f"{name}  " in shown and ORACLES.summary(name) in shown for name in ORACLES)
    assert max(len(line) for line in shown.splitlines()) <= 120


@pytest.mark.parametrize("program", [BEANS, HEMOLYSIS], ids=["beans", "hemolysis"])
def test_the_examples_of_the_help_are_valid(program) -> None:
    for arguments, _ in program.examples:
        assert program.options().parse(shlex.split(arguments), {}).search in ORACLES
