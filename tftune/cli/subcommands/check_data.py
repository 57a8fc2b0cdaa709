"""`tftune check-data SOURCE`: what is wrong with data before a search is run on them."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from tftune.cli.command import Subcommand
from tftune.cli.converters import integer, one_of, source
from tftune.cli.data_findings import WHAT, findings, percent, some
from tftune.cli.terminal import print_document

_KINDS = ("sequences", "pictures", "rows")
_MOST_CLASSES = 20  # of a table
_LONGEST = 60  # characters of a name


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "source",
        metavar="SOURCE",
        type=source,
        help="peptides: download, sample, a folder of the two .npz files, a table or a FASTA file; "
        "pictures: tfds (the bean leaves), mnist, digits, a folder or .zip archive of CLASS/image "
        "or SPLIT/CLASS/image; arrays: an .npz file with x and y, or x_train, y_train, x_test and "
        "y_test",
    )
    parser.add_argument(
        "--kind",
        type=one_of(_KINDS, "kind"),
        help="what the arrays of an .npz file hold: sequences, pictures or rows (default: told by "
        "their shape)",
    )
    parser.add_argument(
        "--data-dir", metavar="DIR", type=source, help="where TFDS keeps its datasets, for tfds"
    )
    parser.add_argument(
        "--seed",
        type=integer(0, 2**31 - 1),
        default=0,
        metavar="S",
        help="of the splits of sequences that are compared, and of sample and digits (default: 0)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON document to stdout")


def _run(options: argparse.Namespace) -> int:
    from tftune.datasets.checkable import read
    from tftune.datasets.data_check import check
    from tftune.datasets.split_check import split_check

    data = read(options.source, options.kind, options.data_dir, options.seed)
    found = check(data)
    if data.kind == "sequences" and len(data.splits) == 1 and len(data.classes) == 2:
        found["splits"] = split_check(data, options.seed)
    found["findings"] = findings(found)
    if options.json:
        print_document(found)
    else:
        print(text_of(found))
    return 0


def text_of(found: Mapping[str, Any]) -> str:
    """Returns what was found as aligned text.

    Args:
        found: As `check` returns it, with `findings`.
    """
    from tftune.support.texts import one_line

    rows = ", ".join(
        f"{count:,}" if split == "all" else f"{count:,} {split}"
        for split, count in found["rows"].items()
    )
    noun = "row" if sum(found["rows"].values()) == 1 else "rows"
    parts = [f"{one_line(found['source'], 200)}: {rows} {noun} of {WHAT[found['kind']]}"]
    parts.append("\n".join(f"- {one_line(sentence, 400)}" for sentence in found["findings"]))
    parts += [_class_table(found), _across_table(found), _split_table(found), _examples(found)]
    return "\n\n".join(part for part in parts if part)


def _class_table(found: Mapping[str, Any]) -> str:
    from tftune.reports.text_table import Column, aligned_table
    from tftune.support.texts import one_line

    splits = list(found["classes"])
    if not splits:
        return ""
    names = list(found["classes"][splits[0]])
    columns = [Column("class", left=True), *(Column(split) for split in splits)]
    rows = [
        [one_line(name, _LONGEST), *(_counted(found, split, name) for split in splits)]
        for name in names[:_MOST_CLASSES]
    ]
    more = len(names) - _MOST_CLASSES
    tail = f"\nand {more} more classes" if more > 0 else ""
    return "Rows of each class\n" + aligned_table(columns, rows) + tail


def _counted(found: Mapping[str, Any], split: str, name: str) -> str:
    count = found["classes"][split][name]
    return f"{count:,} ({percent(count / max(found['rows'][split], 1))})"


def _across_table(found: Mapping[str, Any]) -> str:
    from tftune.reports.text_table import Column, aligned_table

    across, near = found["exact"]["across"], (found["near"] or {}).get("across", {})
    rows = [
        [
            f"{split} in {other}",
            percent(share),
            percent(near[split][other]) if near else "not looked for",
        ]
        for split, others in across.items()
        for other, share in others.items()
    ]
    columns = (Column("rows of", left=True), Column("equal"), Column("equal or nearly"))
    return "Twins between the splits\n" + aligned_table(columns, rows) if rows else ""


def _split_table(found: Mapping[str, Any]) -> str:
    from tftune.reports.text_table import Column, aligned_table
    from tftune.support.texts import one_line

    splits = found.get("splits")
    if not splits:
        return ""
    names = list(next(iter(found["classes"].values()), ()))
    second = one_line(names[1], _LONGEST) if len(names) == 2 else "second class"
    columns = (
        Column("split", left=True),
        *(Column(name) for name in ("train", "validation", "test", f"{second} in test")),
        *(Column(name) for name in ("equal", "within 1 edit", "within 3 edits")),
    )
    rows = [
        [
            kind,
            *(f"{count:,}" for count in one["rows"].values()),
            *(
                "-" if share is None else percent(share)
                for share in (
                    one["share"]["test"],
                    *(one[key] for key in ("leak_rate", "near_leak_rate", "leak_rate_within_3")),
                )
            ),
        ]
        for kind, one in splits.items()
    ]
    clusters = splits["clustered"]
    return (
        "Test rows with a training sequence that is near, by kind of split\n"
        + aligned_table(columns, rows)
        + f"\nThere {'is' if clusters['clusters'] == 1 else 'are'} "
        f"{some(clusters['clusters'], 'clusters')}, of sequences that steps of 3 edits connect; "
        f"the largest has {some(clusters['largest_cluster'], 'rows')}."
    )


def _examples(found: Mapping[str, Any]) -> str:
    from tftune.support.texts import one_line

    parts = []
    for key, title, sign in (("exact", "Equal", " = "), ("near", "Nearly equal", " ~ ")):
        pairs = (found[key] or {}).get("examples") or []
        lines = ["  " + sign.join(one_line(str(name), _LONGEST) for name in pair) for pair in pairs]
        parts += [f"{title}, such as\n" + "\n".join(lines)] if lines else []
    lines = [
        "  "
        + "; ".join(
            f"{one_line(label, 30)}: {one_line(name, _LONGEST)}" for label, name in one.items()
        )
        for one in found["contradictions"]["examples"]
    ]
    parts += ["Different labels, such as\n" + "\n".join(lines)] if lines else []
    return "\n\n".join(parts)


COMMAND = Subcommand(
    _add_arguments,
    _run,
    (
        ("photographs/", "a folder of pictures: CLASS/image or SPLIT/CLASS/image"),
        ("peptides.csv", "sequences with labels: what each kind of split would leak"),
        ("data.npz --json", "arrays x and y, or x_train, y_train, x_test, y_test; for a program"),
        ("tfds", "the bean leaves"),
    ),
)
