"""What jobs print becomes clean lines, within limits; the log has a fixed size."""

from __future__ import annotations

from pathlib import Path

import pytest

from tftune.execution import printed
from tftune.execution.printed import JobOutput, Printer, clean


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain text", "plain text"),
        ("\x1b[1m\x1b[32mgreen\x1b[0m", "green"),
        ("\x1b]0;a title\x07after", "after"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("bell\x07 null\x00 \x9b31mcsi", "bell null 31mcsi"),
        ("1/3\r2/3\r3/3 - loss: 0.5", "3/3 - loss: 0.5"),
        ("\b\b\b\b\r2/2 done   \r", "2/2 done"),
        ("a\tb", "a       b"),
        ("right\u202eleft", "rightleft"),
        ("Zürich 漢字 🙂", "Zürich 漢字 🙂"),
    ],
)
def test_what_moves_colours_or_rings_is_taken_out(raw: str, shown: str) -> None:
    assert clean(raw) == shown


def test_lines_come_whole_and_in_order_however_they_are_cut() -> None:
    output = JobOutput(None)
    text = "eins\nzwei ä\n\ndrei".encode()
    shown = [line for byte in text for line in output.feed(bytes([byte]))]
    assert shown + output.end() == ["eins", "zwei ä", "", "drei"]
    assert not output.cut


def test_tensorflows_own_chatter_is_left_out_unless_wanted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chatter = (
        b"WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n"
        b"I0000 00:00:1795828256.751517   23360 cudart_stub.cc:31] Could not find cuda drivers\n"
        b"2026-11-03 10:00:00.123456: I tensorflow/core/platform/cpu_feature_guard.cc:210] This\n"
        b"To enable the following instructions: AVX2 FMA, in other operations, rebuild TensorFlow\n"
        b"WARNING:tensorflow:5 out of the last 9 calls to <f> triggered tf.function retracing. T\n"
    )
    own = b"I0103 10:00:00.123456 4711 train.py:7] mine\nF0000 00:00:1.5 1 a.cc:1] fatal\n"
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)
    shown = Printer().output_of_job(None).feed(chatter + own)
    assert [line[:5] for line in shown] == ["I0103", "F0000"]
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    assert len(Printer().output_of_job(None).feed(chatter + own)) == 7


def test_a_job_that_prints_without_end_is_cut_and_its_log_has_both_ends(tmp_path: Path) -> None:
    shown: list[str] = []
    printer = Printer()
    printer.listener = lambda key, line: shown.append(line)
    output = printer.output_of_job(tmp_path / "a.log")
    block = b"".join(b"line %07d\n" % number for number in range(2**14))
    for _ in range(50):  # 10 MB
        printer.show("a", output.feed(block))
    printer.show("a", output.feed(b"the last line"))
    assert output.last_words(100).endswith("the last line")
    printer.end("a", output, failed=False)
    assert len(shown) == printed.LINES + 1 and shown[0] == "line 0000000"
    assert shown[-1] == (
        f"... it printed more than is shown; its beginning and end are in {tmp_path / 'a.log'}."
    )
    log = (tmp_path / "a.log").read_bytes()
    assert 2 * printed.LOG_HALF < len(log) < 2 * printed.LOG_HALF + 100
    assert log.startswith(b"line 0000000\n") and log.endswith(b"the last line")
    assert b" bytes ...\n" in log


def test_a_line_without_end_is_cut_and_a_progress_bar_is_not() -> None:
    output = JobOutput(None)
    shown = [line for _ in range(100) for line in output.feed(b"x" * 1000)]
    assert len(shown) == 1 and shown[0] == "x" * printed.LINE_LENGTH + " ..." and output.cut
    assert output.feed(b"x\nnext\n") == ["next"]
    bar = JobOutput(None)
    for step in range(2000):
        assert bar.feed(b"\b" * 40 + b"\r%4d/2000 - loss: 0.5" % step) == []
    assert bar.feed(b"\n") == ["1999/2000 - loss: 0.5"] and not bar.cut


def test_all_jobs_together_have_a_limit_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printed, "LINES_IN_ALL", 5)
    shown: list[tuple[str, str]] = []
    printer = Printer()
    printer.listener = lambda key, line: shown.append((key, line))
    for key in "abcd":
        printer.show(key, ["one", "two"])
    assert shown[:5] == [("a", "one"), ("a", "two"), ("b", "one"), ("b", "two"), ("c", "one")]
    assert shown[5:] == [("c", "... 5 lines were shown; no more are, of any trial.")]


def test_logs_stay_for_failures_only_and_get_short_when_there_are_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody listens, as with verbose=0."""
    monkeypatch.setattr(printed, "LOGS_IN_ALL", 2**18)
    printer = Printer()
    for number in range(3):
        for failed in (True, False):
            output = printer.output_of_job(tmp_path / f"{number}-{failed}.log")
            output.feed(b"x" * 2**20)
            printer.end("a", output, failed)
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert set(sizes) == {"0-True.log", "1-True.log", "2-True.log"}
    assert sizes["0-True.log"] > 2**19 and sizes["2-True.log"] < 2**14


def test_a_disk_that_is_full_costs_only_the_log(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a file, where a folder should be")
    output = JobOutput(tmp_path / "a" / "b.log")
    assert output.feed(b"hello\n") == ["hello"]
    output.close(keep=True)
