"""Options: flags, environment variables, ranges, and the command line that says them again."""

from __future__ import annotations

import ast
import contextlib
import inspect
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tftune.beans import PROGRAM as BEANS
from tftune.cli.method_options import (
    help_text,
    method_arguments,
    method_options,
    scheduler_arguments,
)
from tftune.cli.planning import make_plan, seed_of_splits
from tftune.errors import UsageError, printable
from tftune.hemolysis import PROGRAM as HEMOLYSIS
from tftune.journal.run_folder import RunFolder
from tftune.mnist import PROGRAM as MNIST
from tftune.oracles import ORACLES
from tftune.schedulers import SCHEDULERS
from tftune.support.files import expanded


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


@pytest.mark.parametrize("kind", ["search", "scheduler"])
def test_no_help_leads_to_a_place_in_the_code(kind: str) -> None:
    for name in ORACLES if kind == "search" else SCHEDULERS:
        text = help_text(parse(f"--help-{kind}", name))
        ours = re.findall(
            r"`?\b[A-Z]\w+(?:Method|Oracle|Scheduler|View)\b`?|`\w+\.py`|ORACLES", text
        )
        assert not ours, (name, ours)
        assert printable(text) == text
    assert "--help-search gp-fast" in help_text(parse("--help-search"))


def test_defaults_are_those_of_the_chapter() -> None:
    options = parse()
    assert (options.search, options.scheduler, options.seed, options.space, options.data) == (
        "auto",
        None,
        0,
        "core",
        "tfds",
    )
    assert (options.plateau_factor, options.plateau_patience, options.minimum_learning_rate) == (
        0.9,
        5,
        1e-5,
    )
    assert (options.early_stopping, options.reduce_learning_rate) == (True, True)
    assert (options.resume, options.overwrite, options.json, options.quiet) == (
        False,
        False,
        False,
        False,
    )


@pytest.mark.parametrize(
    "name",
    ["my runs", "it's", "$HOME", "-x", "~/x", "\u00fcn\u00ef", "a\x1b[31mb", 'quote"d', "a;b&c"],
)
def test_a_printed_command_leads_to_the_same_folder(name: str) -> None:
    table = BEANS.options()
    command = table.command(table.parse([f"--run-dir={name}"], {}), "--resume")
    assert printable(command) == command and "\n" not in command
    script = 'printf "%s\\0" ' + command.removeprefix("python -m tftune.beans ")
    words = subprocess.run(["bash", "-c", script], capture_output=True, check=True).stdout
    again = table.parse(words.decode().split("\0")[:-1], {})
    assert again.run_dir == expanded(name)


def test_a_tilde_is_the_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    options = parse("--run-dir=~/x", "--data=~/data", "--warm-start=~/a,~/b", "--data-dir=~/t")
    assert options.run_dir == tmp_path / "x" and options.data == str(tmp_path / "data")
    assert options.warm_start == (tmp_path / "a", tmp_path / "b")
    assert options.data_dir == tmp_path / "t"
    assert parse(TFTUNE_RUN_DIR="~/y").run_dir == tmp_path / "y"
    assert RunFolder("~/runs").path == tmp_path / "runs"
    assert str(expanded("~nobody-of-this-name/x")) == "~nobody-of-this-name/x"


def test_a_flag_wins_over_the_environment_and_that_over_the_default() -> None:
    environment = {
        "TFTUNE_EPOCHS": "7",
        "TFTUNE_SEED": "3",
        "TFTUNE_EARLY_STOPPING": "off",
        "TFTUNE_JSON": "1",
        "TFTUNE_SEARCH": "",
    }
    options = parse("--seed", "5", "--early-stopping", **environment)
    assert (options.epochs, options.seed, options.early_stopping, options.json, options.search) == (
        7,
        5,
        True,
        True,
        "auto",
    )


def test_every_option_has_its_variable() -> None:
    for option in BEANS.options().options:
        assert option.variables[0] == "TFTUNE_" + option.flag[2:].upper().replace("-", "_")


