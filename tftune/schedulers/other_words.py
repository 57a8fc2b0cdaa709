"""What other tools call the schedulers, so that their word leads to our name, or to the truth."""

from __future__ import annotations

from tftune.support.other_words import OtherWords

_SEARCH = "plans the epochs itself, and is given by --search {0} (oracle={0!r})"

SCHEDULER_WORDS = OtherWords(
    {
        "none": "no off false null nop nop-pruner fifo fifo-scheduler never disable disabled",
        "median": "median-stopping median-stop median-stopping-rule medianstop medstop "
        "median-pruner percentile percentile-pruner vizier google-vizier",
        "curve-fit": "curvefit curve-fitting extrapolation extrapolate learning-curve lce "
        "curve-fitting-assessor domhan",
        "asha": "async-successive-halving asynchronous-successive-halving async-sha "
        "asha-scheduler async-hyperband asynchyperband asynchyperbandscheduler "
        "asynchronous-hyperband",
        "successive-halving": "sha halving successivehalving successive-halving-pruner racing "
        "wilcoxon wilcoxon-pruner patient",
        "threshold": "threshold-pruner bounds nan terminate-on-nan",
    },
    {
        "hyperband hb hyperband-pruner hyperbandscheduler": _SEARCH.format("hyperband"),
        "bohb hyperband-for-bohb": _SEARCH.format("bohb"),
        "pbt pb2 population-based-training population-based": (
            "population-based training is not offered; the nearest is --search evolution"
        ),
        "early-stopping earlystopping patience patient-pruner": (
            "a trial that no longer gets better ends by itself: --early-stopping-patience "
            "(early_stopping_patience=)"
        ),
        "random grid bayesian bayes tpe gp auto": (
            "that is a search method, which is given by --search (oracle=)"
        ),
        "cosine exponential step reduce-on-plateau plateau reducelronplateau warmup": (
            "a schedule of the learning rate is given by --schedule (schedule=) and --warmup, or "
            "tuned by a knob; a scheduler here stops trials"
        ),
        "ray raytune": "Ray runs trials: --workers ray (workers='ray') beside any scheduler",
    },
    ends=("scheduler", "pruner", "stopper", "assessor", "rule", "stopping"),
)

OPTION_WORDS = OtherWords(
    {
        "factor": "eta reduction_factor",
        "min_epochs": "grace_period min_resource min_t r",
        "warmup_epochs": "n_warmup_steps warmup warmup_steps grace_period",
        "min_trials": "n_startup_trials startup_trials n_min_trials min_samples_required",
        "interval": "interval_steps every",
        "lower": "min minimum low",
        "upper": "max maximum high",
    }
)
