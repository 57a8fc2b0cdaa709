"""A library that is always there: the server of the peers' protocol with a method that trains
every trial for two epochs and lets every third one that it asks for be the best so far, which goes
on for two more.
"""

import json
import sys


class Server:
    """The answers by the first word of a line."""

    def __init__(self):
        self.space, self.until, self.loss, self.asked = [], {}, {}, 0

    def answer(self, line):
        """Returns the answer to a line."""
        if "space" in line:
            self.space = line["space"]
            return {"error": "ImportError: no tea"} if line["method"] == "syne-bohb" else {}
        if "ask" in line:
            return self.ask()
        if "report" in line:
            number, loss = line["report"], line["loss"]
            self.loss[number] = 9.0 if loss is None else loss
            return {"go_on": loss is not None and line["epoch"] < self.until[number]}
        return {"cpu_seconds": 0.5} if "end" in line else {}

    def ask(self):
        """Returns a trial, each third time one that goes on."""
        self.asked += 1
        number = len(self.until)
        if self.asked % 3 == 0:
            number = min(self.loss, key=self.loss.get)
        self.until[number] = self.until.get(number, 0) + 2
        return {"id": number, "values": [each["low"] for each in self.space]}


if __name__ == "__main__":
    server = Server()
    for text in sys.stdin:
        print(json.dumps(server.answer(json.loads(text))), flush=True)
