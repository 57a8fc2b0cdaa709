"""The views of a report, in the order in which the page shows them.

A view is a function of the runs that are shown together, `Sequence[RunData]`, one or more, and
returns a `View`. It never raises for want of results: it says why there is nothing to draw.
"""

from __future__ import annotations

from tftune.support.registry import Registry

VIEWS = Registry(
    "view",
    {
        "story": (".story:story", "what was searched, how long, what was found and is worth"),
        "best-so-far": (".best_so_far:best_so_far", "the best score by trials and by seconds"),
        "references": (".references:references", "simple models on the same split"),
        "learning-curves": (".learning_curves:learning_curves", "curves coloured by fate"),
        "diagnosis": (".diagnosis:diagnosis", "bias or variance, and what to do about it"),
        "parallel-coordinates": (".parallel:parallel_coordinates", "a line a trial, to be brushed"),
        "importance": (".importance:importance", "which knob mattered, with intervals"),
        "slices": (".slices:slices", "the score against each knob"),
        "contour": (".contour:contour", "the score over the two most important knobs"),
        "partial-dependence": (".dependence:partial_dependence", "the effect of each knob alone"),
        "scores": (".scores:scores", "rank and distribution of the scores"),
        "timeline": (".timeline:timeline", "workers, and where the time went"),
        "predictions": (".predictions:predictions", "what the surrogate said against what came"),
        "confirmation": (".confirmation:confirmation", "the best few, trained again"),
        "finish": (".finish:finish", "what each step after the search was worth"),
        "nested": (".nested:nested", "what search and choice are worth on rows kept apart"),
        "honesty": (".honesty:honesty", "how far the numbers can be trusted"),
        "test-split": (".on_test_split:test_split", "what the best model got right and wrong"),
    },
    package=__name__,
)
