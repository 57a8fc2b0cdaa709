"""Tables of learning curves: one row a trial, with its hyper-parameters and the objective after
each epoch.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tftune.errors import UsageError

FOLDER = Path(__file__).resolve().parents[1] / "data"
_EPOCH = re.compile(r"(?:epoch[ _]?)?(\d+)")


@dataclass(frozen=True)
class CurveTable:
    """Learning curves of many trials.

    Attributes:
        curves: By trial; a trial that ended early has a shorter curve; values may be NaN.
        values: Hyper-parameters by trial, as text.
    """

    curves: Mapping[str, tuple[float, ...]]
    values: Mapping[str, Mapping[str, str]]

    @property
    def epochs(self) -> int:
        """The length of the longest curve."""
        return max(map(len, self.curves.values()))


def default_path() -> Path:
    """Returns the table of the project, packed or not."""
    packed = FOLDER / "peptide_curves.csv.gz"
    return packed if packed.exists() else FOLDER / "peptide_curves.csv"


def read_curves(path: Path) -> CurveTable:
    """Reads a table; columns `trial`, hyper-parameters, and `epoch_1`, `epoch_2`, ..; `.gz` is
    unpacked.

    Raises:
        UsageError: If the file is absent, has no such columns or no rows.
    """
    if not path.is_file():
        raise UsageError(
            f"There is no table of curves. Expected a CSV file. Received: {path}. Make one: python "
            "-m benchmarks.make_curves."
        )
    data = path.read_bytes()
    rows = list(
        csv.DictReader(
            io.StringIO((gzip.decompress(data) if path.suffix == ".gz" else data).decode())
        )
    )
    columns = [name for name in (rows[0] if rows else {}) if _EPOCH.fullmatch(name)]
    columns.sort(key=lambda name: int(_EPOCH.fullmatch(name)[1]))  # type: ignore[index]
    if not columns or "trial" not in rows[0]:
        raise UsageError(
            f"{path.name} is no table of curves. Expected rows with columns trial, epoch_1, "
            f"epoch_2, .. Received: {len(rows)} rows."
        )
    curves = {
        row["trial"]: tuple(float(row[name]) for name in columns if row[name] != "") for row in rows
    }
    others = [name for name in rows[0] if name not in columns and name != "trial"]
    return CurveTable(curves, {row["trial"]: {name: row[name] for name in others} for row in rows})


def write_curves(
    path: Path, curves: Mapping[str, Sequence[float]], values: Mapping[str, Mapping[str, Any]]
) -> None:
    """Writes a table, equal bytes for equal contents; objectives with 4 decimals, other numbers
    with 4 significant digits.

    Args:
        path: Ends in `.csv` or `.csv.gz`.
        curves: By trial.
        values: Hyper-parameters by trial; all trials have the same names, or an empty cell.
    """
    names = list(dict.fromkeys(name for each in values.values() for name in each))
    epochs = max(map(len, curves.values()))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["trial", *names, *(f"epoch_{epoch}" for epoch in range(1, epochs + 1))])
    for trial, curve in curves.items():
        cells = [_cell(values[trial].get(name, "")) for name in names]
        writer.writerow(
            [trial, *cells, *(f"{value:.4f}" for value in curve), *[""] * (epochs - len(curve))]
        )
    data = text.getvalue().encode()
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)


def noise(table: CurveTable, direction: str = "max", last: int = 5) -> float:
    """Returns how far the objective of a good trial jumps from epoch to epoch near its end.

    Of the better half of the trials, a straight line is taken out of the last five epochs; the
    noise is the root mean square of what is left, with three degrees of freedom a trial. Trials
    with NaN or fewer epochs are left out.

    Args:
        table: The curves.
        direction: Which way the objective improves.
        last: How many epochs are looked at.
    """
    ends = np.array(
        [
            curve[-last:]
            for curve in table.curves.values()
            if len(curve) >= last and np.isfinite(curve).all()
        ]
    )
    if not len(ends):
        raise UsageError(
            f"The noise cannot be told. Expected finite curves of at least {last} epochs. "
            "Received: none. Use longer curves."
        )
    best = ends.max(axis=1) if direction == "max" else -ends.min(axis=1)
    good = ends[best >= np.median(best)]
    line = np.polynomial.polynomial.polyvander(np.arange(last), 1)
    fitted = line @ np.linalg.lstsq(line, good.T, rcond=None)[0]
    return float(np.sqrt(((good.T - fitted) ** 2).sum() / (len(good) * (last - 2))))


def _cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
