"""Records: one JSON object a line, with a checksum as the last key (see `tftune.journal.chain`).

Kinds: header, session, propose, start, continue, epoch, retry, note, space, end, tell, memo,
confirm, repeat, repeated, confirmed, finishing, finishing_training, finishing_trained, finished,
test, evaluation, references, nested, finish.
Who reads a line sees it in today's form. Version 0.1 called a trial's id `trial`, the best epoch of
an end `epoch`, and the setting `executions_per_trial` `executions`; nothing else has changed.

Example:
    >>> metrics = {"loss": float("nan")}
    >>> line = encode({"kind": "epoch", "trial_id": "0000", "epoch": 1, "metrics": metrics})
    >>> line.endswith(b'"}')
    True
    >>> decode(line)["metrics"]["loss"]
    nan
    >>> upgraded({"kind": "end", "trial": "0000", "epoch": 3, "score": 0.5})
    {'kind': 'end', 'trial_id': '0000', 'best_epoch': 3, 'score': 0.5}
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

from tftune.journal.chain import Chain

Record = dict[str, Any]

_NON_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
# one encoder: `json.dumps` makes one a call
_dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
_RENAMED = {"trial": "trial_id"}
_RENAMED_IN = {"end": {**_RENAMED, "epoch": "best_epoch"}}
_RENAMED_TRAINING = {"executions": "executions_per_trial"}


def encode(record: Record, chain: Chain | None = None) -> bytes:
    """Returns a record as one line without the line break; non-finite floats become strings.

    Args:
        record: The record.
        chain: Where the line stands; it moves behind it. None is a first line.
    """
    try:
        body = _dumps(record)
    except (
        TypeError,
        ValueError,
    ):  # a NumPy scalar or a float that is not finite: seldom, and looking for them is slow
        body = _dumps(_plain(record))
    # a name that is no text has halves of surrogates: JSON escapes them in this very way
    return (chain or Chain()).sealed(body.encode("utf-8", "backslashreplace"))


def encode_all(records: Iterable[Record]) -> bytes:
    """Returns the content of a whole journal.

    Example:
        >>> encode_all([{"kind": "session"}, {"kind": "memo"}]).count(b"chain")
        2
    """
    chain = Chain()
    return b"".join(encode(record, chain) + b"\n" for record in records)


def decode(line: str | bytes) -> Record:
    """Returns the record of a journal's first line.

    Args:
        line: The line without its line break.

    Raises:
        ValueError: If the line is torn or its checksum is wrong.
    """
    return parse(Chain().text_of(line if isinstance(line, bytes) else line.encode()))


def parse(text: bytes) -> Record:
    """Returns the record of a line whose checksum was checked and removed.

    Raises:
        ValueError, KeyError, TypeError, AttributeError, RecursionError: If it is no record.
    """
    record: Record = upgraded(json.loads(text))
    if record["kind"] in ("epoch", "end", "repeated", "test"):
        metrics = record["metrics"]
        if any(isinstance(value, str) for value in metrics.values()):
            record["metrics"] = {name: decode_number(value) for name, value in metrics.items()}
    return record


def _plain(value: Any) -> Any:
    """Makes a value fit for strict JSON: NumPy scalars become Python's, non-finite floats become
    strings.
    """
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "item") and not isinstance(value, str | bytes):
        value = value.item()
    return encode_number(value) if isinstance(value, float) else value


def encode_number(value: float | None) -> float | str | None:
    """Returns a number as strict JSON can hold it: `"nan"`, `"inf"` and `"-inf"` are strings."""
    if value is None or math.isfinite(value):
        return value
    return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"


def decode_number(value: Any) -> Any:
    """The reverse of `encode_number`; other values stay as they are.

    Example:
        >>> decode_number(encode_number(float("-inf"))), decode_number("tanh")
        (-inf, 'tanh')
    """
    return _NON_FINITE.get(value, value) if isinstance(value, str) else value


def upgraded(record: Record) -> Record:
    """Returns a record in today's form, in the order of its keys; today's own as it is."""
    names = _RENAMED_IN.get(record["kind"], _RENAMED)
    if not names.keys().isdisjoint(record):
        record = _renamed(record, names)
    if record["kind"] == "header" and "training" in record:
        record = {**record, "training": _renamed(record["training"], _RENAMED_TRAINING)}
    return record


def _renamed(record: Record, names: dict[str, str]) -> Record:
    return {names.get(key, key): value for key, value in record.items()}
