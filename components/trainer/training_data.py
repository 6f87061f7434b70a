"""What a model carries of its training: how the data were read, how they are known again, and the temperature in its probabilities.

It lies in the folder of the SavedModel that servers leave alone (`assets.extra`), and so is pushed with the model.
"""

import hashlib
import hmac
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from components.base.errors import UsageError
from components.base.section import Section
from components.base.temperature import ModelTemperature
from components.ingest.config import Fingerprints
from components.ingest.folder import images_without_patient, read_summary
from components.ingest.known_images import KnownImages
from components.phantom.roster import SITES
from schemas.classes import ClassMap

FOLDER = "assets.extra"
FILE_NAME = "training.json"


class TrainingData(Section):
    """The content of `training.json`.

    Attributes:
      version: of this layout.
      classes: in the order of the probabilities.
      labels: label that data may carry to its class.
      max_side_px: longer images were stored shrunk to this longer side, pixels.
      pseudonym_key: SHA-256 of the key of the pseudonyms, hex digits.
      fingerprints: full: fingerprints, pixels and patients lie beside this; pixels: pixels and patients; none: nothing.
      images: split to its images.
      without_patient: images that name no patient; None where the model is older.
      source_digests: of the names of the sources, see `source_name_digest`; where no pseudonyms travel, of the sites of the built-in
        phantom alone, which are public; None where the model is older.
      temperature: what became of it; None, and not in the file, where `trainer.temperature` is off.
    """

    version: Literal[1] = 1
    classes: tuple[str, ...]
    labels: dict[str, str]
    max_side_px: int
    pseudonym_key: str
    fingerprints: Fingerprints
    images: dict[str, int]
    without_patient: int | None = None
    source_digests: tuple[str, ...] | None = None
    temperature: ModelTemperature | None = None

    @property
    def class_map(self) -> ClassMap:
        """The classes as the ingest takes them."""
        return ClassMap(self.classes, dict(self.labels))

    def holds_source(self, name: str) -> bool:
        """Tell whether a source of this name is known to be among those of the data."""
        return source_name_digest(self.pseudonym_key, name) in (self.source_digests or ())


def source_name_digest(pseudonym_key: str, source: str) -> str:
    """Digest the name of a source: who knows a name can ask for it, and no name can be read.

    Args:
      pseudonym_key: SHA-256 of the key of the pseudonyms, hex digits.
      source: the name.
    """
    return hmac.new(pseudonym_key.encode(), source.encode(), hashlib.sha256).hexdigest()


def write_training_data(records: Path, model: Path, fingerprints: Fingerprints, temperature: ModelTemperature | None = None) -> None:
    """Write `training.json`, and the fingerprints that are to travel, beside a SavedModel.

    Args:
      records: the records folder that the model was trained on.
      model: folder of the SavedModel.
      fingerprints: how much of them.
      temperature: what became of it in the training; None where none was to be fitted.
    Raises:
      DataRefusedError: the records are damaged.
    """
    summary = read_summary(records)
    images = dict.fromkeys((cell["split"] for cell in summary["cells"]), 0)
    for cell in summary["cells"]:
        images[cell["split"]] += cell["images"]
    facts = TrainingData(
        classes=tuple(summary["classes"]),
        labels=summary["labels"],
        max_side_px=summary["max_side_px"],
        pseudonym_key=summary["pseudonym_key"],
        fingerprints=fingerprints,
        images=images,
        without_patient=images_without_patient(summary),
        source_digests=tuple(
            sorted(
                source_name_digest(summary["pseudonym_key"], source)
                for source in summary["sources"]
                if fingerprints != "none" or source in SITES
            )
        ),
        temperature=temperature,
    )
    place = model / FOLDER
    place.mkdir()
    left_out = {"temperature"} if temperature is None else None
    (place / FILE_NAME).write_text(facts.model_dump_json(indent=1, exclude=left_out) + "\n", encoding="utf-8")
    if fingerprints != "none":
        KnownImages.of(records, with_fingerprints=fingerprints == "full").save(place)


def load_training_data(model: Path) -> TrainingData:
    """Read `training.json` of a SavedModel.

    Raises:
      UsageError: it is missing or damaged.
    """
    path = model / FOLDER / FILE_NAME
    try:
        return TrainingData.model_validate_json(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path} is missing: the model was exported by another program or an older one; train it again") from error
    except ValidationError as error:
        fault = error.errors()[0]
        raise UsageError(f"{path} is damaged or of another version: {'.'.join(map(str, fault['loc']))}: {fault['msg']}") from error
