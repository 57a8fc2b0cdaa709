"""Experiments of the programs, by task: what the sources measured, repeated by one command each.

`python -m tftune.hemolysis chapter` runs one. How an experiment is made, experiment.py says.
"""

from __future__ import annotations

from collections.abc import Mapping

from tftune.support.registry import Registry

EXPERIMENTS: Mapping[str, Registry] = {
    task: Registry("experiment", entries, package=__name__)
    for task, entries in {
        "beans": {
            "batchnorm": (
                ".batch_normalization:EXPERIMENT",
                "what batch normalisation changes: speed, learning rates, gradients, statistics",
            ),
            "project": (
                ".project:EXPERIMENT",
                "the lecture's assignment: grid, random and Bayesian search at equal cost",
            ),
        },
        "hemolysis": {
            "chapter": (
                ".chapter:EXPERIMENT",
                "the four models of the book chapter, beside its numbers, and a search",
            ),
            "batch-growth": (
                ".batch_growth:EXPERIMENT",
                "growing the batch instead of lowering the learning rate: the same curve?",
            ),
        },
        "mnist": {
            "knob-by-knob": (
                ".knob_by_knob:EXPERIMENT",
                "one knob after the other as in the article, then all of them jointly",
            ),
        },
    }.items()
}
