"""`python -m tftune` is the command `tftune`."""

from __future__ import annotations

import sys

from tftune.cli.command import main

if __name__ == "__main__":
    sys.exit(main(program="python -m tftune"))
