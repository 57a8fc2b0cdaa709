"""What is wrong with a trial, told from curves that have either fault, both or none."""

from __future__ import annotations

import math

import pytest

from tests.reports.analysis.curves_of import ROWS, Written, approaching
from tftune.reports.analysis.diagnosis import diagnose
from tftune.reports.analysis.verdicts import Verdict

FLAT = approaching(0.5, 0.7)


def accuracy(training: float, validation: float) -> dict[str, list[float]]:
    return {"accuracy": approaching(0.5, training), "val_accuracy": approaching(0.5, validation)}


@pytest.mark.parametrize(
    ("training", "validation", "verdict"),
    [
        # the four examples of Machine Learning Yearning, as accuracies
        (0.85, 0.84, Verdict.BIAS),
        (0.99, 0.89, Verdict.VARIANCE),
        (0.85, 0.70, Verdict.BOTH),
        (0.995, 0.99, Verdict.NEITHER),
    ],
)
def test_the_examples_of_the_book(training: float, validation: float, verdict: Verdict) -> None:
    found = diagnose(Written().trial(accuracy(training, validation)).run())
    assert found.verdict is verdict
    assert found.target is not None and found.target.value == 1 and not found.target.is_known


@pytest.mark.parametrize(
    ("training", "validation", "verdict"),
    [(0.9, 0.95, Verdict.BIAS), (0.11, 0.9, Verdict.VARIANCE), (0.5, 1.0, Verdict.BOTH)],
)
def test_a_loss_is_judged_by_its_target(
    training: float, validation: float, verdict: Verdict
) -> None:
    curves = {"loss": approaching(2, training), "val_loss": approaching(2, validation)}
    run = Written("val_loss", "min").trial(curves).run()
    found = diagnose(run, target=0.1)
    assert found.verdict is verdict and found.target is not None and found.target.is_known


def test_a_loss_without_a_target_tells_variance_but_no_bias() -> None:
    alike = {"loss": approaching(2, 0.9), "val_loss": approaching(2, 0.91)}
    found = diagnose(Written("val_loss", "min").trial(alike).run())
    assert found.verdict is Verdict.UNKNOWN and "a target would" in found.why
    apart = {"loss": approaching(2, 0.1), "val_loss": approaching(2, 0.9)}
    assert diagnose(Written("val_loss", "min").trial(apart).run()).verdict is Verdict.VARIANCE


def test_a_trial_that_trained_much_better_shows_what_can_be_reached() -> None:
    search = Written("val_loss", "min")
    search.trial({"loss": approaching(2, 0.8), "val_loss": approaching(2, 0.81)})
    search.trial({"loss": approaching(2, 0.1), "val_loss": approaching(2, 1.2)})
    found = diagnose(search.run())
    assert found.verdict is Verdict.BIAS
    assert found.target is not None and found.target.value == pytest.approx(0.1, abs=0.01)


def test_few_rows_leave_it_open() -> None:
    search = Written(data={"train": 30, "validation": 10}).trial(accuracy(0.9, 0.88))
    found = diagnose(search.run())
    assert found.verdict is Verdict.UNKNOWN and "cannot" in found.verdict.value and found.why


def test_the_ceiling_of_the_data_is_the_target() -> None:
    search = Written(data={**ROWS, "ceiling": {"accuracy": 0.86}}).trial(accuracy(0.86, 0.855))
    assert diagnose(search.run()).verdict is Verdict.NEITHER
    assert diagnose(search.run(), target=0.99).verdict is Verdict.BIAS


def test_curves_that_still_get_better_are_under_trained() -> None:
    slow = [0.5 + 0.01 * epoch for epoch in range(10)]
    found = diagnose(Written().trial({"accuracy": slow, "val_accuracy": slow}).run())
    assert found.verdict is Verdict.UNDER_TRAINED and found.has_bias
    assert any("still get better at the last epoch" in sign for sign in found.signs)


