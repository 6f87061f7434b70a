"""Decode the pixels of a DICOM file by its transfer syntax and its photometric interpretation."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from components.ingest import dicom_gray, jpeg, jpeg2000, native_jpeg
from components.ingest.decoded import GrayPixels
from components.ingest.dicom_header import Header, damaged, read_fragments
from components.ingest.gray import colourfulness, look_up, to_gray
from components.ingest.opening import open_image
from components.ingest.refusal import Refusal
from schemas.quarantine import Reason

_SAMPLES = 0x00280002
_PHOTOMETRIC = 0x00280004
_PLANAR = 0x00280006
_FRAMES = 0x00280008
_ROWS = 0x00280010
_COLUMNS = 0x00280011
_BITS_ALLOCATED = 0x00280100
_BITS_STORED = 0x00280101
_HIGH_BIT = 0x00280102
_REPRESENTATION = 0x00280103

# Read for the pixels' sake; of these, only their size leaves.
TAGS = dicom_gray.TAGS | {
    *(_SAMPLES, _PHOTOMETRIC, _PLANAR, _FRAMES, _ROWS, _COLUMNS),
    *(_BITS_ALLOCATED, _BITS_STORED, _HIGH_BIT, _REPRESENTATION),
}

_UID = "1.2.840.10008.1.2"
_UNCOMPRESSED = (_UID, f"{_UID}.1", f"{_UID}.2")
_JPEG = tuple(f"{_UID}.4.{number}" for number in (50, 51, 57, 70, 80, 81))
_JPEG_2000 = (f"{_UID}.4.90", f"{_UID}.4.91")
_RLE = f"{_UID}.5"
_KNOWN = (*_UNCOMPRESSED, *_JPEG, *_JPEG_2000, _RLE)
_GRAY = ("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR")
_COLOUR = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT")


@dataclass(frozen=True)
class Layout:
    """How the header says that the pixels lie."""

    width_px: int
    height_px: int
    frames: int
    photometric: str
    samples: int
    planar: bool
    bits_allocated: int
    bits_stored: int
    shift: int
    signed: bool


def check_syntax(header: Header) -> None:
    """Check that pixels of this transfer syntax can be decoded.

    Raises:
      Refusal: unsupported_format, naming its UID.
    """
    syntax = header.transfer_syntax
    if syntax not in _KNOWN:
        # Only the standard's own UIDs are repeated: a private one may hold anything.
        named = syntax if syntax.startswith(_UID) and len(syntax) <= 64 else "of a private kind"
        raise Refusal(Reason.UNSUPPORTED_FORMAT, f"DICOM transfer syntax {named}")
    if header.pixels_at is None:
        raise Refusal(Reason.TRUNCATED, "DICOM without pixel data")
    if (header.pixels_bytes is None) == (syntax in _UNCOMPRESSED):
        raise damaged()


def read_layout(header: Header) -> Layout:
    """Read the description of the pixels.

    Raises:
      Refusal: truncated; unsupported_format.
    """
    photometric, samples = header.text(_PHOTOMETRIC), header.short(_SAMPLES, 1)
    allocated = header.short(_BITS_ALLOCATED)
    stored = header.short(_BITS_STORED, allocated)
    high_bit = header.short(_HIGH_BIT, stored - 1)
    if not 1 <= stored <= high_bit + 1 <= allocated:
        raise damaged()
    is_colour = photometric in _COLOUR and samples == 3
    if not (is_colour or (photometric in _GRAY and samples == 1)) or allocated not in (8, 16) or (is_colour and stored != 8):
        raise Refusal(Reason.UNSUPPORTED_FORMAT, f"DICOM pixels of {samples} samples of {stored} in {allocated} bits")
    return Layout(
        header.short(_COLUMNS),
        header.short(_ROWS),
        int(header.decimal(_FRAMES) or 1),
        photometric,
        samples,
        header.short(_PLANAR, 0) == 1,
        allocated,
        stored,
        high_bit + 1 - stored,
        header.short(_REPRESENTATION, 0) == 1,
    )


def decode(data: bytes, header: Header, layout: Layout) -> tuple[GrayPixels, str, float]:
    """Decode the pixels.

    Args:
      data: the whole file.
      header: its header.
      layout: of one frame, of a size within the limits.
    Returns:
      uint8 [height_px, width_px], 0 black; mode as Pillow names it; colourfulness as in components.ingest.gray.
    Raises:
      Refusal: truncated, unsupported_format or no_contrast.
      Exception: whatever a decoder raises.
    """
    if layout.samples == 3:
        image = _colour(data, header, layout)
        return to_gray(image, deep_colour=False), "RGB", colourfulness(image)
    codes = _gray_codes(data, header, layout)
    if layout.photometric == "PALETTE COLOR":
        return look_up(dicom_gray.palette_table(header, layout.bits_stored), codes), "P", 0.0
    table = dicom_gray.table(header, codes, layout.bits_stored, layout.signed, layout.photometric == "MONOCHROME1")
    return look_up(table, codes), "L" if layout.bits_stored <= 8 else "I;16", 0.0


def _gray_codes(data: bytes, header: Header, layout: Layout) -> npt.NDArray[Any]:
    """Return the stored bits of each pixel as unsigned numbers less than 2 ** bits_stored."""
    size = (layout.width_px, layout.height_px)
    shift = layout.shift
    if header.transfer_syntax in _UNCOMPRESSED:
        order = ">" if header.big_endian else "<"
        codes = _raw(data, header, layout, f"{order}u{layout.bits_allocated // 8}").reshape(layout.height_px, layout.width_px)
    else:
        stream = read_fragments(data, header.pixels_at or 0)
        if header.transfer_syntax == _RLE:
            planes = _rle_planes(stream, layout, layout.bits_allocated // 8)
            codes = planes[0] if len(planes) == 1 else planes[0].astype(np.uint16) << np.uint16(8) | planes[1]
        elif header.transfer_syntax in _JPEG_2000:
            shift = 0
            codes = jpeg2000.decode_gray(stream, size)
        else:
            shift = 0
            codes = _jpeg_gray(stream, size)
    mask = (1 << layout.bits_stored) - 1
    if shift or codes.dtype.itemsize * 8 > layout.bits_stored:
        codes = (codes >> codes.dtype.type(shift)) & codes.dtype.type(mask)
    return codes


def _colour(data: bytes, header: Header, layout: Layout) -> Image.Image:
    size = (layout.width_px, layout.height_px)
    is_rgb = layout.photometric == "RGB"
    if header.transfer_syntax in _UNCOMPRESSED:
        raw = _raw(data, header, layout, "u1")
        if layout.photometric == "YBR_FULL_422":
            return _from_422(raw, layout)
        pixels = raw.reshape(3, layout.height_px, layout.width_px).transpose(1, 2, 0) if layout.planar else raw
        pixels = np.ascontiguousarray(pixels.reshape(layout.height_px, layout.width_px, 3))
    else:
        stream = read_fragments(data, header.pixels_at or 0)
        if header.transfer_syntax in _JPEG_2000:
            return jpeg2000.decode_colour(stream, size)
        if header.transfer_syntax != _RLE:
            return _jpeg_colour(stream, size, is_rgb)
        pixels = np.dstack(_rle_planes(stream, layout, 3))
    image = Image.fromarray(pixels, "RGB" if is_rgb else "YCbCr")
    return image if is_rgb else image.convert("RGB")


def _from_422(raw: npt.NDArray[np.uint8], layout: Layout) -> Image.Image:
    # Two pixels share their colour: Y1 Y2 Cb Cr (PS3.3, C.7.6.3.1.2).
    quads = raw.reshape(layout.height_px, layout.width_px // 2, 4)
    luma = quads[:, :, :2].reshape(layout.height_px, -1)
    blue, red = (np.repeat(quads[:, :, channel], 2, axis=1) for channel in (2, 3))
    return Image.fromarray(np.dstack([luma, blue, red]), "YCbCr").convert("RGB")


def _raw(data: bytes, header: Header, layout: Layout, dtype: str) -> npt.NDArray[Any]:
    samples = 2 if layout.photometric == "YBR_FULL_422" else layout.samples
    count = layout.width_px * layout.height_px * samples
    wanted_bytes = count * layout.bits_allocated // 8
    start, held_bytes = header.pixels_at or 0, header.pixels_bytes or 0
    if held_bytes < wanted_bytes or start + held_bytes > len(data):
        raise damaged()
    if layout.bits_allocated == 8 and header.big_endian and header.pixels_vr == b"OW":
        # The bytes were swapped in pairs, as if each pair were a number.
        return np.frombuffer(data, ">u2", (count + 1) // 2, start).astype("<u2").view("u1")[:count]
    return np.frombuffer(data, dtype, count, start)


def _rle_planes(stream: bytes, layout: Layout, planes: int) -> list[npt.NDArray[np.uint8]]:
    """Unpack RLE (PS3.5, annex G): one segment for each byte of a pixel, the most significant first."""
    offsets = np.frombuffer(stream, "<u4", 16)
    if offsets[0] != planes:
        raise damaged()
    pixels = layout.width_px * layout.height_px
    found = []
    for start, end in zip(offsets[1 : planes + 1], [*offsets[2 : planes + 1], len(stream)], strict=True):
        segment = stream[int(start) : int(end)]
        # No pair of bytes makes more than 128.
        if 64 * (len(segment) + 1) < pixels:
            raise damaged()
        # As one line, because encoders let runs cross the ends of lines.
        plane = Image.frombytes("L", (pixels, 1), segment, "packbits", "L")
        found.append(np.asarray(plane).reshape(layout.height_px, layout.width_px))
    return found


def _jpeg_gray(stream: bytes, size: tuple[int, int]) -> npt.NDArray[Any]:
    frame = jpeg.read_frame(stream)
    if (frame.width_px, frame.height_px) != size or frame.components != 1:
        raise damaged()
    if frame.is_plain:
        return np.asarray(_jpeg_image(stream, size))
    return native_jpeg.decode(stream, frame)[:, :, 0]


def _jpeg_colour(stream: bytes, size: tuple[int, int], is_rgb: bool) -> Image.Image:
    frame = jpeg.read_frame(stream)
    if (frame.width_px, frame.height_px) != size or frame.components != 3:
        raise damaged()
    if frame.is_plain:
        return _jpeg_image(stream, size, is_rgb)
    if frame.bits != 8:
        raise Refusal(Reason.UNSUPPORTED_FORMAT, f"DICOM colour of {frame.bits} bits")
    return Image.fromarray(native_jpeg.decode(stream, frame), "RGB")


def _jpeg_image(stream: bytes, size: tuple[int, int], is_rgb: bool = False) -> Image.Image:
    jpeg.check(stream, size)
    image = open_image(stream, ["JPEG"])
    # libjpeg takes three components for YCbCr unless the stream says otherwise; where it says nothing, the header counts.
    as_stored = is_rgb and "adobe_transform" not in image.info and "jfif" not in image.info
    jpeg.load(image, stream, None, as_stored=as_stored)
    return Image.merge("RGB", image.split()) if as_stored else image
