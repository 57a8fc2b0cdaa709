"""`tftune pictures`: what it writes, what it says, what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tftune.cli.command import main
from tftune.cli.pictures import PICTURES

ONE = ["--only", "median-stopping"]


def test_it_writes_drawings_texts_and_a_page(tmp_path: Path, capsys) -> None:
    folder = tmp_path / "new" / "pictures"
    assert main(["pictures", str(folder), *ONE, "--seed", "2"]) == 0
    told = capsys.readouterr()
    written = [Path(line) for line in told.out.splitlines()]
    assert set(written) == set(folder.iterdir())
    assert told.err.startswith("1/1  median-stopping")
    drawings = [path for path in written if path.suffix == ".svg"]
    for path in drawings:
        root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
    document = json.loads((folder / "pictures.json").read_text(encoding="utf-8"))
    (picture,) = document["pictures"]
    assert document["seed"] == 2
    assert [chart["file"] for chart in picture["charts"]] == [path.name for path in drawings]
    text = (folder / "pictures.txt").read_text(encoding="utf-8")
    assert text.startswith(picture["title"]) and picture["tables"][0]["title"] in text
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert page.count("<svg") == len(drawings) and "<script" not in page


def test_it_lists_what_there_is(capsys) -> None:
    assert main(["pictures", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(PICTURES)


def test_no_folder_and_one_that_is_a_file_are_told_at_once(tmp_path: Path, capsys) -> None:
    assert main(["pictures"]) == 2
    assert "There is no folder to write into." in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert main(["pictures", str(tmp_path / "file")]) == 2
    assert "it is a file" in capsys.readouterr().err


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder that takes no file")
def test_a_folder_that_takes_no_file_is_told_at_once(capsys) -> None:
    assert main(["pictures", "/proc/self", *ONE]) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: The pictures cannot be written into '/proc/self'")


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["--only", "hyperband"], "Did you mean 'halving'?"),
        (["--only", "nothing"], "Expected one of: grid-and-random"),
        (["--seed", "-1"], "expected an integer from 0"),
    ],
)
def test_a_wrong_word_is_one_message(words: list[str], hint: str, capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["pictures", "out", *words])
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert hint in told and told.count("\n") == 2