def test_overfitting_is_dated() -> None:
    training = approaching(2, 0.01, 20, 3)
    validation = [max(0.5, 2 - 0.3 * epoch) + max(0, epoch - 5) * 0.05 for epoch in range(20)]
    found = diagnose(
        Written("val_loss", "min").trial({"loss": training, "val_loss": validation}).run()
    )
    assert found.overfits_from == 6
    assert found.end[1] > found.validation and found.end_verdict is Verdict.VARIANCE


def test_folds_give_the_interval() -> None:
    folds = {"accuracy": [0.99, 0.98, 0.99], "val_accuracy": [0.80, 0.82, 0.81]}
    run = Written().trial(accuracy(0.9867, 0.81), folds=folds).run()
    found = diagnose(run)
    assert found.verdict is Verdict.VARIANCE
    assert found.gap is not None and found.gap.method == "Student's t over 3 folds"
    # gaps 0.19, 0.16, 0.18: mean 0.1767, deviation 0.0153, half 4.303 * 0.0153 / sqrt(3)
    assert found.gap.low == pytest.approx(0.1388, abs=2e-4)


def test_a_continued_trial_is_judged_with_its_parent() -> None:
    whole = accuracy(0.85, 0.84)
    half = {name: curve[:10] for name, curve in whole.items()}
    rest = {name: curve[10:] for name, curve in whole.items()}
    search = Written().trial(half).trial(rest, first=10, parent="0000")
    found = diagnose(search.run(), "0001")
    assert [trial.trial_id for trial in found.line] == ["0000", "0001"]
    assert found.verdict is diagnose(Written().trial(whole).run()).verdict is Verdict.BIAS


def test_pruned_trials_count_among_the_better_ones() -> None:
    search = Written()
    for number in range(4):
        status = "pruned" if number % 2 else "completed"
        search.trial(accuracy(0.99, 0.80 + number / 100), status)
    found = diagnose(search.run())
    assert found.over is not None and len(found.over.trials) == 3
    assert found.over.verdict is Verdict.VARIANCE


def test_rows_that_all_trials_share_are_in_the_interval_of_their_bias() -> None:
    search = Written()
    for _ in range(4):
        search.trial(accuracy(0.85, 0.84))  # alike, so that trials alone leave no width
    found = diagnose(search.run())
    assert found.bias is not None and found.over is not None and found.over.bias is not None
    assert found.over.bias.low == pytest.approx(found.bias.low)
    assert found.over.bias.low < 0.149
    assert found.over.bias.method.endswith(", and the rows of the training split")


def test_what_cannot_be_told_says_why() -> None:
    assert diagnose(Written().run()).why == "no trial has ended"
    assert diagnose(Written().run(), "0007").why == "there is no trial 0007"
    failed = Written().trial({"accuracy": [math.nan], "val_accuracy": [math.nan]}).run()
    assert diagnose(failed).why == "no trial has a score"
    alone = Written("loss", "min").trial({"loss": FLAT}).run()
    assert diagnose(alone).why.startswith("there is no validation")
    untold = Written().trial({"val_accuracy": FLAT}).run()
    assert diagnose(untold).why.startswith("there is no training value beside val_accuracy")


def test_one_epoch_is_judged_by_its_rows() -> None:
    curves = {"accuracy": [0.99], "val_accuracy": [0.80]}
    assert diagnose(Written().trial(curves).run()).verdict is Verdict.VARIANCE
    bare = Written(data={}).trial(curves).run()
    found = diagnose(bare)
    assert found.verdict is Verdict.UNKNOWN and "one training of few epochs" in found.why


def test_epochs_without_a_number_are_passed_over() -> None:
    curves = {"loss": [0.7, 0.5, math.nan], **accuracy(0.99, 0.8)}
    curves = {name: list(curve)[:3] for name, curve in curves.items()}
    found = diagnose(Written().trial(curves).run())
    assert "the training loss stopped being a number at epoch 3" in found.signs


def test_dropout_is_said_to_hide_part_of_the_gap() -> None:
    found = diagnose(Written().trial(accuracy(0.9, 0.8), values={"dropout": 0.4, "l2": 0.1}).run())
    assert found.noisy == ("dropout",)
    none = diagnose(Written().trial(accuracy(0.9, 0.8), values={"dropout": 0.0}).run())
    assert none.noisy == ()
