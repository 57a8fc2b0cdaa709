"""Texts of unknown origin."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tftune.datasets.texts import decoded, decoded_bytes, lines
from tftune.errors import DataError

PATH = Path("a.csv")


@pytest.mark.parametrize(
    "text", ["", "a", "a\n", "\n\r\n\r", "a\rb\x0bc\u2028d\r\n\r\ne", "\r\r\n"]
)
def test_lines_end_where_tables_and_fasta_files_have_it(text: str) -> None:
    found = list(lines(text))
    assert "".join(found) == text
    assert [line.rstrip("\r\n") for line in found] == [
        part for part in re.split("\r\n|\r|\n", text) if part or text
    ][: len(found)]


def test_a_line_is_as_long_as_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFTUNE_MAX_LINE", "10")
    assert decoded_bytes(b"0123456789\n0123456789", PATH) == "0123456789\n0123456789"
    for content in (b"0123456789a", b"a\n0123456789a\nb", b"a\rb\r0123456789ab"):
        with pytest.raises(DataError, match="bytes in a line, and at most 10 are read"):
            decoded_bytes(content, PATH)


def test_lines_are_counted_before_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFTUNE_MAX_LINES", "3")
    assert decoded_bytes(b"\n\n\n", PATH) == "\n\n\n"
    for content in (b"\n" * 4, b"\r" * 4):
        with pytest.raises(DataError, match="it has 4 lines, and at most 3 are read"):
            decoded_bytes(content, PATH)


def test_a_byte_beyond_ascii_counts_four_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFTUNE_MAX_TEXT", "8")
    assert decoded_bytes(b"12345678", PATH) == "12345678"
    with pytest.raises(DataError, match="it has 12 bytes of text"):
        decoded_bytes("1é".encode(), PATH)


def test_a_file_too_long_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFTUNE_MAX_TEXT", "8")
    (tmp_path / "a.csv").write_bytes(b"123456789")
    with pytest.raises(DataError, match=r"Cannot read .*a\.csv: it has 9 bytes of text"):
        decoded(tmp_path / "a.csv")
