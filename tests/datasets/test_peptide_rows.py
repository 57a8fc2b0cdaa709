"""Single sequences and labels: what is read, and the reason for what is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tftune.datasets.peptide_rows import Faults, label_of, peptides, sequence_fault
from tftune.errors import DataError

POSITIVE = ["1", "1.0", "1,0", "+1", "TRUE", "yes", "Pos", "positive", "Hemolytic", "haemolytic"]
NEGATIVE = ["0", "0.00", "False", "NO", "neg", "Negative", "non-hemolytic", "Non Hemolytic"]
NONE = ["", "2", "-1", "0.5", "nan", "inf", "maybe", "not", "hemolytic?", "1 0", "--", "𝟏𝟎"]


def test_labels_of_every_usual_kind_are_read_and_no_others() -> None:
    assert [label_of(text) for text in POSITIVE] == [1] * len(POSITIVE)
    assert [label_of(text) for text in (*NEGATIVE, "not_hemolytic")] == [0] * (len(NEGATIVE) + 1)
    assert [label_of(text) for text in NONE] == [None] * len(NONE)


@pytest.mark.parametrize(
    ("sequence", "fault"),
    [
        ("GLFD-NH2", "'-NH2' is no residue but an ending"),
        ("Ac-GLFD", "'Ac-' is no residue but an ending"),
        ("GLfD", "'f' is a small letter"),
        ("glfd", "'g' is a small letter"),
        ("GL-FD", r"'-' is no amino acid \(it is a gap"),
        ("GLFD*", r"'\*' is no amino acid \(it marks the end"),
        ("GLXD", r"'X' is no amino acid \(it stands for any residue\)"),
        ("BGL", r"'B' is no amino acid \(it stands for D or N\)"),
        ("GLZ", r"'Z' is no amino acid \(it stands for E or Q\)"),
        ("GUL", r"'U' is no amino acid \(selenocysteine"),
        ("GL FD", "' ' is no amino acid"),
        ("GЕL", "'Е' is no amino acid"),  # a Russian letter
        ("", "the sequence is empty"),
        ("A" * 501, "the sequence has 501 residues"),
    ],
)
def test_a_faulty_sequence_is_refused_with_the_reason(sequence: str, fault: str) -> None:
    faults = Faults(Path("p.csv"))
    faults.add(7, *(sequence_fault(sequence) or ("", "")))
    with pytest.raises(DataError, match=rf"^p\.csv, line 7: {fault}.*Expected .*Received: "):
        faults.refuse()


def test_whole_sequences_have_no_fault() -> None:
    for sequence in ("A", "ARNDCQEGHILKMFPSTWYV", "A" * 500):
        assert sequence_fault(sequence) is None
    Faults(Path("p.csv")).refuse()


def test_all_faults_are_counted_and_the_first_named() -> None:
    faults = Faults(Path("p.csv"))
    for line in range(3, 5003):
        faults.add(line, "bad", "Expected good.")
    with pytest.raises(
        DataError,
        match=r"line 3: bad\. Expected good\. In all 5,000 lines are faulty; then come line 4: "
        r"bad; line 5: bad; line 6: bad\.$",
    ):
        faults.refuse()


def test_rows_become_numbers() -> None:
    x, labels = peptides(Path("p.csv"), ["AR", "V"], [1, 0])
    assert (x.dtype, x.tolist()) == (np.uint8, [[1, 2], [20, 0]])
    assert labels.tolist() == [1, 0]
    with pytest.raises(DataError, match="p.csv holds no peptides"):
        peptides(Path("p.csv"), [], [])
