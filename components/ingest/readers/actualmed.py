"""The Actualmed COVID-19 chest X-ray initiative: `metadata.csv` and `images/` (A. Chung 2020)."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from components.ingest.readers.cohen_table import read_cohen_table
from components.ingest.readers.image_files import join
from components.ingest.records import Record

SOURCE = "actualmed"


def read(root: Path, columns: tuple[str, ...]) -> Iterator[Record]:
    """List the images; those without a finding, whose test was inconclusive, are left out by the map of labels.

    Args:
      root: the data folder.
      columns: further columns of metadata.csv that travel with each image.
    Raises:
      UsageError: the csv or a column is absent.
      DataRefusedError: the text is no csv.
    """
    return read_cohen_table(root, columns, source=SOURCE, file_columns=("imagename",), name_of=_name)


def _name(cells: Mapping[str, str]) -> str:
    name = cells.get("imagename", "")
    return join("images", name) if name else ""
