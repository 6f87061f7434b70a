"""Pseudonyms in place of file names and patients: HMAC-SHA256 under a key that never leaves a private folder."""

import hashlib
import hmac
import json
import os
import secrets
from pathlib import Path

from components.base.errors import UsageError
from components.ingest.atomic_file import write_private

KEY_FILE = "pseudonym.key"
# The built-in phantom shows nobody: a key that everybody knows makes its pseudonyms the same on every machine.
PUBLIC_KEY = b"phantom: there is nobody to protect"


class Pseudonyms:
    """Names images and groups by 16 hex digits each.

    An image is known by its source and its name in it, so that one file of one source has one id however often it is
    ingested; a patient by source and patient id, since two hospitals may number their patients alike.
    """

    def __init__(self, key: bytes):
        self._key = key

    @property
    def key_digest(self) -> str:
        """Which key this is, without giving it away."""
        return hashlib.sha256(b"key of pseudonyms\0" + self._key).hexdigest()

    def image_id(self, source: str, name: str) -> str:
        """Name an image by its source and its name relative to the data folder."""
        return self._digest("image", source, name)

    def group_id(self, source: str, patient_id: str, name: str) -> str:
        """Name a patient; an image whose patient is unknown ("") is a group of its own."""
        return self._digest("patient", source, patient_id) if patient_id else self._digest("lone image", source, name)

    def row_id(self, root_index: int, row_index: int) -> str:
        """Name a row that names no file."""
        return self._digest("row", str(root_index), str(row_index))

    def _digest(self, *parts: str) -> str:
        # JSON keeps the borders between the parts, and carries names that are not UTF-8.
        return hmac.new(self._key, json.dumps(parts).encode("ascii"), hashlib.sha256).hexdigest()[:16]


def default_private_dir() -> Path:
    """Find the private folder: $CXR_PRIVATE_DIR, else $XDG_DATA_HOME/cxr-pipeline, else ~/.local/share/cxr-pipeline."""
    if os.environ.get("CXR_PRIVATE_DIR"):
        return Path(os.environ["CXR_PRIVATE_DIR"]).expanduser()
    data_home = os.environ.get("XDG_DATA_HOME")
    return (Path(data_home) if data_home else Path.home() / ".local" / "share") / "cxr-pipeline"


def check_private_dir(private_dir: Path, output: Path) -> None:
    """Refuse a private folder inside the output folder, which people copy and share.

    Raises:
      UsageError: it is inside.
    """
    if private_dir.resolve().is_relative_to(output.resolve()):
        raise UsageError(f"{private_dir}: the key and the names must lie outside the output folder {output}; set data.private_dir")


def load_pseudonyms(private_dir: Path | None, create: bool = True) -> Pseudonyms:
    """Load the key, making it (mode 0600) at first use.

    Args:
      private_dir: where the key lies; None takes the public key of the phantom.
      create: whether a missing key is made; otherwise the public key stands in for it.
    Raises:
      UsageError: the key cannot be read or written, or is not a key.
    """
    if private_dir is None:
        return Pseudonyms(PUBLIC_KEY)
    path = private_dir / KEY_FILE
    try:
        if not path.exists():
            if not create:
                return Pseudonyms(PUBLIC_KEY)
            write_private(path, secrets.token_hex(32) + "\n", replace=False)
        text = path.read_text(encoding="ascii").strip()
        key = bytes.fromhex(text)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; set data.private_dir or CXR_PRIVATE_DIR to a folder you can write to") from error
    except ValueError as error:
        raise UsageError(f"{path}: is not a key; restore it from a copy (or remove it: all ids will change)") from error
    if len(key) < 32:
        raise UsageError(f"{path}: is too short for a key; restore it from a copy (or remove it: all ids will change)")
    return Pseudonyms(key)
