"""Two processes that want one run folder, again and again: run as a script by
`test_two_processes.py`. No main guard, on purpose.

Usage: python rivals.py FOLDER KIND REPETITIONS

KIND says what the second process does: `search`, `overwrite` (search anew), `evaluate`, or
`read` (look at the folder until the end). Each repetition prints a line of JSON: how both ended,
and what the journal holds. The processes are forks of this one, which has imported everything and
run nothing.
"""

import json
import os
import random
import sys
import time
import traceback
import warnings
from pathlib import Path

import tftune
from tests.search.test_two_processes import TRIALS, X, Y, make
from tftune.errors import RunFolderError
from tftune.journal.journal import read

place, kind, repetitions = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
REFUSED, FAILED = 2, 9
LONGEST_DELAY = 1.5  # seconds: a search takes about so long


def search(folder, overwrite=False):
    """Searches the folder, or goes on with it."""
    tuner = make(folder, workers=0, overwrite=overwrite)
    tuner.search(X[:30], Y[:30], validation_data=(X[30:], Y[30:]), verbose=0)


def evaluate(folder):
    """Evaluates the best trial that there is."""
    while not list(folder.glob("checkpoints/*.npz")):
        time.sleep(0.01)
    make(folder, workers=0).evaluate_best(X, Y)


def look(folder):
    """Reads all that a report needs until the search has ended."""
    seen = 0
    while True:
        if (folder / "journal.jsonl").exists():
            run = tftune.load_run(folder) if os.path.getsize(folder / "journal.jsonl") else None
            if run is not None:
                ended = sum(run.state.counts().values())
                assert seen <= ended, "a trial has gone"
                seen = ended
                if run.state.finish:
                    return
        time.sleep(0.003)


SECOND = {
    "search": search,
    "overwrite": lambda folder: search(folder, overwrite=True),
    "evaluate": evaluate,
    "read": look,
}


def started(task, folder, delay):
    """Forks a process and returns its id; its exit code tells how the task ended."""
    child = os.fork()
    if child:
        return child
    code = FAILED
    try:
        time.sleep(delay)
        task(folder)
        code = 0
    except RunFolderError as error:
        code = REFUSED if "Another process" in str(error) else FAILED
        if code == FAILED:
            traceback.print_exc()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


warnings.simplefilter("ignore")
draw = random.Random(kind)
for repetition in range(repetitions):
    folder = place / f"{kind}-{repetition}"
    delays = [0.0, draw.uniform(0.0, LONGEST_DELAY)]
    tasks = [search, SECOND[kind]]
    children = [started(task, folder, delay) for task, delay in zip(tasks, delays, strict=True)]
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    records = read(folder / "journal.jsonl").records
    ends = [record["trial_id"] for record in records if record["kind"] == "end"]
    kinds = [record["kind"] for record in records]
    print(json.dumps({"codes": codes, "ends": ends, "kinds": kinds, "trials": TRIALS}), flush=True)
