"""Which methods of other libraries can take part here, and why others cannot.

A method is tried once in its library's environment. What came of it is kept beside the
environments: a method that works is not tried again before its environment is made anew, one that
failed is tried each time, and a later report tells its reason.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from benchmarks.peers.environments import Library, NotInstalled, make_environment
from benchmarks.peers.process import PeerError


def prepare(
    libraries: Mapping[str, Library], folder: Path, attempt: Callable[[str, Path], None]
) -> tuple[dict[str, str], dict[str, str]]:
    """Makes the environments of methods and tries those that are not known to work.

    Args:
        libraries: Of each method.
        folder: Of the environments.
        attempt: Tries a method with a Python; raises PeerError if the method fails.

    Returns:
        By method, the Python to run it with; and by method, why it is left out, which is also
        printed.
    """
    pythons: dict[str, str] = {}
    reasons: dict[str, str] = {}
    tried: dict[Library, Path | NotInstalled] = {}
    for method, library in libraries.items():
        if library not in tried:
            tried[library] = _environment_or_reason(library, folder)
        try:
            pythons[method] = str(_proven(method, library, folder, tried[library], attempt))
        except (NotInstalled, PeerError) as error:
            reasons[method] = str(error)
            path = _reason_of(method, folder)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(str(error), encoding="utf-8")
            print(f"Left out: {method}: {error}", file=sys.stderr)
        else:
            _reason_of(method, folder).unlink(missing_ok=True)
    return pythons, reasons


def reasons_left_out(methods: Iterable[str], folder: Path) -> dict[str, str]:
    """Returns, by method, why it was left out when that was last tried."""
    paths = {method: _reason_of(method, folder) for method in methods}
    return {
        method: path.read_text(encoding="utf-8") for method, path in paths.items() if path.is_file()
    }


def _environment_or_reason(library: Library, folder: Path) -> Path | NotInstalled:
    try:
        return make_environment(library, folder)
    except NotInstalled as error:
        return error


def _proven(
    method: str,
    library: Library,
    folder: Path,
    found: Path | NotInstalled,
    attempt: Callable[[str, Path], None],
) -> Path:
    """Returns the Python of a method that works."""
    if isinstance(found, NotInstalled):
        raise found
    works = folder / library.name / "works" / method  # it goes with the environment
    if not works.exists():
        attempt(method, found)
        works.parent.mkdir(parents=True, exist_ok=True)
        works.touch()
    return found


def _reason_of(method: str, folder: Path) -> Path:
    return folder / "left-out" / f"{method}.txt"
