"""The result of one cell of an experiment: what was trained, and what it answered. One small JSON file, without ids of images."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from components.base.errors import UsageError
from components.base.section import Section
from components.ingest.atomic_file import write_atomically

# Probabilities are stored as whole numbers from 0 to this.
SCALE = 10_000
NOT_STATED = -1
# Beside the results: what a comparison must know of the experiment.
EXPERIMENT_FILE = "experiment.json"
_DIVISION = re.compile(r"eval|test|fold \d+ by (?:patient|image)|without \S.*")

Count = Annotated[int, Field(ge=0)]
Probability = Annotated[int, Field(ge=0, le=SCALE)]


class Sources(Section):
    """The source of each image: an index into the names."""

    names: tuple[str, ...]
    index: tuple[Count, ...]


class Predictions(Section):
    """What a model answered on the images of a division.

    Attributes:
      order: digest of the images' ids in their order; two cells with one order answer the same images.
      group: the patient of each image, as a number that means the same patient in every cell on the same data.
      source: where each image comes from.
      label: class of each image; for a multilabel task, 1, 0 or -1 (not stated) for each finding.
      probabilities: one for each class of each image, 0 to 10,000.
    """

    order: str = Field(min_length=1)
    group: tuple[Count, ...]
    source: Sources
    label: tuple[int, ...] | tuple[tuple[int, ...], ...]
    probabilities: tuple[tuple[Probability, ...], ...]


class Measured(Section):
    """When and on what machine."""

    date: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")
    cores: int = Field(ge=1)
    memory_gib: float = Field(gt=0)


class Data(Section):
    """The collection: the digest of its records, and how many images it has over all splits."""

    digest: str = Field(min_length=1)
    images: int = Field(ge=1)


class Cell(Section):
    """One training of one variant with one seed on one division of the data.

    Attributes:
      identity: digest of all that the result depends on but the code: data, division, configuration, seed.
      variant: what was changed, as shown; `changes` has it by configuration key.
      reference: whether the others are compared with this variant.
      division: "eval", "fold 0 by patient", "fold 3 by image" or "without SOURCE".
      phantom: whether the images are the built-in synthetic ones, so that no figure is of patients; results of before it was noted lack it.
      configuration: what `identity` covers of it, keys at their defaults too; empty in results of before it was noted.
      notes: what a reader must know beside the figures, such as "random initialisation, 12 epochs: not the published model".
    """

    version: Literal[1] = 1
    identity: str = ""
    experiment: str = Field(min_length=1)
    variant: str = Field(min_length=1)
    changes: dict[str, Any]
    reference: bool
    seed: int = Field(ge=0)
    division: str
    task: Literal["multiclass", "multilabel"]
    classes: tuple[str, ...] = Field(min_length=1)
    image_px: int = Field(ge=1)
    epochs: int = Field(ge=0)
    epochs_limit: int = Field(ge=1)
    best_epoch: int = Field(0, ge=0, description="the epoch that was kept; 0: not noted")
    inner_score: float | None = Field(
        None, description="objective of the kept epoch on the inner eval images, which early stopping went by"
    )
    architecture: str = ""
    parameters: int = Field(ge=0)
    initial_weights: str
    training_images: int = Field(ge=1)
    seconds: float = Field(ge=0, allow_inf_nan=False)
    measured: Measured
    data: Data
    phantom: bool = False
    command: str
    code: str
    configuration: dict[str, Any] = {}
    notes: tuple[str, ...] = ()
    predictions: Predictions

    @field_validator("division")
    @classmethod
    def _division_is_known(cls, value: str) -> str:
        if not _DIVISION.fullmatch(value):
            raise ValueError(f'no division {value!r}; write "eval", "fold 0 by patient", "fold 0 by image" or "without SOURCE"')
        return value

    @model_validator(mode="after")
    def _lengths_agree(self) -> "Cell":
        answers, width = self.predictions, len(self.classes)
        images = len(answers.group)
        for name, values in (("label", answers.label), ("probabilities", answers.probabilities), ("source.index", answers.source.index)):
            if len(values) != images:
                raise ValueError(f"{images} images have a group and {len(values)} have {name}")
        if not images:
            raise ValueError("there is no image")
        if any(len(row) != width for row in answers.probabilities):
            raise ValueError(f"an image needs {width} probabilities, one for each class")
        if max(answers.source.index) >= len(answers.source.names):
            raise ValueError("source.index points past source.names")
        for label in answers.label:
            stated = label if isinstance(label, tuple) else (label,)
            if isinstance(label, tuple) != (self.task == "multilabel"):
                raise ValueError(f"a {self.task} label is {'a list of findings' if self.task == 'multilabel' else 'one class'}")
            if self.task == "multilabel" and (len(stated) != width or not set(stated) <= {NOT_STATED, 0, 1}):
                raise ValueError(f"a multilabel label has {width} findings, each 1, 0 or -1")
            if self.task == "multiclass" and not 0 <= stated[0] < width:
                raise ValueError(f"label {stated[0]} is none of {width} classes")
        return self

    @property
    def family(self) -> str:
        """The divisions that are pooled with this one: all folds of one kind, otherwise itself alone."""
        return family_of(self.division)

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, self.model_dump_json() + "\n")


def family_of(division: str) -> str:
    """Name the divisions that are pooled with this one: "fold 0 by patient" is of "folds by patient"."""
    return re.sub(r"^fold \d+", "folds", division)


def read_cell(path: Path) -> Cell:
    """Read one result.

    Raises:
      UsageError: it is not there, or not a result; the message names the file and the first fault.
    """
    try:
        return Cell.model_validate_json(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; run the experiment first") from error
    except ValidationError as error:
        fault = error.errors()[0]
        key = ".".join(str(part) for part in fault["loc"])
        message = fault["msg"].removeprefix("Value error, ")
        raise UsageError(f"{path}: not a result: {key + ': ' if key else ''}{message}; delete it and run its cell again") from error


def read_cells(folder: Path) -> list[Cell]:
    """Read every result of an experiment's folder, in the order of their names; none where there is no folder.

    Raises:
      UsageError: a file is not a result.
    """
    return [read_cell(path) for path in sorted(folder.glob("*.json")) if path.name != EXPERIMENT_FILE]
