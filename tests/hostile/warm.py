"""A process with everything imported that opens hostile files, each in a child of its own that
cannot take the machine along, and measures what that costs.

A child is forked, so that it begins with what an idle program holds: its peak above that is what
the file costs. It is given processor seconds, for these are the same on a busy machine; a child
that waits for ever is killed. Run as `python -m tests.hostile.warm`: a line of JSON comes in for
each attempt, and one goes out.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

LONGEST_WAIT = 90.0  # seconds of the clock, after which a child counts as hanging
LONGEST_SLEEP = 6.0  # seconds without a bit of work
MOST_SECONDS = 12  # of the processor
MOST_ADDRESSES = 8 * 1024**3  # bytes beyond those of the idle process
PROGRAMS = ("beans", "hemolysis", "mnist")
LIGHT = (
    "tftune.cli.command",
    "tftune.datasets.checkable",
    "tftune.datasets.data_check",
    "tftune.datasets.split_check",
    "tftune.reports.page.page",
    "PIL.Image",
)
HEAVY = (
    "tftune.cli.predictor",
    "tftune.cli.program",
    "tftune.cli.data_again",
    "tftune.cli.nested_run",
    "tftune.cli.planning",
    "tftune.datasets.bean_leaves",
    "tftune.datasets.unlabelled_digits",
    "tftune.datasets.unlabelled_peptides",
    "tftune.models.digit_mlp",
    "tftune.models.leaf_cnn",
    "tftune.models.peptide_cnn",
    "tftune.search.finish.finishing",
    "tftune.search.load_run",
    "tftune.search.tuner",
    "tftune.search.warm_start",
    "tftune.training.described_model",
    "optuna",
    "keras",
    "h5py",
    *(f"tftune.{name}" for name in PROGRAMS),
)


def main(weight: str) -> None:
    """Answers attempts until the standard input ends.

    Args:
        weight: `light` imports what reads data and journals, `heavy` everything.
    """
    from tftune.cli.command import SUBCOMMANDS

    for name in (*LIGHT, *(HEAVY if weight == "heavy" else ())):
        importlib.import_module(name)
    for name in SUBCOMMANDS:
        _ = SUBCOMMANDS[name]
    print("ready", flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(attempt(asked["words"], Path(asked["folder"]))), flush=True)


def attempt(words: Sequence[str], folder: Path) -> dict[str, Any]:
    """Runs a command line in a child and returns what came of it.

    Args:
        words: `tftune` or the name of a program, then its arguments.
        folder: Where the child works, keeps its cache and its temporary files.

    Returns:
        `code` (None of a child that was killed), `seconds` of the processor, `waited` seconds of
        the clock, `megabytes` above the idle process, `out` and `err`.
    """
    for name in ("temporary", "cache", "here"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    out, err, peak = (folder / name for name in ("out", "err", "peak"))
    began = time.monotonic()
    child = os.fork()
    if not child:
        _as_child(words, folder, out, err, peak)
    ended = _waited_for(child, began)
    if not ended:
        _keep_peak(child, peak)
        os.killpg(child, signal.SIGKILL)
    _, status, usage = os.wait4(child, 0)
    return {
        "code": os.waitstatus_to_exitcode(status) if ended else None,
        "seconds": usage.ru_utime + usage.ru_stime,
        "waited": time.monotonic() - began,
        "megabytes": float(peak.read_text()) if peak.exists() else -1.0,
        "out": out.read_text("utf-8", "replace")[:20_000],
        "err": err.read_text("utf-8", "replace")[:20_000],
    }


def _waited_for(child: int, began: float) -> bool:
    """Returns whether a child ended; False once it sleeps for too long, or works for too long."""
    watched = os.pidfd_open(child)
    worked, since = 0, time.monotonic()
    try:
        while not select.select([watched], [], [], 0.5)[0]:
            told = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
            if (ticks := int(told[11]) + int(told[12])) != worked or told[0] == "R":
                worked, since = ticks, time.monotonic()
            if time.monotonic() - since > LONGEST_SLEEP or time.monotonic() - began > LONGEST_WAIT:
                return False
            if ticks / os.sysconf("SC_CLK_TCK") > MOST_SECONDS:
                return False
    finally:
        os.close(watched)
    return True


def _keep_peak(child: int, peak: Path) -> None:
    idle = float(peak.with_name("idle").read_text())
    peak.write_text(str((_memory("VmHWM", child) - idle) / 1000))


def _as_child(words: Sequence[str], folder: Path, out: Path, err: Path, peak: Path) -> None:
    code = 70  # of what the program did not answer itself
    try:
        os.setsid()
        before = _memory("VmRSS")
        peak.with_name("idle").write_text(str(before))
        most = _memory("VmSize") * 1024 + MOST_ADDRESSES
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        os.chdir(folder / "here")
        os.environ |= {"TMPDIR": str(folder / "temporary"), "TFTUNE_CACHE": str(folder / "cache")}
        os.environ |= {"TFTUNE_REPORT": "0", "TFTUNE_REFERENCES": "0", "NO_COLOR": "1"}
        nowhere = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nowhere, 0)
        for number, path in ((1, out), (2, err)):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), number)
        sys.stdout, sys.stderr = (os.fdopen(number, "w", encoding="utf-8") for number in (1, 2))
        code = _answer(words)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        peak.write_text(str((_memory("VmHWM") - before) / 1000))
        os._exit(code)


def _answer(words: Sequence[str]) -> int:
    try:
        if words[0] == "tftune":
            from tftune.cli.command import main as command

            return command(words[1:])
        from tftune.cli.program import main as program

        return program(importlib.import_module(f"tftune.{words[0]}").PROGRAM, words[1:])
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1


def _memory(name: str, process: int | str = "self") -> int:
    """Returns a figure of a process in kB."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    return 0


if __name__ == "__main__":
    main(*sys.argv[1:])
