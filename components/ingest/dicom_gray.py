"""Make the table that turns the stored values of a DICOM image into gray.

Every step (PS3.3, C.11) works on the at most 65,536 values that there can be, never on the pixels.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from components.ingest.decoded import GrayPixels
from components.ingest.dicom_header import Header, damaged
from components.ingest.refusal import Refusal
from schemas.quarantine import Reason

_PADDING = 0x00280120
_CENTRE = 0x00281050
_WIDTH = 0x00281051
_INTERCEPT = 0x00281052
_SLOPE = 0x00281053
_FUNCTION = 0x00281056
_PALETTE = ((0x00281101, 0x00281201), (0x00281102, 0x00281202), (0x00281103, 0x00281203))
_MODALITY_LUT = 0x00283000
_VOI_LUT = 0x00283010
_LUT_DESCRIPTOR = 0x00283002
_LUT_DATA = 0x00283006

TAGS = frozenset(
    {
        *(_PADDING, _CENTRE, _WIDTH, _INTERCEPT, _SLOPE, _FUNCTION),
        *(tag for pair in _PALETTE for tag in pair),
        *(_MODALITY_LUT, _VOI_LUT, _LUT_DESCRIPTOR, _LUT_DATA),
    }
)
_LUMA = (0.299, 0.587, 0.114)

Values = npt.NDArray[np.float64]


def table(header: Header, codes: npt.NDArray[Any], bits: int, signed: bool, inverted: bool) -> GrayPixels:
    """Make the table of one monochrome image.

    Args:
      header: with whatever of `TAGS` the file has.
      codes: unsigned integers [height_px, width_px], the stored bits of each pixel.
      bits: stored bits a pixel, 1 to 16.
      signed: the stored bits are a two's complement.
      inverted: low values are white (MONOCHROME1).
    Returns:
      uint8 [2 ** bits], 0 black; padding is black.
    Raises:
      Refusal: no_contrast, where every pixel has the same value; truncated, where a table's description is damaged.
    """
    stored = _stored_values(bits, signed)
    present, padding = _present(header, codes, bits)
    values = _modality(header, stored)
    gray = _voi(header, values)
    if gray is None or np.ptp(gray[present]) == 0:
        low, high = values[present].min(), values[present].max()
        if low == high:
            raise Refusal(Reason.NO_CONTRAST, "every pixel has the same value")
        gray = ((values - low) / (high - low)).clip(0, 1)
    if inverted:
        gray = 1 - gray
    gray[padding] = 0
    return _to_bytes(gray)


def palette_table(header: Header, bits: int) -> GrayPixels:
    """Make the table of the luma of a palette's colours.

    Returns:
      uint8 [2 ** bits].
    Raises:
      Refusal: truncated, where the palette is absent or damaged.
    """
    codes = np.arange(1 << bits, dtype=np.float64)
    luma = np.zeros(len(codes))
    for (descriptor, data), weight in zip(_PALETTE, _LUMA, strict=True):
        luma += weight * _look_up(header, descriptor, data, codes)
    return _to_bytes(luma)


def _to_bytes(gray: Values) -> GrayPixels:
    levels: GrayPixels = np.rint(gray * 255).astype(np.uint8)
    return levels


def _stored_values(bits: int, signed: bool) -> Values:
    values = np.arange(1 << bits, dtype=np.float64)
    if signed:
        values[1 << (bits - 1) :] -= 1 << bits
    return values


def _present(header: Header, codes: npt.NDArray[Any], bits: int) -> tuple[npt.NDArray[np.bool_], list[int]]:
    present = np.zeros(1 << bits, np.bool_)
    rows = max(1, (1 << 18) // codes.shape[1])
    for first in range(0, len(codes), rows):
        present[codes[first : first + rows]] = True
    padding = [code & ((1 << bits) - 1) for code in header.shorts(_PADDING)[:1]]
    if padding and present.sum() > present[padding].sum():
        present[padding] = False
        return present, padding
    return present, []


def _modality(header: Header, stored: Values) -> Values:
    lut = header.items.get(_MODALITY_LUT)
    if lut is not None:
        return _look_up(lut, _LUT_DESCRIPTOR, _LUT_DATA, stored)
    slope, intercept = header.decimal(_SLOPE), header.decimal(_INTERCEPT)
    if slope in (None, 0.0) or not np.isfinite(slope or 1) or not np.isfinite(intercept or 0):
        return stored
    return stored * slope + (intercept or 0.0)


def _voi(header: Header, values: Values) -> Values | None:
    lut = header.items.get(_VOI_LUT)
    if lut is not None:
        return _look_up(lut, _LUT_DESCRIPTOR, _LUT_DATA, values)
    centre, width = header.decimal(_CENTRE), header.decimal(_WIDTH)
    if centre is None or width is None or not np.isfinite(centre) or not 0 < width < np.inf:
        return None
    function = header.text(_FUNCTION)
    if function == "SIGMOID":
        return np.asarray(1 / (1 + np.exp((-4 * (values - centre) / width).clip(-700, 700))))
    if function != "LINEAR_EXACT":
        centre, width = centre - 0.5, max(width - 1, 1e-6)
    return ((values - centre) / width + 0.5).clip(0, 1)


def _look_up(header: Header, descriptor: int, data: int, values: Values) -> Values:
    """Return the entry of each value in a look-up table, 0 to 1 of what its bits can hold."""
    described = header.shorts(descriptor)
    if len(described) != 3:
        raise damaged()
    count, first, bits = described[0] or 1 << 16, described[1], described[2]
    content = header.values.get(data, b"")
    if len(content) == count:  # PS3.5 lets 8-bit entries be packed
        entries = np.frombuffer(content, np.uint8)
    elif len(content) >= 2 * count:
        entries = np.frombuffer(content, ">u2" if header.big_endian else "<u2", count)
    else:
        raise damaged()
    if not 8 <= bits <= 16:
        raise damaged()
    if values.min() < 0 and first >= 1 << 15:
        first -= 1 << 16
    places = (values - first).clip(0, count - 1).astype(np.int64)
    return (entries[places] / ((1 << bits) - 1)).clip(0, 1)
