"""The published data, where they lie beside the checkout: counts and faults that the data cards
state.
"""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import numpy as np
import pytest

from tftune.datasets import bean_leaves, hemolytic_peptides, prepared_beans
from tftune.datasets.amino_acids import decode
from tftune.datasets.peptide_files import read_npz_folder

CARDS = Path(__file__).resolve().parents[2] / "data"


def test_beans_have_the_official_splits_and_come_quickly_the_second_time(
    shared_data: Path, tmp_path: Path
) -> None:
    dataset = bean_leaves.load(data_dir=shared_data / "tfds", cache=tmp_path)
    assert [len(split) for split in (dataset.train, dataset.validation, dataset.test)] == [
        1034,
        133,
        128,
    ]
    labels = [
        split.load()[1].sum(axis=0).tolist()
        for split in (dataset.train, dataset.validation, dataset.test)
    ]
    assert labels == [[345, 348, 341], [44, 45, 44], [43, 43, 42]]
    names = ("leak_rate", "validation_leak_rate", "near_leak_rate", "validation_near_leak_rate")
    assert [dataset.facts[name] for name in names] == [0.0] * 4
    assert dataset.facts["contradictions"] == 0
    started = time.process_time()  # of this process: other work on the machine does not count
    assert bean_leaves.load(data_dir=shared_data / "tfds", cache=tmp_path) == dataset
    assert time.process_time() - started < 0.3


def test_beans_are_read_as_tfds_reads_them(shared_data: Path) -> None:
    tfds = prepared_beans.import_tfds()
    prepared = prepared_beans.find(shared_data / "tfds")
    assert prepared is not None
    builder = tfds.builder_from_directory(str(prepared))
    expected = builder.as_dataset(
        split="validation", decoders={"image": tfds.decode.SkipDecoding()}
    ).as_numpy_iterator()
    labels: list[int] = []
    images = prepared_beans.read_split(prepared_beans.split_files(prepared)["validation"], labels)
    assert all(
        ours == theirs["image"] and labels[-1] == theirs["label"]
        for (_, ours), theirs in zip(images, expected, strict=True)
    )
    assert len(labels) == 133


@pytest.fixture(scope="module")
def peptides(shared_data: Path) -> Path:
    return shared_data / "hemolysis"


def test_the_peptide_files_are_the_pinned_ones(peptides: Path) -> None:
    for name, digest in hemolytic_peptides.SHA256.items():
        assert hashlib.sha256((peptides / name).read_bytes()).hexdigest() == digest


def test_peptides_have_the_published_counts(peptides: Path, tmp_path: Path) -> None:
    grouped = hemolytic_peptides.load(peptides, cache=tmp_path)
    assert sum(len(split) for split in (grouped.train, grouped.validation, grouped.test)) == 9316
    facts = {
        name: grouped.facts[name]
        for name in ("leak_rate", "validation_leak_rate", "sequences", "both_labels", "width")
    }
    assert facts == {
        "leak_rate": 0.0,
        "validation_leak_rate": 0.0,
        "sequences": 6076,
        "both_labels": 465,
        "width": 190,
    }
    assert grouped.facts["positives"] == {"train": 1460, "validation": 183, "test": 183}


def test_clustered_peptides_are_more_than_three_edits_from_train(
    peptides: Path, tmp_path: Path
) -> None:
    dataset = hemolytic_peptides.load(peptides, "clustered", cache=tmp_path)
    splits = (dataset.train, dataset.validation, dataset.test)
    assert [len(split) for split in splits] == [7452, 932, 932]
    assert dataset.facts["positives"] == {"train": 1460, "validation": 183, "test": 183}
    assert (dataset.facts["clusters"], dataset.facts["largest_cluster"]) == (2238, 2253)
    for split in ("validation", "test"):
        found = dataset.nearness(split)
        assert found is not None and found.distances.min() == 4
    assert dataset.facts["leak_rate_within_3"] == dataset.facts["near_leak_rate"] == 0.0
    assert dataset.groups is not None and len(np.unique(dataset.groups)) < 2238
    ceiling = dataset.facts["ceiling"]
    assert ceiling == {"accuracy": 0.927973, "auc": 0.981101, "log_loss": 0.124631}


@pytest.mark.parametrize(
    ("split", "near", "within"), [("grouped", 0.508584, 0.728541), ("random", 0.694952, 0.843179)]
)
def test_most_test_peptides_have_a_near_relative_in_train(
    peptides: Path, tmp_path: Path, split: str, near: float, within: float
) -> None:
    facts = hemolytic_peptides.load(peptides, split, cache=tmp_path).facts
    assert (facts["near_leak_rate"], facts["leak_rate_within_3"]) == (near, within)


@pytest.mark.parametrize(("seed", "leak"), [(0, 0.46724), (1, 0.499463), (2, 0.44898)])
def test_the_chapters_split_leaks_half_of_the_test_rows(
    peptides: Path, tmp_path: Path, seed: int, leak: float
) -> None:
    dataset = hemolytic_peptides.load(peptides, "random", seed, tmp_path)
    assert (
        dataset.facts["leak_rate"] == leak
    )  # 0.46724: the chapter's own split, which the data card quotes
    train, test = (split.load()[0] for split in (dataset.train, dataset.test))
    known = set(decode(train))
    assert dataset.facts["leak_rate"] == pytest.approx(
        np.mean([sequence in known for sequence in decode(test)]), abs=1e-6
    )


def test_zeros_stand_only_at_the_end(peptides: Path) -> None:
    x, _ = read_npz_folder(peptides)
    assert not any("-" in sequence for sequence in decode(x))


def test_the_cards_state_what_the_code_pins(shared_data: Path) -> None:
    card = (CARDS / "hemolytic_peptides.md").read_text()
    for digest in hemolytic_peptides.SHA256.values():
        assert digest in card
    assert "ARNDCQEGHILKMFPSTWYV" in card
    assert os.environ.get("TFTUNE_CACHE")  # and none of this touched the user's cache
