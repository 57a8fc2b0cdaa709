"""A library that is always there: the server of the peers' protocol with a method that counts, run
by this Python. Its first argument says what goes wrong, if anything.
"""

import json
import sys


def main():
    """Answers as `benchmarks/peers/libraries/serve.py` does."""
    space, asked = [], 0
    for line in sys.stdin:
        request = json.loads(line)
        answer = {}
        if "space" in request:
            space = request["space"]
            if request["method"] == "broken":
                answer = {"error": "ImportError: no tea"}
            if request["method"] == "dying":
                sys.exit("ValueError: the leaves are wet")
        elif "ask" in request:
            answer = {"id": asked, "values": [asked % each["choices"] for each in space]}
            asked += 1
        elif "end" in request:
            answer = {"cpu_seconds": 0.5}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
