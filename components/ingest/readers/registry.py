"""Which reader bears which name, and what it may be told."""

import difflib
import inspect
from collections.abc import Callable, Iterable, Iterator

from components.base.errors import UsageError
from components.ingest.readers import (
    actualmed,
    covid_chestxray,
    covid_cxnet,
    covidx,
    figure1,
    image_folder,
    kermany,
    manifest,
    nih_chestxray14,
    rsna_pneumonia,
)
from components.ingest.records import DataSource, Record

_PLAIN = ("root", "columns")


# (root, columns, **options), the options being texts.
Reader = Callable[..., Iterator[Record]]

READERS: dict[str, Reader] = {
    "actualmed": actualmed.read,
    "covid_chestxray": covid_chestxray.read,
    "covid_cxnet": covid_cxnet.read,
    "covidx": covidx.read,
    "figure1": figure1.read,
    "image_folder": image_folder.read,
    "kermany": kermany.read,
    "manifest": manifest.read,
    "nih_chestxray14": nih_chestxray14.read,
    "rsna_pneumonia": rsna_pneumonia.read,
}


def find_reader(name: str) -> Reader:
    """Find a reader by its name.

    Raises:
      UsageError: there is none; the message names the nearest.
    """
    if name in READERS:
        return READERS[name]
    raise UsageError(f"unknown reader {name!r}; {_hint(name, READERS)}")


def options_of(reader: Reader) -> list[str]:
    """List the names of the options that a reader takes."""
    return [name for name in inspect.signature(reader).parameters if name not in _PLAIN]


def read_records(source: DataSource, columns: tuple[str, ...]) -> Iterator[Record]:
    """Read one data folder.

    Raises:
      UsageError: the folder, its reader or an option of it does not exist.
    """
    reader = find_reader(source.reader)
    for option in source.options:
        if option not in options_of(reader):
            raise UsageError(f"reader {source.reader!r} has no option {option!r}; {_hint(option, options_of(reader))}")
    if not source.root.is_dir():
        raise UsageError(f"{source.root}: no such folder; --data names a folder of images")
    return reader(source.root, columns, **source.options)


def _hint(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(sorted(known)) or 'none'}"
