"""Read from a DICOM header what is asked for, and nothing else.

Our own reader and not a general one, because a header is full of identifiers: this one steps over every element that
is not named by its caller, so that no value of it can reach a warning, an error or a log. It allocates nothing by what
a length claims.
"""

import struct
from dataclasses import dataclass, field

from components.ingest.refusal import Refusal
from schemas.quarantine import Reason

PIXEL_DATA = 0x7FE00010

_BIG_ENDIAN = "1.2.840.10008.1.2.2"
_DEFLATED = "1.2.840.10008.1.2.1.99"

_PREAMBLE_BYTES = 132
_TRANSFER_SYNTAX = 0x00020010
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_UNDEFINED_LENGTH = 0xFFFFFFFF
_LONG_VRS = (b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV")
_SHORT_VRS = (b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"PN", b"SH", b"SL", b"SS", b"ST")
_VRS = {*_LONG_VRS, *_SHORT_VRS, b"TM", b"UI", b"UL", b"US"}
_MAX_DEPTH = 8


@dataclass
class Header:
    """What was asked for.

    Attributes:
      transfer_syntax: its UID; digits and dots.
      big_endian: byte order of numbers.
      values: bytes of each element asked for that has a value.
      items: the first item of each sequence asked for, as a header of its own.
      pixels_at: position of the content of the pixel data, or None.
      pixels_vr: their value representation; empty where implicit.
      pixels_bytes: length of the pixel data, or None where they are encapsulated.
    """

    transfer_syntax: str
    big_endian: bool
    values: dict[int, bytes] = field(default_factory=dict)
    items: dict[int, "Header"] = field(default_factory=dict)
    pixels_at: int | None = None
    pixels_vr: bytes = b""
    pixels_bytes: int | None = None

    def text(self, tag: int) -> str:
        """Return a value as text without padding; empty where absent."""
        return self.values.get(tag, b"").decode("latin-1").strip(" \0")

    def decimal(self, tag: int) -> float | None:
        """Return the first of the decimal numbers of an element, or None where absent or not a number."""
        try:
            return float(self.text(tag).split("\\")[0])
        except ValueError:
            return None

    def shorts(self, tag: int) -> tuple[int, ...]:
        """Return a value as unsigned 16-bit numbers; empty where absent."""
        value = self.values.get(tag, b"")
        return struct.unpack(f"{'>' if self.big_endian else '<'}{len(value) // 2}H", value[: len(value) // 2 * 2])

    def short(self, tag: int, otherwise: int | None = None) -> int:
        """Return the first unsigned 16-bit number of an element.

        Raises:
          Refusal: truncated, where it is absent and no other value was given.
        """
        numbers = self.shorts(tag)
        if numbers:
            return numbers[0]
        if otherwise is None:
            raise damaged()
        return otherwise


def damaged() -> Refusal:
    """Return the refusal of a file whose structure does not hold."""
    return Refusal(Reason.TRUNCATED, "the DICOM data end early or are damaged")


def read_header(data: bytes, wanted: frozenset[int], last_tag: int = PIXEL_DATA) -> Header:
    """Read the elements that are asked for, up to the pixel data.

    Args:
      data: the whole file, or its start where `last_tag` lies in it.
      wanted: tags, as 0xGGGGEEEE; of sequences, the same tags are looked for in the first item.
      last_tag: reading ends after it, or before the first greater one.
    Raises:
      Refusal: truncated; unsupported_format, where the transfer syntax is deflated: its pixels are seldom worth what it
        takes to unpack it safely.
    """
    syntax, position = _read_transfer_syntax(data)
    if syntax == _DEFLATED:
        raise Refusal(Reason.UNSUPPORTED_FORMAT, f"DICOM transfer syntax {syntax}")
    header = Header(syntax, syntax == _BIG_ENDIAN)
    # Told by the first element, because some writers state the transfer syntax of the file they converted.
    explicit = data[position + 4 : position + 6] in _VRS
    _Reader(data, wanted, last_tag).read(header, position, len(data), explicit, 0)
    return header


def read_fragments(data: bytes, position: int) -> bytes:
    """Join the fragments of encapsulated pixel data of one frame (PS3.5, annex A.4).

    Raises:
      Refusal: truncated.
    """
    fragments: list[bytes] = []
    while True:
        tag, length, position = _item(data, position, "<")
        if tag == _SEQUENCE_END:
            return b"".join(fragments[1:])  # the first is the table of offsets
        if tag != _ITEM or position + length > len(data):
            raise damaged()
        fragments.append(data[position : position + length])
        position += length


def _read_transfer_syntax(data: bytes) -> tuple[str, int]:
    header = Header("", False)
    # What follows the group may be implicit or even packed, so its end must be seen before the next element is read.
    end = _PREAMBLE_BYTES
    reader = _Reader(data, frozenset({_TRANSFER_SYNTAX}), PIXEL_DATA)
    while data[end : end + 2] == b"\2\0":
        end = reader.read_one(header, end)
    syntax = header.text(_TRANSFER_SYNTAX)
    if not syntax or syntax.strip("0123456789."):
        raise damaged()
    return syntax, end


class _Reader:
    def __init__(self, data: bytes, wanted: frozenset[int], last_tag: int):
        self._data = data
        self._wanted = wanted
        self._last_tag = last_tag

    def read_one(self, header: Header, position: int) -> int:
        """Read one explicit element of defined length; return where it ends."""
        tag, _, length, start = self._element(position, "<", True)
        if start + length > len(self._data):
            raise damaged()
        if tag in self._wanted:
            header.values[tag] = self._data[start : start + length]
        return start + length

    def read(self, header: Header, position: int, end: int, explicit: bool, depth: int) -> int:
        """Read elements into a header until the end, the end of the item, or the last tag; return where it stopped."""
        order = ">" if header.big_endian else "<"
        while position < end:
            tag, vr, length, start = self._element(position, order, explicit)
            if tag == _ITEM_END and depth:
                return start
            if tag > self._last_tag and not depth:
                return position
            if tag == PIXEL_DATA and not depth:
                header.pixels_at, header.pixels_vr = start, vr
                header.pixels_bytes = None if length == _UNDEFINED_LENGTH else length
                return start
            if length != _UNDEFINED_LENGTH and start + length > end:
                raise damaged()
            if length == _UNDEFINED_LENGTH or (vr == b"SQ" and tag in self._wanted):
                nested_explicit = explicit and vr != b"UN"
                position = self._sequence(
                    header, tag, start, None if length == _UNDEFINED_LENGTH else start + length, nested_explicit, depth
                )
            else:
                position = start + length
                if tag in self._wanted and not self._read_as_sequence(header, tag, start, position, vr, depth):
                    header.values[tag] = self._data[start:position]
            if tag == self._last_tag and not depth:
                return position
        return position

    def _read_as_sequence(self, header: Header, tag: int, start: int, end: int, vr: bytes, depth: int) -> bool:
        # Implicit VRs do not say that this is a sequence; its first item does.
        if vr not in (b"", b"UN") or self._data[start : start + 4] != b"\xfe\xff\x00\xe0":
            return False
        self._sequence(header, tag, start, end, False, depth)
        return True

    def _sequence(self, header: Header, tag: int, position: int, end: int | None, explicit: bool, depth: int) -> int:
        if depth >= _MAX_DEPTH:
            raise damaged()
        order = ">" if header.big_endian else "<"
        while end is None or position < end:
            item, length, position = _item(self._data, position, order)
            if item == _SEQUENCE_END:
                return position
            if item != _ITEM:
                raise damaged()
            nested = Header(header.transfer_syntax, header.big_endian)
            if length == _UNDEFINED_LENGTH:
                position = self.read(nested, position, len(self._data), explicit, depth + 1)
            elif position + length > len(self._data):
                raise damaged()
            else:
                if tag in self._wanted:
                    self.read(nested, position, position + length, explicit, depth + 1)
                position += length
            if tag in self._wanted:
                header.items.setdefault(tag, nested)
        return position

    def _element(self, position: int, order: str, explicit: bool) -> tuple[int, bytes, int, int]:
        try:
            group, element = struct.unpack_from(order + "HH", self._data, position)
            tag = group << 16 | element
            if not explicit or group == 0xFFFE:
                return tag, b"", struct.unpack_from(order + "I", self._data, position + 4)[0], position + 8
            vr = self._data[position + 4 : position + 6]
            if not vr.isalpha():
                raise damaged()
            if vr in _LONG_VRS:
                return tag, vr, struct.unpack_from(order + "I", self._data, position + 8)[0], position + 12
            return tag, vr, struct.unpack_from(order + "H", self._data, position + 6)[0], position + 8
        except struct.error as error:
            raise damaged() from error


def _item(data: bytes, position: int, order: str) -> tuple[int, int, int]:
    try:
        group, element, length = struct.unpack_from(order + "HHI", data, position)
    except struct.error as error:
        raise damaged() from error
    return group << 16 | element, length, position + 8
