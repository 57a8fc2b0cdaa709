"""`tftune predict RUN FILE...`: what the best model of a run says of files or sequences.

What the words after RUN are depends on the run's task: images and folders of images for beans and
mnist, sequences and files of them for hemolysis, arrays of any other search. A row that cannot be
answered is told, and the others are answered.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from tftune.cli.command import Subcommand
from tftune.cli.converters import integer, source
from tftune.cli.runs import folder_of
from tftune.cli.terminal import tell
from tftune.datasets.unlabelled import STDIN, Reader, Row, chunks
from tftune.errors import DataError
from tftune.support import limits
from tftune.support.registry import Registry
from tftune.support.texts import one_line, printable, shown

READERS = Registry(
    "reader",
    {
        "beans": (
            ".unlabelled_images:image_rows",
            "image files, folders and .zip archives of them",
        ),
        "hemolysis": (
            ".unlabelled_peptides:sequence_rows",
            "sequences, FASTA files, tables, lists",
        ),
        "mnist": (
            ".unlabelled_digits:digit_rows",
            "images, folders, .zip archives; .npy and .npz files",
        ),
        "arrays": (".unlabelled:array_rows", ".npy and .npz files"),
    },
    package="tftune.datasets",
)
REFUSED_EXIT_CODE = 2
MOST_NAMED = 100  # inputs that are refused, on stderr
LONGEST_CELL = 60  # characters of an input in the table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the arguments."""
    readers = "; ".join(f"{name}: {READERS.summary(name)}" for name in list(READERS)[:-1])
    parser.add_argument(
        "run", metavar="RUN", type=source, help="a run folder, or its name in runs/"
    )
    parser.add_argument(
        "inputs",
        metavar="FILE",
        nargs="+",
        help=f"{readers}; other searches: {READERS.summary('arrays')}; - is the standard input",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON document on stdout")
    form.add_argument("--csv", action="store_true", help="CSV on stdout, a column a class")
    parser.add_argument(
        "--top",
        metavar="N",
        type=integer(1),
        default=1,
        help="show the N most probable classes (default: 1; --json and --csv have all)",
    )
    parser.description = (
        f"{parser.description}\n\nA row an input: input, class, probability of that class. An "
        "input that cannot be\nanswered is named on stderr with the reason (with --json and --csv "
        "also in an\nentry with `error`), and the others are answered; the exit code is then 2."
    )


def run(options: argparse.Namespace) -> int:
    """Answers the inputs and returns the exit code."""
    from tftune.cli.predictor import Predictor

    folder = folder_of(options.run)
    predictor = Predictor(folder)
    stdin = _standard_input() if STDIN in options.inputs else b""
    task = str(predictor.task)
    reader: Reader = READERS[task if task in READERS else "arrays"]
    rows = reader(options.inputs, predictor.shape, stdin)
    entries, refused = [], 0
    for entry in progressing(_entries(predictor, rows.rows), rows.count):
        if "error" in entry:
            refused += 1
            if refused <= MOST_NAMED:
                tell(f"refused: {printable(entry['input'], 400)}: {printable(entry['error'], 400)}")
        entries.append(entry)
    if refused > MOST_NAMED:
        tell(f"refused: {refused - MOST_NAMED:,} more; with --json or --csv each has its reason")
    if options.json:
        _print_json(
            {"run": str(folder.path), "trial_id": predictor.trial_id, "predictions": entries}
        )
    elif options.csv:
        _print_csv(entries)
    else:
        _print_table(entries, options.top)
    return REFUSED_EXIT_CODE if refused else 0


def _standard_input() -> bytes:
    """Returns what the standard input holds, which may never end.

    Raises:
        DataError: If it is more than is read.
    """
    if sys.stdin is None:  # closed
        return b""
    content = sys.stdin.buffer.read(limits.IMAGE.most() + 1)
    try:
        limits.IMAGE.check(len(content))
    except DataError as error:
        raise DataError(f"Cannot read the standard input: {error}. Pass a file.") from error
    return content


def _entries(predictor: Any, rows: Iterator[Row]) -> Iterator[dict[str, Any]]:
    from tftune.cli.predictor import chunk_size

    for chunk in chunks(rows, chunk_size(predictor.shape)):
        good = [row for row in chunk if row.refused is None]
        answers = iter(predictor.answers([row.value for row in good]) if good else ())
        for row in chunk:
            entry: dict[str, Any] = {"input": row.name, **row.facts}
            if row.refused is not None:
                yield entry | {"error": row.refused}
                continue
            yield entry | _told(next(answers))


def _told(answer: Any) -> dict[str, Any]:
    if answer.probabilities is None:
        return {"output": answer.output}
    if answer.top_class is None or any(value != value for value in answer.probabilities.values()):
        return {"error": "the model has no answer: its output is not a number"}
    return {
        "class": answer.top_class,
        "probability": answer.probabilities[answer.top_class],
        "probabilities": answer.probabilities,
    }


def progressing(entries: Iterator[dict[str, Any]], count: int) -> Iterator[dict[str, Any]]:
    """Yields entries, with a bar on stderr where that is a terminal."""
    if not sys.stderr.isatty() or count < 2:
        yield from entries
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    with Progress(
        BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console, transient=True
    ) as bar:
        yield from bar.track(entries, total=count)


def _print_json(document: dict[str, Any]) -> None:
    text = json.dumps(document, indent=2, ensure_ascii=False)
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(document, indent=2)
    print(text)


def _print_csv(entries: Sequence[dict[str, Any]]) -> None:
    classes = next((list(each["probabilities"]) for each in entries if "probabilities" in each), [])
    width = max((len(each["output"]) for each in entries if "output" in each), default=0)
    facts = [key for key in ("sequence",) if any(key in entry for entry in entries)]
    outputs = [f"output_{number}" for number in range(width)]
    named = ["class", "probability", *map(_column, classes)] if classes else []
    columns = ["input", *facts, *named, *outputs, "error"]
    writer = csv.DictWriter(sys.stdout, columns, restval="", lineterminator="\n")
    writer.writeheader()
    for entry in entries:
        flat = {key: printable(str(value)) for key, value in entry.items() if key in columns}
        flat |= {_column(name): value for name, value in entry.get("probabilities", {}).items()}
        flat |= dict(zip(outputs, entry.get("output", ()), strict=False))
        writer.writerow(flat)


def _column(name: str) -> str:
    return f"probability_{printable(name)}"


def _print_table(entries: Sequence[dict[str, Any]], top: int) -> None:
    answered = [entry for entry in entries if "error" not in entry]
    if not answered:
        return
    lines = [["input", "class", "probability"]] if "class" in answered[0] else [["input", "output"]]
    for entry in answered:
        name = one_line(entry["input"], LONGEST_CELL)
        if "output" in entry:
            lines.append([name, shown(entry["output"])])
            continue
        ranked = sorted(entry["probabilities"].items(), key=lambda pair: -pair[1])
        ranked.sort(key=lambda pair: pair[0] != entry["class"])  # the class that is taken first
        cells = [[one_line(each, LONGEST_CELL), f"{value:.3f}"] for each, value in ranked[:top]]
        lines.append([name, *(cell for pair in cells for cell in pair)])
    columns = max(map(len, lines))
    lines[0] += ["class", "probability"] * ((columns - len(lines[0])) // 2)
    widths = [max(len(line[at]) for line in lines if at < len(line)) for at in range(columns)]
    for line in lines:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=False)).rstrip()
        )


COMMAND = Subcommand(
    add_arguments,
    run,
    (
        ("beans-auto leaf.jpg photographs/", "two classes of diseases, or healthy"),
        ("hemolysis-auto GLFDIVKKVVGALGSL peptides.fasta", "a sequence, and those of a file"),
        ("digits x_new.npy --csv", "a search of your own: an array, a row an input"),
    ),
)
