"""What the fields of records are, for who reads a journal that somebody may have made by hand: its
checksums may be right and its contents nonsense.

Example:
    >>> check_fields([{"kind": "test", "trial_id": "0000", "metrics": [0.5]}])
    Traceback (most recent call last):
    TypeError: field 'metrics' of a record 'test' is a list
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tftune.journal.records import Record
from tftune.journal.status import TrialStatus

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
        if not isinstance(record.get("time", 0.0), _NUMBER):
            raise TypeError(f"the time of a record {kind!r} is no number")
