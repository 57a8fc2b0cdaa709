"""Tables and FASTA files as laboratories write them: read right, or refused by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tftune.datasets.amino_acids import decode
from tftune.datasets.hemolytic_peptides import load
from tftune.datasets.peptide_tables import read_text
from tftune.errors import DataError

PLAIN = "sequence,label\nGLFD,1\nKW,0\n"


def write(tmp_path: Path, text: str | bytes, encoding: str = "utf-8") -> Path:
    path = tmp_path / "peptides.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


READ: list[str | bytes] = [
    PLAIN,
    "\ufeffsequence,label\r\nGLFD,1\r\nKW,0\r\n",
    'Label, Sequence ,source\n1,"GLFD","a, b"\n\n0, KW ,\n',
    PLAIN.replace(",", ";"),
    PLAIN.replace(",", "\t"),
    PLAIN.replace(",", "|"),
    PLAIN.replace("\n", "\r"),
    PLAIN.encode("utf-16"),
    PLAIN.encode("utf-16-le"),
    PLAIN.encode("utf-32"),
    "sequence,label,name\nGLFD,1,Mélittine\nKW,0,…\n".encode("cp1252"),
    "\n\nsequence;label;affinity\nGLFD;1,0;0,5\nKW;0,0;1,5\n;;\n",
    ",seq,y\n0,GLFD,True\n1,KW,false\n",
    'sequence,label,note\nGLFD,pos,5" column\nKW,neg,x\n',
    'sequence,label,note\nGLFD,yes,"first\nsecond, third"\nKW,No,x\n',
    "sequence,label\nGLFD\u00a0,Hemolytic\n KW,non-hemolytic\n,\n , \n",
    "sequence,label,class\nGLFD,1,a\nKW,0,b\n",  # the column's own name wins
    ">p1|1\nGL\nFD\n\n>p2|0\nKW\n",
    "\r\n>p1 label=1 len=4\r\nGL FD\r\n; a comment\r\n>p2 [class: negative]\r\nKW\r\n",
    ">p1|1|training\nGLFD\n>sp|P2|Non-Hemolytic\nKW",
    ">p1 hemolytic\nGLFD\n>p2 non hemolytic\nKW\n",
]


@pytest.mark.parametrize("content", READ, ids=range(len(READ)))
def test_usual_files_are_read(tmp_path: Path, content: str | bytes) -> None:
    x, labels = read_text(write(tmp_path, content))
    assert decode(x) == ["GLFD", "KW"]
    assert labels.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: expected a header with the columns sequence,label .* Received: ''"),
        ("GLFD,1\n", "line 1: expected a header .* Received: 'glfd,1'"),
        ("\nsequence,score\nGLFD,1\n", "line 2: expected a header .*Received: 'sequence,score'"),
        ("sequence,label\n", "holds no peptides"),
        ("sequence,label,label\nGLFD,1,0\n", "line 1: 2 columns could be the label: label, label"),
        ("Sequence;sequence;label\nA;R;0\n", "line 1: 2 columns could be the sequence"),
        ("seq,class,y\nGLFD,1,0\n", "line 1: 2 columns could be the label: class, y"),
        ("sequence,label\nGLFD,1\nGLXD,0\n", "line 3: 'X' is no amino acid.*Received: 'GLXD'"),
        ("sequence,label\nGLFD,1\nkw,0\n", "line 3: 'k' is a small letter. .*D-amino acids"),
        ("sequence,label\nGLFD,1\n,0\n", "line 3: the sequence is empty"),
        ("sequence,label\nGLFD,2\n", "line 2: expected the label 0 .*Received: '2'"),
        ("sequence,label\nGLFD\n", "line 2: expected the label .*Received: ''"),
        ("sequence,label\nGLFD,nan\n", "line 2: expected the label .*Received: 'nan'"),
        ("sequence,label\nGLFD,-1\n", "line 2: expected the label .*Received: '-1'"),
        ("note,sequence,label\na, b,GLFD,1\n", "line 2: there are more cells than the 3"),
        (f"sequence,label\nGL,1\n{'A' * 6000},1\n", "line 3: the sequence has 6,000 residues"),
        (f"sequence,label\n{'A' * 150_000},1\n", "line 2.*"),
        (
            "sequence,label\nGL,1\nX,1\nKW,\nB,0\nk,1\nJ,0\n",
            r"line 3: 'X'.*In all 5 lines are faulty; then come line 4: expected the label .*; "
            r"line 5: 'B' .*; line 6: 'k'",
        ),
        (">p1|1\nGLFD\n>p2\nKW\n", "line 3: the header has no label, or several.*Received: 'p2'"),
        (">p 1\nGLFD\n", "line 1: the header has no label"),
        (">p|1|0\nGLFD\n", "line 1: the header has no label, or several"),
        (">p|1\nGLFD\n>q|0\n", "line 3: the sequence is empty"),
        (">p|1\nGLFD*\n", r"line 1: '\*' is no amino acid"),
    ],
)
def test_a_faulty_file_is_refused_by_line_and_value(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(DataError, match=f"peptides.csv.*{message}") as refusal:
        read_text(write(tmp_path, text))
    assert len(str(refusal.value)) < 1000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('sequence,label\n"GLFD,1\n', "Cannot read .*line 2: .*unexpected end of data"),
        (
            'sequence,label,note\nGLFD,1,"\nKW,0,b\nAR,0,c\nAA,1,"\nKK,1,d\n',
            "line 2: a quotation mark opens a cell of several rows. It closes in line 5",
        ),
    ],
)
def test_a_stray_quotation_mark_swallows_no_rows(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_text(write(tmp_path, text))


@pytest.mark.parametrize("content", [b"PK\x03\x04 a spreadsheet", b"\x89PNG\0\0\0"])
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DataError, match="Cannot read .*peptides.csv: it is no text file"):
        read_text(write(tmp_path, content))


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Cannot read .*peptides.csv: there is no such file"):
        read_text(tmp_path / "peptides.csv")


@pytest.mark.parametrize("name", ["p.TSV", "p.txt", "p.fasta", "p.fa"])
def test_the_loader_takes_every_suffix(tmp_path: Path, name: str) -> None:
    letters = "ARNDCQEGHILKMFPSTWYV"
    rows = [(letters[n] + letters[-n], n % 2) for n in range(20)] * 2
    path = tmp_path / name
    text = "".join(f">p{n}|{label}\n{row}\n" for n, (row, label) in enumerate(rows))
    if name[-3:] != "sta" and name[-2:] != "fa":
        text = "sequence\tlabel\n" + "".join(f"{row}\t{label}\n" for row, label in rows)
    path.write_text(text)
    dataset = load(path, "random", cache=tmp_path / "cache")
    assert sum(dataset.facts["positives"].values()) == 20
    with pytest.raises(DataError, match=r"an existing file that ends in \.csv.*Received: "):
        load(path.with_suffix(".xlsx"), cache=tmp_path / "cache")


def test_the_separator_that_excel_is_told_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "excel.csv"
    path.write_text("sep=;\r\nSequence;Hemolytic\r\nGLFD;1\r\nKKKK;0\r\n")
    x, y = read_text(path)
    assert decode(x) == ["GLFD", "KKKK"] and y.tolist() == [1, 0]
    path.write_text("sep=;\n")
    with pytest.raises(DataError, match="expected a header with the columns sequence,label"):
        read_text(path)
