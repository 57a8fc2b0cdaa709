"""Kills workers and nodes of a Ray cluster on which a search trains, and the search's driver."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.execution.ray_nodes import Nodes, descendants
from tests.faults import victims
from tests.faults.checks import GONE
from tests.faults.kills import Killer

ACTOR = "SlotActor"
RAY_KILLS = ("Ray worker", "Ray node", "Ray worker", "Ray driver", "Ray node", "Ray worker")


@contextlib.contextmanager
def token(folder: Path) -> Iterator[None]:
    """Lets Ray use a key of the tests and none of the user's."""
    file = folder / "token"
    file.write_text(secrets.token_hex(32))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_AUTH_MODE", "token")
        patch.setenv("RAY_AUTH_TOKEN_PATH", str(file))
        yield


class Cluster:
    """Two nodes with one processor each, and a place for their temporary files."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="nodes-", dir="/tmp")  # a short path
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TMPDIR", self.folder.name)
            self.nodes = Nodes()
        self.nodes.add()

    def trainers(self, raylets: list[int]) -> list[list[psutil.Process]]:
        """Returns the workers of some nodes that train, each with the child in which it does."""
        found = []
        for process in self.processes(raylets):
            with contextlib.suppress(psutil.Error):
                if ACTOR in " ".join(process.cmdline()):
                    for server in process.children():
                        found += [[process, child] for child in server.children()]
        return found

    def processes(self, raylets: list[int]) -> list[psutil.Process]:
        """Returns all processes of some nodes."""
        found = []
        for number in [each for raylet in raylets for each in descendants(raylet)]:
            with contextlib.suppress(psutil.Error):
                found.append(psutil.Process(number))
        return found

    def at_work(self) -> list[list[str]]:
        """Returns the command lines of the processes of searches."""
        found = []
        for process in self.processes(self.nodes.raylets):
            with contextlib.suppress(psutil.Error):
                command = process.cmdline()
                if any(word in " ".join(command) for word in (ACTOR, "forkserver")):
                    found.append(command)
        return found

    def close(self) -> None:
        """Ends it."""
        self.nodes.close()
        self.folder.cleanup()


class RayKiller(Killer):
    """A `Killer` of a search whose trials run on a cluster.

    Args:
        cluster: The cluster.
        *given: As for `Killer`.
    """

    def __init__(self, cluster: Cluster, *given: Any) -> None:
        super().__init__(*given)
        self.cluster = cluster

    def _strike(self, kind: str, driver: int) -> bool:
        if kind == "Ray driver":
            return self._kill_driver(driver, [])
        nodes = self.cluster.nodes
        of_whom = nodes.raylets[-1:] if kind == "Ray node" else nodes.raylets
        if not self._until(lambda: self.cluster.trainers(of_whom), driver, 0.01):
            return False
        found = self.cluster.trainers(of_whom)
        if kind == "Ray worker":
            return bool(found) and victims.kill([self.chance.choice(self.chance.choice(found))])
        raylet = psutil.Process(nodes.raylets[-1])
        nodes.kill_last(all_of_it=self.chance.random() < 0.5)
        deadline = time.monotonic() + GONE
        while victims.lives(raylet):
            assert time.monotonic() < deadline, "the node outlives SIGKILL"
            time.sleep(0.01)
        nodes.add()
        return True

    def check_processes(self) -> None:
        """Checks that soon no process is left, on the nodes either."""
        super().check_processes()
        deadline = time.monotonic() + GONE
        while left := self.cluster.at_work():
            assert time.monotonic() < deadline, left
            time.sleep(0.05)

    def finish(self) -> None:
        """Resumes the search to its end, and looks at the nodes' temporary files, too."""
        super().finish()
        left = [name for name in os.listdir(self.cluster.folder.name) if "tftune" in name]
        assert left == [], left
