"""What the fields of records are, for who reads a journal that somebody may have made by hand: its
checksums may be right and its contents nonsense.

Example:
    >>> check_fields([{"kind": "test", "trial_id": "0000", "metrics": [0.5]}])
    Traceback (most recent call last):
    TypeError: field 'metrics' of a record 'test' is a list
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from tftune.journal.records import Record
from tftune.journal.status import TrialStatus
from tftune.support import limits
from tftune.support.texts import shown

_NUMBER, _NONE = (int, float), type(None)
_ENDED: dict[str, Any] = {  # how a training ended
    "status": str,
    "score": (*_NUMBER, _NONE),
    "best_epoch": (int, _NONE),
    "metrics": dict,
    "message": (str, _NONE),
    "seconds": (*_NUMBER, _NONE),
}
_FIELDS: dict[str, dict[str, Any]] = {
    "session": {"time": _NUMBER},
    "start": {
        "trial_id": str,
        "number": int,
        "values": dict,
        "first_epoch": int,
        "last_epoch": (int, _NONE),
        "parent": (str, _NONE),
        "attempt": int,
        "time": _NUMBER,
    },
    "continue": {"trial_id": str, "epoch": int},
    "epoch": {"trial_id": str, "epoch": int, "metrics": dict},
    "end": {"trial_id": str, **_ENDED, "parameters": (int, _NONE)},
    "test": {"trial_id": str, "metrics": dict},
    "confirm": {"rounds": list, "trainings": int},
    "repeat": {"trial_id": str, "round": int},
    "repeated": {"trial_id": str, "round": int, **_ENDED},
    "confirmed": {
        "trial_id": str,
        "search_best": str,
        "rounds": list,
        "score": _NUMBER,
        "repeated": _NUMBER,
        "level": _NUMBER,
        "low": (*_NUMBER, _NONE),
        "high": (*_NUMBER, _NONE),
        "luck": _NUMBER,
        "trainings": int,
        "cut": str,
        "contenders": list,
    },
    "finishing": {"share": _NUMBER, "trials": int, "budget": _NUMBER, "plan": dict},
    "finishing_training": {"key": str},
    "finishing_trained": {
        "key": str,
        "status": str,
        "seconds": (*_NUMBER, _NONE),
        "message": (str, _NONE),
    },
    "finished": {
        "trial_id": str,
        "share": _NUMBER,
        "budget": _NUMBER,
        "seconds": _NUMBER,
        "epochs": int,
        "measure": (str, _NONE),
        "steps": list,
        "members": list,
    },
    "references": {"split": str, "models": list, "notes": list},
    "nested": {"folds": int, "results": list},
}
_HEADER: dict[str, Any] = {  # an older one may lack some
    "task": str,
    "search": str,
    "seed": int,
    "space": dict,
    "objective": dict,
    "scheduler": str,
    "lag": int,
    "chosen": (str, _NONE),
    **dict.fromkeys(("options", "scheduler_options", "training", "versions"), dict),
    **dict.fromkeys(("data", "fit", "model", "origin"), (dict, _NONE)),
}
_IDS = ("trial_id", "parent", "search_best", "key", "checkpoint")  # name files
_ID = re.compile(r"[^\x00-\x1f\x7f/\\]{1,200}")
_LARGEST = 2**63
_MEASURED = ("epoch", "end", "repeated", "test")  # kinds of records with metrics


def check_fields(records: Iterable[Record]) -> None:
    """Checks the records that a state is folded from.

    Raises:
        TypeError: If a field has another type.
        KeyError: If one is missing.
        ValueError: If a trial ended in a way that there is not.
    """
    for record in records:
        kind = record["kind"]
        for name, types in _FIELDS.get(kind, {}).items() if isinstance(kind, str) else ():
            if not isinstance(record[name], types):
                what = type(record[name]).__name__
                raise TypeError(f"field {name!r} of a record {kind!r} is a {what}")
        for value in record["metrics"].values() if kind in _MEASURED else ():
            if not isinstance(value, _NUMBER):
                raise TypeError(f"a metric of a record {kind!r} is a {type(value).__name__}")
        if kind in ("end", "repeated", "finishing_trained"):
            TrialStatus(record["status"])
        if kind in ("start", "propose") and not isinstance(record.get("reason"), str | None):
            raise TypeError(f"the reason of a record {kind!r} is no text")
        if not isinstance(record.get("time", 0.0), _NUMBER):
            raise TypeError(f"the time of a record {kind!r} is no number")
        _check_names(record)
        if kind == "header":
            _check_header(record)
        for name, value in record["values"].items() if kind == "start" else ():
            if not isinstance(value, str | int | float | None):
                raise TypeError(f"value {shown(name)} of a trial is a {type(value).__name__}")


def _check_header(header: Record) -> None:
    for name, types in _HEADER.items():
        if name in header and not isinstance(header[name], types):
            raise TypeError(f"field {name!r} of the header is a {type(header[name]).__name__}")
    knobs = header.get("space", {}).get("knobs")
    if isinstance(knobs, list) and len(knobs) > (most := limits.COLUMNS.most()):
        raise ValueError(f"a space of {len(knobs):,} knobs, where at most {most:,} are read")


def _check_names(record: Record) -> None:
    """Checks what names files, and that whole numbers are such as other programs can hold."""
    for part in (record, *_members(record)):
        for name in _IDS:
            if isinstance(value := part.get(name), str) and not is_plain_name(value):
                raise ValueError(f"{name} of a record {shown(record['kind'])} is {shown(value)}")
    for name, value in record.items():
        if isinstance(value, int) and abs(value) >= _LARGEST:
            raise ValueError(f"{name} of a record {shown(record['kind'])} is out of range")


def _members(record: Record) -> Iterator[dict[str, Any]]:
    members = record.get("members")
    return (
        each for each in (members if isinstance(members, list) else ()) if isinstance(each, dict)
    )


def is_plain_name(text: str) -> bool:
    """Returns whether a text names a file in a folder, and none above or below it.

    Example:
        >>> is_plain_name("0003"), is_plain_name("../../x"), is_plain_name(".."), is_plain_name("")
        (True, False, False, False)
    """
    return _ID.fullmatch(text) is not None and text not in (".", "..")
