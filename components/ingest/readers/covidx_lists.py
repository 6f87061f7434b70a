"""The label lists of COVIDx: which versions a folder holds, and what their lines say."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from components.base.errors import UsageError
from components.ingest.readers.image_files import SPLIT_FOLDERS
from components.ingest.readers.layout import wrong_layout
from components.ingest.readers.text_file import read_text
from schemas import features

# The lists that carry no version in their name: the first ones, and those of the copies on Kaggle.
UNNAMED = "unnamed"

_FOLDERS = ("", "labels")
_FILE = re.compile(r"(?P<split>train|val|test)(?:_COVIDx_?(?P<version>[A-Za-z0-9][\w.-]*?)?)?\.txt(?:\.gz)?", re.IGNORECASE)
# Its classes say how severe a pneumonia is, in the words of the other lists.
_SEVERITY = "sev"
_SUFFIXES = (".png", ".jpg", ".jpeg", ".jfif", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".dcm")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list.

    Attributes:
      split: of the list, one of schemas.features.SPLITS.
      number: in the list, from 1.
      patient: as listed, and so are the next ones; "" where there is none.
      file: name without a folder; "" where the line names no file.
      label: class.
      source: "" where it is blank.
    """

    split: str
    number: int
    patient: str
    file: str
    label: str
    source: str


def find_lists(root: Path, version: str) -> dict[str, Path]:
    """Choose the lists of one version.

    Args:
      root: the data folder; its lists lie in it or in `labels/`.
      version: such as "9A" or "CXR-3A", in any case; "": the only one that is there.
    Returns:
      The list of each split, train first; one of them may be absent.
    Raises:
      UsageError: there is no list, no such version, or more than one and none is chosen.
    """
    versions: dict[str, dict[str, Path]] = {}
    for folder in _FOLDERS:
        for path in sorted((root / folder).glob("*.txt*")):
            match = _FILE.fullmatch(path.name)
            if match and path.is_file() and (match["version"] or "").casefold() != _SEVERITY:
                lists = versions.setdefault(match["version"] or UNNAMED, {})
                lists.setdefault(SPLIT_FOLDERS[match["split"].casefold()], path)
    if not versions:
        raise wrong_layout(root, "train_COVIDx<version>.txt and test_COVIDx<version>.txt, here or in labels/, and train/ and test/")
    there = ", ".join(sorted(versions))
    if not version and len(versions) > 1:
        raise UsageError(f"{root}: holds several versions of the lists: {there}; choose one with the option version=NAME")
    chosen = {name.casefold(): lists for name, lists in versions.items()}.get(version.casefold()) if version else None
    if version and chosen is None:
        raise UsageError(f"{root}: holds no lists of the version {version!r}; there is {there}")
    lists = chosen or next(iter(versions.values()))
    return {split: lists[split] for split in features.SPLITS if split in lists}


def read_lines(split: str, path: Path) -> Iterator[Line]:
    """Read the lines of a list: patient, file, class and source, separated by blanks.

    A patient may hold blanks itself ("COVID 1"), and the source may be missing, so the file is found by its suffix.
    """
    for number, text in enumerate(read_text(path).split("\n"), 1):
        words = text.split()
        if words:
            at = max((index for index, word in enumerate(words) if word.casefold().endswith(_SUFFIXES)), default=None)
            if at is None or not 1 <= len(words) - at - 1 <= 2:
                yield Line(split, number, "", "", "", "")
            else:
                label, source = [*words[at + 1 :], ""][:2]
                yield Line(split, number, " ".join(words[:at]), words[at], label, source)
