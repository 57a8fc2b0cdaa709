"""Photographs in folders: the layout of `tfds.ImageFolder`, `root/split/class/image.jpg`."""

from __future__ import annotations

from pathlib import Path

from tftune.datasets.base import SPLITS
from tftune.datasets.images import NamedImage
from tftune.errors import DataError

SUFFIXES = (".jpg", ".jpeg", ".png")


def list_images(root: Path, classes: tuple[str, ...]) -> dict[str, list[tuple[Path, int]]]:
    """Returns the images of each split with their labels, sorted by class and name.

    Other files, hidden files and files at other depths are left alone.

    Args:
        root: A folder with the folders train, validation and test, each with one folder per class.
        classes: The names of the classes; their order numbers the labels.

    Raises:
        DataError: If a split or a class is missing or empty, or a class is not one of `classes`.
    """
    layout = (
        "Expected SPLIT/CLASS/image.jpg (or .jpeg, .png) with the splits "
        f"{', '.join(SPLITS)} "
        f"and the classes {', '.join(classes)}"
    )
    if not root.is_dir():
        raise DataError(f"There is no folder {root}. {layout}.")
    listing: dict[str, list[tuple[Path, int]]] = {}
    for split in SPLITS:
        folders = [path.name for path in _visible(root / split) if path.is_dir()]
        if not (root / split).is_dir():
            raise DataError(
                f"The folder {root} has no split {split!r}. {layout}. Received: {_names(root)}."
            )
        if unknown := sorted(set(folders) - set(classes)):
            raise DataError(
                f"The folder {root / split} has the unknown class {unknown[0]!r}. {layout}."
            )
        listing[split] = []
        for label, name in enumerate(classes):
            images = [
                path
                for path in _visible(root / split / name)
                if path.suffix.lower() in SUFFIXES and path.is_file()
            ]
            if not images:
                raise DataError(
                    f"The folder {root / split} has no images of class {name!r}. {layout}. "
                    f"Received: {_names(root / split)}."
                )
            listing[split] += [(path, label) for path in images]
    return listing


def read_image(path: Path) -> NamedImage:
    """Returns the path, for messages, and the bytes of an image file.

    Raises:
        DataError: If the file cannot be read.
    """
    try:
        return str(path), path.read_bytes()
    except OSError as error:
        raise DataError(
            f"Cannot read the image {path}: {error.strerror or error}. Expected a readable JPEG or "
            "PNG file."
        ) from error


def _visible(folder: Path) -> list[Path]:
    return (
        sorted(path for path in folder.iterdir() if not path.name.startswith("."))
        if folder.is_dir()
        else []
    )


def _names(folder: Path) -> str:
    return ", ".join(path.name for path in _visible(folder)[:10]) or "an empty folder"
