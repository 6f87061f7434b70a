"""Files of published weights: found where Keras keeps its own, or downloaded whole."""

import hashlib
import http.client
import os
import shutil
import tempfile
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from components.base import progress
from components.base.errors import UserError

_TIMEOUT_S: Final = 30.0
_CHUNK_BYTES: Final = 1 << 20


@dataclass(frozen=True)
class WeightsFile:
    """Where weights are published.

    Attributes:
      url: of the file.
      md5: of the whole file, 32 hexadecimal digits.
    """

    url: str
    md5: str

    @property
    def place(self) -> Path:
        """Tell where the file lies on this machine: the folder in which keras.applications looks for it."""
        home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
        return home / "models" / self.url.rsplit("/", 1)[-1]


def fetch(file: WeightsFile) -> Path:
    """Find a file of weights, or download it; a file is used only where its MD5 is right.

    Args:
      file: what is wanted.
    Returns:
      The path of the whole file.
    Raises:
      UserError: the file is not there and cannot be downloaded; the message says how to fetch it by hand.
    """
    found = file.place.is_file()
    if found and _md5(file.place) == file.md5:
        return file.place
    progress.notice("trainer", f"downloading {file.url}")
    try:
        _download(file)
    except (OSError, http.client.HTTPException) as error:
        broken = f" (the file that lies at {file.place} is not whole)" if found else ""
        raise UserError(
            f"cannot download the ImageNet weights: {error}{broken}; fetch {file.url} on a machine with a network and put it at "
            f"{file.place}, or set trainer.initial_weights to none or to the path of a model.keras"
        ) from error
    return file.place


def _download(file: WeightsFile) -> None:
    file.place.parent.mkdir(parents=True, exist_ok=True)
    # Under another name until it is whole, so that an interrupted download leaves nothing that looks like weights.
    handle, name = tempfile.mkstemp(dir=file.place.parent, suffix=".part")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as target, urllib.request.urlopen(file.url, timeout=_TIMEOUT_S) as answer:  # noqa: S310
            shutil.copyfileobj(answer, target, _CHUNK_BYTES)
        if _md5(part) != file.md5:
            raise OSError(f"what came has not the MD5 {file.md5}")
        part.replace(file.place)
    finally:
        part.unlink(missing_ok=True)


def _md5(path: Path) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
