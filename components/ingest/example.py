"""Serialise a tf.train.Example without importing TensorFlow, always to the same bytes.

The message (tensorflow/core/example/{example,feature}.proto) is a map of features, each a list of bytes, floats or
int64. Protocol buffers do not promise an order of map entries; here the names are sorted. Importing TensorFlow for
this alone would cost every worker more time than its images do.
"""

from collections.abc import Mapping

_LENGTH_DELIMITED = 2
_BYTES_LIST, _INT64_LIST = 1, 3


def encode_example(features: Mapping[str, bytes | str | int]) -> bytes:
    """Serialise single values as a tf.train.Example.

    Args:
      features: value of each feature; text becomes UTF-8 bytes, an int becomes an int64 of at least 0.
    """
    entries = b"".join(_field(1, _field(1, name.encode()) + _field(2, _feature(features[name]))) for name in sorted(features))
    return _field(1, entries)


def _feature(value: bytes | str | int) -> bytes:
    if isinstance(value, int):
        return _field(_INT64_LIST, _field(1, _varint(value)))
    return _field(_BYTES_LIST, _field(1, value.encode() if isinstance(value, str) else value))


def _field(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | _LENGTH_DELIMITED) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    if value < 0:
        raise ValueError(f"{value} is negative")
    digits = bytearray()
    while value > 0x7F:
        digits.append(value & 0x7F | 0x80)
        value >>= 7
    digits.append(value)
    return bytes(digits)
