"""The drawings of `docs/guides/search-pictures.md`, made anew: those that the page shows, and no
others, of `tftune pictures` with seed 0.

    python docs/search_pictures.py [--into docs/pictures/search]

About a minute. The sentences of the page quote `pictures.txt` of the same command and seed.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # the pictures are those of this checkout

from tftune.cli.command import main as tftune  # noqa: E402

PAGE = ROOT / "docs" / "guides" / "search-pictures.md"


def main(arguments: Sequence[str] | None = None) -> int:
    """Makes the drawings; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    folder = ROOT / "docs" / "pictures" / "search"
    parser.add_argument("--into", type=Path, default=folder, metavar="DIR")
    options = parser.parse_args(arguments)
    names = re.findall(r"pictures/search/([\w-]+\.svg)\)", PAGE.read_text(encoding="utf-8"))
    options.into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        if code := tftune(["pictures", scratch, "--seed", "0"]):
            return code
        for old in set(options.into.glob("*.svg")) - {options.into / name for name in names}:
            old.unlink()
        for name in names:
            shutil.copy(Path(scratch) / name, options.into / name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
