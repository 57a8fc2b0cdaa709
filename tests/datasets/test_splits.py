"""Splits: the chapter's rows, groups that stay whole, leak rates."""

from __future__ import annotations

import numpy as np
import pytest

from tftune.datasets.splits import (
    clustered_rows,
    grouped_rows,
    identities,
    leak_facts,
    leak_rate,
    random_rows,
    split_rows,
)
from tftune.errors import UsageError


def repeated_groups(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """800 sequences in about 1,500 rows, as uneven as DBAASP: one stands in 60 rows, some carry
    both labels.
    """
    random = np.random.default_rng(seed)
    times = np.minimum(random.geometric(0.55, 800), 9)
    times[0] = 60
    groups = np.repeat(np.arange(800), times)
    return groups, (random.random(len(groups)) < np.where(groups % 5, 0.05, 0.9)).astype(np.int64)


def test_random_rows_are_the_chapters_own() -> None:
    np.random.seed(0)  # as the chapter does it
    order = np.arange(9316)
    np.random.shuffle(order)
    rows = random_rows(9316, seed=0)
    np.testing.assert_array_equal(rows["test"], order[:931])
    np.testing.assert_array_equal(rows["validation"], order[931:1862])
    np.testing.assert_array_equal(rows["train"], order[1862:])


@pytest.mark.parametrize("kind", ["grouped", "clustered", "random"])
@pytest.mark.parametrize("seed", [0, 1, 2**31 - 1])
def test_every_row_is_in_one_part(kind: str, seed: int) -> None:
    groups, labels = repeated_groups()
    rows = split_rows(kind, groups, labels, seed)
    assert sorted(np.concatenate(list(rows.values()))) == list(range(len(groups)))
    assert list(rows) == ["train", "validation", "test"]


@pytest.mark.parametrize("seed", range(5))
def test_grouped_rows_keep_groups_whole_and_labels_even(seed: int) -> None:
    groups, labels = repeated_groups(seed)
    rows = grouped_rows(groups, labels, seed)
    members = [set(groups[part].tolist()) for part in rows.values()]
    assert (
        not members[0] & members[1] and not members[0] & members[2] and not members[1] & members[2]
    )
    for part, share in zip(rows.values(), (0.8, 0.1, 0.1), strict=True):
        assert abs(len(part) / len(groups) - share) < 0.005
        assert abs(labels[part].mean() - labels.mean()) < 0.01


def families(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Clusters as uneven as those of DBAASP: one with a quarter of the rows, some large ones, and
    many of one row.
    """
    random = np.random.default_rng(seed)
    sizes = np.concatenate([[2200], random.integers(40, 130, 25), random.integers(1, 9, 1200)])
    clusters = np.repeat(np.arange(len(sizes)), sizes)
    shares = random.beta(0.3, 1.2, len(sizes))
    return clusters, (random.random(len(clusters)) < shares[clusters]).astype(np.int64)


@pytest.mark.parametrize("seed", range(5))
def test_clustered_rows_keep_clusters_whole_and_labels_even(seed: int) -> None:
    clusters, labels = families(seed)
    rows = clustered_rows(clusters, labels, seed)
    assert sorted(np.concatenate(list(rows.values()))) == list(range(len(clusters)))
    members = {split: set(clusters[part].tolist()) for split, part in rows.items()}
    assert not members["train"] & members["validation"] and not members["train"] & members["test"]
    assert not members["validation"] & members["test"]
    for part, share in zip(rows.values(), (0.8, 0.1, 0.1), strict=True):
        assert abs(len(part) / len(clusters) - share) < 0.005
        assert abs(labels[part].mean() - labels.mean()) < 0.01
    for split in ("validation", "test"):  # none of them hangs on one family
        assert np.bincount(clusters[rows[split]]).max() <= 0.26 * len(rows[split])


def test_seeds_put_other_large_clusters_into_test() -> None:
    clusters, labels = families()
    large = [
        {one for one in clusters[clustered_rows(clusters, labels, seed)["test"]] if one < 26}
        for seed in range(6)
    ]
    assert len({frozenset(each) for each in large}) == 6
    assert len(set().union(*large)) > 8


def test_a_cluster_of_most_rows_stays_in_train_and_takes_what_it_takes() -> None:
    clusters = np.concatenate([np.zeros(900, np.int64), np.arange(1, 101)])
    labels = np.arange(1000) % 2
    rows = clustered_rows(clusters, labels, 0)
    assert set(np.flatnonzero(clusters == 0)) <= set(rows["train"].tolist())
    assert len(rows["train"]) == 900 and len(rows["validation"]) == len(rows["test"]) == 50


def test_grouped_rows_are_not_in_the_order_of_the_file() -> None:
    labels = np.repeat([1, 0], 500)
    rows = grouped_rows(np.arange(1000), labels, 0)
    halves = np.array_split(labels[rows["train"]], 2)
    assert abs(halves[0].mean() - halves[1].mean()) < 0.15


@pytest.mark.parametrize("kind", ["grouped", "clustered", "random"])
def test_a_split_is_a_function_of_its_seed(kind: str) -> None:
    groups, labels = repeated_groups()
    first, again, other = (
        split_rows(kind, groups, labels, seed)["test"].tolist() for seed in (0, 0, 1)
    )
    assert first == again
    assert len(set(first) & set(other)) < 0.4 * len(first)


def test_leak_rates_count_rows_word_for_word() -> None:
    train = np.array([[1, 2, 0], [3, 0, 0]], np.uint8)
    test = np.array([[1, 2, 0], [1, 2, 0], [2, 1, 0], [3, 3, 0]], np.uint8)
    assert leak_rate(test, train) == 0.5
    assert leak_rate(test[:0], train) == 0.0
    facts = leak_facts({"train": train, "validation": train[1:], "test": test})
    assert facts == {"leak_rate": 0.5, "validation_leak_rate": 1.0}


def test_identities_of_images_too() -> None:
    pixels = np.zeros((3, 2, 2, 3), np.uint8)
    pixels[1, 0, 0, 0] = 1
    assert identities(pixels).tolist() == [0, 1, 0]


def test_unknown_kinds_and_seeds_are_refused() -> None:
    groups, labels = repeated_groups()
    with pytest.raises(
        UsageError, match="split must be one of grouped, clustered, random. Received: 'stratified'"
    ):
        split_rows("stratified", groups, labels, 0)
    with pytest.raises(UsageError, match="seed must be an integer from 0"):
        split_rows("random", groups, labels, -1)
