"""The whole configuration of a run: frozen, typed, composed of the sections that the components own."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from components.auditor.config import AuditorConfig
from components.base.errors import UsageError
from components.base.layers import load_layers
from components.base.section import Section
from components.evaluator.config import EvaluatorConfig
from components.explainer.config import ExplainerConfig
from components.gate.config import GateConfig
from components.ingest.config import Fingerprints, IngestConfig, SourceConfig
from components.ingest.source_text import parse_source
from components.phantom.config import PhantomConfig
from components.trainer.config import TrainerConfig
from components.transform.config import TransformConfig
from schemas import features
from schemas.classes import ClassMap, parse_classes
from tuning.config import TuningConfig


class DataConfig(Section):
    """Which images, which classes."""

    sources: tuple[SourceConfig, ...] = Field((), description="none: the built-in phantom")
    classes: tuple[str | dict[str, tuple[str, ...]], ...] = features.DEFAULT_CLASSES
    columns: tuple[str, ...] = Field((), description="further csv columns that travel with each image")
    fingerprints: Fingerprints = Field("full", description="what travels with a model to know its training images again")
    private_dir: Path | None = None

    @field_validator("private_dir")
    @classmethod
    def _home_is_expanded(cls, value: Path | None) -> Path | None:
        if value is not None and value == Path():
            raise ValueError("name a folder, or null")
        return value.expanduser() if value is not None else None

    @field_validator("classes")
    @classmethod
    def _classes_make_sense(cls, value: tuple[str | dict[str, tuple[str, ...]], ...]) -> Any:
        if len(parse_classes(value).names) < 2:
            raise ValueError("name at least two classes")
        return value

    @property
    def class_map(self) -> ClassMap:
        """The classes in order, and the class of each label."""
        return parse_classes(self.classes)


class Config(Section):
    """Everything that a run depends on, besides the data themselves."""

    seed: int = Field(2020, ge=0, lt=2**31)
    augmentation: Literal["off", "transform", "online", "both"] = "both"
    data: DataConfig = DataConfig()
    phantom: PhantomConfig = PhantomConfig()
    ingest: IngestConfig = IngestConfig()
    transform: TransformConfig = TransformConfig()
    tuning: TuningConfig = TuningConfig()
    trainer: TrainerConfig = TrainerConfig()
    evaluator: EvaluatorConfig = EvaluatorConfig()
    gate: GateConfig = GateConfig()
    auditor: AuditorConfig = AuditorConfig()
    explainer: ExplainerConfig = ExplainerConfig()

    @field_validator("augmentation", mode="before")
    @classmethod
    def _off_is_a_word(cls, value: Any) -> Any:
        # YAML 1.1 reads a bare `off` as false.
        return "off" if value is False else value

    @model_validator(mode="after")
    def _fits_together(self) -> "Config":
        if self.ingest.split.only_test:
            raise ValueError("ingest.split.only_test leaves nothing to train on; it is for `python -m components.evaluator --model DIR`")
        if self.trainer.head == "logistic" and self.augmentation in ("online", "both"):
            raise ValueError(
                "trainer.head logistic is fitted once, to images that do not change; it does not go with augmentation "
                f"{self.augmentation}: take transform or off"
            )
        return self

    def to_yaml(self, with_paths: bool = True) -> str:
        """Write the configuration as YAML.

        Args:
          with_paths: False leaves out where the data lie; reports are shared, and a path may name a person.
        """
        tree = self.model_dump(mode="json")
        if not with_paths:
            tree["data"]["sources"] = [{"reader": source.reader} for source in self.data.sources]
            del tree["data"]["private_dir"]
        return yaml.safe_dump(tree, sort_keys=False)


def load_config(config: Path | None, environ: Mapping[str, str], assignments: Sequence[str], data: Sequence[str] = ()) -> Config:
    """Read, merge and check the configuration.

    Args:
      config: a YAML file, or None.
      environ: the environment, for CXR__SECTION__KEY variables.
      assignments: the --set texts.
      data: the --data texts, DIR or READER=DIR; they replace data.sources.
    Raises:
      UsageError: one line that names the key, the fault and the nearest key.
    """
    tree = load_layers(config, environ, assignments)
    if data:
        tree["data"]["sources"] = [parse_source(text) for text in data]
    try:
        return Config(**tree)
    except ValidationError as error:
        raise UsageError(_first_fault(error)) from error


def _first_fault(error: ValidationError) -> str:
    faults = error.errors()
    key = ".".join(str(part) for part in faults[0]["loc"])
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    message = faults[0]["msg"].removeprefix("Value error, ")
    given = faults[0].get("input")
    shown = f", not {given!r}" if isinstance(given, (str, int, float, bool)) and faults[0]["type"] != "value_error" else ""
    # Keys that do not go together are named in the message.
    named = f"configuration key {key!r}" if key else "configuration"
    return f"{named}: {message[0].lower()}{message[1:]}{shown}{more}"
