"""A program whose searches cost little, with all that programs have.

The variable PAUSE makes building a model take so many seconds, so that a kill hits it.
"""

from __future__ import annotations

import os
import sys
import time

from tests.cli.test_program import small_program
from tftune.cli.program import main


def pause(hp: object) -> None:
    time.sleep(float(os.environ.get("PAUSE", "0")))


if __name__ == "__main__":
    sys.exit(main(small_program(pause)))
