"""What goes into the ingest and what comes out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from schemas import features

_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True)
class DataSource:
    """A folder of images and the reader that understands its layout.

    Attributes:
      reader: name of a module of components.ingest.readers.
      root: the folder.
      options: what the reader may be told besides, such as {"version": "9A"}.
      labels: class of labels of the data, over those of schemas/sources; None leaves a label out.
    """

    reader: str
    root: Path
    options: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle that a radiologist drew: upper left corner and size, as fractions [0, 1] of the image's width and height."""

    label: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Record:
    """One listed image, as a reader found it; nothing is opened or checked yet.

    Attributes:
      name: the file as listed, relative to the root.
      label: label in the words of the data, "" where there is none.
      source: hospital or collection, "" where there is none.
      patient_id: patient within the source, "" where unknown.
      view: one of schemas.features.VIEWS.
      extra: value of each further column.
      problem: why the row cannot be used, "" where it can; without names of files or patients.
      skip: why the row is left out on purpose (a CT, a lateral view), "" where it is not; without names.
      split: the split that the data set's authors gave it: "train" (which is divided into train and eval here), "eval",
        "test", or "" where they gave none.
      findings: those of schemas.features.FINDINGS that the data state, () for none of them; None where they do not say.
      age_years: None where unknown.
      sex: one of schemas.features.SEXES.
      follow_up: number of the visit, None where unknown.
      boxes: what radiologists marked.
    """

    name: str
    label: str
    source: str
    patient_id: str = ""
    view: str = features.UNKNOWN
    extra: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    problem: str = ""
    skip: str = ""
    split: str = ""
    findings: tuple[str, ...] | None = None
    age_years: int | None = None
    sex: str = features.UNKNOWN
    follow_up: int | None = None
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True)
class Records:
    """A whole records folder.

    Attributes:
      folder: holds `examples/{train,eval,test}/part-*.tfrecord`, `fingerprints/`, `quarantine.csv`, `splits.csv`, `summary.json`.
      digest: 16 hex digits of everything that decides the content; the folder's name.
      summary: the content of `summary.json`.
      reused: the folder was there already.
    """

    folder: Path
    digest: str
    summary: dict[str, Any]
    reused: bool
