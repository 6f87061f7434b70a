"""Keep glibc's heap from growing full of holes while images are decoded on several threads and compared.

By default every thread fills a heap of its own, and freed arrays of up to 32 MB stay in it. Both are cheap for decoding
and dear for an index that grows with the images; so the threads share one heap, and the search for copies, which uses
one thread, gives back what it frees.
"""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

# malloc.h of glibc.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_SHARED = {_ARENA_MAX: 1}
_UNSHARED = {_ARENA_MAX: 0}
_COMPACT = {_MMAP_THRESHOLD: 128 << 10, _TRIM_THRESHOLD: 128 << 10}
# What the defaults grow to; once set, the thresholds do not move by themselves any more.
_LOOSE = {_MMAP_THRESHOLD: 32 << 20, _TRIM_THRESHOLD: 64 << 20}


@contextmanager
def shared_heap() -> Iterator[None]:
    """Let all threads that begin meanwhile use one heap."""
    _set(_SHARED)
    try:
        yield
    finally:
        _set(_UNSHARED)


@contextmanager
def compact_heap() -> Iterator[None]:
    """Give back what was freed before, and what is freed meanwhile; training afterwards wants the opposite."""
    _set(_COMPACT)
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim:
        trim(0)
    try:
        yield
    finally:
        _set(_LOOSE)


def _set(options: dict[int, int]) -> None:
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries have none, and need none
    for option, value in options.items():
        if mallopt:
            mallopt(option, value)
