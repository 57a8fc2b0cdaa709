"""What a knob does, told by its name: the names of `tftune.models.knobs`, and what people call
theirs.

Example:
    >>> [kind_of(name) for name in ("units_1", "dropout_rate", "lr", "batch_normalization", "seed")]
    ['size', 'dropout', 'rate', 'normalization', '']
"""

from __future__ import annotations

import re

# The first kind that fits counts, so that the rate of a dropout is no learning rate. A word fits a
# whole part of a name between underscores; several with "_" must follow each other.
KINDS: dict[str, tuple[str, ...]] = {
    "dropout": ("dropout", "drop", "keep_prob", "droprate", "dropconnect"),
    "normalization": (
        *("normalization", "normalisation", "batch_norm", "batchnorm", "layer_norm", "layernorm"),
        *("bn", "group_norm", "normalize"),
    ),
    "constraint": ("constraint", "max_norm", "maxnorm", "unit_norm", "min_max_norm"),
    "penalty": (
        *("l2", "l1", "weight_decay", "regularization", "regularizer", "regularisation", "penalty"),
        *("label_smoothing", "smoothing", "reg", "lambda", "activity", "wd"),
    ),
    "augmentation": (
        *("augment", "augmentation", "augmented", "flip", "rotation", "rotate", "zoom", "noise"),
        *("mixup", "cutmix", "cutout", "crop", "brightness", "contrast", "shear", "shift"),
    ),
    "batch": ("batch_size", "batch", "batchsize"),
    "epochs": ("epochs", "epoch", "steps", "iterations"),
    "schedule": ("schedule", "warmup", "decay", "plateau", "cycle", "annealing"),
    "rate": ("learning_rate", "lr", "rate", "learningrate", "eta"),
    "optimizer": (
        *("optimizer", "optimiser", "momentum", "nesterov", "beta", "epsilon", "rho", "beta1"),
        *("beta2", "clipnorm", "clipvalue", "ema"),
    ),
    "size": (
        *("units", "unit", "filters", "filter", "depth", "layers", "layer", "neurons", "nodes"),
        *("hidden", "width", "channels", "blocks", "heads", "dim", "dimension", "size", "capacity"),
    ),
    "architecture": (
        *("activation", "kernel", "pool", "pooling", "initializer", "initialiser", "cell", "model"),
        *("architecture", "backbone", "embedding", "loss", "attention", "skip", "residual", "bias"),
        *("stride", "strides", "padding"),
    ),
}
_SPLIT = re.compile(r"[^a-z0-9]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def kind_of(name: str) -> str:
    """Returns the kind of a knob, a key of `KINDS`, or "" where its name does not tell."""
    words = [word for word in _SPLIT.split(_CAMEL.sub("_", name).lower()) if word]
    words = [word for word in words if not word.isdigit()]
    text = f"_{'_'.join(words)}_"
    short = re.sub(r"(?<=[a-z]{3})\d+_", "_", text)  # units1
    for kind, known in KINDS.items():
        if any(f"_{word}_" in text or f"_{word}_" in short for word in known):
            return kind
    return ""
