"""Which reader bears which name."""

import difflib
from collections.abc import Callable, Iterator
from pathlib import Path

from components.base.errors import UsageError
from components.ingest.readers import manifest
from components.ingest.records import Record

Reader = Callable[[Path, tuple[str, ...]], Iterator[Record]]

READERS: dict[str, Reader] = {
    "manifest": manifest.read,
}


def find_reader(name: str) -> Reader:
    """Find a reader by its name.

    Raises:
      UsageError: there is none; the message names the nearest.
    """
    if name in READERS:
        return READERS[name]
    near = difflib.get_close_matches(name, READERS, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(sorted(READERS))}"
    raise UsageError(f"unknown reader {name!r}; {hint}")
