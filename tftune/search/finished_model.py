"""The model that a finish has made of a search: its members, and what they are together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tftune.journal.run_folder import RunFolder
from tftune.journal.state import SearchState

if TYPE_CHECKING:
    from tftune.search.load_run import Run
    from tftune.space.search_space import SearchSpace


def members_of(state: SearchState, folder: RunFolder, space: SearchSpace) -> list[dict[str, Any]]:
    """Returns the members of a finished model as `mean_of_models.restore_mean` takes them; none
    where the model is that of the best trial.

    Args:
        state: Of the search.
        folder: Of the run.
        space: Of the search.
    """
    return [
        {
            "hyperparameters": dict(
                space.to_hyperparameters(state.trials[each["trial_id"]].values).get_config()
            ),
            "checkpoint": str(folder.checkpoint(str(each["checkpoint"]))),
            "weight": each["weight"],
        }
        for each in state.members
    ]


def finished_model(run: Run) -> Any:
    """Returns the model that a finish has made of a run, or None where it is the best trial's.

    Args:
        run: The run.
    """
    from tftune.training.mean_of_models import mean_of_models

    members = run.state.members
    if not members:
        return None
    models = [
        run.model_of_file(run.state.trials[each["trial_id"]], str(each["checkpoint"]))
        for each in members
    ]
    if len(models) == 1:
        return models[0]
    weights = [float(each["weight"]) for each in members]
    return mean_of_models(models, weights, run.input_signature)