def test_tfds_own_variable_is_asked_last() -> None:
    assert str(parse(TFDS_DATA_DIR="theirs").data_dir) == "theirs"
    assert str(parse(TFDS_DATA_DIR="theirs", TFTUNE_DATA_DIR="ours").data_dir) == "ours"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--search", "rando"],
            "unknown search method 'rando'. Did you mean 'random'? Expected one of: "
            f"{', '.join(ORACLES)}.",
        ),
        (["--scheduler", "ahsa"], "unknown scheduler 'ahsa'."),
        (
            ["--start", "lr"],
            "--start: expected NAME=VALUE, several separated by commas. Received: 'lr'.",
        ),
        (["--start", ";"], "--start: expected NAME=VALUE. Received: ';'."),
        (["--fix", "l2=0,l2=1"], "--fix: 'l2' is given twice. Received: 'l2=0,l2=1'."),
        (["--search-option", "=3"], "--search-option: expected NAME=VALUE"),
        (["--help-search", "gpp"], "unknown search method 'gpp'. Did you mean 'gp'?"),
        (["--space", "cor"], "unknown space 'cor'. Did you mean 'core'?"),
        (["--max-trials", "0"], "--max-trials: expected an integer of at least 1. Received: '0'."),
        (["--epochs", "2.5"], "--epochs: expected an integer of at least 1. Received: '2.5'."),
        (["--seed", "-1"], "--seed: expected an integer from 0 to 2147483647. Received: '-1'."),
        (["--workers", "-1"], "--workers: expected an integer of at least 0. Received: '-1'."),
        (["--timeout", "0"], "--timeout: expected a number above 0. Received: '0'."),
        (["--timeout", "nan"], "--timeout: expected a number above 0. Received: 'nan'."),
        (
            ["--plateau-factor", "1"],
            "--plateau-factor: expected a number above 0 and below 1. Received: '1'.",
        ),
        (
            ["--minimum-learning-rate", "-0.1"],
            "--minimum-learning-rate: expected a number of at least 0. Received: '-0.1'.",
        ),
        (
            ["--folds", "1"],
            "--folds: expected an integer of at least 2, or 0 for none. Received: '1'.",
        ),
        (["--folds", "-2"], "--folds: expected an integer of at least 0. Received: '-2'."),
        (
            ["--confirm", "2,3"],
            "--confirm: expected contenders that never become more. Received: '2,3'.",
        ),
        (["--repeats", "0"], "--repeats: expected an integer of at least 1. Received: '0'."),
        (["--image-size", "8"], "--image-size: expected an integer from 16 to 512. Received: '8'."),
        (["--search", "gp", "--acquisition", "ei"], "unknown acquisition 'ei'."),
        (["--search", "gp", "--initial-design", "hammersly"], "Did you mean 'hammersley'?"),
        (
            ["--search", "grid", "--grid-levels", "1"],
            "--grid-levels: expected an integer of at least 2. Received: '1'.",
        ),
        (
            ["--grid-levels", "3"],
            "--grid-levels belongs to --search grid. Received: --search auto.",
        ),
        (["--resume", "--overwrite"], "--resume and --overwrite contradict each other"),
        (["--max-trial", "3"], "unknown argument '--max-trial'. Did you mean '--max-trials'?"),
        (["beans"], "unknown argument 'beans'."),
        (["--epochs"], "expected one argument"),
        (["--split", "grouped"], "unknown argument '--split'."),
    ],
)
def test_mistakes_are_told_in_one_line_with_exit_code_2(
    capsys, arguments: list[str], said: str
) -> None:
    assert said in message_of(capsys, *arguments)


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        (
            "TFTUNE_EPOCHS",
            "many",
            "environment variable TFTUNE_EPOCHS: expected an integer of at least 1. Received: "
            "'many'.",
        ),
        ("TFTUNE_JSON", "maybe", "environment variable TFTUNE_JSON: expected 1 or 0"),
        ("TFTUNE_FIX", "l2", "environment variable TFTUNE_FIX: expected NAME=VALUE"),
        (
            "TFTUNE_SEARCH",
            "gird",
            "environment variable TFTUNE_SEARCH: unknown search method 'gird'. Did you mean "
            "'grid'?",
        ),
    ],
)
def test_a_bad_variable_is_named(capsys, variable: str, value: str, said: str) -> None:
    assert said in message_of(capsys, **{variable: value})


def test_a_variable_for_another_method_is_passed_over() -> None:
    assert parse(TFTUNE_GRID_LEVELS="5").search == "auto"


def test_resume_and_overwrite_by_flag_and_variable(capsys) -> None:
    assert parse("--overwrite", TFTUNE_RESUME="1").resume is False
    assert parse("--resume", TFTUNE_OVERWRITE="1").overwrite is False
    assert "contradict" in message_of(capsys, TFTUNE_RESUME="1", TFTUNE_OVERWRITE="1")


