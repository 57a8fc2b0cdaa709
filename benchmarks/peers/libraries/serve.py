"""Runs a search of one library for another process: JSON lines come in on stdin and each is
answered by one on stdout.

    python serve.py MODULE

| line | answer |
|---|---|
| `{"method": NAME, "space": [...], "seed": 0, "trials": 100}` | `{}` |
| `{"ask": true}` | `{"id": 0, "values": [...]}` |
| `{"tell": 0, "loss": 0.5}` | `{}` |
| `{"end": true}` | `{"cpu_seconds": 1.5}`, without what importing the library took |

A search that trains a trial a little and goes on with the best says how far instead: the first line
has `points`, the most epochs of a trial, in place of `trials`. An id that is asked for again means
that this trial goes on from where it was.

| line | answer |
|---|---|
| `{"ask": true}` | `{"id": 0, "values": [...]}` |
| `{"place": 0, "values": [...]}`: the values that a new trial really has | `{}` |
| `{"report": 0, "epoch": 1, "loss": 0.5}`: null where training diverged | `{"go_on": true}` |

Losses are minimised. Whatever goes wrong is answered by `{"error": "..."}`, the last answer.
"""

import importlib
import json
import os
import sys
import time
import traceback
import warnings


def main():
    """Answers until the end of the input."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print must not stand between the answers
    warnings.simplefilter("ignore")
    session = Session(sys.argv[1])
    for line in sys.stdin:
        try:
            answer = session.answer(json.loads(line))
        except Exception as error:
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {error}".splitlines()[0][:300]}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
        if "error" in answer:
            sys.exit(1)


class Session:
    """One search and what was asked of it.

    Args:
        module: Its name beside this file.
    """

    def __init__(self, module):
        self.module, self.search, self.asked, self.began = module, None, [], 0.0
        self.pausing = False

    def answer(self, line):
        """Returns the answer to a line."""
        if "space" in line:
            library = importlib.import_module(self.module)
            if hasattr(library, "load"):
                library.load()
            self.began = time.process_time()
            length = line["points"] if "points" in line else line["trials"]
            self.pausing = "points" in line
            self.search = library.make(line["method"], line["space"], line["seed"], length)
            return {}
        if "ask" in line:
            point, values = self.search.ask()
            if self.pausing:  # the point is a number already, the same when a trial goes on
                return {"id": point, "values": list(map(plain, values))}
            self.asked.append(point)
            return {"id": len(self.asked) - 1, "values": list(map(plain, values))}
        if "tell" in line:
            self.search.tell(self.asked[line["tell"]], line["loss"])
            return {}
        if "place" in line:
            self.search.place(line["place"], line["values"])
            return {}
        if "report" in line:
            go_on = self.search.report(line["report"], line["epoch"], line["loss"])
            return {"go_on": bool(go_on)}
        return {"cpu_seconds": round(time.process_time() - self.began, 4)}


def plain(value):
    """Returns a Python number for one of NumPy."""
    return value.item() if hasattr(value, "item") else value


if __name__ == "__main__":
    main()
