"""Configuration of the conversion of image files to TFRecords."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from components.base.section import Section
from components.ingest.deidentify import default_private_dir
from components.ingest.records import DataSource

# What travels with a model to know its training images again; see components.ingest.known_images.
Fingerprints = Literal["full", "pixels", "none"]


class SourceConfig(Section):
    """One folder of images and the reader that understands its layout."""

    reader: str = "manifest"
    root: Path
    options: dict[str, str] = Field(default_factory=dict, description="of the reader, such as {version: 9A}")
    labels: dict[str, str | None] = Field(
        default_factory=dict, description="class of a label of the data, over schemas/sources; null leaves it out"
    )

    @field_validator("root", mode="before")
    @classmethod
    def _is_named(cls, value: object) -> object:
        if value == "":
            raise ValueError("name a folder")
        return value

    @field_validator("root")
    @classmethod
    def _home_is_expanded(cls, value: Path) -> Path:
        return value.expanduser()

    @field_validator("options", mode="before")
    @classmethod
    def _numbers_are_words(cls, value: object) -> object:
        return {str(key): str(item) for key, item in value.items()} if isinstance(value, dict) else value

    def source(self) -> DataSource:
        """What the ingest takes."""
        return DataSource(self.reader, self.root, self.options, self.labels)


class DataArguments(Section):
    """The section `data`, for commands that read images without a pipeline; the classes are parsed by whoever wants them."""

    sources: tuple[SourceConfig, ...]
    classes: Any
    columns: tuple[str, ...]
    fingerprints: Fingerprints
    private_dir: Path | None

    @property
    def private_folder(self) -> Path:
        """Where the key of the pseudonyms and the names lie."""
        return self.private_dir.expanduser() if self.private_dir else default_private_dir()


class SplitConfig(Section):
    """How groups are divided; kept for ever by the ledger of an output folder."""

    train: float = Field(0.70, gt=0, lt=1)
    eval: float = Field(0.15, gt=0, lt=1)
    test: float = Field(0.15, gt=0, lt=1)
    seed: int = Field(2020, ge=0, description="seed of the division; the seed of the run does not touch it")
    official: bool = Field(True, description="a split that the data set's authors gave is kept (their train becomes train and eval)")
    only_test: bool = Field(False, description="no division: every image is test, for a model that is there already")
    folds: int = Field(0, ge=0, description="k folds in place of fractions; 0: fractions")
    fold: int = Field(0, ge=0, description="with folds: this one is test, the next one eval, the others train")

    @model_validator(mode="after")
    def _makes_sense(self) -> "SplitConfig":
        total = self.train + self.eval + self.test
        if abs(total - 1) > 1e-6:
            raise ValueError(f"train, eval and test must sum to 1, not {total:g}")
        if self.folds in (1, 2):
            raise ValueError("folds must be 0 (none) or 3 and more: one for test, one for eval, the others for train")
        if self.only_test and self.folds:
            raise ValueError("only_test divides nothing, and folds do: set one of them")
        if self.fold >= max(1, self.folds):
            raise ValueError(f"fold must be below folds = {self.folds}")
        return self


class IngestConfig(Section):
    """Limits, storage and division."""

    max_quarantined: float = Field(0.05, ge=0, le=1, description="largest share of listed files that may be quarantined")
    max_side_px: int = Field(512, ge=64, description="longer images are stored shrunk to this longer side, pixels")
    min_side_px: int = Field(32, ge=1, description="shortest side of an original, pixels")
    max_megapixels: float = Field(40.0, gt=0, description="largest original, megapixels, by its header")
    max_aspect_ratio: float = Field(4.0, ge=1, description="longest side over shortest side of an original")
    images_per_shard: int = Field(256, ge=1)
    near_copies: bool = Field(
        True, description="crops, re-exposures and re-encodings of one radiograph share a group; false: the same pixels alone"
    )
    workers: int = Field(2, ge=1, description="workers of Beam's local runner; does not change what is written")
    beam: tuple[str, ...] = Field((), description="Beam's own flags, such as --runner=FlinkRunner; none: its local runner")
    split: SplitConfig = SplitConfig()