@pytest.mark.parametrize("program", [BEANS, HEMOLYSIS, MNIST], ids=["beans", "hemolysis", "mnist"])
@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--search", "gp", "--acquisition", "EIps", "--initial-points", "4", "--json", "-q"],
        [
            "--no-early-stopping",
            "--no-reduce-learning-rate",
            "--minimum-learning-rate",
            "0.0",
            "--timeout",
            "2.5",
        ],
        [
            "--data",
            "a folder/with 'quotes'",
            "--run-dir",
            "runs/x",
            "--workers",
            "0",
            "--overwrite",
        ],
        [
            "--start",
            "lr=1e-3,dropout=0.2;bn=true",
            "--start",
            "pool=a,b",
            "--fix",
            "l2=0",
            "--fix",
            "depth=2,units=64",
        ],
        ["--confirm", "5,3,2", "--repeats", "2", "--reshuffle", "--split-seed", "0"],
        [
            "--search",
            "grid",
            "--search-option",
            'levels={"l2": 4, "dropout": 2}',
            "--scheduler-option",
            "a=1;b=2",
        ],
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


@pytest.mark.parametrize("program", [BEANS, HEMOLYSIS, MNIST], ids=["beans", "hemolysis", "mnist"])
def test_the_examples_of_the_help_are_valid(program) -> None:
    for arguments, _ in program.examples:
        assert program.options().parse(shlex.split(arguments), {}).search in ORACLES


def test_repeated_flags_add_up_and_a_flag_wins_over_the_variable() -> None:
    options = parse(
        "--start",
        "lr=1e-3, dropout=0.2 ; bn=true",
        "--start",
        "units=64",
        "--fix",
        "l2=0,depth=2",
        TFTUNE_START="x=1",
        TFTUNE_FIX="",
    )
    assert options.start == ("lr=1e-3,dropout=0.2", "bn=true", "units=64")
    assert options.fix == ("l2=0", "depth=2")
    assert parse(TFTUNE_START="lr=1;lr=2", TFTUNE_SEARCH_OPTION="a=1,b=2").start == ("lr=1", "lr=2")


def test_folders_to_start_from_are_separated_by_commas(tmp_path: Path) -> None:
    assert parse("--warm-start", "runs/a, runs/b", "--warm-start", "c").warm_start == (
        Path("runs/a"),
        Path("runs/b"),
        Path("c"),
    )
    odd = tmp_path / "a,b"
    odd.mkdir()
    assert parse("--warm-start", str(odd)).warm_start == (odd,)


