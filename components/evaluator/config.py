"""Configuration of the evaluation."""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field, field_validator, model_validator

from components.base.errors import UsageError
from components.base.section import Section
from schemas.features import IDENTIFIERS


class OperatingPointConfig(Section):
    """A wanted sensitivity or specificity of one class against the rest; exactly one of the two."""

    label: str
    sensitivity: float | None = Field(None, gt=0, le=1)
    specificity: float | None = Field(None, gt=0, le=1)

    @model_validator(mode="after")
    def _one_aim(self) -> "OperatingPointConfig":
        if (self.sensitivity is None) == (self.specificity is None):
            raise ValueError(f"an operating point of {self.label!r} wants a sensitivity or a specificity, and not both")
        return self

    @property
    def aim(self) -> tuple[Literal["sensitivity", "specificity"], float]:
        """What is wanted, and how much of it."""
        return ("specificity", self.specificity) if self.specificity is not None else ("sensitivity", self.sensitivity or 0.0)


class EvaluatorConfig(Section):
    """What is measured, and on which slices; the whole test split always is."""

    slices: tuple[tuple[str, ...], ...] = Field(
        (("source",), ("label",), ("source", "label"), ("view",), ("sex",), ("age_band",), ("quality",)),
        description="feature names, one tuple a crossing; quality stands for every flag of quality",
    )
    draws: int = Field(1000, ge=100, le=100_000, description="of patients, for the intervals")
    least_in_pair: int = Field(2, ge=1, description="images of each of two classes that a source needs for a comparison inside it")
    operating_points: tuple[OperatingPointConfig, ...] = Field((), description="thresholds chosen on eval and applied to test")
    prevalence: dict[str, float] = Field({}, description="class to its share where the model would be used, (0, 1)")
    calibration_bins: int = Field(10, ge=2, le=100, description="of equal count")

    @field_validator("slices")
    @classmethod
    def _refuse_identifiers(cls, slices: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
        for crossing in slices:
            if not crossing or len(set(crossing)) < len(crossing):
                raise ValueError(f"a slice names one feature or several different ones, not {list(crossing)}")
            if set(crossing) & set(IDENTIFIERS):
                raise ValueError(
                    f"{' and '.join(IDENTIFIERS)} tell single images and patients apart and cannot be slices: {list(crossing)}"
                )
        return slices

    @field_validator("prevalence")
    @classmethod
    def _shares(cls, prevalence: dict[str, float]) -> dict[str, float]:
        for label, share in prevalence.items():
            if not 0 < share < 1:
                raise ValueError(f"the prevalence of {label!r} is a share between 0 and 1, not {share:g}")
        return prevalence


def validate_labels(config: EvaluatorConfig, classes: Sequence[str]) -> None:
    """Refuse operating points and prevalences of classes that are not there.

    Raises:
      UsageError: the message names the classes.
    """
    named = [("operating_points", point.label) for point in config.operating_points]
    for key, label in [*named, *(("prevalence", label) for label in config.prevalence)]:
        if label not in classes:
            raise UsageError(f"evaluator.{key}: {label!r} is no class; there are {', '.join(classes)}")
