import ctypes

import pytest

from components.ingest import heap


def test_the_heap_is_compact_within_and_loose_behind(monkeypatch):
    calls = []

    class Library:
        @staticmethod
        def mallopt(option, value):
            calls.append((option, value))

    monkeypatch.setattr(ctypes, "CDLL", lambda _name: Library)
    with heap.compact_heap():
        assert dict(calls) == {-8: 1, -3: 131072, -1: 131072}
        calls.clear()
    assert dict(calls) == {-8: 0, -3: 32 << 20, -1: 64 << 20}


def test_glibc_takes_every_option():
    library = ctypes.CDLL(None)
    if not hasattr(library, "mallopt"):
        pytest.skip("this C library has no mallopt")
    assert [library.mallopt(option, value) for option, value in heap._LOOSE.items()] == [1, 1, 1]
