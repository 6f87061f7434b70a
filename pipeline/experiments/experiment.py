"""An experiment as its YAML file describes it: which variants, on which images, divided how, judged by what."""

import itertools
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from components.base.errors import UsageError
from components.base.section import Section
from pipeline.experiments.choice import CHOSEN
from pipeline.experiments.comparison import Published
from pipeline.experiments.metric import hint, parse_metric
from pipeline.experiments.references import check_references

_NAME = re.compile(r"[a-z0-9_]+")


class Select(Section):
    """Which images take part: those that fit to all that is named."""

    source: str | None = None
    label: str | None = None


class DivisionConfig(Section):
    """How the images are divided into train, inner eval (for early stopping) and what is judged.

    splits: the splits of the ingest; judged on eval, or on test. folds: each image is judged once. leave_one_source_out: all images of a
    source are judged by a network that never saw the source.
    """

    kind: Literal["splits", "folds", "leave_one_source_out"] = "folds"
    judge: Literal["eval", "test"] = Field("eval", description="of kind splits: which split")
    folds: int = Field(5, ge=2, le=20)
    by: tuple[Literal["patient", "image"], ...] = Field(
        ("patient",), min_length=1, description="image lets one patient stand on both sides, as some papers did; both: one after the other"
    )
    within: tuple[Literal["train", "eval", "test"], ...] = Field(
        ("train", "eval", "test"),
        min_length=1,
        description="splits of the ingest that take part in folds and in leaving sources out; leaving test out keeps it closed",
    )
    judged_folds: int = Field(0, ge=0, le=20, description="only the first of the folds are judged, by every seed; 0: all")
    sources: tuple[str, ...] = Field((), description="to leave out in turn; none: every source")
    inner_eval: float = Field(0.15, gt=0, lt=0.5, description="share of the training groups that early stopping goes by")
    seed: int = Field(2020, ge=0, lt=2**31, description="of the division; the seeds of the trainings do not touch it")

    @model_validator(mode="after")
    def _keys_fit_the_kind(self) -> "DivisionConfig":
        own = {"splits": {"judge"}, "folds": {"folds", "by", "judged_folds", "within"}, "leave_one_source_out": {"sources", "within"}}
        for name in self.model_fields_set - {"kind", "inner_eval", "seed"} - own[self.kind]:
            raise ValueError(f"{name} has no meaning for kind {self.kind}")
        return self


class Experiment(Section):
    """One experiment."""

    name: str
    title: str
    select: tuple[Select, ...] = Field((), description="images that fit to any of them take part; none: all")
    settings: dict[str, Any] = Field({}, description="configuration over base.yaml, for every variant")
    division: DivisionConfig = DivisionConfig()
    seeds: tuple[Annotated[int, Field(ge=0, lt=2**31)], ...] = Field((1, 2, 3), min_length=1)
    variants: dict[str, dict[str, Any]] = Field({}, description="name: {configuration key: value}")
    grid: dict[str, tuple[Any, ...]] = Field({}, description="configuration key: values; every combination is a variant")
    reference: str = Field("", description="the variant that the others are compared with; empty: the first")
    references: dict[str, tuple[str, ...]] = Field(
        {}, description="variant: those that are compared with it instead, such as switches with what they are switched on"
    )
    choose: bool = Field(
        False, description="add a row that takes, in each fold and seed, the variant that is best on the inner eval images of that fold"
    )
    metrics: tuple[str, ...] = Field(("macro_recall",), min_length=1, description="all of them are tested, and the tests corrected for")
    published: tuple[Published, ...] = ()
    notes: tuple[str, ...] = Field((), description="what a reader of the table must know")

    @field_validator("name")
    @classmethod
    def _is_a_slug(cls, value: str) -> str:
        if not _NAME.fullmatch(value):
            raise ValueError("small letters, digits and underscores only: folders bear it")
        return value

    @model_validator(mode="after")
    def _has_variants(self) -> "Experiment":
        names = list(self.all_variants)
        if not names:
            raise ValueError("name variants, or a grid of configuration keys and values")
        if self.reference and self.reference not in names:
            raise ValueError(f"reference {self.reference!r} is no variant; there are: {', '.join(names)}")
        check_references(self.references, self.reference_name, names)
        if CHOSEN in names:
            raise ValueError(f"variant {CHOSEN!r}: the row of choose bears this name; take another")
        slugs = [slug(name) for name in names]
        for place, name in enumerate(slugs):
            if name in slugs[:place]:
                raise ValueError(f"variants {names[slugs.index(name)]!r} and {names[place]!r} would share their files; name them apart")
        for metric in self.metrics:
            parse_metric(metric)
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError("a seed is named twice")
        return self

    @property
    def all_variants(self) -> dict[str, dict[str, Any]]:
        """Every variant with its changes: the named ones, then the combinations of the grid."""
        combined = [dict(zip(self.grid, values, strict=True)) for values in itertools.product(*self.grid.values()) if self.grid]
        named = {", ".join(f"{key}={_shown(value)}" for key, value in changes.items()): changes for changes in combined}
        return {**self.variants, **named}

    @property
    def reference_name(self) -> str:
        """The variant that the others are compared with."""
        return self.reference or next(iter(self.all_variants))


def load_experiment(path: Path) -> Experiment:
    """Read an experiment.

    Raises:
      UsageError: the file cannot be read, is not YAML, or does not make sense; the message names the key.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(f"{path}: is not valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise UsageError(f"{path}: must hold the keys of an experiment: {', '.join(Experiment.model_fields)}")
    try:
        return Experiment(**content)
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from error
    except ValidationError as error:
        fault = error.errors()[0]
        key = ".".join(str(part) for part in fault["loc"])
        if fault["type"] == "extra_forbidden":
            *place, name = fault["loc"]
            raise UsageError(f"{path}: unknown key {key!r}; {hint(str(name), list(_section(place).model_fields))}") from error
        message = fault["msg"].removeprefix("Value error, ")
        raise UsageError(f"{path}: {key + ': ' if key else ''}{message[0].lower()}{message[1:]}") from error


def assignments(*trees: Mapping[str, Any]) -> list[str]:
    """Write configuration as --set texts: {"trainer": {"epochs": 3}} and {"trainer.epochs": 3} both become "trainer.epochs=3"."""
    return [
        f"{key}={yaml.safe_dump(value, default_flow_style=True, width=10_000).removesuffix('...' + chr(10)).strip()}"
        for tree in trees
        for key, value in leaves(tree)
    ]


def slug(text: str) -> str:
    """Write a name as part of a file's name."""
    return re.sub(r"[^a-z0-9_.=]+", "-", text.lower()).strip("-")


def _section(place: Sequence[str | int]) -> type[Section]:
    """Find the section at a place of the file; the places of lists are numbers."""
    names = [part for part in place if isinstance(part, str)]
    sections: dict[str, type[Section]] = {"division": DivisionConfig, "select": Select, "published": Published}
    return sections[names[0]] if names else Experiment


def leaves(tree: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """List a configuration's keys, dotted, with their values; trainer.parameters is one value."""
    found: list[tuple[str, Any]] = []
    for key, value in tree.items():
        name = f"{prefix}{key}"
        # The keys of these are not ours to flatten: they are free.
        if isinstance(value, Mapping) and value and name != "trainer.parameters":
            found += leaves(value, f"{name}.")
        else:
            found.append((name, dict(value) if isinstance(value, Mapping) else value))
    return found


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
