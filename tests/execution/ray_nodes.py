"""A real Ray cluster on loopback for the tests, in a process of its own: each node has a raylet, an
object store and workers.

Run as a script it starts a head node and obeys lines on stdin: `add` starts one more node. It
answers each with a line of JSON, the head's address and the process ids of all raylets. When stdin
closes, it ends them.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

STORE = 80 * 2**20


class Nodes:
    """Starts the cluster; the driver of the tests joins it at `address`."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(
            prefix="ray-", dir="/tmp", ignore_cleanup_errors=True
        )  # sockets need short paths
        environment = {
            **os.environ,
            "RAY_TMPDIR": self._folder.name,
            "RAY_USAGE_STATS_ENABLED": "0",
        }
        self.process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self.address, self.raylets = "", list[int]()
        self._read()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:  # Ray may print lines of its own
            if line.startswith("{"):
                answer = json.loads(line)
                self.address, self.raylets = answer["address"], answer["raylets"]
                return
        raise RuntimeError(
            f"the Ray cluster of the tests did not start: exit code {self.process.wait()}"
        )

    def add(self) -> None:
        """Starts one more node with one processor."""
        assert self.process.stdin is not None
        self.process.stdin.write("add\n")
        self.process.stdin.flush()
        self._read()

    def kill_last(self, all_of_it: bool) -> None:
        """Ends the node that was added last: all its processes at once, as a power cut would, or
        its raylet alone.
        """
        raylet = self.raylets[-1]
        for process in [raylet, *(descendants(raylet) if all_of_it else [])]:
            os.kill(process, signal.SIGKILL)

    def close(self) -> None:
        """Ends the cluster."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()
        self._folder.cleanup()


def descendants(process: int) -> list[int]:
    """Process ids of all children of a process and of theirs, without those that have ended."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, parent = (entry / "stat").read_text().rsplit(")", 1)[1].split()[:2]
            except OSError:
                continue  # it has just ended
            if state != "Z":
                children.setdefault(int(parent), []).append(int(entry.name))
    found: list[int] = []
    for child in children.get(process, []):
        found += [child, *descendants(child)]
    return found


def listening(processes: list[int]) -> set[str]:
    """Addresses at which processes listen by TCP, in the hexadecimal notation of /proc/net/tcp."""
    sockets = {}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A":  # LISTEN
                sockets[f"socket:[{fields[9]}]"] = fields[1].split(":")[0]
    found = set()
    for process in processes:
        try:
            handles = [os.readlink(handle) for handle in Path(f"/proc/{process}/fd").iterdir()]
        except OSError:
            continue  # it has just ended
        found |= {sockets[handle] for handle in handles if handle in sockets}
    return found


LOOPBACK = {
    "0100007F",
    "0000000000000000FFFF00000100007F",
}  # 127.0.0.1, and the same mapped to IPv6


def _serve() -> None:
    from ray.cluster_utils import Cluster

    cluster, raylets = Cluster(), list[int]()

    def add(**options: Any) -> None:
        node = cluster.add_node(
            num_cpus=1, node_ip_address="127.0.0.1", object_store_memory=STORE, **options
        )
        raylets.append(node.all_processes["raylet"][0].process.pid)
        print(json.dumps({"address": cluster.address, "raylets": raylets}), flush=True)

    add(include_dashboard=False)
    for _ in sys.stdin:
        add()
    cluster.shutdown()


if __name__ == "__main__":
    _serve()
