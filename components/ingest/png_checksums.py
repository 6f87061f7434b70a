"""Check the checksums that a PNG carries.

Pillow reads pixel data whose checksum is wrong without a word. A file that fails its own checksum was damaged on its
way, and nobody can say which pixels are true.
"""

import struct
import zlib

from components.ingest.refusal import Refusal
from schemas.quarantine import Reason

_SIGNATURE_BYTES = 8


def check(data: bytes) -> None:
    """Check every critical chunk (PNG specification, section 5.3) up to the end of the image.

    Raises:
      Refusal: truncated.
    """
    position = _SIGNATURE_BYTES
    while True:
        if position + 12 > len(data):
            raise Refusal(Reason.TRUNCATED, "the PNG data end early")
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 8 + length
        if end + 4 > len(data):
            raise Refusal(Reason.TRUNCATED, "the PNG data end early")
        is_critical = kind[:1].isupper()
        if is_critical and zlib.crc32(memoryview(data)[position + 4 : end]) != struct.unpack_from(">I", data, end)[0]:
            raise Refusal(Reason.TRUNCATED, "a part of the PNG data fails its checksum")
        if kind == b"IEND":
            return
        position = end + 4
