"""Virtual environments for other libraries, made once and kept in a folder.

pip is called as the user has set it up: `PIP_INDEX_URL`, `PIP_CONSTRAINT` and the like are heeded,
for instance to get a smaller build of PyTorch.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tftune.datasets.cache import cache_root

MARK = "environment.json"  # what the environment was made of, written when it was complete


@dataclass(frozen=True)
class Library:
    """What is installed for a library.

    Attributes:
        name: Of its environment.
        module: In `benchmarks/peers/libraries`.
        requirements: For pip, each with a lower bound.
        bare: Requirements that are installed without what they require themselves, before the
            others, because that cannot be had any more.
    """

    name: str
    module: str
    requirements: tuple[str, ...]
    bare: tuple[str, ...] = ()


class NotInstalled(Exception):
    """A library's environment could not be made; the message is the reason, one line."""


def default_folder() -> Path:
    """Returns where environments are kept if nothing else is said."""
    return cache_root() / "benchmark-environments"


def make_environment(library: Library, folder: Path) -> Path:
    """Returns the Python of a library's environment, which is made if it is not there or was made
    of other requirements.

    Raises:
        NotInstalled: If it cannot be made.
    """
    home = folder / library.name
    wanted = {
        "requirements": list(library.requirements),
        "bare": list(library.bare),
        "python": list(sys.version_info[:2]),
    }
    if _made_of(home) == wanted:
        return python_of(home)
    shutil.rmtree(home, ignore_errors=True)
    try:
        home.mkdir(parents=True)
        print(f"Installing {library.name} in {home} ...", file=sys.stderr)
        _run([sys.executable, "-m", "venv", str(home)])
        install = [str(python_of(home)), "-m", "pip", "install", "--disable-pip-version-check"]
        if library.bare:
            _run([*install, "--no-deps", *library.bare])
        _run([*install, *library.requirements])
    except (OSError, NotInstalled) as error:
        shutil.rmtree(home, ignore_errors=True)
        raise NotInstalled(str(error)) from error
    (home / MARK).write_text(json.dumps(wanted), encoding="utf-8")
    return python_of(home)


def python_of(home: Path) -> Path:
    """Returns the interpreter of a virtual environment."""
    return home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _made_of(home: Path) -> object:
    try:
        return json.loads((home / MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _run(command: Sequence[str]) -> None:
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        command, env=surroundings, capture_output=True, text=True, errors="replace"
    )
    if done.returncode:
        raise NotInstalled(reason_of(done.stderr or done.stdout))


def reason_of(text: str) -> str:
    """Returns the line of a command's output that tells best what went wrong.

    Example:
        >>> reason_of("WARNING: slow\\nERROR: No matching distribution found for tea\\n")
        'No matching distribution found for tea'
        >>> reason_of("")
        'it said nothing'
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    told = [line for line in lines if line.startswith("ERROR:")]
    errors = [line for line in lines if "Error:" in line]
    best = (errors or told or lines or ["it said nothing"])[-1]
    return best.removeprefix("ERROR:").strip()[:300]
