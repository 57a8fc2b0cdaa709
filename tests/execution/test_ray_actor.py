"""The actor of a Ray slot, here without Ray: it must cope with the order in which calls arrive."""

from __future__ import annotations

import subprocess
import sys

from tftune.execution.ray_actor import Parcel
from tftune.execution.travel import pickle_job, to_bytes
from tftune.testing.executors import double, hang

CODE = """
import sys
from tftune.execution.ray_actor import SlotActor
actor = SlotActor(1, sys.argv[1], [])
hang, double = (eval(text) for text in sys.argv[2:])
actor.kill(1)
print(actor.begin(hang, 1).finished.error)
actor.kill(1)
print(actor.begin(double, 2).finished.error)
actor.close()
"""


def test_a_kill_that_overtakes_its_job_still_ends_it_and_no_later_one() -> None:
    """Ray runs the calls of an actor with several threads in no fixed order."""
    parcels = "from tftune.execution.ray_actor import Parcel\n"
    jobs = [
        repr(Parcel(to_bytes(pickle_job(function, arguments))))
        for function, arguments in ((hang, ()), (double, (2,)))
    ]
    command = [sys.executable, "-c", parcels + CODE, "test-of-the-actor", *jobs]
    told = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)
    assert told.stdout.splitlines() == ["The job was killed.", "None"]
