"""Configuration of the architecture search."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from components.base.section import Section


class TuningConfig(Section):
    """Which search, how long, over what."""

    algorithm: Literal["random", "bayesian", "hyperband"] = "random"
    max_trials: int = Field(4, ge=1, description="trials of random and bayesian search; hyperband computes its own number")
    epochs: int = Field(4, ge=1, description="epochs of one trial; of the longest trial for hyperband")
    hyperband_factor: int = Field(3, ge=2)
    hyperband_iterations: int = Field(1, ge=1)
    max_parameters: int = Field(1_500_000, ge=1_000, description="larger candidates are drawn again before training")
    min_stages: int = Field(3, ge=2, le=6)
    max_stages: int = Field(5, ge=2, le=6)
    widths: tuple[Annotated[int, Field(ge=1)], ...] = Field((8, 12, 16), min_length=1, description="channels of the first stage")
    kernel_sizes: tuple[Annotated[int, Field(ge=1, le=15)], ...] = Field((3, 5), min_length=1, description="pixels")
    max_dropout: float = Field(0.5, ge=0, lt=1)
    learning_rates: tuple[Annotated[float, Field(gt=0)], ...] = Field((3e-4, 1e-3, 3e-3), min_length=1)
    batch_size: int = Field(16, ge=1)

    @model_validator(mode="after")
    def _stages_in_order(self) -> "TuningConfig":
        if self.min_stages > self.max_stages:
            raise ValueError(f"min_stages ({self.min_stages}) must not exceed max_stages ({self.max_stages})")
        return self
