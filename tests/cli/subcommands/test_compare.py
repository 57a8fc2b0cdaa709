"""`tftune compare`: runs beside each other, tested on the rows that both answered."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.cli.subcommands.run_folders import HOSTILE, Command, keep_rows, played, write
from tftune.journal.run_folder import RunFolder

LABELS = [0, 1] * 100
RIGHT = [0.1, 0.9] * 100  # of every row
WORSE = [0.1, 0.9] * 80 + [0.9, 0.1] * 20  # 40 of 200 rows wrong


def answered(name: str, answers: list[float], trial: str = "0000", rows: str = "rows") -> None:
    search = played(0.5)
    search.write("test", trial_id="0000", metrics={"accuracy": 0.75, "loss": 1.0})
    keep_rows(write(search, Path("runs") / name), trial, LABELS, answers, rows)


def test_runs_stand_beside_each_other_with_the_way_to_a_common_score(tftune: Command) -> None:
    first = played(0.5, 0.6, 0.9)
    first.write("test", trial_id="0002", metrics={"accuracy": 2 / 3})
    write(first, Path("runs/first"))
    write(played(0.7, 0.8, search="tpe", seed=3), Path("runs/second"))
    output = tftune("compare", "first", "second")
    lines = output.splitlines()
    assert lines[0].split()[:6] == ["run", "method", "seed", "trials", "time", "best"]
    # of the 3 test rows 2 are right: Wilson's interval
    assert lines[1].endswith("0.6667 [0.2077, 0.9385]       3 trials  0:00:03")
    assert lines[2].endswith("2 trials  0:00:02")
    assert "Reached: 0.8, the worst of the best scores, which all runs have reached." in output
    assert "A run without a test score: tftune finish RUN evaluates its best trial." in output
    assert (
        "first against second: cannot be told: the rows of first are not kept; tftune evaluate "
        "keeps them" in output
    )
    document = tftune.json("compare", "first", "second")
    assert document["common_score"] == 0.8
    assert [run["reached"] for run in document["runs"]] == [
        {"trials": 3, "seconds": 3.0},
        {"trials": 2, "seconds": 2.0},
    ]


def test_a_difference_beyond_noise_has_a_better_run(tftune: Command) -> None:
    answered("good", RIGHT)
    answered("bad", WORSE)
    output = tftune("compare", "bad", "good")
    assert "bad against good: good is better" in output
    assert "accuracy 0.8 against 1: difference -0.2 [-0.2" in output
    assert "right in only one: 0 and 40 rows (McNemar, exact, p = below 0.001)" in output
    pair = tftune.json("compare", "bad", "good")["pairs"][0]
    assert pair["better"] == "good" and pair["mcnemar"]["p"] == pytest.approx(2 / 2**40)


def test_a_small_difference_is_noise(tftune: Command) -> None:
    answered("a", RIGHT)
    answered("b", [0.1, 0.9] * 99 + [0.1, 0.1])  # one row wrong: p = 1
    output = tftune("compare", "a", "b")
    assert "a against b: this is noise" in output and "1 and 0 rows" in output
    answered("c", RIGHT)
    assert "a against c: this is noise" in tftune("compare", "a", "c")


def test_all_pairs_are_tested_with_a_correction_for_their_number(tftune: Command) -> None:
    # 6 against 0 rows: p = 2 / 2**6 = 0.03125 alone, three tests later it is noise
    for name, wrong in (("a", 0), ("b", 6), ("c", 6)):
        answers = list(RIGHT)
        for row in range(wrong):
            place = row if name == "b" else 100 + row
            answers[place] = 1 - answers[place]
        answered(name, answers)
    assert "a against b: a is better" in tftune("compare", "a", "b")
    output = tftune("compare", "a", "b", "c")
    assert "a against b: this is noise" in output and "a against c: this is noise" in output
    assert "after Holm's correction for 3 tests: 0.094, 0.094, 1, in this order" in output


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"rows": "others"}, "the splits differ"),
        ({"trial": "0007"}, "the rows that b keeps are those of trial 0007, which is not its best"),
    ],
)
def test_what_cannot_be_told_says_why(tftune: Command, change: dict, reason: str) -> None:
    answered("a", RIGHT)
    answered("b", WORSE, **change)
    assert f"a against b: cannot be told: {reason}" in tftune("compare", "a", "b")


def test_rows_without_a_label_do_not_count_and_numbers_have_an_error(tftune: Command) -> None:
    answered("a", RIGHT)
    answered("b", RIGHT)
    for name, error in (("a", 0.0), ("b", 0.5)):
        folder = RunFolder(Path("runs") / name)
        labels = [-1, *LABELS[1:]]
        keep_rows(folder, "0000", labels, [0.9 - error, *RIGHT[1:]])
    output = tftune("compare", "a", "b")
    assert "accuracy 1 against 1: difference 0 [0, 0]" in output and "0 and 0 rows" in output
    for name, error in (("a", 0.0), ("b", 0.5)):
        folder = RunFolder(Path("runs") / name)
        targets = [float(number) for number in range(-50, 50)]  # whole, but no classes
        keep_rows(folder, "0000", targets, [each + error for each in targets], kind="regression")
    output = tftune("compare", "a", "b")
    assert "a against b: a is better" in output and "McNemar" not in output
    assert "mean absolute error 0 against 0.5: difference -0.5 [-0.5, -0.5]" in output


def test_rows_that_cannot_be_read_are_told(tftune: Command) -> None:
    answered("a", RIGHT)
    answered("b", WORSE)
    Path("runs/b/predictions.npz").write_bytes(b"PK\x03\x04 torn")
    assert "cannot be told: predictions.npz of b cannot be read" in tftune("compare", "a", "b")
    names = {"trial_id": "0000", "fingerprint": "f"}
    for answers in (np.zeros(()), np.zeros((0, 2))):
        np.savez("runs/b/predictions.npz", labels=np.zeros(2), probabilities=answers, **names)
        assert "cannot be told: the rows of b have no" in tftune("compare", "a", "b")
    Path("runs/b/predictions.npz").unlink()
    Path("runs/b/predictions.npz").mkdir()
    assert "predictions.npz of b cannot be read" in tftune("compare", "b", "a")


def test_what_must_not_be_compared_is_warned_of(tftune: Command) -> None:
    write(played(0.5), Path("a"))
    write(
        played(0.5, objective={"name": "val_loss", "direction": "min"}, data={"fingerprint": "b"}),
        Path("b"),
    )
    write(played(0.5, data=None), Path("c"))
    output = tftune("compare", "a", "b", "c")
    assert "Warning: The objectives differ, so the best scores cannot be compared" in output
    assert "Warning: The data or their splits differ" in output
    assert "Whether the data are the same is not recorded for c" in output
    assert "Reached" not in output and "0.5 val_loss" in output
    write(played(0.5, training={"folds": 5}), Path("d"))
    assert "The validation splits were made differently" in tftune("compare", "a", "d")


def test_searches_are_compared_over_their_seeds(tftune: Command) -> None:
    for seed in range(4):
        write(played(0.5 + seed / 100, seed=seed), Path(f"random-{seed}"))
        write(played(0.7 + seed / 100, seed=seed, search="tpe"), Path(f"tpe-{seed}"))
    names = [f"{method}-{seed}" for method in ("random", "tpe") for seed in range(4)]
    output = tftune("compare", *names)
    # 0.515 -+ 3.182 * 0.01291 / 2
    assert "random with none (4 seeds): best 0.515 [0.4945, 0.5355], test not known" in output
    assert "random with none against tpe with none: more than noise (Mann-Whitney, p = 0.029)" in (
        output
    )
    few = tftune("compare", "random-0", "random-1", "tpe-0", "tpe-1")
    assert "this is noise (Mann-Whitney, p = 0.33; so few seeds cannot give less than 0.33)" in few
    document = tftune.json("compare", *names)
    assert document["groups"][0]["best"]["count"] == 4 and len(document["group_tests"]) == 1


def test_one_run_is_none_to_compare_and_names_are_told_apart(tftune: Command) -> None:
    write(played(0.5), Path("a/run"))
    write(played(0.5), Path("b/run"))
    tftune("compare", "a/run", "a/../a/run", code=2)
    assert "A comparison needs at least two different runs. Received: run." in tftune.told
    rows = tftune.json("compare", "a/run", "b/run")["runs"]
    assert [row["run"] for row in rows] == ["a/run", "b/run"]
    tftune("compare", code=2)
    tftune("compare", "a/run", "nowhere", code=2)


def test_runs_without_results_are_compared_too(tftune: Command) -> None:
    write(played(None), Path("failed"))
    write(played(), Path("none"))
    write(played(0.5, task=HOSTILE, search=HOSTILE), Path(HOSTILE.replace("/", "_")))
    output = tftune("compare", "failed", "none", HOSTILE.replace("/", "_"))
    assert "No common score: a run has no trial with a score." in output
    assert "\x1b" not in output and "\u202e" not in output
    assert tftune.json("compare", "failed", "none")["common_score"] is None
