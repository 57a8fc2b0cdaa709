"""Operations are told apart by what the profiler calls them, and their arithmetic is counted."""

from __future__ import annotations

import pytest

from benchmarks.operations import arithmetic, by_kind, operations_table
from benchmarks.trial_cost import turns_table
from tftune.models.knobs import fixed_values
from tftune.models.peptide_cnn import BASELINE, build_peptide_cnn

BACK = "while/body/_1/gradient_tape/while/m"


def test_convolutions_are_numbered_as_their_layers_come() -> None:
    events = [
        ("while/body/_1/while/m/conv1d_7/convolution:_MklNativeFusedConv2D", 0, 1.0),
        ("while/body/_1/while/m/conv1d/convolution:_MklNativeConv2D", 1, 2.0),
        (f"{BACK}/conv1d_7/convolution/Conv2DBackpropFilter:_MklNativeConv2DBackpropFilter", 2, 3),
        (f"{BACK}/conv1d/convolution/Conv2DBackpropInput:Conv2DBackpropInput", 3, 4.0),
    ]
    assert by_kind(events) == {
        "convolution 1, forward": 1.0,
        "convolution 2, forward": 2.0,
        "convolution 1, backward to the filter": 3.0,
        "convolution 2, backward to the input": 4.0,
    }


def test_an_operation_that_is_mostly_interrupted_counts_as_if_it_never_was() -> None:
    name = f"{BACK}/dense/MatMul/MatMul_1:_MklMatMul"
    durations = [0.1, 1.0, 1.1, *[99.0] * 8]
    assert by_kind([(name, start, took) for start, took in enumerate(durations)]) == {
        "dense, backward": 11.0
    }


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("while/body/_1/while/adam/MatMul_1:_MklMatMul", "embedding, sums of its gradient"),
        ("while/body/_1/while/m/dense/Relu:_MklNativeFusedMatMul", "dense, forward"),
        ("while/body/_1/while/adam/ResourceApplyAdam_3:ResourceApplyAdam", "Adam"),
        (
            f"{BACK}/batch_normalization_1/Grad:_MklNativeFusedBatchNormGradV3",
            "batch normalisation",
        ),
        ("while/body/_1/while/Shape:Shape", "others"),
    ],
)
def test_kinds(name: str, kind: str) -> None:
    assert by_kind([(name, 0, 1.0)]) == {kind: 1.0}


def test_the_arithmetic_of_the_peptide_network() -> None:
    work = arithmetic(build_peptide_cnn(fixed_values(**BASELINE)))
    assert work["convolution 1, forward"] == 2 * 186 * 5 * 16 * 16
    assert work["dense, backward"] == 4 * (160 * 256 + 256 * 64 + 64)
    assert sum(work.values()) == pytest.approx(2.07e6, rel=0.01)


def test_the_tables() -> None:
    kinds = {
        "plain": {"first": 9.0, "median": 4.0, "least": 1.0},
        "trial": {"first": 5.0, "median": 1.0, "least": 0.5},
    }
    assert "| m | 9.00 | 5.00 | 4.00 | 1.00 | 1.00 | 0.500 | 0.25 |" in turns_table({"m": kinds})
    lines = operations_table({"Adam": 10.0, "dense, forward": 20.0}, {"dense, forward": 1.0}, 40.0)
    assert [line.split(" | ")[0] for line in lines.split("\n")[2:]] == [
        "| dense, forward",
        "| Adam",
        "| executor, pipeline, Python",
        "| an epoch",
    ]
    assert "| dense, forward | 20.0 | 50% | 1.00 | 50.0 |" in lines
