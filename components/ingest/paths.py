"""Turn a listed name into a file that lies inside the data folder and can be opened safely."""

import errno
import os
import posixpath
import stat
from pathlib import Path

from components.ingest.refusal import Refusal
from schemas.quarantine import Reason

_REASONS = {
    errno.ENOENT: (Reason.MISSING, "no such file"),
    errno.ENOTDIR: (Reason.MISSING, "no such file"),
    errno.ENAMETOOLONG: (Reason.MISSING, "the name is too long for a file"),
}


def normalise_name(name: str) -> str:
    """Write a listed name in one way, so that `./a.png` and `a.png` are one file."""
    return posixpath.normpath(name)


def is_absent(root: Path, name: str) -> bool:
    """Tell whether nothing bears a listed name; a name that cannot be looked up is not absent, but wrong (see `resolve`)."""
    if "\0" in name or posixpath.isabs(name) or normalise_name(name).split("/")[0] == "..":
        return False
    try:
        return not os.path.lexists(os.path.join(root, name))
    except UnicodeEncodeError:
        return True


def resolve(root: Path, name: str) -> Path:
    """Find the plain file behind a listed name.

    Args:
      root: the data folder.
      name: as listed, relative to it.
    Returns:
      The real path: symbolic links followed, inside the real root.
    Raises:
      Refusal: outside_root, missing, empty, not_an_image (a folder or a device) or unreadable.
    """
    if "\0" in name or posixpath.isabs(name):
        raise Refusal(Reason.OUTSIDE_ROOT, "not a name below the data folder")
    inside = os.path.join(os.path.realpath(root), "")
    try:
        real = os.path.realpath(os.path.join(root, name))
        if not os.path.join(real, "").startswith(inside):
            raise Refusal(Reason.OUTSIDE_ROOT, "leads out of the data folder")
        status = os.stat(real)
    except OSError as error:
        raise read_refusal(error) from error
    except UnicodeEncodeError as error:
        raise Refusal(Reason.MISSING, "no file can have this name") from error
    if not stat.S_ISREG(status.st_mode):
        raise Refusal(Reason.NOT_AN_IMAGE, "a folder" if stat.S_ISDIR(status.st_mode) else "not a plain file")
    if status.st_size == 0:
        raise Refusal(Reason.EMPTY, "zero bytes")
    return Path(real)


def read_refusal(error: OSError) -> Refusal:
    """Say why the operating system refuses a file, without its name."""
    reason, detail = _REASONS.get(error.errno or 0, (Reason.UNREADABLE, error.strerror or "cannot be read"))
    return Refusal(reason, detail)
