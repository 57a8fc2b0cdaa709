"""What TensorBoard's HParams page is told: the columns of its table, and the first and last word on
each row.

Rows are trials (`group_name` = trial id). A knob or a metric is a column only if the experiment
lists it, and the page shows the *last* value of a metric, so the objective is written once, as the
best value.

Example:
    >>> from tftune.journal.state import TrialRecord
    >>> start = session_start(TrialRecord("0000", 0, {"dropout": 0.5, "tuner/epochs": 3}))
    >>> start.value[0].tag
    '_hparams_/session_start_info'
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tftune.journal.state import SearchState, TrialRecord
from tftune.space.knob import public_values

EXPERIMENT_TAG = "_hparams_/experiment"
END_TAG = "_hparams_/session_end_info"
OBJECTIVE_TAG = "objective"
_METRICS = {  # tag of the scalar in the session's own folder: what it is
    "best_epoch": "The epoch of the best value, counted from 1",
    "epochs": "The last epoch trained; a continued trial counts on from its parent",
    "seconds": "Wall-clock time of the trial",
}


def experiment(state: SearchState) -> Any:
    """Returns the `Summary` that declares the knobs and metrics of a search; equal searches give
    equal bytes.
    """
    from tensorboard.plugins.hparams import summary_v2

    best = f"The best value of {state.objective} ({state.direction}) over the epochs"
    metrics = [
        summary_v2.Metric(OBJECTIVE_TAG, group="", display_name=state.objective, description=best)
    ]
    metrics += [
        summary_v2.Metric(tag, group="", display_name=tag, description=text)
        for tag, text in _METRICS.items()
    ]
    knobs = [summary_v2.HParam(name, _domain(knob)) for name, knob in columns(state).items()]
    return summary_v2.hparams_config_pb(hparams=knobs, metrics=metrics, time_created_secs=0)


def columns(state: SearchState) -> dict[str, Mapping[str, Any]]:
    """Returns what is known of each knob, by name: those of the space, and those that a build
    function declared later.
    """
    known: dict[str, Mapping[str, Any]] = {}
    for knob in state.header.get("space", {}).get("knobs", []):
        known[knob["name"]] = (
            {} if knob["name"] in known else knob
        )  # one name, several conditions: no one range fits
    for trial in state.trials.values():
        for name in public_values(trial.values):
            known.setdefault(name, {})
    return known


def session_start(trial: TrialRecord) -> Any:
    """Returns the `Summary` that opens a trial's row: its knob values, kept as bool, number or
    text.
    """
    from tensorboard.plugins.hparams import summary_v2

    return summary_v2.hparams_pb(
        public_values(trial.values), trial_id=trial.trial_id, start_time_secs=trial.started
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


def _domain(knob: Mapping[str, Any]) -> Any:
    """Returns what the page offers as a filter: a set of values, a range, or nothing in particular
    (None).
    """
    from tensorboard.plugins.hparams import summary_v2

    kind = knob.get("kind")
    if kind == "Boolean":
        return summary_v2.Discrete([False, True])
    if kind == "Choice" and len({type(value) for value in knob["values"]}) == 1:
        return summary_v2.Discrete(knob["values"])
    if kind in ("Int", "Float"):
        return summary_v2.RealInterval(float(knob["min"]), float(knob["max"]))
    return None
