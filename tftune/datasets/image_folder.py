"""Photographs in folders of classes: `split/class/image.jpg`, or `class/image.jpg`, which is split
by the seed.

All that is below a class's folder belongs to the class, as in Keras. What is left out is counted
and named.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tftune.datasets.base import SPLITS
from tftune.datasets.image_files import Files
from tftune.datasets.images import NamedImage
from tftune.errors import DataError
from tftune.support import limits
from tftune.support.checks import nearest
from tftune.support.seeding import generator
from tftune.support.whole_files import read_whole

SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif")
SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "test": "test",
    "testing": "test",
}
LAYOUT = (
    "Expected SPLIT/CLASS/image.jpg (or .png, .webp, .tif, .bmp, .gif) with the splits "
    f"{', '.join(SPLITS)} and the same classes in each, or CLASS/image.jpg without splits"
)
NAMED = 3  # examples in a remark

Images = dict[str, list[tuple[str, int]]]


@dataclass(frozen=True)
class Listing:
    """What a folder of photographs holds.

    Attributes:
        images: Of each split: name and label of each image, sorted by class and name.
        classes: Their names in the order of the labels, which is that of the alphabet.
        split_by_seed: Whether there were no splits.
        left_out: How many files were not taken.
        remarks: Sentences on what was left out and how it was split; empty if all is as expected.
    """

    images: Images
    classes: tuple[str, ...]
    split_by_seed: bool
    left_out: int
    remarks: tuple[str, ...]


def list_images(files: Files, seed: int = 0) -> Listing:
    """Returns the images of each split with their labels.

    Hidden files and what systems leave behind (`__MACOSX`, `Thumbs.db`) are passed over.

    Args:
        files: Of a folder or an archive; the photographs may lie in a folder of their own there.
        seed: For the splits, where there are none.

    Raises:
        DataError: If a split, a class or an image is missing.
    """
    base = base_folder(files)
    images = [name for name in files.names if _suffix(name) in SUFFIXES]
    below = {name: name[len(base) :] for name in images if name.startswith(base)}
    top = sorted(
        {name[len(base) :].split("/")[0] for name in files.folders if name.startswith(base)} - {""}
    )
    if not images:
        raise DataError(
            f"The folder {files.root} has no split 'train' and no images at all. {LAYOUT}. "
            f"Received: {_few(top or files.names) or 'an empty folder'}."
        )
    splits = _splits(files, top)
    depth = 2 if splits else 1
    others = [name for name in files.names if _suffix(name) not in SUFFIXES]
    strays = {
        name
        for name in images
        if name not in below
        or below[name].count("/") < depth
        or (splits and below[name].split("/")[0] not in splits)
    }
    tables: dict[str, dict[str, list[str]]] = {folder: {} for folder in splits or [""]}
    for folder in files.folders:
        parts = folder[len(base) :].split("/")
        if folder.startswith(base) and len(parts) == depth and (depth == 1 or parts[0] in splits):
            tables[parts[0] if splits else ""][parts[-1]] = []
    for name in images:
        if name not in strays:
            parts = below[name].split("/")
            tables[parts[0] if splits else ""][parts[depth - 1]].append(name)
    place = files.root / base if base else files.root
    classes = _classes({place / folder if folder else place: tables[folder] for folder in tables})
    remarks = [
        *_on_others(others),
        *_on_broken(files.broken),
        *_on_strays(sorted(strays), bool(splits)),
    ]
    left_out = len(others) + len(strays) + len(files.broken)
    if splits:
        found = {splits[folder]: _labelled(tables[folder], classes) for folder in tables}
        listing = {split: found[split] for split in SPLITS}
    else:
        listing = _split_by_seed(tables[""], classes, seed, place)
        remarks.append(
            f"There are no splits, so the photographs of each class were split by the seed {seed}: "
            + ", ".join(f"{len(listing[split])} {split}" for split in SPLITS)
        )
    return Listing(listing, classes, not splits, left_out, tuple(remarks))


def read_image(files: Files | Path, name: str = "") -> NamedImage:
    """Returns the path, for messages, and the bytes of an image file.

    Args:
        files: Where it lies; or the path of a file.
        name: Its name there.

    Raises:
        DataError: If the file cannot be read.
    """
    path = files / name if isinstance(files, Path) else files.root / name
    try:
        if isinstance(files, Path):
            return str(path), read_whole(path, limits.IMAGE)
        return str(path), files.read(name)
    except DataError as error:
        raise DataError(
            f"Cannot read the image {path}: {error}. Expected a readable file."
        ) from error


def base_folder(files: Files) -> str:
    """Returns the folder, with a slash, that alone holds folders of images; mostly nothing."""
    base = ""
    while True:
        inside = [name[len(base) :] for name in files.names if _suffix(name) in SUFFIXES]
        tops = {name.split("/")[0] for name in inside}
        if len(tops) != 1 or (top := next(iter(tops))).lower() in SPLIT_NAMES:
            return base
        if any(name.count("/") < 2 for name in inside):
            return base
        base += f"{top}/"


def _splits(files: Files, top: list[str]) -> dict[str, str]:
    """Returns the folders that are splits, by name; empty if none is."""
    splits = {name: SPLIT_NAMES[name.lower()] for name in top if name.lower() in SPLIT_NAMES}
    counts = Counter(splits.values())
    for split in SPLITS if splits else ():
        if not counts[split]:
            raise DataError(
                f"The folder {files.root} has no split {split!r}. {LAYOUT}. Received: "
                f"{', '.join(top[:10])}. Make it, or give a folder without splits, which is split "
                "by the seed."
            )
        if counts[split] > 1:
            raise DataError(
                f"The folder {files.root} has the split {split!r} more than once. {LAYOUT}. "
                f"Received: {', '.join(top[:10])}. Put the photographs into one of them."
            )
    return splits


def _classes(tables: dict[Path, dict[str, list[str]]]) -> tuple[str, ...]:
    """Returns the classes that all splits have, in alphabetical order."""
    _check_names(tables)
    counts = Counter(name for table in tables.values() for name in table)
    # in one of three splits it is a mistake there, in two of three one is missing elsewhere
    known = sorted(name for name in counts if 2 * counts[name] > len(tables))
    for place, table in tables.items():
        if unknown := sorted(set(table) - set(known)):
            raise DataError(
                f"The folder {place} has the unknown class {unknown[0]!r}, which the other splits "
                f"lack.{nearest(unknown[0], known)} {LAYOUT}. Received: {', '.join(known[:10])} in "
                "the others. Rename or remove the folder, or make it in every split."
            )
        for name in known:
            if not table.get(name):
                raise DataError(
                    f"The folder {place} has no images of class {name!r}. {LAYOUT}. Received: "
                    f"{', '.join(sorted(table)[:10]) or 'an empty folder'}."
                )
    if len(known) < 2:
        received = f"one class, {known[0]!r}" if known else "no folder with images"
        raise DataError(
            f"The folder {next(iter(tables))} holds fewer than two classes. {LAYOUT}. Received: "
            f"{received}. Put the photographs of each class into a folder of its own."
        )
    return tuple(known)


def _check_names(tables: dict[Path, dict[str, list[str]]]) -> None:
    """Refuses a class whose name no text can hold: it is told in journals and reports."""
    for place, table in tables.items():
        for name in table:
            if not name.isascii() and not _is_text(name):
                raise DataError(
                    f"The folder {place} has a class whose name is no text. Expected UTF-8. "
                    f"Received: {name!r}. Rename the folder."
                )


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _labelled(table: dict[str, list[str]], classes: tuple[str, ...]) -> list[tuple[str, int]]:
    return [(name, label) for label, kind in enumerate(classes) for name in table[kind]]


def _split_by_seed(
    table: dict[str, list[str]], classes: tuple[str, ...], seed: int, place: Path
) -> Images:
    """Splits each class: a tenth validation, a tenth test, at least one image each."""
    parts: dict[str, dict[str, list[str]]] = {split: {} for split in SPLITS}
    for kind in classes:
        names = table[kind]
        if len(names) < len(SPLITS):
            raise DataError(
                f"The folder {place} has too few images of class {kind!r} to split them into "
                f"{', '.join(SPLITS)}: expected at least {len(SPLITS)}. Received: {len(names)}. "
                "Add some, or make the folders train, validation and test yourself."
            )
        order = generator(seed, 0, f"split of {kind}").permutation(len(names))
        tenth = max(1, round(len(names) / 10))
        cut = {"test": (0, tenth), "validation": (tenth, 2 * tenth), "train": (2 * tenth, None)}
        for split, (start, end) in cut.items():
            parts[split][kind] = [names[index] for index in sorted(order[start:end])]
    return {split: _labelled(parts[split], classes) for split in SPLITS}


def _on_others(names: list[str]) -> list[str]:
    kinds: dict[str, list[str]] = {}
    for name in names:
        kinds.setdefault(_suffix(name) or "without an ending", []).append(name)
    ordered = sorted(kinds.items(), key=lambda item: -len(item[1]))
    listed = "; ".join(f"{len(found)} {kind} ({_few(found)})" for kind, found in ordered[:5])
    reason = f"since only {', '.join(SUFFIXES)} are read: {listed}"
    return [_left_out("file", names, reason)] if names else []


def _on_broken(names: list[str]) -> list[str]:
    reason = f"since a link leads nowhere: {_few(names)}"
    return [_left_out("file", names, reason)] if names else []


def _on_strays(names: list[str], split: bool) -> list[str]:
    place = "SPLIT/CLASS" if split else "CLASS"
    reason = f"since only those in {place}/ are read: {_few(names)}"
    return [_left_out("image", names, reason)] if names else []


def _left_out(what: str, names: list[str], reason: str) -> str:
    return f"{len(names)} {what}{'s were' if len(names) > 1 else ' was'} left out, {reason}"


def _few(names: list[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()
