"""Configuration of the blessing of a model."""

from pydantic import Field, field_validator, model_validator

from components.base.section import Section
from schemas import features


class Threshold(Section):
    """A metric of one slice."""

    metric: str = Field(description="a metric's name in the slice table, such as macro_recall")
    slice: dict[str, str] = Field(default_factory=dict, description="feature to value; empty is the whole test split")

    @field_validator("slice")
    @classmethod
    def _named_as_in_the_table(cls, value: dict[str, str]) -> dict[str, str]:
        # The slice table names a further csv column by its own name.
        return {name.removeprefix(features.EXTRA_PREFIX): content for name, content in value.items()}


class ValueThreshold(Threshold):
    """A bound on a metric of one slice."""

    lower_bound: float = Field(allow_inf_nan=False)
    min_images: int = Field(1, ge=1, description="fewer images than this in the slice: not blessed")


class ChangeThreshold(Threshold):
    """How much worse than the last blessed model a metric of one slice may be."""

    max_drop: float = Field(ge=0, allow_inf_nan=False)


class GateConfig(Section):
    """What a model must reach to be pushed."""

    value_thresholds: tuple[ValueThreshold, ...] = (ValueThreshold(metric="macro_recall", lower_bound=0.5, min_images=20),)
    change_thresholds: tuple[ChangeThreshold, ...] = (ChangeThreshold(metric="macro_recall", max_drop=0.02),)
    min_images: int | None = Field(None, ge=1, description="of the test split, before any blessing; null: any number")
    min_gap_over_blind_floors: float | None = Field(
        0.1,
        ge=-1,
        le=1,
        description="of macro recall over every floor of the audit that does not see the lungs, as measured; null: not required",
    )
    min_excess_over_floor: float | None = Field(
        None,
        ge=-1,
        le=1,
        description="of macro recall over every floor of the audit, by the lower end of its interval; null: not required",
    )
    min_excess_within_source: float | None = Field(None, ge=-1, le=1, description="the same for the AUC within sources; null: not required")
    max_interval_width: float | None = Field(
        None, gt=0, le=1, description="of the 95 % interval of each metric of value_thresholds; null: any width"
    )

    @model_validator(mode="after")
    def _widths_are_of_something(self) -> "GateConfig":
        if self.max_interval_width is not None and not self.value_thresholds:
            raise ValueError("gate.max_interval_width asks for the intervals of value_thresholds, and there are none")
        return self
