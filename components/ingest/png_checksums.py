"""Check the checksums that a PNG carries, and whether it has bytes enough for its size.

Pillow reads pixel data whose checksum is wrong without a word. A file that fails its own checksum was damaged on its
way, and nobody can say which pixels are true.
"""

import struct
import zlib

from components.ingest.refusal import Refusal
from schemas.quarantine import Reason

_SIGNATURE_BYTES = 8
_CHANNELS_BY_COLOUR_TYPE = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
# No deflate stream unpacks to more than 1,032 times its size (zlib's technical notes).
_MAX_DEFLATE_RATIO = 1032


def check(data: bytes) -> None:
    """Check every critical chunk (PNG specification, section 5.3) up to the end of the image.

    Raises:
      Refusal: truncated.
    """
    position = _SIGNATURE_BYTES
    packed_bytes = 0
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
        if kind == b"IDAT":
            packed_bytes += length
        if kind == b"IEND":
            break
        position = end + 4
    if packed_bytes * _MAX_DEFLATE_RATIO < _pixel_bytes(data):
        raise Refusal(Reason.TRUNCATED, "the PNG data are too few for its size")


def _pixel_bytes(data: bytes) -> int:
    # IHDR is the first chunk, or Pillow would not have opened the file.
    width_px, height_px, bits, colour_type = struct.unpack_from(">IIBB", data, _SIGNATURE_BYTES + 8)
    return int(width_px * height_px * bits * _CHANNELS_BY_COLOUR_TYPE.get(colour_type, 1) // 8)
