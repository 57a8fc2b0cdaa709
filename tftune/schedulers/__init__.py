"""WHO STOPS A HOPELESS TRIAL: one rule a file; a scheduler sees the learning curves and answers
stop or go on.

Example:
    >>> list(SCHEDULERS)
    ['none', 'median', 'curve-fit', 'asha', 'successive-halving', 'threshold']
"""

from tftune.schedulers.other_words import SCHEDULER_WORDS
from tftune.support.registry import Registry

SCHEDULERS = Registry(
    "scheduler",
    {
        "none": ("tftune.schedulers.base:NoScheduler", "every trial trains to its end"),
        "median": (
            "tftune.schedulers.median:MedianScheduler",
            "stops what is worse than the median so far (Golovin et al. 2017)",
        ),
        "curve-fit": (
            "tftune.schedulers.curve_fit:CurveFitScheduler",
            "extends the curve, stops what will not beat the best (Domhan et al. 2015)",
        ),
        "asha": (
            "tftune.schedulers.asha:AsynchronousHalvingScheduler",
            "at each rung the best third goes on, at once (Li et al. 2020)",
        ),
        "successive-halving": (
            "tftune.schedulers.successive_halving:SuccessiveHalvingScheduler",
            "the same, once a rung is full (Jamieson & Talwalkar 2016)",
        ),
        "threshold": (
            "tftune.schedulers.threshold:ThresholdScheduler",
            "stops outside fixed bounds, and on NaN and infinity",
        ),
    },
    words=SCHEDULER_WORDS,
)
