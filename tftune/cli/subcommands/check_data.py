"""`tftune check-data SOURCE`: what is wrong with data before a search is run on them."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from tftune.cli.command import Subcommand
from tftune.cli.converters import integer, one_of, source
from tftune.cli.terminal import print_document

_KINDS = ("sequences", "pictures", "rows")
_MOST_CLASSES = 20  # of a table
_LONGEST = 60  # characters of a name
_LEAK = 0.01  # of the rows of a split, beyond which a score is called too good
_IMBALANCED = 3.0  # times as many rows
_WHAT = {"sequences": "sequences", "pictures": "pictures", "rows": "inputs"}


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
        help="of the splits of sequences that are compared (default: 0)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON document to stdout")


def _run(options: argparse.Namespace) -> int:
    from tftune.datasets.checkable import read
    from tftune.datasets.data_check import check
    from tftune.datasets.split_check import split_check

    data = read(options.source, options.kind, options.data_dir)
    found = check(data)
    if data.kind == "sequences" and len(data.splits) == 1 and len(data.classes) == 2:
        found["splits"] = split_check(data, options.seed)
    found["findings"] = findings(found)
    if options.json:
        print_document(found)
    else:
        print(text_of(found))
    return 0


def findings(found: Mapping[str, Any]) -> list[str]:
    """Returns what deserves attention, in sentences; a single one if nothing does.

    Args:
        found: As `tftune.datasets.data_check.check` returns it.
    """
    what = _WHAT[found["kind"]]
    told = _leaks(found, what)
    if found["exact"]["rows"]:
        told.append(
            f"{found['exact']['rows']:,} of {sum(found['rows'].values()):,} rows repeat an earlier "
            f"one; {found['inputs']:,} {what} differ."
        )
    near = found["near"]
    if near and near["pairs"]:
        means = "one edit apart" if found["kind"] == "sequences" else "nearly equal to look at"
        told.append(f"{near['pairs']:,} pairs of different {what} are {means}.")
    told += _contradictions(found, what) + _balance(found)
    if near is None:
        told.append("Near duplicates are not looked for among rows of numbers.")
    told += found["remarks"]
    return told or ["Nothing is wrong that can be seen from here."]


def _leaks(found: Mapping[str, Any], what: str) -> list[str]:
    told = []
    for split in ("test", "validation"):
        equal = found["exact"]["across"].get(split, {}).get("train", 0.0)
        near = ((found["near"] or {}).get("across") or {}).get(split, {}).get("train", 0.0)
        many = ", so a score on them is too good" if max(near, equal) > _LEAK else ""
        if near > equal:
            told.append(
                f"Leak: {_percent(near)} of the {split} rows equal or nearly equal a training row "
                f"({_percent(equal)} are equal){many}."
            )
        elif equal:
            told.append(
                f"Leak: {_percent(equal)} of the {split} rows stand in the training split{many}."
            )
    splits = found.get("splits")
    if splits:
        rates = [
            f"{kind} {_percent(one['leak_rate'])} and {_percent(one['leak_rate_within_3'])}"
            for kind, one in splits.items()
        ]
        told.append(
            "Test rows that stand in the training split, and those within 3 edits of a training "
            f"sequence, by kind of split: {'; '.join(rates)}."
        )
    return told


def _contradictions(found: Mapping[str, Any], what: str) -> list[str]:
    clashes, limits = found["contradictions"], found["ceiling"]
    told = []
    if clashes["inputs"]:
        bounds = [
            f"{name} {limits[key]:.3f}"
            for key, name in (("auc", "AUC"), ("accuracy", "accuracy"), ("r2", "R2"))
            if limits and limits.get(key) is not None
        ]
        if limits and limits.get("log_loss") is not None:
            bounds.append(f"log-loss {limits['log_loss']:.3f} (no lower)")
        told.append(
            f"{clashes['inputs']:,} {what} in {clashes['rows']:,} rows carry different labels: no "
            f"model can exceed {', '.join(bounds)}."
        )
    if clashes["near_pairs"]:
        told.append(
            f"{clashes['near_pairs']:,} pairs of nearly equal {what} carry different labels."
        )
    return told


def _balance(found: Mapping[str, Any]) -> list[str]:
    totals: dict[str, int] = {}
    for counts in found["classes"].values():
        for name, count in counts.items():
            totals[name] = totals.get(name, 0) + count
    told = []
    if len(totals) > 1 and max(totals.values()) > _IMBALANCED * max(min(totals.values()), 1):
        most = max(totals, key=totals.__getitem__)
        told.append(
            f"The classes are out of balance: always answering {most!r} has accuracy "
            f"{found['majority']:.3f}."
        )
    for split, counts in found["classes"].items():
        missing = [name for name, count in counts.items() if not count]
        if missing:
            told.append(f"{split} has no rows of {', '.join(missing[:5])}.")
    return told


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
    parts = [f"{one_line(found['source'], 200)}: {rows} rows of {_WHAT[found['kind']]}"]
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
    return f"{count:,} ({_percent(count / max(found['rows'][split], 1))})"


def _across_table(found: Mapping[str, Any]) -> str:
    from tftune.reports.text_table import Column, aligned_table

    across, near = found["exact"]["across"], (found["near"] or {}).get("across", {})
    rows = [
        [
            f"{split} in {other}",
            _percent(share),
            _percent(near[split][other]) if near else "not looked for",
        ]
        for split, others in across.items()
        for other, share in others.items()
    ]
    columns = (Column("rows of", left=True), Column("equal"), Column("equal or nearly"))
    return "Twins between the splits\n" + aligned_table(columns, rows) if rows else ""


def _split_table(found: Mapping[str, Any]) -> str:
    from tftune.reports.text_table import Column, aligned_table

    splits = found.get("splits")
    if not splits:
        return ""
    columns = (
        Column("split", left=True),
        *(Column(name) for name in ("train", "validation", "test", "second class, test")),
        *(Column(name) for name in ("equal", "within 1 edit", "within 3 edits")),
    )
    rows = [
        [
            kind,
            *(f"{count:,}" for count in one["rows"].values()),
            *(
                "-" if share is None else _percent(share)
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
        + f"\nThere are {clusters['clusters']:,} clusters, of sequences that steps of 3 edits "
        f"connect; the largest has {clusters['largest_cluster']:,} rows."
    )


def _examples(found: Mapping[str, Any]) -> str:
    from tftune.support.texts import one_line

    parts = []
    for key, title in (("exact", "Equal"), ("near", "Nearly equal")):
        pairs = (found[key] or {}).get("examples") or []
        lines = [
            "  " + " = ".join(one_line(str(name), _LONGEST) for name in pair) for pair in pairs
        ]
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


def _percent(share: float) -> str:
    """Returns a share in percent; what is little is not nothing.

    Example:
        >>> _percent(0.4567), _percent(0.0), _percent(0.0004)
        ('45.7 %', '0 %', '0.04 %')
    """
    if not share:
        return "0 %"
    return f"{100 * share:.1f} %" if share >= 0.001 else f"{100 * share:.1g} %"


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
