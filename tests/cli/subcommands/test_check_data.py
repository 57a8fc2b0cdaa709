"""`tftune check-data`: its texts, its document and its exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.datasets.test_picture_hashes import scenes
from tftune.cli.command import main
from tftune.cli.data_findings import findings


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Any:
    def asked(*words: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(["check-data", *map(str, words)])
        output = capsys.readouterr()
        return code, output.out, output.err

    return asked


def test_sequences_are_told_with_what_each_split_leaks(ask: Any) -> None:
    code, out, err = ask("sample")
    assert code == 0 and not err
    assert out.startswith("sample: 1,533 rows of sequences\n")
    assert (
        "38 sequences in 87 rows carry different labels: no model can exceed AUC 0.999 or "
        "accuracy 0.975, or have a log loss below 0.038."
    ) in out
    assert "  hemolytic in test   equal" in out
    assert "333 of 1,533 rows repeat an earlier one; 1,200 sequences differ." in out
    table = out[out.index("split ") :].splitlines()
    assert [line.split()[0] for line in table[:4]] == ["split", "grouped", "clustered", "random"]
    assert "There are 1,200 clusters" in out


def test_the_document_has_what_the_text_tells(ask: Any) -> None:
    code, out, _ = ask("sample", "--json", "--seed", 3)
    found = json.loads(out)
    assert code == 0 and found["kind"] == "sequences" and found["inputs"] > 1100
    assert found["splits"]["random"]["leak_rate"] > 0.2
    assert found["ceiling"]["auc"] > 0.99 and len(found["findings"]) >= 3


def test_leaking_pictures_of_an_npz_file_are_told(ask: Any, tmp_path: Path) -> None:
    leaves = scenes(6, 40, seed=2)
    brighter = np.clip(leaves[:1].astype(int) + 10, 0, 255).astype(np.uint8)
    x_test = np.concatenate([leaves[1:2], brighter])
    path = tmp_path / "data.npz"
    np.savez(path, x_train=leaves[:5], y_train=[0, 1, 0, 1, 0], x_test=x_test, y_test=[1, 1])
    code, out, _ = ask(path)
    assert code == 0
    assert (
        "Leak: 100.0 % of the test rows are equal or nearly equal to a training row (50.0 %" in out
    )
    assert "1 pair of nearly equal pictures carries different labels." in out
    assert "test has no rows of 0." in out
    assert "train row 1 = test row 0" in out and "train row 0 ~ test row 1" in out
    assert "test in train" in out


def test_clean_data_are_called_so(ask: Any, tmp_path: Path) -> None:
    np.savez(tmp_path / "data.npz", x=np.array(["GLFDIV", "KWKWKW"]), y=[0, 1])
    code, out, _ = ask(tmp_path / "data.npz", "--json")
    assert code == 0
    found = json.loads(out)
    found.pop("splits")
    assert findings(found) == [
        "Nothing was found: no equal or nearly equal sequences, no contradicting labels, "
        "no class more than 3 times as large as another."
    ]


def test_missing_data_and_wrong_words_have_their_exit_codes(
    ask: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = ask(tmp_path / "gone")
    assert code == 4 and not out and "There is no such file or folder. Expected" in err
    for words, message in (
        (["sample", "--kind", "movies"], "unknown kind 'movies'"),
        (["sample", "--seed", "-1"], "expected an integer from 0"),
        ([], "SOURCE"),
    ):
        with pytest.raises(SystemExit) as raised:
            main(["check-data", *words])
        assert raised.value.code == 2 and message in capsys.readouterr().err


def test_too_few_sequences_to_split_still_have_an_answer(ask: Any, tmp_path: Path) -> None:
    (tmp_path / "two.csv").write_text("sequence,label\nGLFD,1\nKKKK,0\n")
    code, out, _ = ask(tmp_path / "two.csv")
    assert code == 0 and "2 rows of sequences" in out


def test_the_help_imports_nothing_slow() -> None:
    code = (
        "import sys; from tftune.cli.command import main\n"
        "try: main(['check-data', '--help'])\n"
        "except SystemExit: pass\n"
        "print([name for name in ('numpy', 'tensorflow', 'scipy', 'rapidfuzz') "
        "if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.returncode == 0 and answer.stdout.rstrip().endswith("\n[]")


def test_too_few_sequences_to_split_are_told(ask: Any, tmp_path: Path) -> None:
    path = tmp_path / "two.csv"
    path.write_text("sequence,label\nGLFD,1\nGLFD,0\n")
    code, out, _ = ask(path)
    assert code == 0 and "Too few sequences for --split grouped and clustered and random" in out
    assert "1 sequence in 2 rows carries different labels" in out and "and 0 %" not in out
    assert "There is 1 cluster, of" in out and "the largest has 2 rows." in out
