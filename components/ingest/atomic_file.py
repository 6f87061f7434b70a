"""Write small files so that a reader finds the old content or the new, never half of one."""

import os
from pathlib import Path


def write_atomically(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a text file and put it in its place when it is whole; the folder must exist, and have one writer at a time."""
    partial = _write_partial(partial_of(path), text, mode)
    os.replace(partial, path)


def partial_of(path: Path) -> Path:
    """Name the file in which `write_atomically` writes what is not whole yet; one that is killed leaves it, the next one replaces it."""
    return path.with_name(f".{path.name}.partial")


def write_private(path: Path, text: str, replace: bool = True) -> None:
    """Write a file that only its owner can read, in a folder that only its owner can enter.

    Args:
      path: its folder is made where it is missing.
      text: what to write; names that are not UTF-8 get their own bytes back.
      replace: whether an existing file is replaced; otherwise the first writer wins.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = _write_partial(path.with_name(f".{path.name}.{os.getpid()}.partial"), text, 0o600)
    if replace:
        os.replace(partial, path)
        return
    try:
        os.link(partial, path)
    except FileExistsError:
        return
    finally:
        partial.unlink()


def _write_partial(partial: Path, text: str, mode: int) -> Path:
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with open(descriptor, "w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return partial
