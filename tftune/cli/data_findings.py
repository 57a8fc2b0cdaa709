"""What deserves attention in data, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

WHAT = {"sequences": "sequences", "pictures": "pictures", "rows": "inputs"}
_LEAK = 0.01  # of the rows of a split, beyond which a score is called too good
_IMBALANCED = 3.0  # times as many rows


def findings(found: Mapping[str, Any]) -> list[str]:
    """Returns what deserves attention, in sentences; a single one if nothing does.

    Args:
        found: As `tftune.datasets.data_check.check` returns it.
    """
    what = WHAT[found["kind"]]
    told = _leaks(found, what)
    repeated = found["exact"]["rows"]
    if repeated:
        told.append(
            f"{repeated:,} of {sum(found['rows'].values()):,} rows "
            f"{'repeats' if repeated == 1 else 'repeat'} an earlier one; "
            f"{some(found['inputs'], what)} {'differs' if found['inputs'] == 1 else 'differ'}."
        )
    near = found["near"]
    if near and near["pairs"]:
        means = "one edit apart" if found["kind"] == "sequences" else "nearly equal to look at"
        told.append(f"{_pairs(near['pairs'])} of different {what} {_are(near['pairs'])} {means}.")
    told += _contradictions(found, what) + _balance(found)
    if near is None:
        told.append("Near duplicates are not looked for among rows of numbers.")
    told += found["remarks"]
    return told or [_nothing(found, what)]


def _nothing(found: Mapping[str, Any], what: str) -> str:
    """Returns what was looked for, where nothing was found."""
    told = f"Nothing was found: no equal or nearly equal {what}, no contradicting labels"
    return (
        f"{told}, no class more than {_IMBALANCED:g} times as large as another."
        if found["classes"]
        else f"{told}."
    )


def _leaks(found: Mapping[str, Any], what: str) -> list[str]:
    told = []
    for split in ("test", "validation"):
        equal = found["exact"]["across"].get(split, {}).get("train", 0.0)
        near = ((found["near"] or {}).get("across") or {}).get(split, {}).get("train", 0.0)
        many = ", so a score on them is too good" if max(near, equal) > _LEAK else ""
        if near > equal:
            told.append(
                f"Leak: {percent(near)} of the {split} rows are equal or nearly equal to a "
                f"training row ({percent(equal)} are equal){many}."
            )
        elif equal:
            told.append(
                f"Leak: {percent(equal)} of the {split} rows stand in the training split{many}."
            )
    splits = found.get("splits")
    if splits:
        told += _split_leaks(splits)
    return told


def _split_leaks(splits: Mapping[str, Any]) -> list[str]:
    rates = [
        f"{kind} {percent(one['leak_rate'])} and {percent(one['leak_rate_within_3'])}"
        for kind, one in splits.items()
        if one["leak_rate"] is not None
    ]
    none = [kind for kind, one in splits.items() if one["leak_rate"] is None]
    told = []
    if none:
        told.append(f"Too few sequences for --split {' and '.join(none)}: no row is left to test.")
    if rates:
        told.append(
            "Test rows that stand in the training split, and that are within 3 edits of a training "
            f"sequence, by kind of split: {'; '.join(rates)}."
        )
    return told


def _contradictions(found: Mapping[str, Any], what: str) -> list[str]:
    clashes, limits = found["contradictions"], found["ceiling"]
    told = []
    if clashes["inputs"]:
        most = [
            f"{name} {limits[key]:.3f}"
            for key, name in (("auc", "AUC"), ("accuracy", "accuracy"), ("r2", "R2"))
            if limits and limits.get(key) is not None
        ]
        bounds = [f"exceed {' or '.join(most)}"] if most else []
        if limits and limits.get("log_loss") is not None:
            bounds.append(f"have a log loss below {limits['log_loss']:.3f}")
        told.append(
            f"{some(clashes['inputs'], what)} in {clashes['rows']:,} rows "
            f"{'carries' if clashes['inputs'] == 1 else 'carry'} different labels"
            + (f": no model can {', or '.join(bounds)}." if bounds else ".")
        )
    if clashes["near_pairs"]:
        told.append(
            f"{_pairs(clashes['near_pairs'])} of nearly equal {what} "
            f"{'carries' if clashes['near_pairs'] == 1 else 'carry'} different labels."
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


def _pairs(count: int) -> str:
    return some(count, "pairs")


def some(count: int, what: str) -> str:
    """Returns a number of things.

    Example:
        >>> some(1, "pairs"), some(2000, "pairs")
        ('1 pair', '2,000 pairs')
    """
    return f"{count:,} {what.removesuffix('s') if count == 1 else what}"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def percent(share: float) -> str:
    """Returns a share in percent; what is little is not nothing.

    Example:
        >>> percent(0.4567), percent(0.0), percent(0.0004)
        ('45.7 %', '0 %', '0.04 %')
    """
    if not share:
        return "0 %"
    return f"{100 * share:.1f} %" if share >= 0.001 else f"{100 * share:.1g} %"