def test_the_command_that_resumes_names_no_earlier_run() -> None:
    """The journal holds its results, so that the folder may be gone."""
    table = BEANS.options()
    assert table.command(
        table.parse(["--warm-start", "runs/a", "--fix", "l2=0"], {}), "--resume"
    ) == ("python -m tftune.beans --fix l2=0 --resume")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--search", "random"], {}),
        (["--search", "hyperband", "--epochs", "9"], {"max_epochs": 9}),
        (["--search", "hyperband", "--epochs", "9", "--eta", "4"], {"max_epochs": 9, "factor": 4}),
        (
            ["--search", "hyperband", "--epochs", "9", "--eta", "4", "--search-option", "factor=2"],
            {"max_epochs": 9, "factor": 2},
        ),
        (["--search", "grid", "--search-option", "levels=4"], {"levels": 4}),
        (["--search", "grid", "--search-option", 'levels={"l2": 4}'], {"levels": {"l2": 4}}),
        (
            ["--search", "gp", "--search-option", "initial-points=none,acquisition=EI"],
            {"initial_points": None, "acquisition": "EI"},
        ),
    ],
)
def test_options_of_a_method_become_arguments_of_its_constructor(
    arguments: list[str], expected: dict[str, object]
) -> None:
    assert method_options(parse(*arguments)) == expected


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--search", "hyperband", "--search-option", "factr=2"],
            r"hyperband has no option 'factr'\. Did you mean 'factor'\? Expected one of",
        ),
        (
            ["--search", "hyperband", "--search-option", "factor=2.5"],
            "factor needs a value of type int. Received: '2.5'",
        ),
        (
            ["--search", "hyperband", "--search-option", "max_epochs=9"],
            "has no option 'max_epochs'",
        ),
        (["--search", "grid", "--search-option", "seed=1"], "has no option 'seed'"),
        (
            ["--search", "random", "--search-option", "levels=2"],
            "search method random has no option 'levels'. Expected no options.*It has no options",
        ),
    ],
)
def test_an_option_that_a_method_does_not_have_is_refused(arguments: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        method_options(parse(*arguments))


@pytest.mark.parametrize("name", list(ORACLES))
def test_every_method_describes_its_options(name: str) -> None:
    """The source tells what the class itself would."""
    text = help_text(parse("--help-search", name))
    assert text is not None and text.startswith(f"--search {name}: {ORACLES.summary(name)}")
    parameters = inspect.signature(ORACLES[name]).parameters
    taken = {argument: found.default for argument, found in parameters.items()}
    for argument, found in method_arguments(name).items():
        assert argument in text and found.text, (
            f"the docstring of {name} says nothing of {argument}"
        )
        assert argument in taken
        with contextlib.suppress(ValueError, SyntaxError):
            assert ast.literal_eval(found.default or "") == taken[argument]


@pytest.mark.parametrize("name", list(SCHEDULERS))
def test_every_scheduler_describes_its_options(name: str) -> None:
    text = help_text(parse("--help-scheduler", name))
    assert text is not None and text.startswith(f"--scheduler {name}: {SCHEDULERS.summary(name)}")
    taken = set(inspect.signature(SCHEDULERS[name].__init__).parameters) - {
        "self",
        "direction",
        "max_epochs",
    }
    assert set(scheduler_arguments(name)) == taken
    assert all(
        found.text and argument in text for argument, found in scheduler_arguments(name).items()
    )


@pytest.mark.parametrize("flag", ["--run-dir", "--data", "--data-dir", "--warm-start"])
def test_an_empty_path_is_not_the_current_folder(flag: str, capsys) -> None:
    assert f"{flag}: expected a path. Received: ''" in message_of(capsys, flag, "")


def test_help_of_the_method_that_is_chosen() -> None:
    assert help_text(parse()) is None
    text = help_text(parse("--search", "hyperband", "--help-search"))
    assert (
        text is not None
        and "factor  (int, default: 3; also --eta)" in text
        and "max_epochs is set by --epochs" in text
    )
    assert "eta, the share kept is 1/eta" in text
    assert (help_text(parse("--search", "grid", "--help-scheduler")) or "").endswith(
        "It has no options of its own."
    )
    assert (help_text(parse("--help-scheduler")) or "").startswith(
        "--scheduler successive-halving: "
    )


def test_the_contenders_of_a_confirmation() -> None:
    assert parse().confirm is None
    assert parse("--confirm", "0").confirm == 0
    rounds = parse("--confirm", "5,3,2").confirm
    assert rounds == (5, 3, 2) and str(rounds) == "5,3,2"
    assert parse(TFTUNE_CONFIRM="4").confirm == 4


def test_the_seed_of_the_splits_is_that_of_the_search_unless_it_is_given() -> None:
    assert seed_of_splits(parse("--seed", "3")) == 3
    assert seed_of_splits(parse("--seed", "3", "--split-seed", "0")) == 0
    words = "--split-seed 5 --repeats 2 --reshuffle --workers 0 --scheduler none --epochs 1"
    plan = make_plan(parse(*words.split()), "beans", "val_accuracy", "max", None)
    assert plan.split_seed == 5
    assert plan.training.executions_per_trial == 2 and plan.training.reshuffle


@pytest.mark.parametrize(
    ("words", "search", "options", "scheduler"),
    [
        ("--budget 1000 --epochs 51", "filled-halving", {"budget": 1000, "max_epochs": 51}, "none"),
        ("--timeout 60 --workers 2", "filled-halving", {"seconds": 108.0}, "none"),
        ("--timeout 60 --max-trials 9", "auto", {}, "successive-halving"),
        ("--timeout 60 --scheduler asha", "auto", {}, "asha"),
        ("--scheduler-option factor=4", "auto", {}, "successive-halving"),
        ("--epochs 2", "auto", {}, "none"),
        ("--around-start --start dropout=0.2", "auto", {"around_start": True}, None),
        (
            "--search filled-halving --timeout 60 --workers 1",
            "filled-halving",
            {"seconds": 54.0},
            None,
        ),
        ("--search random --timeout 60", "random", {}, "successive-halving"),
    ],
)
def test_what_limits_a_search_decides_what_auto_is(
    words: str, search: str, options: dict[str, object], scheduler: str | None
) -> None:
    plan = make_plan(parse("--epochs", "20", *words.split()), "beans", "val_accuracy", "max", None)
    assert plan.oracle == search and options.items() <= plan.oracle_options.items()
    assert scheduler is None or plan.scheduler == scheduler
    assert (plan.reason is None) is ("--s" in words.replace("--start", ""))
