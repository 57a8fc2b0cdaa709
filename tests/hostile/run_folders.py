"""Hostile run folders: journals and what lies beside them."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tests.cli.subcommands.run_folders import played, write
from tests.hostile.archives import Member, archive, bomb, header, npy
from tests.hostile.npz_files import RunsCode
from tests.hostile.opened import Hostile
from tests.hostile.tables import ODD, fifo, link, sparse
from tests.reports.conftest import PlayedSearch
from tftune.journal.records import encode_all

SHOW = ("tftune", "show", "{}")
Change = Callable[[list[dict[str, Any]]], Sequence[dict[str, Any]]]
TRIAL, END = 2, 4  # places of the first start and its end


def _search(count: int = 2) -> PlayedSearch:
    return played(*np.linspace(0.5, 0.9, count).tolist(), task="own")


def _put(place: int, **fields: Any) -> Change:
    def change(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        records[place] = {**records[place], **fields}
        return records

    return change


def _renamed(name: str) -> Change:
    return lambda records: [
        {**each, "trial_id": name} if each.get("trial_id") == "0000" else each for each in records
    ]


def _deep(levels: int = 900) -> Any:
    found: Any = 1
    for _ in range(levels):
        found = [found]
    return found


def _epochs(count: int) -> Change:
    return lambda records: [
        *records,
        *(
            {"kind": "epoch", "trial_id": "0000", "epoch": number, "metrics": {}, "time": 2000.0}
            for number in range(count)
        ),
    ]


RECORDS: dict[str, Change] = {
    "id that leads away": _renamed("../../x"),
    "id that is a whole path": _renamed("/etc/passwd"),
    "id of nothing": _renamed(""),
    "id with escape sequences": _renamed("\x1b[2J\x1b]0;own\x07"),
    "id of a megabyte": _renamed("0" * 1_000_000),
    "parent that leads away": _put(TRIAL, parent="../../x"),
    "number beyond all numbers": _put(TRIAL, number=10**400),
    "number of 4,200 digits": _put(END, parameters=10**4200),
    "score that is a text": _put(END, score="best"),
    "score that is not a number": _put(END, score="nan"),
    "metrics that are a list": _put(END, metrics=[1]),
    "status that there is not": _put(END, status="\x1b[2Jwon"),
    "values that are a text": _put(TRIAL, values="units=4"),
    "deep values": _put(TRIAL, values={"units": _deep()}),
    "deep space": _put(0, space={"knobs": _deep()}),
    "space of a million knobs": lambda records: [
        {**records[0], "space": {"knobs": [{"name": str(each)} for each in range(1_000_000)]}},
        *records[1:],
    ],
    "second header": lambda records: [*records, records[0]],
    "header of another search in the middle": lambda records: [
        *records[:3],
        {**records[0], "objective": {"name": "loss", "direction": "min"}},
        *records[3:],
    ],
    "header that is not the first": lambda records: [*records[1:], records[0]],
    "no header": lambda records: records[1:],
    "objective without direction": _put(0, objective={"name": "loss"}),
    "direction that there is not": _put(0, objective={"name": "loss", "direction": "up"}),
    "kind that is a list": _put(TRIAL, kind=["start"]),
    "kind that is nothing": _put(TRIAL, kind=None),
    "time that is a text": _put(TRIAL, time="now"),
    "epochs of a trial that ended": _epochs(3),
    "an end without a beginning": lambda records: [*records, {**records[END], "trial_id": "0077"}],
    "two ends of one trial": lambda records: [*records, records[END]],
    "schema of tomorrow": _put(0, schema=99),
    "schema that is a text": _put(0, schema="1"),
    "confirmed without a trial": lambda records: [
        *records,
        {"kind": "confirmed", "trial_id": "0099", "time": 2000.0},
    ],
    "finished members that lead away": lambda records: [
        *records,
        {
            "kind": "finished",
            "trial_id": "0000",
            "members": [{"trial_id": "0000", "checkpoint": "../../../x", "weight": 1.0}],
            "share": 1.0,
            "budget": 1.0,
            "seconds": 1.0,
            "epochs": 1,
            "measure": None,
            "steps": [],
            "time": 2000.0,
        },
    ],
}
LINES: dict[str, Callable[[], bytes]] = {
    "a pickle": lambda: pickle.dumps(RunsCode()),
    "100,000 brackets": lambda: b"[" * 100_000 + b"\n" + b"]" * 100_000 + b"\n",
    "zero bytes": lambda: bytes(1_000_000),
    "one line of 60 MB": lambda: b"x" * 60_000_000 + b"\n\n",
    "ten million empty lines": lambda: b"\n" * 10_000_000,
    "escape sequences": lambda: b"\x1b[2J\x1b]0;own\x07\n" * 10,
    "numbers of 100,000 digits": lambda: b'{"kind":' + b"9" * 100_000 + b"}\n\n",
}


def _write(change: Change, count: int = 2) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        place = folder / "run"
        place.mkdir()
        records = change([dict(each) for each in _search(count).records])
        (place / "journal.jsonl").write_text(encode_all(records))
        return place

    return make


def _whole(folder: Path) -> Path:
    write(_search(), folder / "run")
    return folder / "run"


def _journal(content: Callable[[], bytes]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / "run").mkdir()
        (folder / "run" / "journal.jsonl").write_bytes(content())
        return folder / "run"

    return make


def _beside(put: Callable[[Path], object]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        put(place := _whole(folder))
        return place

    return make


def _odd(kind: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / "run").mkdir()
        ODD[kind](folder / "run", "journal.jsonl")
        return folder / "run"

    return make


def _linked_journal(folder: Path) -> Path:
    elsewhere = write(_search(), folder / "elsewhere").journal
    link(folder / "run", "journal.jsonl", str(elsewhere))
    return folder / "run"


def _linked_log(place: Path) -> None:
    (place / "logs").mkdir()
    (place / "secret").write_text("the secret\n")
    (place / "secret").rename(place.parent / "secret")
    link(place / "logs", "0000.log", str(place.parent / "secret"))


def _checkpoint(members: Callable[[], list[Member]]) -> Callable[[Path], object]:
    def put(place: Path) -> None:
        (place / "checkpoints").mkdir()
        for name in ("0000", "0001"):
            (place / "checkpoints" / f"{name}.npz").write_bytes(archive(members()))

    return put


def _linked_checkpoint(place: Path) -> None:
    link(place / "checkpoints", "0001.npz", str(fifo(place.parent, "pipe")))


MODEL = ("tftune", "predict", "{}", "{rows}")
FACTS = [Member("facts.npy", npy(np.frombuffer(b"{}", np.uint8)))]
CHECKPOINTS: dict[str, Callable[[], list[Member]]] = {
    "objects": lambda: [
        *FACTS,
        Member("best/0.npy", npy(np.array([RunsCode()], object), allow_pickle=True)),
    ],
    "bomb": lambda: [*FACTS, bomb("best/0.npy", header((1 << 31,)), 1 << 31)],
    "huge shape": lambda: [*FACTS, Member("best/0.npy", header((1 << 50,)))],
    "deep facts": lambda: [Member("facts.npy", npy(np.frombuffer(b"[" * 100_000, np.uint8)))],
    "facts that are a number": lambda: [Member("facts.npy", npy(np.frombuffer(b"7", np.uint8)))],
    "model that is a text": lambda: [
        *FACTS,
        Member("model.npy", npy(np.frombuffer(b'"x"', np.uint8))),
    ],
    "assets that lead away": lambda: [
        *FACTS,
        Member("assets/0/../../../x.npy", npy(np.zeros(3, np.uint8))),
    ],
    "nothing": list,
}
# what stands beside a whole journal and is passed over where it is damaged
PASSED_OVER = frozenset({0, 2, 4})


def _cases() -> Iterator[Hostile]:
    for name, change in RECORDS.items():
        yield Hostile(f"journal: {name}", _write(change), SHOW)
    for name, content in LINES.items():
        yield Hostile(f"journal: {name}", _journal(content), SHOW)
    for name in ("id that leads away", "second header", "deep values", "kind that is a list"):
        make = _write(RECORDS[name])
        yield Hostile(
            f"journal to report: {name}",
            make,
            ("tftune", "report", "{}", "--output", "report.html"),
        )
        yield Hostile(
            f"journal to export: {name}", make, ("tftune", "export", "{}", "--csv", "trials.csv")
        )
    for kind in ODD:
        yield Hostile(f"journal: {kind}", _odd(kind), SHOW)
    for command in ("list", "predict", "compare"):
        words = {"list": ("{}",), "predict": ("{}", "x.npy"), "compare": ("{}", "{own}")}[command]
        codes = PASSED_OVER if command == "list" else frozenset({2, 4})
        yield Hostile(
            f"journal for {command}: pipe", _odd("pipe"), ("tftune", command, *words), codes
        )
    yield Hostile("journal: link that leads away", _linked_journal, SHOW)
    # a journal of that many lines may be honest; it is refused when all are read
    extra = _write(_epochs(200_000))
    yield Hostile("journal: 200,000 epochs too many", extra, SHOW, seconds=6.0, megabytes=300.0)
    for name, members in CHECKPOINTS.items():
        yield Hostile(f"checkpoint: {name}", _beside(_checkpoint(members)), MODEL)
    yield Hostile("checkpoint: link to a pipe elsewhere", _beside(_linked_checkpoint), MODEL)
    for name, put in {
        "log that is a link to a secret": _linked_log,
        "predictions that are a pipe": lambda at: fifo(at, "predictions.npz"),
        "predictions of 10 GB": lambda at: sparse(at, "predictions.npz", 10 << 30),
        "learning curve that is a pipe": lambda at: fifo(at, "learning_curve.json"),
        "learning curve of 10 GB": lambda at: sparse(at, "learning_curve.json", 10 << 30),
        "summary that is a pipe": lambda at: fifo(at, "summary.json"),
        "table that is a pipe": lambda at: fifo(at, "trials.csv"),
        "deep learning curve": lambda at: (at / "learning_curve.json").write_text("[" * 99_999),
    }.items():
        yield Hostile(f"beside a journal: {name}", _beside(put), SHOW, PASSED_OVER)
        words = ("tftune", "show", "{}", "--trial", "0000")
        yield Hostile(f"beside a journal, a trial: {name}", _beside(put), words, PASSED_OVER)
        report = ("tftune", "report", "{}", "--output", "report.html")
        yield Hostile(f"beside a journal, report: {name}", _beside(put), report, PASSED_OVER)


CASES = [*_cases()]
