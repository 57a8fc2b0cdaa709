"""Texts made fit for a line, a terminal and a shell."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pytest

from tftune.errors import LONGEST, UsageError, printable
from tftune.support.texts import command_line, one_line, quoted, shown


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("as it is \u00e9 \u4e2d \U0001f600\t\n", "as it is \u00e9 \u4e2d \U0001f600\t\n"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07a\x1b]8;;http://x\x1b\\link", "alink"),
        ("\x9b31mred \x1bc\x1b(B", "red "),
        ("\x1b", "\\x1b"),
        ("bell\x07 null\x00 back\x08", "bell\\x07 null\\x00 back\\x08"),
        ("\u202eevil\u2066\u200f\u2028", "\\u202eevil\\u2066\\u200f\\u2028"),
        ("a\r\nb\rc", "a\nb\\rc"),
        ("byte \udcff", "byte \\udcff"),
    ],
)
def test_what_a_terminal_obeys_is_taken_out_or_spelt(text: str, plain: str) -> None:
    assert printable(text) == plain
    assert printable(plain) == plain


def test_the_middle_of_a_long_text_is_left_out() -> None:
    short = printable("begin" + "x" * 5_000_000 + "end", most=100)
    assert len(short) <= 100 and short.startswith("begin") and short.endswith("end")
    assert "characters left out" in short
    assert len(printable("\x07" * 1000, most=100)) <= 100


def test_no_error_of_ours_is_long_or_raw() -> None:
    error = UsageError(f"wrong. Received: {list(range(100_000))!r}. Correct it.\x1b[2J")
    assert len(str(error)) <= LONGEST and str(error).endswith("Correct it.")
    assert str(error).startswith("wrong. Received: [0, 1,")


@pytest.mark.parametrize(
    "value", [0.5, 1, None, True, "text", "it's", [1, 2], {"a": 1}, (), b"x", float("nan"), "\n"]
)
def test_a_short_value_is_shown_as_its_repr(value: object) -> None:
    assert shown(value) == repr(value)


def test_a_large_value_is_shown_by_its_ends_or_its_shape() -> None:
    assert shown(np.zeros((1000, 3))) == "<ndarray of shape (1000, 3) and dtype float64>"
    assert shown(["x" * 10_000] * 10_000).endswith(", ...]")
    for value in (
        "x" * 10**6,
        list(range(10**6)),
        {n: n for n in range(10**5)},
        10**5000,
        [[["y" * 999]] * 99] * 9,
    ):
        assert len(shown(value)) <= 200

    class Loud:
        def __repr__(self) -> str:
            return "loud " * 100_000

    assert len(shown(Loud())) <= 200


@pytest.mark.parametrize(
    "word",
    [
        "a b",
        "it's",
        '"',
        "$HOME",
        "-x",
        "~/x",
        "\u00fc\u4e2d",
        "a\nb",
        "t\tb",
        "\x1b[31m",
        "\\",
        "a;b",
        "*",
        "",
    ]
    + ["\udcff\x07'"],
)
def test_a_quoted_word_is_read_again_by_a_shell(word: str) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash here")
    script = f"printf %s {quoted(word)}"
    assert printable(script) == script and "\n" not in script
    done = subprocess.run([bash, "-c", script], capture_output=True, check=True)
    assert done.stdout == word.encode("utf-8", "surrogateescape")


def test_lines_and_commands() -> None:
    assert one_line("a\n\n b\t c" + "d" * 1000, most=10) == "a b cdddd\u2026"
    assert command_line(["run", 3, "my file"]) == "run 3 'my file'"
