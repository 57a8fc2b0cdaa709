"""Tunes a classifier of hemolytic peptides: `python -m tftune.hemolysis --help`."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from tftune.cli.converters import one_of, source
from tftune.cli.options import Option
from tftune.cli.planning import seed_of_splits
from tftune.cli.program import Program, main

DATA_OPTIONS = (
    Option(
        "--data",
        "SOURCE",
        source,
        "download",
        "download, sample (generated), a folder of the .npz files, a table (.csv, .tsv) with "
        "columns sequence,label, or .fasta with headers >p1|1",
        "data",
    ),
    Option(
        "--split",
        "KIND",
        one_of(("grouped", "clustered", "random"), "split"),
        "grouped",
        "grouped: equal sequences stay together; clustered: those in steps of 3 edits, too; "
        "random: rows",
        "data",
    ),
)
MODEL_OPTION = Option(
    "--model",
    "NAME",
    one_of(("cnn", "relatives"), "model"),
    "cnn",
    "cnn: the book chapter's convolutional network; relatives: a network that asks the most "
    "similar training peptides, which it contains when it is saved",
    "data",
)
EXAMPLES = (
    ("--data sample", "generated peptides, no network"),
    ("", "the real peptides, by the recommended search"),
    ("--max-trials 50 --scheduler median", "hopeless trials are stopped"),
    ("--search tpe --start lr=1e-3 --fix l2=0", "begin with a guess, and do not tune L2"),
    ("--model relatives", "a network that looks relatives up, about as good as a forest"),
    ("--split random --search grid", "the book chapter's protocol, which leaks"),
)


def load(options: argparse.Namespace) -> Any:
    """Returns the dataset that the options name."""
    from tftune.datasets import hemolytic_peptides

    return hemolytic_peptides.load(options.data, options.split, seed_of_splits(options))


def make_model(options: argparse.Namespace, dataset: Any) -> Any:
    """Returns the tunable peptide classifier for the dataset."""
    if options.model == "relatives":
        from tftune.models.peptide_relatives import PeptideRelatives

        # room also for a model that is trained on train and validation
        return PeptideRelatives(dataset.facts["width"], dataset.facts["sequences"], options.space)
    from tftune.models.peptide_cnn import PeptideCNN

    return PeptideCNN(width=dataset.facts["width"], space=options.space)


PROGRAM = Program(
    task="hemolysis",
    sentence="Tunes a convolutional network that tells whether a peptide destroys red blood cells.",
    objective="val_auc",
    direction="max",
    epochs=20,
    sample_epochs=10,
    data_options=(*DATA_OPTIONS, MODEL_OPTION),
    examples=EXAMPLES,
    load=load,
    make_model=make_model,
)

if __name__ == "__main__":
    sys.exit(main(PROGRAM))
