"""`tftune evaluate` on runs of a program and of one's own."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.cli.subcommands.small_runs import (  # noqa: F401
    PEPTIDES,
    copied,
    own_search,
    whole_peptides,
)
from tests.search.test_tuner import X, Y
from tftune import hemolysis
from tftune.cli.command import main
from tftune.cli.program import main as program
from tftune.datasets import hemolytic_peptides
from tftune.datasets.amino_acids import decode
from tftune.journal.journal import Journal, read
from tftune.journal.run_folder import RunFolder
from tftune.journal.state import SearchState

Answer = tuple[int, str, str]


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Any:
    def asked(*words: object) -> Answer:
        capsys.readouterr()
        code = main(["evaluate", *map(str, words)])
        output = capsys.readouterr()
        return code, output.out, output.err

    return asked


def test_the_data_of_a_program_are_loaded_again_and_each_use_counts(
    whole_peptides: Path,  # noqa: F811
    tmp_path: Path,
    ask: Any,
) -> None:
    folder = copied(whole_peptides, tmp_path)
    code, out, err = ask(folder)
    assert code == 0 and not err
    out_of_first = out
    assert out.startswith("The test split, trial 0000 of ") and ": 154 rows\n" in out
    words = ("Confusion matrix", "not_hemolytic", "ROC area", "Brier", "most confident mistakes")
    assert all(word in out for word in words)
    assert "The test split was used 2 times: choosing by it makes the model look" in out
    records = read(RunFolder(folder).journal)[0]
    assert records[-1]["kind"] == "evaluation" and records[-1]["again"] is True
    first = next(record for record in records if record["kind"] == "evaluation")
    assert records[-1]["report"] == first["report"]
    code, out, _ = ask(folder, "--json")
    content = json.loads(out)
    assert content["test_uses"] == 3 and content["report"]["classes"][1] == "hemolytic"
    assert content["references"] is None  # the whole suite has TFTUNE_REFERENCES=0
    assert content["report"]["mistakes"][0]["text"].isalpha()
    assert "Score by distance to the nearest training sequence" in out_of_first
    assert content["report"]["by_distance"][-1]["rows"] == 154
    assert content["report"]["by_distance"][0]["from"] > 0  # the split is grouped
    assert (
        json.loads(RunFolder(folder).summary.read_text())["test_by_distance"]
        == content["report"]["by_distance"]
    )


@pytest.mark.slow
def test_references_are_fitted_again_on_the_own_data(
    whole_peptides: Path,  # noqa: F811
    tmp_path: Path,
    ask: Any,
) -> None:
    folder = copied(whole_peptides, tmp_path)
    code, out, err = ask(folder, "--references")
    assert code == 0 and not err
    table = out[out.index("What the network must beat, test split (154 rows") :]
    for name in ("majority class", "random forest", "gradient boosting", "nearest neighbours"):
        assert name in table
    assert "The network less " in table
    record = SearchState().apply_all(read(RunFolder(folder).journal)[0]).references["test"]
    assert record["comparison"]["with"] == record["best"] != "majority class"
    assert "What the network must beat" in ask(folder, "--recorded")[1]


def test_what_was_found_before_is_shown_without_data(
    whole_peptides: Path,  # noqa: F811
    tmp_path: Path,
    ask: Any,
) -> None:
    folder = copied(whole_peptides, tmp_path)
    before = RunFolder(folder).journal.read_bytes()
    code, out, _ = ask(folder, "--recorded")
    assert code == 0 and "Confusion matrix" in out and "The test split was used once." in out
    assert RunFolder(folder).journal.read_bytes() == before


@pytest.mark.slow
def test_validation_rows_are_too_good_and_are_not_counted(
    whole_peptides: Path,  # noqa: F811
    tmp_path: Path,
    ask: Any,
) -> None:
    folder = copied(whole_peptides, tmp_path)
    before = RunFolder(folder).journal.read_bytes()
    code, out, _ = ask(folder, "--split", "validation")
    assert code == 0 and "The trial was chosen on the validation split" in out
    assert RunFolder(folder).journal.read_bytes() == before


@pytest.mark.slow
def test_other_peptides_are_others_and_count_as_no_use(
    whole_peptides: Path,  # noqa: F811
    tmp_path: Path,
    ask: Any,
) -> None:
    folder = copied(whole_peptides, tmp_path)
    before = RunFolder(folder).journal.read_bytes()
    table = tmp_path / "other peptides.csv"
    table.write_text("sequence,label\nGLFDIVKK,1\nKWKLFKKI,1\nAAAA,0\nGGGG,0\n")
    code, out, _ = ask(folder, table, "--json")
    content = json.loads(out)
    assert code == 0 and (content["split"], content["source"]) == ("other", str(table))
    assert content["report"]["rows"] == 4 and content["test_uses"] == 1
    assert [one["from"] for one in content["report"]["by_distance"]][-1] == 0
    assert {one.get("text") for one in content["report"]["mistakes"]} <= {
        *("GLFDIVKK", "KWKLFKKI", "AAAA", "GGGG")
    }
    assert RunFolder(folder).journal.read_bytes() == before
    table.write_text(f"sequence,label\n{'A' * 33},1\nAAAA,0\n")
    code, out, err = ask(folder, table)
    assert code == 4 and not out and "a peptide of 33 residues. Expected at most 32" in err


def test_changed_data_are_refused_with_both_fingerprints(
    whole_peptides: Path,  # noqa: F811
    tmp_path: Path,
    ask: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = copied(whole_peptides, tmp_path)
    load = hemolytic_peptides.load
    monkeypatch.setattr(
        hemolytic_peptides, "load", lambda source, split, seed: load(source, split, seed + 1)
    )
    before = RunFolder(folder).journal.read_bytes()
    code, out, err = ask(folder)
    wanted = json.loads(before.splitlines()[0])["data"]["fingerprint"]
    assert code == 4 and not out
    assert f"Expected the fingerprint {wanted}. Received: " in err
    assert RunFolder(folder).journal.read_bytes() == before


@pytest.mark.slow
def test_the_own_data_in_another_place_are_the_own_data(tmp_path: Path, ask: Any) -> None:
    x, y = hemolytic_peptides.load("sample").train.load()
    lines = [f"{sequence},{int(label)}" for sequence, label in zip(decode(x), y[:, 0], strict=True)]
    table = tmp_path / "a.csv"
    table.write_text("sequence,label\n" + "\n".join(lines[:300]))
    folder = tmp_path / "run"
    arguments = [*PEPTIDES, "--data", str(table), "--run-dir", str(folder)]
    assert program(hemolysis.PROGRAM, arguments) == 0
    code, _, err = ask(folder, table.rename(tmp_path / "b.csv"))
    assert code == 0 and RunFolder(folder).journal.read_text().count('"again":true') == 1
    code, _, err = ask(folder)
    assert code == 4 and "If they are elsewhere now, say where. --recorded shows" in err


@pytest.mark.slow
def test_an_own_search_takes_a_file_and_knows_its_test_rows_again(
    own_search: Path,  # noqa: F811
    tmp_path: Path,
    ask: Any,
) -> None:
    folder = copied(own_search, tmp_path)
    code, out, err = ask(folder)
    assert code == 2 and "No evaluation is recorded" in err and "FILE.npz" in err and not out
    np.savez(tmp_path / "some.npz", x=X[70:], y=Y[70:])
    code, out, _ = ask(folder, tmp_path / "some.npz")
    assert code == 0 and out.startswith("Other data, ") and "was used" not in out
    code, out, _ = ask(folder, tmp_path / "some.npz", "--split", "test")
    assert code == 0 and "The test split was used once." in out
    code, out, _ = ask(folder, tmp_path / "some.npz")  # the same rows
    assert code == 0 and "The test split was used 2 times" in out
    code, out, _ = ask(folder)
    assert code == 0 and "Confusion matrix" in out
    np.savez(tmp_path / "some.npz", x_test=X[60:], y_test=Y[60:], x=X[:1], y=Y[:1])
    code, out, _ = ask(folder, tmp_path / "some.npz")
    assert code == 0 and ": 30 rows" in out
    for damaged in (b"", b"no zip", b"PK\x03\x04 torn"):
        RunFolder(folder).predictions.write_bytes(damaged)
        code, out, err = ask(folder, tmp_path / "some.npz")
        assert code == 0 and out.startswith("Other data, ") and "Traceback" not in err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no such file"),
        (b"no archive", "it is no .npz file"),
        ({"a": [1, 2]}, "has no inputs with targets. Expected .* Received: a"),
        ({"x": np.array([None]), "y": [1]}, "Cannot read"),
        ({"x": X[:3], "y": Y[:2]}, "rows|sizes|lengths"),
    ],
    ids=["absent", "text", "names", "objects", "rows"],
)
def test_a_file_that_is_none_is_refused(
    content: Any,
    message: str,
    own_search: Path,  # noqa: F811
    tmp_path: Path,
    ask: Any,
) -> None:
    path = tmp_path / "data.npz"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        np.savez(path, **content)
    code, out, err = ask(own_search, path)
    assert code in (2, 4) and not out and "Traceback" not in err
    assert re.search(message, err)


def test_a_running_search_keeps_its_test_split(
    whole_peptides: Path,  # noqa: F811
    tmp_path: Path,
    ask: Any,
) -> None:
    folder = copied(whole_peptides, tmp_path)
    with Journal(RunFolder(folder).journal):
        code, out, err = ask(folder)
    assert code == 2 and not out and "Another process is running a search" in err


def test_wrong_words_are_refused_at_once(tmp_path: Path, ask: Any) -> None:
    code, _, err = ask(tmp_path)
    assert code == 2 and "is not a run folder" in err
    with pytest.raises(SystemExit):
        ask("run", "--split", "train")


def test_no_trial_is_said(whole_peptides: Path, tmp_path: Path, ask: Any) -> None:  # noqa: F811
    folder = copied(whole_peptides, tmp_path)
    journal = RunFolder(folder).journal
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:2]))
    for words in ([], ["--recorded"]):
        code, _, err = ask(folder, *words)
        assert code == 3 and "There is no best trial" in err
    code, _, err = ask(folder, "other.csv", "--recorded")
    assert code == 2 and "Leave one out" in err
