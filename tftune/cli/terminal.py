"""How a program speaks to its terminal: results to stdout, all else to stderr, and two signals.

Example:
    >>> facts = {"source": "sample", "train": 90, "validation": 30, "test": 30, "leak_rate": 0.1}
    >>> for line in data_line(facts).split("; "):
    ...     print(line)
    data: sample, 90 train, 30 validation and 30 test rows
    leak rate 10.0 % (test rows that stand in train, too)
"""

from __future__ import annotations

import contextlib
import json
import signal
import sys
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tftune.errors import LONGEST
from tftune.journal.run_folder import RunFolder
from tftune.support.texts import command_line, printable, quoted


def data_line(data: Mapping[str, Any]) -> str:
    """Returns the line that says what the search is run on, and how far the test score can be
    trusted.
    """
    line = (
        f"data: {data['source']}, {data['train']} train, {data['validation']} validation and "
        f"{data['test']} test rows"
    )
    split = f", {data['split']} split" if "split" in data else ""
    if "leak_rate" not in data:
        return line + split
    line += (
        f"{split}; leak rate {100 * data['leak_rate']:.1f} % (test rows that stand in train, too)"
    )
    near = data.get("near_leak_rate")
    if near is not None and near > data["leak_rate"]:
        what = "within 1 edit of a training row" if "sequences" in data else "or nearly so"
        line += f", {100 * near:.1f} % {what}"
    return line + (
        "\nWith this leak the test score is too good. --split grouped has none."
        if split and data["leak_rate"] > 0.01
        else ""
    )


def print_results(state: Any, folder: RunFolder) -> None:
    """Prints the best trials, the test metrics with their intervals, and where the files are."""
    from tftune.cli.saved_model import loading_words
    from tftune.reports.confirmation import sentences
    from tftune.reports.distance_table import distance_text
    from tftune.reports.finish import finish_text
    from tftune.reports.nested import sentences as of_nested
    from tftune.reports.references_text import references_text
    from tftune.reports.tables import print_best_trials

    print_best_trials(state)
    evaluation = state.evaluation()
    files = [
        (folder.summary, "the result"),
        (folder.trials_csv, "every trial, a row each"),
        *([(folder.report, "open it in a browser")] if folder.report.exists() else []),
        (folder.best_model, loading_words(folder.best_model)),
        (folder.tensorboard, command_line(_tensorboard(folder.tensorboard))),
    ]
    blocks = [
        "\n".join(sentences(state)),
        finish_text(state),
        "\n".join(_scores(state)),
        distance_text(evaluation["report"]) if evaluation else "",
        references_text(state),
        "\n".join(of_nested(state)),
        "Files:\n" + aligned([(quoted(str(path)), text) for path, text in files]),
    ]
    print("\n" + "\n\n".join(block for block in blocks if block))


def _scores(state: Any) -> list[str]:
    """Returns a line for the best score and one for the test metrics, where there are any."""
    from tftune.reports.analysis.worth import best_words
    from tftune.reports.summary import test_intervals
    from tftune.reports.tables import format_value

    told = []
    if best := best_words(state):
        told.append(f"Validation split, trial {state.best().trial_id}: {best}")
    if state.test:
        intervals = test_intervals(state)
        metrics = "  ".join(
            f"{name} {format_value(value)}{_ends(intervals.get(name))}"
            for name, value in state.test["metrics"].items()
        )
        whose = "the finished model of trial" if state.test.get("finished") else "trial"
        told.append(f"Test split, {whose} {state.test['trial_id']}: {metrics}")
    return told


def _ends(interval: Sequence[float] | None) -> str:
    """Returns an interval in few words.

    Example:
        >>> _ends([0.8123, 0.9]), _ends(None)
        (' (0.812 to 0.9)', '')
    """
    return "" if interval is None else f" ({interval[0]:.3g} to {interval[1]:.3g})"


def _tensorboard(path: Path) -> list[str]:
    """Returns the words of the command that shows a folder; a name such as `-x` is no option."""
    shown = f"./{path}" if str(path).startswith("-") else str(path)
    return ["tensorboard", "--logdir", shown, "--host", "127.0.0.1"]


def print_json(path: Path) -> None:
    """Prints a JSON document to stdout; beyond ASCII as it is, where the encoding allows."""
    _write_json(path.read_text(encoding="utf-8"))


def print_document(content: Any) -> None:
    """Prints plain values to stdout as one JSON document; a number that is not finite is null."""
    from tftune.reports.summary import json_ready, to_json

    _write_json(to_json(json_ready(content)))


def _write_json(text: str) -> None:
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(json.loads(text), indent=2) + "\n"
    sys.stdout.write(text)


def aligned(rows: Sequence[tuple[str, str]]) -> str:
    """Returns two columns as text."""
    width = max((len(left) for left, _ in rows), default=0)
    return "\n".join(f"  {left.ljust(width)}  {right}" for left, right in rows)


def tell(message: str) -> None:
    """Prints a message that is no result."""
    print(printable(message), file=sys.stderr)


@contextlib.contextmanager
def short_warnings() -> Iterator[None]:
    """Shows a warning as one line; where in our code it was raised helps no user."""
    before = warnings.formatwarning
    warnings.formatwarning = lambda message, *_, **__: (
        f"warning: {printable(str(message), LONGEST)}\n"
    )
    try:
        yield
    finally:
        warnings.formatwarning = before


@contextlib.contextmanager
def sigterm_as_ctrl_c() -> Iterator[None]:
    """Lets SIGTERM end the program as Ctrl-C does, also before and after the search."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Python lets only the main thread handle signals
        return

    def handle(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
