"""A search by a library in a process of its own: it is asked and told in JSON lines, as
`benchmarks/peers/libraries/serve.py` describes.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from benchmarks.peers.environments import reason_of
from benchmarks.problems import Dimension
from benchmarks.units import ONE_THREAD
from tftune.space.search_space import Value, Values
from tftune.support.seeding import derive

SERVER = Path(__file__).parent / "libraries" / "serve.py"


class PeerError(Exception):
    """A library failed; the message is what it said, one line."""


class Peer:
    """One search; a context manager, at whose end the process has ended, too.

    Args:
        python: The interpreter of the library's environment.
        module: Of the library, beside the server; or the path of another server.
        method: Which of the library's methods.
        dimensions: Of the search space.
        seed: Of the search.
        trials: That will be asked for.
    """

    length = "trials"  # what the server is told with the last argument

    def __init__(
        self,
        python: Path | str,
        module: str,
        method: str,
        dimensions: Sequence[Dimension],
        seed: int,
        trials: int,
    ) -> None:
        self.name, self.dimensions = method, dimensions
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - printed by the library; see _end
        script = [module] if module.endswith(".py") else [str(SERVER), module]
        self._process = subprocess.Popen(
            [str(python), *script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            encoding="utf-8",
            env=surroundings(Path(python)),
        )
        space = [describe(dimension) for dimension in dimensions]
        try:
            self._say({"method": method, "space": space, "seed": seed, self.length: trials})
        except BaseException:
            self._end()
            raise

    def ask(self) -> tuple[int, Values]:
        """Returns the number of a trial, by which its loss is told, and its values."""
        answer = self._say({"ask": True})
        pairs = zip(self.dimensions, answer["values"], strict=True)
        return answer["id"], {each.name: value_of(each, value) for each, value in pairs}

    def tell(self, trial: int, loss: float) -> None:
        """Tells the loss of a trial, which is minimised."""
        self._say({"tell": trial, "loss": loss})

    def cpu_seconds(self) -> float:
        """Returns the processor time of the search; nothing can be asked afterwards."""
        return float(self._say({"end": True})["cpu_seconds"])

    def __enter__(self) -> Peer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end()

    def _say(self, line: Mapping[str, Any]) -> dict[str, Any]:
        stdin, stdout = self._process.stdin, self._process.stdout
        try:
            stdin.write(json.dumps(line) + "\n")  # type: ignore[union-attr]
            stdin.flush()  # type: ignore[union-attr]
            text = stdout.readline()  # type: ignore[union-attr]
        except BrokenPipeError:
            text = ""
        if not text:
            self._said.seek(0)
            said = self._said.read().decode(errors="replace")
            raise PeerError(f"{self.name}: {reason_of(said)}")
        answer: dict[str, Any] = json.loads(text)
        if "error" in answer:
            raise PeerError(f"{self.name}: {answer['error']}")
        return answer

    def _end(self) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            try:
                stream.close()  # type: ignore[union-attr]
            except BrokenPipeError:
                continue
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._said.close()


def peer_seed(seed: int, name: str) -> int:
    """Returns a seed for a peer, so that two methods do not share their first points by chance."""
    return derive(seed, 0, name)


def describe(dimension: Dimension) -> dict[str, Any]:
    """Returns what a library is told of a dimension.

    Example:
        >>> describe(Dimension("units", (16, 32), ordered=True))
        {'name': 'units', 'choices': 2, 'ordered': True}
    """
    if dimension.choices:
        size = len(dimension.choices)
        return {"name": dimension.name, "choices": size, "ordered": dimension.ordered}
    found = {"name": dimension.name, "low": dimension.low, "high": dimension.high}
    return {**found, "log": True} if dimension.log else found


def value_of(dimension: Dimension, value: Any) -> Value:
    """Returns the value that a library means."""
    return dimension.choices[value] if dimension.choices else float(value)


def surroundings(python: Path) -> dict[str, str]:
    """Returns the environment variables of a library's process: one thread, nothing of this
    project, and a place beside the environment for what JAX compiles.
    """
    found = {**os.environ, **ONE_THREAD, "PYTHONUNBUFFERED": "1"}
    found.pop("PYTHONPATH", None)
    compiled = python.parent.parent / "compiled"
    if (python.parent.parent / "pyvenv.cfg").is_file():
        found.setdefault("JAX_COMPILATION_CACHE_DIR", str(compiled))
    return found
