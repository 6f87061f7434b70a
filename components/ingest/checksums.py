"""SHA-256 of every file of a records folder, in the format that `sha256sum --check` reads."""

import hashlib
import re
from pathlib import Path

from components.ingest.atomic_file import partial_of, write_atomically

FILE = "SHA256SUMS"

_LINE = re.compile(r"([0-9a-f]{64})  (\S+)")


def write_checksums(folder: Path) -> None:
    """Write the sums of all files below the folder, but for what a killed writer left of the list itself."""
    partial_of(folder / FILE).unlink(missing_ok=True)
    lines = [f"{sha256_of(folder / name)}  {name}\n" for name in files_below(folder)]
    write_atomically(folder / FILE, "".join(lines))


def read_checksums(folder: Path) -> dict[str, str]:
    """Read the sum of each file, by its name relative to the folder.

    Raises:
      ValueError: the list is absent or damaged.
    """
    try:
        text = (folder / FILE).read_text(encoding="ascii")
    except OSError as error:
        raise ValueError(f"{FILE} cannot be read") from error
    sums: dict[str, str] = {}
    for line in text.split("\n")[:-1]:
        match = _LINE.fullmatch(line)
        if not match or match[2] in sums:
            raise ValueError(f"{FILE} is damaged")
        sums[match[2]] = match[1]
    if not text.endswith("\n"):
        raise ValueError(f"{FILE} is damaged")
    return sums


def files_below(folder: Path) -> list[str]:
    """Name the files below a folder, but for the list itself."""
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() or path.is_symlink())
    return sorted(name for name in names if name != FILE)


def sha256_of(path: Path) -> str:
    """Hash one file; hex digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
