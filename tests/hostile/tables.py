"""Hostile tables and FASTA files of peptides."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.hostile.opened import Hostile

HEMOLYSIS = ("hemolysis", "--data", "{}", "--run-dir", "run")
CHECK = ("tftune", "check-data", "{}")
PREDICT = ("tftune", "predict", "{hemolysis}", "{}")
MEGABYTE = 1 << 20
GOOD = "sequence,label\nGLFDIVKK,1\n"

TEXTS: dict[str, Callable[[], str | bytes]] = {
    "a million columns": lambda: ",".join(["c"] * 10**6) + "\n" + ",".join(["1"] * 10**6),
    "a million columns below the header": lambda: GOOD + ",".join(["1"] * 10**6),
    "a million semicolons": lambda: "sequence;label" + ";" * 10**6 + "\nGLFD;1\n",
    "one field of 60 MB": lambda: "sequence,label\n" + "G" * (60 * MEGABYTE) + ",1\n",
    "one quoted field of 60 MB": lambda: 'sequence,label\n"' + "G\n" * (30 * MEGABYTE) + '",1\n',
    "a header of 60 MB": lambda: "s" * (60 * MEGABYTE),
    "one sequence of 120 kB": lambda: GOOD + "G" * 120_000 + ",1\n" + "GLFD,0\n" * 30_000,
    "zero bytes": lambda: GOOD.encode() + b"GL\0FD,1\n" * 100_000,
    "zero bytes far behind": lambda: GOOD.encode() * 10_000 + b"\0",
    "formulas": lambda: GOOD + "=cmd|' /C calc'!A0,1\n@SUM(1+1),0\n+1,1\n",
    "escape sequences": lambda: GOOD + "\x1b]0;own\x07\x1b[2J\u202eGLFD,\x9b31m\n",
    "header that a terminal obeys": lambda: "\x1b[2J\x1b]52;c;cm0gLXJm\x07,\u2066label\n",
    "an open quotation mark": lambda: GOOD + '"GLFD,1\n' + "GLFD,1\n" * 400_000,
    "four million empty lines": lambda: GOOD + "\n" * (4 * MEGABYTE),
    "sixty million empty lines": lambda: "\n" * (60 * MEGABYTE),
    "sixty million empty lines below": lambda: GOOD + "\r" * (60 * MEGABYTE),
    "three million faulty lines": lambda: GOOD + "X,1\n" * (3 * MEGABYTE),
    "three million commas": lambda: GOOD + ",,,\n" * (3 * MEGABYTE),
    "numbers that never end": lambda: GOOD + f"GLFD,{'9' * 100_000}\n" * 20,
    "label of 1e400": lambda: GOOD + "GLFD,1e400\nGLFD,nan\n",
    "an archive that is called a table": lambda: b"PK\x03\x04" + bytes(1000),
    "random bytes": lambda: bytes(range(256)) * 4000,
    "a lone mark of UTF-16": lambda: b"\xff\xfe" + b"\x00\xd8" * 1000,
    "UTF-32 beyond Unicode": lambda: b"\xff\xfe\x00\x00" + b"\xff\xff\xff\xff" * 1000,
    "UTF-32 of 60 MB": lambda: b"\xff\xfe\x00\x00" + b"\x47\x00\x00\x00" * (15 * MEGABYTE),
    "one emoji in 60 MB": lambda: GOOD + "\U0001f9ec,1\n" + "A,1\n" * (15 * MEGABYTE),
    "500 residues in each of a million rows": lambda: (
        GOOD + "G" * 500 + ",1\n" + "G,0\n" * 1_000_000 + "X,1\n"
    ),
    "nothing": lambda: "",
    "a header alone": lambda: "sequence,label\n",
    "500 columns of one name": lambda: ",".join(["label"] * 500) + "\n",
}
FASTA: dict[str, Callable[[], str | bytes]] = {
    "one sequence of 60 MB": lambda: ">p1|1\n" + ("G" * 59 + "\n") * MEGABYTE,
    "one line of 60 MB": lambda: ">p1|1\n" + "G" * (60 * MEGABYTE),
    "a header of 60 MB": lambda: ">" + "p" * (60 * MEGABYTE) + "\nGLFD\n",
    "three million headers": lambda: ">\n" * (3 * MEGABYTE),
    "a header of a million bars": lambda: ">" + "|1" * 10**6 + "\nGLFD\n",
    "a header of a million labels": lambda: ">" + " label=1" * 10**6 + "\nGLFX\n",
    "escape sequences": lambda: ">\x1b[2J\x1b]0;own\x07|7\n\x1b[31mGLFD\n",
    "zero bytes": lambda: b">p1|1\nGL" + bytes(10_000) + b"FD\n",
    "no sequence": lambda: ">p1|1\n",
    "only comments": lambda: ">p1|1\n" + ";c\n" * MEGABYTE,
}


def text(content: Callable[[], str | bytes], name: str) -> Callable[[Path], Path]:
    """Returns what writes a file."""

    def make(folder: Path) -> Path:
        made = content()
        data = made.encode("utf-8", "surrogateescape") if isinstance(made, str) else made
        (folder / name).write_bytes(data)
        return folder / name

    return make


def sparse(folder: Path, name: str, size: int, beginning: bytes = b"") -> Path:
    """Writes a file that takes no room on the disk and is as long as this."""
    with (folder / name).open("wb") as file:
        file.write(beginning)
        file.truncate(size)
    return folder / name


def fifo(folder: Path, name: str) -> Path:
    """Makes a pipe that nobody writes into."""
    os.mkfifo(folder / name)
    return folder / name


def link(folder: Path, name: str, target: str) -> Path:
    """Makes a link."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).symlink_to(target)
    return folder / name


