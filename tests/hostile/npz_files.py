"""Hostile .npz files, and the commands that read some."""

from __future__ import annotations

import os
import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.hostile.archives import ENCRYPTED, Member, archive, bomb, header, npy, npy_header
from tests.hostile.opened import Hostile

CHECK = ("tftune", "check-data", "{}")
MNIST = ("mnist", "--data", "{}", "--run-dir", "run")
GIGABYTE = 1 << 30
Members = Callable[[], list[Member]]


class RunsCode:
    """What would remove a file if it were unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("touch unpickled",)


def _objects() -> bytes:
    return npy(np.array([RunsCode(), "x"], dtype=object), allow_pickle=True)


def _whole(**others: bytes) -> list[Member]:
    """Returns the members of a right file in MNIST's layout, but for some."""
    x, y = np.full((20, 8, 8), 9, np.uint8), np.arange(20) % 2
    parts = {"x_train": npy(x), "y_train": npy(y), "x_test": npy(x), "y_test": npy(y)} | others
    return [Member(f"{name}.npy", content) for name, content in parts.items()]


PLAIN = np.ones((4, 6), np.uint8)
# of any layout: each is what the array `x` is in a file with labels beside it
ARRAYS: dict[str, Callable[[], bytes]] = {
    "object array": _objects,
    "pickle in place of an array": lambda: pickle.dumps(RunsCode()),
    "negative shape": lambda: header((-4, 6)) + bytes(24),
    "huge shape": lambda: header((1 << 40, 1 << 20)) + bytes(24),
    "shape of a gigabyte, no data": lambda: header((GIGABYTE,)),
    "shape beyond 64 bits": lambda: header((10**30,)) + bytes(8),
    "shape of texts": lambda: header(("4", "6")) + bytes(24),
    "shape with a boolean": lambda: header((True, 6)) + bytes(6),
    "a thousand dimensions": lambda: header((1,) * 1000) + bytes(1),
    "a zero and huge sides": lambda: header((0, 1 << 60)),
    "elements of no bytes": lambda: header((1 << 60,), "|V0"),
    "elements of a gigabyte": lambda: header((1,), "|S1073741824"),
    "texts of a gigabyte": lambda: header((2,), "<U268435456"),
    "type that is code": lambda: npy_header("__import__('os').system('touch unpickled')"),
    "header of one megabyte": lambda: npy_header("{" + " " * 10**6, 2) + bytes(8),
    "header without end": lambda: b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**32 - 1),
    "deep header": lambda: npy_header("(" * 9000 + ")" * 9000),
    "wrong magic": lambda: b"\x93NUMPZ" + npy(PLAIN)[6:],
    "unknown version": lambda: b"\x93NUMPY\x09\x00" + npy(PLAIN)[8:],
    "data cut off": lambda: npy(np.ones((400, 600), np.uint8))[:1000],
    "nested subarray type": lambda: header((4,), "(100000000,)f8") + bytes(8),
    "structure with objects": lambda: npy_header(
        "{'descr': [('a', '|O')], 'fortran_order': False, 'shape': (1,)}"
    ),
    "no data at all": lambda: b"",
}

