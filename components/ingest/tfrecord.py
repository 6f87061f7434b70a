"""The TFRecord container, read and written without importing TensorFlow.

A record is its length (uint64), the masked CRC-32C of the length, the data, the masked CRC-32C of the data; all little
endian (tensorflow/core/lib/io/record_writer.h). Beam's own sink shards by bundle, and a shard here must hold the same
bytes whatever the number of workers.
"""

import os
import struct
from pathlib import Path
from typing import BinaryIO

import google_crc32c

_HEADER = struct.Struct("<QI")
_FOOTER = struct.Struct("<I")


class DamagedRecordError(Exception):
    """A record ends early or fails its checksum."""


def write_record(file: BinaryIO, data: bytes) -> int:
    """Append one record and return the offset at which it begins, bytes."""
    offset = file.tell()
    length = struct.pack("<Q", len(data))
    file.write(length + _FOOTER.pack(_masked_crc(length)) + data + _FOOTER.pack(_masked_crc(data)))
    return offset


def read_record(file: BinaryIO) -> bytes | None:
    """Read the record at the file's position; None at its end.

    Raises:
      DamagedRecordError: the record ends early or fails its checksum.
    """
    length = _read_length(file)
    if length is None:
        return None
    data = file.read(length)
    footer = file.read(_FOOTER.size)
    if len(data) < length or len(footer) < _FOOTER.size or _masked_crc(data) != _FOOTER.unpack(footer)[0]:
        raise DamagedRecordError("a record ends early or fails its checksum")
    return data


def read_record_at(file: BinaryIO, offset: int) -> bytes:
    """Read the record that begins at an offset, bytes.

    Raises:
      DamagedRecordError: as read_record, or the file ends there.
    """
    file.seek(offset)
    data = read_record(file)
    if data is None:
        raise DamagedRecordError("the file ends before the record")
    return data


def count_records(path: Path, check_data: bool = True) -> int:
    """Count the records of a file.

    Args:
      path: the file.
      check_data: whether the data are read and checked too; otherwise only their lengths are.

    Raises:
      DamagedRecordError: as read_record.
    """
    count = 0
    with path.open("rb") as file:
        size_bytes = os.fstat(file.fileno()).st_size
        while (_skip_record(file, size_bytes) if not check_data else read_record(file)) is not None:
            count += 1
    return count


def _skip_record(file: BinaryIO, size_bytes: int) -> int | None:
    length = _read_length(file)
    if length is None:
        return None
    if file.seek(length + _FOOTER.size, os.SEEK_CUR) > size_bytes:
        raise DamagedRecordError("the file ends inside a record")
    return length


def _read_length(file: BinaryIO) -> int | None:
    header = file.read(_HEADER.size)
    if not header:
        return None
    if len(header) < _HEADER.size:
        raise DamagedRecordError("the file ends inside a record's length")
    length, length_crc = _HEADER.unpack(header)
    if _masked_crc(header[:8]) != length_crc:
        raise DamagedRecordError("the length of a record fails its checksum")
    return int(length)


def _masked_crc(data: bytes) -> int:
    crc: int = google_crc32c.value(data)
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF
