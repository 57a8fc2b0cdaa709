"""The trials as a `pandas.DataFrame`; pandas is imported only when one is asked for.

Example:
    >>> from tftune.journal.state import SearchState
    >>> list(to_dataframe(SearchState()).columns)[:4]
    ['trial_id', 'number', 'status', 'score']
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tftune.errors import UsageError
from tftune.journal.state import SearchState
from tftune.reports.tables import knob_columns, knob_names
from tftune.space.knob import public_values

if TYPE_CHECKING:
    import pandas

_DTYPES = {
    "trial_id": "string",
    "number": "Int64",
    "status": "string",
    "score": "float64",
    "best_epoch": "Int64",
    "seconds": "float64",
    "parameters": "Int64",
    "attempt": "Int64",
    "parent": "string",
    "message": "string",
}


def to_dataframe(state: SearchState, metrics: bool = False) -> pandas.DataFrame:
    """Returns all trials in the order of their start, a row each.

    The columns are `trial_id`, `number`, `status`, `score`, `best_epoch`, `seconds`, `parameters`,
    `attempt`, `parent`, `message` and `started`, then the knobs. What a trial does not have is
    missing (`pandas.isna`). Numbers are numbers, ids and choices of text are text, switches are
    booleans. A knob that bears the name of another column is called `values/<name>`.

    Args:
        state: The search.
        metrics: Whether there is a column `metrics/<name>` for each metric at the best epoch.

    Raises:
        UsageError: If pandas is not installed.
    """
    try:
        import pandas as pd
    except ImportError:
        raise UsageError(
            "A data frame needs pandas, which is not installed. Expected the extra `plots`. "
            "Install it with: pip install 'tftune[plots]'. table() needs nothing."
        ) from None
    trials = list(state.trials.values())
    columns: dict[str, Any] = {
        name: pd.array([getattr(trial, name) for trial in trials], dtype=dtype)
        for name, dtype in _DTYPES.items()
        if dtype != "float64"
    }
    for name in ("score", "seconds"):
        columns[name] = pd.array([_float(getattr(trial, name)) for trial in trials], "float64")
    columns = {name: columns[name] for name in _DTYPES}
    started = [trial.started or None for trial in trials]
    times = pd.to_datetime(pd.Series(started, dtype="float64"), unit="s", utc=True)
    columns["started"] = times.astype("datetime64[ns, UTC]")  # the unit differs between versions
    values = [public_values(trial.values) for trial in trials]
    for knob, column in knob_columns(knob_names(state), columns).items():
        columns[column] = _column(pd, [each.get(knob) for each in values])
    if metrics:
        for name in {name: None for trial in trials for name in trial.metrics}:
            told = [_float(trial.metrics.get(name)) for trial in trials]
            columns[f"metrics/{name}"] = pd.array(told, "float64")
    return pd.DataFrame(columns)


def _float(value: Any) -> float:
    return float("nan") if value is None else float(value)


def _column(pd: Any, values: Sequence[Any]) -> Any:
    """Returns the values of a knob in the type that all of them have."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return pd.array(values, dtype="boolean")
    exact = all(abs(value) < 2**63 for value in values if type(value) is int)
    if kinds == {int} and exact:
        return pd.array(values, dtype="Int64")
    if kinds and kinds <= {int, float} and exact:
        return pd.array([_float(value) for value in values], "float64")
    if kinds == {str}:
        return pd.array(values, dtype="string")
    return pd.Series([pd.NA if value is None else value for value in values], dtype="object")