MEMBERS: dict[str, Members] = {
    "bomb of two gigabytes": lambda: [
        bomb("x.npy", header((2 * GIGABYTE // 64, 8, 8)), 2 * GIGABYTE),
        Member("y.npy", npy(np.arange(4))),
    ],
    "bomb beside small arrays": lambda: [
        Member("x.npy", npy(PLAIN)),
        Member("y.npy", npy(np.arange(4) % 2)),
        bomb("z.npy", header((GIGABYTE,)), GIGABYTE),
    ],
    "bomb of foreign bytes": lambda: [
        Member("x.npy", npy(PLAIN)),
        Member("y.npy", npy(np.arange(4) % 2)),
        bomb("notes.txt", b"", GIGABYTE),
    ],
    "bomb that says it is small": lambda: [
        Member("x.npy", bomb("x", header((4096, 512, 512)), GIGABYTE).content, 8, 100),
        Member("y.npy", npy(np.arange(4))),
    ],
    "small that says it is huge": lambda: [
        Member("x.npy", npy(PLAIN), 0, 2**32 - 2),
        Member("y.npy", npy(np.arange(4))),
    ],
    "encrypted": lambda: [
        Member("x.npy", npy(PLAIN), flags=ENCRYPTED),
        Member("y.npy", npy(np.arange(4)), flags=ENCRYPTED),
    ],
    "wrong checksum": lambda: [
        Member("x.npy", npy(PLAIN), checksum=1),
        Member("y.npy", npy(np.arange(4)), checksum=2),
    ],
    "unknown packing": lambda: [
        Member("x.npy", npy(PLAIN), 99),
        Member("y.npy", npy(np.arange(4)), 99),
    ],
    "200,000 members": lambda: [Member(f"{number}.npy", b"") for number in range(200_000)],
    "two arrays of one name": lambda: [
        Member("x.npy", npy(PLAIN)),
        Member("x.npy", npy(PLAIN * 2)),
        Member("y.npy", npy(np.arange(4) % 2)),
    ],
    "names that lead away": lambda: [
        Member("../../x.npy", npy(PLAIN)),
        Member("/etc/y.npy", npy(np.arange(4))),
    ],
    "names that a terminal obeys": lambda: [
        Member("\x1b]0;title\x07\x1b[2Jx.npy", npy(PLAIN)),
        Member("\u202ey.npy", npy(np.arange(4))),
    ],
    "name of 60,000 characters": lambda: [Member("x" * 60_000 + ".npy", npy(PLAIN))],
    "nothing in it": list,
}


def npz(members: Members, name: str = "data.npz") -> Callable[[Path], Path]:
    """Returns what writes an archive."""

    def make(folder: Path) -> Path:
        (folder / name).write_bytes(archive(members()))
        return folder / name

    return make


def _with(content: Callable[[], bytes]) -> Members:
    return lambda: [Member("x.npy", content()), Member("y.npy", npy(np.arange(4) % 2))]


def _peptides(content: Callable[[], bytes]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / "hemo-positive.npz").write_bytes(archive([Member("arr_0.npy", content())]))
        (folder / "hemo-negative.npz").write_bytes(archive([Member("arr_0.npy", npy(PLAIN))]))
        return folder

    return make


def _digits(content: Callable[[], bytes]) -> Callable[[Path], Path]:
    return npz(lambda: _whole(x_train=content()))


def _of(kind: str, name: str) -> str:
    return f"npz {kind}: {name}"


CASES = [
    *(Hostile(_of("rows", name), npz(_with(each)), CHECK) for name, each in ARRAYS.items()),
    *(Hostile(_of("archive", name), npz(each), CHECK) for name, each in MEMBERS.items()),
    *(
        Hostile(_of("digits", name), _digits(ARRAYS[name]), MNIST)
        for name in ("object array", "huge shape", "type that is code", "elements of a gigabyte")
    ),
    *(
        Hostile(_of("peptides", name), _peptides(ARRAYS[name]), ("hemolysis", "--data", "{}"))
        for name in ("object array", "huge shape", "negative shape", "deep header")
    ),
    Hostile(
        _of("peptides", "two gigabytes that pack well"),
        npz(
            lambda: [bomb("arr_0.npy", header((GIGABYTE // 256, 512)), 2 * GIGABYTE)],
            "hemo-positive.npz",
        ),
        ("tftune", "predict", "{hemolysis}", "{}"),
    ),
    *(
        Hostile(
            _of("predict", name),
            npz(MEMBERS[name]),
            ("tftune", "predict", "{own}", "{}"),
        )
        for name in ("bomb of two gigabytes", "bomb of foreign bytes", "200,000 members")
    ),
    *(
        Hostile(
            _of("evaluate", name),
            npz(MEMBERS[name]),
            ("tftune", "evaluate", "{own}", "{}"),
        )
        for name in ("bomb of two gigabytes", "bomb beside small arrays", "encrypted")
    ),
]
