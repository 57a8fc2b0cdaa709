"""WHAT A METHOD DOES, AS A PICTURE: one file a picture, each a function of the seed that returns a
`View`.

Everything in them is computed by the search methods and schedulers themselves; nothing is trained.

Example:
    >>> "grid-and-random" in PICTURES, "hill-climbing" in PICTURES
    (True, False)
"""

from tftune.support.other_words import OtherWords
from tftune.support.registry import Registry

PICTURES = Registry(
    "picture",
    {
        "grid-and-random": (
            ".grid_and_random:grid_and_random",
            "why random search beats a grid where one knob matters little",
        ),
        "log-scale": (
            ".log_scale:log_scale",
            "why a learning rate is drawn on a log scale, and a momentum on one of 1 - m",
        ),
        "best-tenth": (
            ".best_tenth:best_tenth",
            "p_k = 0.9^k: how many random trials it takes to meet the best tenth",
        ),
        "discrepancy": (
            ".discrepancy:discrepancy",
            "how evenly six samplers spread their points: star discrepancy",
        ),
        "halving": (
            ".halving:halving",
            "successive halving and Hyperband as brackets of real curves",
        ),
        "gaussian-process": (
            ".gaussian_process:gaussian_process",
            "a Gaussian process and its expected improvement, step by step",
        ),
        "evolution": (
            ".evolution:evolution",
            "who lives and who dies under evolution's replacement schemes",
        ),
        "median-stopping": (
            ".median_stopping:median_stopping",
            "which real curves the median rule stops, when, and what it costs",
        ),
        "curve-fitting": (
            ".curve_fitting:curve_fitting",
            "what is foretold of real curves, and how often it comes true",
        ),
        "bias-and-variance": (
            ".bias_and_variance:bias_and_variance",
            "training and validation error over a model's complexity, taken apart",
        ),
        "rate-schedules": (
            ".rate_schedules:rate_schedules",
            "the learning rate over a training by every schedule, and the batch that grows instead",
        ),
    },
    __name__,
    OtherWords(
        {
            "grid-and-random": "grid random bergstra",
            "log-scale": "log uniform logarithmic",
            "best-tenth": "pk p_k 0.9^k 60-trials",
            "discrepancy": "sobol halton hammersley lhs poisson-disk star-discrepancy",
            "halving": "hyperband successive-halving asha brackets",
            "gaussian-process": "gp bayesian ei expected-improvement",
            "evolution": "genetic replacement aging population",
            "median-stopping": "median",
            "curve-fitting": "curve-fit extrapolation",
            "rate-schedules": "schedules schedule learning-rate cosine warmup one-cycle",
            "bias-and-variance": "bias variance bias-variance overfitting",
        }
    ),
)
