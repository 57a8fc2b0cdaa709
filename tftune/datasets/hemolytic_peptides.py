"""Hemolytic peptides: does a peptide destroy red blood cells?

DBAASP v3 (Pirtskhalava et al., *Nucleic Acids Research* 49, 2021) as prepared by Ansari and White,
*Serverless Prediction of Peptide Properties with Recurrent Neural Networks*, J. Chem. Inf. Model.
63, 2023: 9,316 measurements of L- and canonical amino acids, 1,826 of them hemolytic (half of the
red cells lysed below 100 ug/ml). Each measurement is a row, so a sequence can stand in several
rows, even with both labels. Repository ur-whitelab/peptide-dashboard, licence GPL-3.0.
`data/hemolytic_peptides.md` is the data card.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tftune.datasets import sample_peptides
from tftune.datasets.base import SPLITS, Dataset, SplitArrays, prepare
from tftune.datasets.cache import cache_root, files_digest, write_into_cache
from tftune.datasets.edit_distances import FAMILY, clusters
from tftune.datasets.leaks import label_facts, sequence_leak_facts
from tftune.datasets.network import fetch
from tftune.datasets.peptide_files import FILES, read_npz_folder
from tftune.datasets.peptide_rows import Peptides
from tftune.datasets.peptide_tables import TEXT_SUFFIXES, read_text
from tftune.datasets.splits import KINDS, identities, leak_facts, split_rows
from tftune.errors import DataError
from tftune.support import limits
from tftune.support.checks import check_choice
from tftune.support.seeding import check_seed

CLASSES = ("not_hemolytic", "hemolytic")
RECIPE = 3  # raise it when equal files come to give other arrays
ADDRESS = (
    "https://raw.githubusercontent.com/ur-whitelab/peptide-dashboard/"
    "b02d011a1ee64887e663730b66fdc2c1e92a0c43/ml/data/"
)
SHA256 = {
    "hemo-positive.npz": "96cb24d5a7617f7e211cd48d2b0b424a46affa95716b96058058902068068d27",
    "hemo-negative.npz": "f83aad41f160deb6401bc0801bddc931488da6e1785749e6f72de6d0f154a37f",
}
WAYS_OUT = (
    f"Ways out: --data FOLDER with {FILES[0]} and {FILES[1]}, --data FILE.csv with columns "
    "sequence,label or --data FILE.fasta with headers such as >p1|1, "
    "or --data sample for generated peptides."
)
_OF_CLUSTERS = (
    "Sequences in steps of three edits stay together, and there are too few such clusters. Give "
    "more data, another seed or --split grouped."
)
PathLike = str | os.PathLike[str]


def load(
    source: PathLike = "download",
    split: str = "grouped",
    seed: int = 0,
    cache: PathLike | None = None,
) -> Dataset:
    """Returns the peptides as padded numbers, split and kept memory-mapped in the cache.

    Each split has `x` uint8, shape `(n, width)`, 0 = padding and 1..20 = amino acids in the order
    of `tftune.datasets.amino_acids.ALPHABET`, and `y` float32, shape `(n, 1)`, 1 = hemolytic. The
    published files are 190 wide, other data as wide as their widest row.

    Facts: `split`; `leak_rate` and `validation_leak_rate`, the share of test (validation) rows
    whose sequence stands in train word for word; `near_leak_rate` and `leak_rate_within_3`, of
    those with a training sequence within one or three edits (see `tftune.datasets.leaks`, which
    also has `class_rows`, `contradictions` and `ceiling`); `positives`, the hemolytic rows of each
    split; `sequences`, how many are different; `both_labels`, how many of them carry both labels;
    `clusters` of a clustered split and the rows of the largest, `largest_cluster`; `width`.

    Args:
        source: `"download"`, the published files, fetched once and checked by SHA-256; `"sample"`,
            peptides generated from `seed`; a folder that holds `hemo-positive.npz` and
            `hemo-negative.npz`; or a file: a table with the columns `sequence,label` or FASTA, see
            `tftune.datasets.peptide_tables`.
        split: `"grouped"`, equal sequences never straddle a border; `"clustered"`, nor does a chain
            of sequences in steps of three edits, so that every test sequence is more than three
            edits from every training sequence; or `"random"`, the chapter's protocol, which leaks.
        seed: Of the split and of the sample, from 0 to 2**31 - 1.
        cache: Folder of the cache. None: `TFTUNE_CACHE`, else the platform's.

    Raises:
        UsageError: If `split` or `seed` is none of these.
        DataError: If the data are missing, offline or outside their contract; names file, row or
            line, and value.
    """
    check_seed(seed)
    check_choice("split", split, KINDS)
    content, read = _source(source, seed, cache)
    key = {"recipe": RECIPE, "content": content, "split": split, "seed": seed}
    dataset = prepare(
        "hemolytic_peptides", str(source), key, lambda: _split(read(), split, seed), CLASSES, cache
    )
    clustered = FAMILY if split == "clustered" else 0
    return replace(dataset, grouped=split != "random", clustered=clustered, sequences=True)


def _source(
    source: PathLike, seed: int, cache: PathLike | None
) -> tuple[object, Callable[[], Peptides]]:
    if source == "download":
        folder = download(cache)
        return ["npz", list(SHA256.values())], lambda: read_npz_folder(folder)
    if source == "sample":
        return ["sample", seed], lambda: sample_peptides.generate(seed)
    path = Path(source).expanduser()
    if path.is_dir():
        files = [path / name for name in FILES if (path / name).is_file()]
        return ["npz", files_digest(path, files, cache_root(cache))], lambda: read_npz_folder(path)
    if path.suffix.lower() in TEXT_SUFFIXES and path.is_file():
        digest = files_digest(path.parent, [path], cache_root(cache), limits.TEXT)
        return ["text", digest], lambda: read_text(path)
    raise DataError(
        "Unknown source of peptides. Expected 'download', 'sample', an existing folder or an "
        f"existing file that ends in {', '.join(TEXT_SUFFIXES)}. "
        f"Received: {str(source)!r}. {WAYS_OUT}"
    )


def download(cache: PathLike | None = None) -> Path:
    """Returns a folder of the cache with the two published files, whole and of the pinned SHA-256;
    fetches what is missing (137 kB).

    Raises:
        DataError: If a file cannot be fetched (said in under 5 s when offline) or is not the
            published one; then it is not kept.
    """
    folder = cache_root(cache) / "downloads"
    for name, expected in SHA256.items():
        kept = folder / name
        if kept.is_file() and hashlib.sha256(kept.read_bytes()).hexdigest() == expected:
            continue
        try:
            content = fetch(ADDRESS + name)
        except DataError as error:
            raise DataError(
                f"The peptides are not in {folder} and cannot be downloaded: {error}. {WAYS_OUT}"
            ) from error
        if (received := hashlib.sha256(content).hexdigest()) != expected:
            raise DataError(
                f"{ADDRESS}{name} is not the published file. Expected SHA-256 {expected}. "
                f"Received: {received}. {WAYS_OUT}"
            )
        write_into_cache(kept, content)
    return folder


def _split(peptides: Peptides, kind: str, seed: int) -> tuple[SplitArrays, dict[str, Any]]:
    x, labels = peptides
    groups = identities(x)
    together = clusters(x) if kind == "clustered" else groups
    rows = split_rows(kind, together, labels, seed)
    positives = {split: int(labels[rows[split]].sum()) for split in SPLITS}
    for split in SPLITS:
        if not 0 < positives[split] < len(rows[split]):
            raise DataError(
                "Too few peptides to split: expected both labels in train, validation and test. "
                f"Received: {len(x)} rows of "
                f"{groups.max() + 1} different sequences, {int(labels.sum())} of them hemolytic; "
                f"{split} has {len(rows[split])} rows and "
                f"{positives[split]} hemolytic. "
                + (_OF_CLUSTERS if kind == "clustered" else "Give more data or another seed.")
            )
    parts = {
        split: (x[rows[split]], labels[rows[split], None].astype(np.float32)) for split in SPLITS
    }
    codes = {split: x for split, (x, _) in parts.items()}
    facts = {
        "split": kind,
        **leak_facts(codes),
        **sequence_leak_facts(codes),
        **label_facts({split: (x[rows[split]], labels[rows[split]]) for split in SPLITS}, CLASSES),
        "positives": positives,
        "sequences": int(groups.max()) + 1,
        "both_labels": _both_labels(groups, labels),
        "width": x.shape[1],
    }
    if kind == "clustered":
        sizes = np.bincount(together)
        facts |= {"clusters": len(sizes), "largest_cluster": int(sizes.max())}
    return parts, facts


def _both_labels(groups: NDArray[np.int64], labels: NDArray[np.int64]) -> int:
    shares = np.bincount(groups, weights=labels) / np.bincount(groups)
    return int(np.count_nonzero((shares > 0) & (shares < 1)))
