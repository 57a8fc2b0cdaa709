"""Files of an oracle under a plain `keras_tuner.Tuner`: strict JSON, written whole or not at all.
No pickle.

Our own driver keeps a journal instead and switches these files off.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tftune.errors import RunFolderError
from tftune.support.files import write_atomically


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Writes JSON atomically: a reader finds the old file or the new one, even after a crash."""
    write_atomically(path, json.dumps(content, allow_nan=False))


def read_json(path: Path) -> dict[str, Any]:
    """Reads what `write_json` wrote.

    Raises:
        RunFolderError: If the file is missing or damaged.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunFolderError(
            f"The state of the search cannot be read. Expected a JSON object in {path}. Received: "
            f"{error}. "
            "Restore the file, choose another project_name or pass overwrite=True."
        ) from error
    if not isinstance(content, dict):
        raise RunFolderError(
            f"{path} must hold a JSON object. Received: {type(content).__name__}. Pass "
            "overwrite=True to start over."
        )
    return content


def map_observations(state: dict[str, Any], function: Any) -> dict[str, Any]:
    """Applies a function to every number in the metrics of a trial's state, as
    `keras_tuner.engine.trial.Trial.get_state` gives it.
    """
    metrics = {
        name: {
            **history,
            "observations": [
                {**seen, "value": [function(value) for value in seen["value"]]}
                for seen in history["observations"]
            ],
        }
        for name, history in state["metrics"]["metrics"].items()
    }
    return {**state, "metrics": {"metrics": metrics}, "score": function(state["score"])}
