"""Find the image files below a folder, in one order on every machine, without leaving it.

An image is every entry that is not a folder, except those that systems and people leave between images: hidden files
(a leading dot, which covers the `._` files of macOS), `Thumbs.db`, `desktop.ini`, the folder `__MACOSX`, and texts,
tables, archives and programs by their suffix. The suffix does not make an image: many data sets give theirs wrong ones
or none, and the decoder looks at the content.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from components.base.errors import UsageError
from schemas import features

# How data sets name the folders of their splits, case folded.
SPLIT_FOLDERS = {
    "train": features.SPLITS[0],
    "training": features.SPLITS[0],
    "val": features.SPLITS[1],
    "valid": features.SPLITS[1],
    "validation": features.SPLITS[1],
    "eval": features.SPLITS[1],
    "test": features.SPLITS[2],
    "testing": features.SPLITS[2],
}

_NO_IMAGES = ("thumbs.db", "desktop.ini", "__macosx")
# fmt: off
_NO_IMAGE_SUFFIXES = {
    ".csv", ".tsv", ".txt", ".md", ".rst", ".json", ".yaml", ".yml", ".xml", ".html", ".htm", ".pdf", ".doc", ".docx", ".xls", ".xlsx",
    ".ods", ".log", ".py", ".ipynb", ".mat", ".npy", ".npz", ".zip", ".gz", ".tar", ".tgz", ".bz2", ".xz", ".7z", ".rar",
}
# fmt: on


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that may be an image.

    Attributes:
      name: relative to the root, with slashes; bytes that are not UTF-8 are surrogates (os.fsdecode).
      linked_folder: it is a symbolic link to a folder, which is listed and not entered.
    """

    name: str
    linked_folder: bool


def find_images(root: Path, folder: str = "") -> Iterator[Entry]:
    """Walk through a folder and all below it, each folder's entries by name.

    Links to folders are not entered: a link may lead out of the root, into a circle, or to images that are listed
    already. So the walk ends on every tree.

    Args:
      root: the data folder.
      folder: where to begin, relative to the root; "" is the root.
    Raises:
      UsageError: a folder cannot be read.
    """
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        folders: list[str] = []
        for entry in _entries(root / here):
            if entry.is_dir(follow_symlinks=False):
                folders.append(join(here, entry.name))
            else:
                yield Entry(join(here, entry.name), entry.is_symlink() and os.path.isdir(entry.path))
        waiting += reversed(folders)


def locate_images(root: Path, folders: Iterable[str]) -> dict[str, str]:
    """Find where file names lie, by one look at each of some folders.

    Args:
      root: the data folder.
      folders: relative to the root, "" being the root; those that are not there are passed over.
    Returns:
      Folder of each file name; where several hold a name, the first of `folders`.
    Raises:
      UsageError: a folder cannot be read.
    """
    found: dict[str, str] = {}
    for folder in folders:
        if (root / folder).is_dir():
            for entry in _entries(root / folder):
                if not os.path.isdir(entry.path):
                    found.setdefault(entry.name, folder)
    return found


def join(folder: str, name: str) -> str:
    """Put a name behind its folder, "" being the root."""
    return f"{folder}/{name}" if folder else name


def _entries(folder: Path) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            return sorted((entry for entry in entries if _may_be_image(entry.name)), key=lambda entry: entry.name)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be read: {error.strerror}") from error


def _may_be_image(name: str) -> bool:
    folded = name.casefold()
    return not name.startswith(".") and folded not in _NO_IMAGES and PurePosixPath(folded).suffix not in _NO_IMAGE_SUFFIXES
