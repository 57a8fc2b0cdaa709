"""What TensorBoard's HParams page is told of a trial: one row, written when the trial has ended.

TensorBoard takes the columns from the rows themselves: a list of columns (an "experiment") that one
search wrote would hide the knobs of all others under the same `--logdir`. A row is called
`<run>/<trial> (<place>)`, for TensorBoard takes rows of one name for repetitions and shows their
means; the place tells folders of one name apart. It reads what a row tells once, so the row waits
for the end, when the status is known.

Numbers are shown with five digits, 64 as 64.000; whole ones are therefore texts, blanks before
them so that they sort. What a page of HTML shows of " 8" is 8.

Example:
    >>> trial = TrialRecord("0000", 0, {"units": 8, "rate": 0.01}, best_epoch=2)
    >>> told = columns(trial, Run("leaves", "3f2a"), SearchState(), 3)
    >>> told["run"], told["units"].strip(), told["best_epoch"].strip(), told["rate"]
    ('leaves', '8', '2', 0.01)
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tftune.journal.state import SearchState, TrialRecord
from tftune.reports.analysis.knobs import active_among, knob_records
from tftune.space.knob import public_values
from tftune.support.texts import one_line

START_TAG = "_hparams_/session_start_info"
END_TAG = "_hparams_/session_end_info"
OBJECTIVE_TAG = "objective"
OWN_COLUMNS = ("run", "status", "epochs", "best_epoch", "objective_name")
_LONGEST = 200  # characters of a name or a text
_WIDTH = 6  # of whole numbers as texts


@dataclass(frozen=True)
class Run:
    """How the page names a search.

    Attributes:
        name: The name of the run folder.
        place: Four digits for where the folder lies.
    """

    name: str
    place: str

    @classmethod
    def of(cls, log: Path) -> Run:
        """Returns the name of the search whose log lies in a folder: that of the run folder, or of
        the log itself if it does not lie in one.

        Example:
            >>> Run.of(Path("runs/leaves/tensorboard")).name, Run.of(Path("runs/leaves")).name
            ('leaves', 'leaves')
        """
        whole = log.absolute()
        folder = whole.parent if whole.name == "tensorboard" and whole.parent.name else whole
        place = hashlib.sha256(str(folder).encode(errors="surrogateescape")).hexdigest()[:4]
        return cls(one_line(folder.name, _LONGEST), place)

    def row(self, trial_id: str) -> str:
        """Returns the name of a trial's row."""
        return f"{self.name}/{trial_id} ({self.place})"


def columns(
    trial: TrialRecord, run: Run, state: SearchState, last_epoch: int
) -> dict[str, bool | float | str]:
    """Returns the cells of a row but the metrics: knobs that play a part in the trial, logarithmic
    ones as `log10(...)` too, the run, the status.

    Args:
        trial: The trial; it has ended.
        run: The search.
        state: What the journal tells of it.
        last_epoch: The last epoch that was trained.
    """
    records = knob_records(state)
    values = active_among(trial, records) | _fixed(trial, records)
    logarithmic = {each["name"] for each in records if each.get("sampling") == "log"}
    floats = {each["name"] for each in records if each.get("kind") == "Float"}
    told: dict[str, bool | float | str] = {}
    for knob, value in public_values(trial.values).items():  # their order
        if knob not in values:
            continue
        name = one_line(knob, _LONGEST)
        name = f"knob/{name}" if name in OWN_COLUMNS else name
        told[name] = _cell(float(value) if knob in floats else value)
        if knob in logarithmic and not isinstance(value, bool | str) and value > 0:
            told[f"log10({name})"] = math.log10(value)
    own = {"run": run.name, "status": str(trial.status), "epochs": last_epoch}
    if trial.best_epoch is not None:
        own["best_epoch"] = trial.best_epoch
    if state.header:
        own["objective_name"] = one_line(f"{state.objective} ({state.direction})", _LONGEST)
    return told | {name: _cell(value) for name, value in own.items()}


def session_start(trial: TrialRecord, run: Run, cells: Mapping[str, bool | float | str]) -> Any:
    """Returns the `Summary` that opens a trial's row."""
    from tensorboard.plugins.hparams import summary_v2

    return summary_v2.hparams_pb(
        dict(cells), trial_id=run.row(trial.trial_id), start_time_secs=trial.started
    )


def session_end(failed: bool, end_time: float) -> Any:
    """Returns the `Summary` that closes a trial's row with STATUS_SUCCESS or STATUS_FAILURE."""
    from tensorboard.compat.proto import summary_pb2
    from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2

    status = api_pb2.STATUS_FAILURE if failed else api_pb2.STATUS_SUCCESS
    content = plugin_data_pb2.HParamsPluginData(
        session_end_info=plugin_data_pb2.SessionEndInfo(status=status, end_time_secs=end_time)
    )
    message = summary_pb2.Summary()
    message.value.add(
        tag=END_TAG, metadata=metadata.create_summary_metadata(content), tensor=metadata.NULL_TENSOR
    )
    return message


def row_in(told: Sequence[tuple[str, bytes]]) -> str | None:
    """Returns the name of a row, or None if it is not complete.

    Args:
        told: Tags and contents, as `tftune.reports.events.last_tags` gives them.
    """
    from tensorboard.plugins.hparams import metadata

    contents = dict(told)
    if START_TAG not in contents or END_TAG not in contents:
        return None
    start = metadata.parse_session_start_info_plugin_data(contents[START_TAG])
    return str(start.group_name)


def _fixed(trial: TrialRecord, records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Returns the values of knobs that nothing depends on and that leave no choice."""
    values = public_values(trial.values)
    fixed = (each["name"] for each in records if each.get("kind") == "Fixed")
    always = {each["name"] for each in records if not each.get("conditions")}
    return {name: values[name] for name in fixed if name in values and name in always}


def _cell(value: Any) -> bool | float | str:
    if isinstance(value, str):
        return one_line(value, _LONGEST)
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:{_WIDTH}d}"
    return value  # type: ignore[no-any-return]