def _folder(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    return folder / name


# of no text at all, and of every reader of one file
ODD: dict[str, Callable[[Path, str], Path]] = {
    "pipe": fifo,
    "folder": _folder,
    "link to a device that never ends": lambda at, name: link(at, name, "/dev/zero"),
    "link to itself": lambda at, name: link(at, name, name),
    "link to a pipe": lambda at, name: link(at, name, fifo(at, "pipe").name),
    "10 GB of nothing": lambda at, name: sparse(at, name, 10 * 1024 * MEGABYTE),
    "10 GB below a header": lambda at, name: sparse(at, name, 10 * 1024 * MEGABYTE, GOOD.encode()),
}


def odd(name: str, called: str) -> Callable[[Path], Path]:
    """Returns what makes one of `ODD`, called so."""
    return lambda folder: ODD[name](folder, called)


def _cases() -> Iterator[Hostile]:
    for name, content in TEXTS.items():
        yield Hostile(f"table: {name}", text(content, "data.csv"), HEMOLYSIS)
    for name, content in FASTA.items():
        yield Hostile(f"fasta: {name}", text(content, "data.fasta"), HEMOLYSIS)
    for name in ("a million columns", "one field of 60 MB", "sixty million empty lines"):
        yield Hostile(f"table to predict: {name}", text(TEXTS[name], "data.csv"), PREDICT)
        yield Hostile(f"table to check: {name}", text(TEXTS[name], "data.csv"), CHECK)
    for name in ("one sequence of 60 MB", "three million headers", "a header of 60 MB"):
        yield Hostile(f"fasta to predict: {name}", text(FASTA[name], "data.fasta"), PREDICT)
    for name in ODD:
        yield Hostile(f"table: {name}", odd(name, "data.csv"), HEMOLYSIS)
        yield Hostile(f"npz: {name}", odd(name, "data.npz"), ("mnist", "--data", "{}"))
    for name in ("pipe", "10 GB of nothing", "link to a device that never ends"):
        yield Hostile(f"table to predict: {name}", odd(name, "data.csv"), PREDICT)
        yield Hostile(f"table to check: {name}", odd(name, "data.csv"), CHECK)


CASES = [*_cases()]
