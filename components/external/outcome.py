"""What an external validation did, in numbers: `external.json`. Imports no numpy."""

from pathlib import Path
from typing import Literal

from components.base.section import Section
from components.ingest.atomic_file import write_atomically

FILE_NAME = "external.json"


class External(Section):
    """The content of `external.json`; no file name, no patient, no path.

    Attributes:
      version: of this layout.
      model: digest of the model.
      trained_on: split to the images that the model was made with.
      records: digest of the records that were read.
      counts: listed, written, quarantined, skipped and absent rows.
      skipped: why to rows that were left out on purpose, such as labels that are in no class of the model.
      quarantined: reason to files that could not be used.
      classes: class of the model to its images that were read.
      without_patient: images that were read and name no patient; None where that is not on record.
      excluded: how an image was found to be shared with the model's data, to images; every kind is there.
      excluded_groups: groups of patients and copies that were left out whole.
      found_in: split of the model's data to the images found in it.
      not_looked_for: kind to why it could not be.
      scored: images and patients that remain.
      eval_choices: "" where thresholds, and the temperature of a model that carries none, come from its run, else why there are none.
    """

    version: Literal[1] = 1
    model: str
    trained_on: dict[str, int]
    records: str
    counts: dict[str, int]
    skipped: dict[str, int]
    quarantined: dict[str, int]
    classes: dict[str, int]
    without_patient: int | None = None
    excluded: dict[str, int]
    excluded_groups: int
    found_in: dict[str, int]
    not_looked_for: dict[str, str]
    scored: dict[str, int]
    eval_choices: str

    def save(self, folder: Path) -> None:
        """Write `external.json` into the folder."""
        write_atomically(folder / FILE_NAME, self.model_dump_json(indent=1) + "\n")
