"""What goes into the ingest and what comes out."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from schemas import features


@dataclass(frozen=True)
class DataSource:
    """A folder of images and the reader that understands its layout."""

    reader: str
    root: Path


@dataclass(frozen=True)
class Record:
    """One listed image, as a reader found it; nothing is opened or checked yet.

    Attributes:
      path: the file, as listed below the root.
      name: its name as listed, relative to the root.
      label: label in the words of the data, "" where there is none.
      source: hospital or collection, "" where there is none.
      patient_id: patient within the source, "" where unknown.
      view: one of schemas.features.VIEWS.
      extra: value of each further column.
      problem: why the row cannot be used, "" where it can; without names of files or patients.
    """

    path: Path
    name: str
    label: str
    source: str
    patient_id: str = ""
    view: str = features.UNKNOWN
    extra: dict[str, str] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True)
class Records:
    """A whole records folder.

    Attributes:
      folder: holds `examples/{train,eval,test}/part-*.tfrecord`, `quarantine.csv`, `splits.csv`, `summary.json`.
      digest: 16 hex digits of everything that decides the content; the folder's name.
      summary: the content of `summary.json`.
      reused: the folder was there already.
    """

    folder: Path
    digest: str
    summary: dict[str, Any]
    reused: bool
