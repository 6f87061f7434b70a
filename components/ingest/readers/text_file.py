"""Read the text files that data sets come with: plain or gzipped, in the encodings that people really save."""

import codecs
import zlib
from collections.abc import Sequence
from pathlib import Path

from components.base.errors import DataRefusedError, UsageError

# The largest list known here has 10 MB; a gzip file of a megabyte may unpack to a gigabyte.
MAX_BYTES = 512 << 20


def find_file(root: Path, names: Sequence[str], needed: bool = True) -> Path | None:
    """Find the first of some files, each also with `.gz` behind its name.

    Args:
      root: where they lie.
      names: names relative to the root, the preferred one first.
      needed: whether it is an error that none is there.
    Raises:
      UsageError: none is there, and one is needed.
    """
    for name in names:
        for path in (root / name, root / f"{name}.gz"):
            if path.is_file():
                return path
    if needed:
        raise UsageError(f"{root}: no such file: {' or '.join(names)} (or with .gz); is this the folder that the data set unpacks to?")
    return None


def read_text(path: Path) -> str:
    """Read a whole text file.

    A byte-order mark is dropped; UTF-16 with its mark is understood; bytes that are not UTF-8 become surrogates.

    Raises:
      UsageError: the file is absent or cannot be read.
      DataRefusedError: it is damaged, or larger than MAX_BYTES.
    """
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UsageError(f"{path}: no such file; the data folder needs this file, with a header and a row for each image") from error
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    if path.suffix == ".gz":
        data = _unpack(path, data)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    return data.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogateescape")


def readable(text: str) -> str:
    """Read a text whose bytes are not UTF-8 as Latin-1."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape").decode("latin-1")
    return text


def _unpack(path: Path, data: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacker.decompress(data, MAX_BYTES)
    except zlib.error as error:
        raise DataRefusedError(f"{path}: is no gzip file, or is damaged ({error}); fetch it again") from error
    if unpacker.unconsumed_tail:
        raise DataRefusedError(f"{path}: unpacks to more than {MAX_BYTES >> 20} MiB; is this the right file?")
    if not unpacker.eof:
        raise DataRefusedError(f"{path}: ends early; fetch it again")
    return unpacked
