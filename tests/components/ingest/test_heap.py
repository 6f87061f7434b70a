import ctypes

import pytest

from components.ingest import heap


def test_what_is_set_within_is_put_back_behind(monkeypatch):
    calls = []

    class Library:
        @staticmethod
        def mallopt(option, value):
            calls.append((option, value))

        @staticmethod
        def malloc_trim(_pad):
            calls.append("trimmed")

    monkeypatch.setattr(ctypes, "CDLL", lambda _name: Library)
    with heap.shared_heap(), heap.compact_heap():
        assert calls == [(-8, 1), (-3, 131072), (-1, 131072), "trimmed"]
        calls.clear()
    assert calls == [(-3, 32 << 20), (-1, 64 << 20), (-8, 0)]


def test_glibc_takes_every_option():
    library = ctypes.CDLL(None)
    if not hasattr(library, "mallopt"):
        pytest.skip("this C library has no mallopt")
    options = heap._LOOSE | heap._UNSHARED
    assert [library.mallopt(option, value) for option, value in options.items()] == [1, 1, 1]
