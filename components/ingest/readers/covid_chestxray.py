"""Cohen's COVID-19 image data collection: `metadata.csv`, `images/` and `volumes/` (Cohen et al. 2020, arXiv:2006.11988)."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from components.ingest.readers.cohen_table import read_cohen_table
from components.ingest.readers.image_files import join
from components.ingest.records import Record

SOURCE = "cohen"


def read(root: Path, columns: tuple[str, ...]) -> Iterator[Record]:
    """List the frontal radiographs; CT and lateral images are skipped with the reason.

    The findings are a path in the present csv ("Pneumonia/Viral/COVID-19") and bare words in older ones ("COVID-19",
    "COVID-19, ARDS"); schemas/sources/covid_chestxray.yaml maps both. A letter behind a patient's number ("311a",
    "311b") stands for another patient of the same publication: age and sex differ.

    Args:
      root: the data folder.
      columns: further columns of metadata.csv that travel with each image.
    Raises:
      UsageError: the csv or a column is absent.
      DataRefusedError: the text is no csv.
    """
    return read_cohen_table(root, columns, source=SOURCE, file_columns=("folder", "filename"), name_of=_name)


def _name(cells: Mapping[str, str]) -> str:
    name = cells.get("filename", "")
    return join(cells.get("folder") or "images", name) if name else ""
