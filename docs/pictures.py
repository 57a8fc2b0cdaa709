"""Pictures of a report for the README: what a browser shows of a run folder, as small PNG files.

    python docs/pictures.py RUN [RUN ...] [--into docs/pictures]

Chromium is needed (Debian's `chromium` and `chromium-driver`), and the `dev` extra.
"""

from __future__ import annotations

import argparse
import base64
import io
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # the pictures are those of this checkout

from benchmarks.browser import opened, resize  # noqa: E402
from tftune.cli.runs import folder_of  # noqa: E402
from tftune.errors import TftuneError  # noqa: E402
from tftune.reports.page.page import write_report  # noqa: E402

LARGEST = 120_000  # bytes of a picture
# name, width of the window, whether dark, the first and the last element that is seen
PICTURES = (
    ("report-light", 1180, False, "header", "#story"),
    ("report-dark", 1180, True, "#parallel-coordinates", "#parallel-coordinates .charts"),
)
_MARGIN = 24


def pictured(browser: Any, page: Path, width: int, dark: bool, first: str, last: str) -> bytes:
    """Returns a PNG of the part of a page from the top of one element to the bottom of another."""
    resize(browser, width, dark)
    browser.get(page.absolute().as_uri())
    top, bottom = browser.execute_script(
        "const box = (name) => document.querySelector(name).getBoundingClientRect();"
        "return [box(arguments[0]).top + scrollY, box(arguments[1]).bottom + scrollY];",
        first,
        last,
    )
    start = max(top - _MARGIN, 0)
    clip = {"x": 0, "y": start, "width": width, "height": bottom + 8 - start, "scale": 1}
    answer = browser.execute_cdp_cmd(
        "Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip}
    )
    return small(base64.b64decode(answer["data"]))


def small(png: bytes) -> bytes:
    """Returns a picture with as many colours as fit into `LARGEST` bytes, 256 at the most."""
    from PIL import Image

    picture = Image.open(io.BytesIO(png)).convert("RGB")
    for colours in (256, 128, 64, 32):
        file = io.BytesIO()
        picture.quantize(colours, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
        if file.tell() <= LARGEST:
            break
    return file.getvalue()


def main(arguments: Sequence[str] | None = None) -> int:
    """Makes the pictures; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", metavar="RUN", nargs="+", help="a run folder")
    parser.add_argument("--into", type=Path, default=ROOT / "docs" / "pictures", metavar="DIR")
    options = parser.parse_args(arguments)
    try:
        folders = [folder_of(run) for run in options.runs]
        with tempfile.TemporaryDirectory() as scratch, opened() as browser:
            page = write_report(folders, Path(scratch) / "report.html")
            options.into.mkdir(parents=True, exist_ok=True)
            for name, *how in PICTURES:
                path = options.into / f"{name}.png"
                path.write_bytes(pictured(browser, page, *how))
                print(f"{path}  {path.stat().st_size / 1000:.0f} kB")
    except TftuneError as error:
        parser.error(str(error))
    return 0


if __name__ == "__main__":
    sys.exit(main())
