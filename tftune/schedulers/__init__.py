"""WHO STOPS A HOPELESS TRIAL: one rule a file; a scheduler sees the learning curves and answers stop or go on.

Example:
    >>> list(SCHEDULERS)
    ['none']
"""

from tftune.registry import Registry

SCHEDULERS = Registry(
    "scheduler",
    {"none": ("tftune.schedulers.base:NoScheduler", "every trial trains to its end")},
)
