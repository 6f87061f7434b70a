"""The program that `native_jpeg` runs: a JPEG stream on standard input, its samples on standard output.

Its argument is noise in hexadecimal. Put in before the end marker, it must not change the samples.
"""

import resource
import sys

from libjpeg.utils import decode

_MAX_MEMORY_BYTES = 4 << 30
_END_OF_IMAGE = b"\xff\xd9"


def main() -> None:
    """Decode, or end by an exception or a signal."""
    resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY_BYTES, _MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    stream = sys.stdin.buffer.read()
    end = stream.rindex(_END_OF_IMAGE)
    samples = decode(stream).tobytes()
    if decode(stream[:end] + bytes.fromhex(sys.argv[1]) + stream[end:]).tobytes() != samples:
        raise ValueError("the stream ends early")
    sys.stdout.buffer.write(samples)


if __name__ == "__main__":
    main()
