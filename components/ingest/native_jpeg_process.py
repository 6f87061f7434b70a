"""The program that `native_jpeg` runs: a JPEG stream on standard input, its samples on standard output."""

import resource
import sys

from libjpeg.utils import decode

_MAX_MEMORY_BYTES = 4 << 30


def main() -> None:
    """Decode, or end by an exception or a signal."""
    resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY_BYTES, _MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdout.buffer.write(decode(sys.stdin.buffer.read()).tobytes())


if __name__ == "__main__":
    main()
