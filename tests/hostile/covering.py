"""Gives a reader bytes that reach new lines of it, by atheris (libFuzzer).

python -m tests.hostile.covering READER SECONDS FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path


def main(reader: str, seconds: str, folder: str) -> None:
    """Fuzzes one reader."""
    import atheris

    with atheris.instrument_imports(include=["tftune"]):
        from tests.hostile.fuzzed import READERS, attempt

    fuzzed, place = READERS[reader], Path(folder)
    corpus = place / "corpus"
    corpus.mkdir()
    for number, content in enumerate(fuzzed.good()):
        (corpus / str(number)).write_bytes(content)
    (place / "files").mkdir()
    options = [f"-max_total_time={int(float(seconds))}", "-max_len=8192", "-timeout=20"]
    options += [f"-artifact_prefix={place}/", "-print_final_stats=1"]
    atheris.Setup(
        [sys.argv[0], *options, str(corpus)],
        lambda content: attempt(fuzzed, content, place / "files"),
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
