"""Decode a JPEG 2000 codestream out of a DICOM file with the OpenJPEG that Pillow brings."""

import struct
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from components.ingest.opening import open_image
from components.ingest.refusal import Refusal
from schemas.quarantine import Reason

_START = b"\xff\x4f\xff\x51"
_TILE_PART, _END = 0xFF90, 0xFFD9
# A codestream may lie in a JP2 file, whose boxes come first.
_BOXES_BYTES = 1 << 16
# A thousandth of a bit a pixel is no picture, but a decoder would allocate all that such a stream claims.
_MAX_PIXELS_A_BYTE = 8000


def decode_gray(stream: bytes, size: tuple[int, int]) -> npt.NDArray[Any]:
    """Decode one component.

    Args:
      stream: the codestream.
      size: width and height that it must have, pixels.
    Returns:
      uint8 or uint16 [height_px, width_px]: the bits of each sample, two's complement within its precision where signed.
    Raises:
      Refusal: truncated.
      Exception: whatever Pillow raises where the data are damaged.
    """
    codestream, bits, signed = _check(stream, size, components=1)
    image = _load(codestream, size)
    pixels = np.asarray(image)
    if bits > 8:
        # Pillow fills 16 bits from the top, and adds an offset to what is signed.
        pixels = pixels.astype(np.uint16) >> np.uint16(16 - bits)
    elif image.mode == "L":
        pixels = pixels >> np.uint8(8 - bits)
    return pixels ^ pixels.dtype.type(1 << (bits - 1)) if signed else pixels


def decode_colour(stream: bytes, size: tuple[int, int]) -> Image.Image:
    """Decode three components, as `decode_gray` does one; the codestream's own colour transform is undone."""
    codestream, _, _ = _check(stream, size, components=3)
    return _load(codestream, size).convert("RGB")


def _check(stream: bytes, size: tuple[int, int], components: int) -> tuple[bytes, int, bool]:
    start = stream.find(_START, 0, _BOXES_BYTES)
    if start < 0:
        raise _damaged()
    codestream = stream[start:]
    right, bottom, left, top = struct.unpack_from(">4I", codestream, 8)
    tile_width, tile_height = struct.unpack_from(">2I", codestream, 24)
    count, precision = struct.unpack_from(">HB", codestream, 40)
    bits = (precision & 0x7F) + 1
    if (right - left, bottom - top) != size or count != components or not 1 <= bits <= 16:
        raise _damaged()
    # Each tile costs memory and has a header of at least 14 bytes.
    tiles = -(-right // max(1, tile_width)) * -(-bottom // max(1, tile_height))
    if tiles * 14 > len(codestream) or size[0] * size[1] > len(codestream) * _MAX_PIXELS_A_BYTE:
        raise _damaged()
    _check_tile_parts(codestream, tiles)
    return codestream, bits, bool(precision & 0x80)


def _check_tile_parts(codestream: bytes, tiles: int) -> None:
    # OpenJPEG decodes a cut stream without a word. Each tile-part says how long it is, and the last ends the stream.
    position = 2
    while (marker := _short(codestream, position)) != _TILE_PART:
        if marker < 0xFF00:
            raise _damaged()
        position += 2 + _short(codestream, position + 2)
    seen = set()
    while _short(codestream, position) == _TILE_PART:
        tile, length = struct.unpack_from(">HI", codestream, position + 4)
        seen.add(tile)
        if length == 0:  # up to the end of the stream
            position = codestream.rfind(b"\xff\xd9")
            break
        position += max(14, length)
    if position < 0 or _short(codestream, position) != _END or len(seen) < tiles:
        raise _damaged()


def _short(codestream: bytes, position: int) -> int:
    number: int = struct.unpack_from(">H", codestream, position)[0]
    return number


def _load(codestream: bytes, size: tuple[int, int]) -> Image.Image:
    image = open_image(codestream, ["JPEG2000"])
    if image.size != size:
        raise _damaged()
    image.load()
    return image


def _damaged() -> Refusal:
    return Refusal(Reason.TRUNCATED, "the JPEG 2000 data end early or are damaged")
