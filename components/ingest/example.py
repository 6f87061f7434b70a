"""Serialise a tf.train.Example without importing TensorFlow, always to the same bytes.

The message (tensorflow/core/example/{example,feature}.proto) is a map of features, each a list of bytes, floats or
int64. Protocol buffers do not promise an order of map entries; here the names are sorted. Importing TensorFlow for
this alone would cost every worker more time than its images do.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence

Value = bytes | str | int | float

_LENGTH_DELIMITED = 2
_BYTES_LIST, _FLOAT_LIST, _INT64_LIST = 1, 2, 3


class DamagedExampleError(Exception):
    """The bytes are no tf.train.Example."""


def encode_example(features: Mapping[str, Value | Sequence[Value]]) -> bytes:
    """Serialise values as a tf.train.Example.

    Args:
      features: value or values of each feature; text becomes UTF-8 bytes, an int an int64, a float a float32. An empty
        sequence leaves the feature out.
    """
    lists = {name: [value] if isinstance(value, bytes | str | int | float) else list(value) for name, value in features.items()}
    return _field(
        1, b"".join(_field(1, _field(1, name.encode()) + _field(2, _feature(lists[name]))) for name in sorted(lists) if lists[name])
    )


def decode_example(data: bytes) -> dict[str, list[bytes] | list[int] | list[float]]:
    """Read back what `encode_example` wrote.

    Raises:
      DamagedExampleError: the bytes are something else.
    """
    values: dict[str, list[bytes] | list[int] | list[float]] = {}
    try:
        [(_, message)] = _fields(data)
        for _, entry in _fields(message):
            (_, name), (_, feature) = _fields(entry)
            [(kind, content)] = _fields(feature)
            if kind == _BYTES_LIST:
                values[name.decode()] = [value for _, value in _fields(content)]
            else:
                [(_, packed)] = _fields(content)
                values[name.decode()] = _integers(packed) if kind == _INT64_LIST else list(struct.unpack(f"<{len(packed) // 4}f", packed))
    except (ValueError, IndexError, struct.error) as error:
        raise DamagedExampleError("the bytes are no tf.train.Example") from error
    return values


def _feature(values: Sequence[Value]) -> bytes:
    if isinstance(values[0], int):
        return _field(_INT64_LIST, _field(1, b"".join(_varint(int(value) & (1 << 64) - 1) for value in values)))
    if isinstance(values[0], float):
        return _field(_FLOAT_LIST, _field(1, struct.pack(f"<{len(values)}f", *values)))
    return _field(_BYTES_LIST, b"".join(_field(1, value.encode() if isinstance(value, str) else bytes(value)) for value in values))  # type: ignore[arg-type]


def _field(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | _LENGTH_DELIMITED) + _varint(len(data)) + data


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    position = 0
    while position < len(data):
        key, position = _read_varint(data, position)
        length, position = _read_varint(data, position)
        if key & 7 != _LENGTH_DELIMITED or position + length > len(data):
            raise ValueError
        yield key >> 3, data[position : position + length]
        position += length


def _varint(value: int) -> bytes:
    digits = bytearray()
    while value > 0x7F:
        digits.append(value & 0x7F | 0x80)
        value >>= 7
    digits.append(value)
    return bytes(digits)


def _read_varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        value |= (byte & 0x7F) << shift
        position += 1
        if byte < 0x80:
            return value, position
        shift += 7


def _integers(packed: bytes) -> list[int]:
    values = []
    position = 0
    while position < len(packed):
        value, position = _read_varint(packed, position)
        values.append(value - (1 << 64) if value >> 63 else value)
    return values
