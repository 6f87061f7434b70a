"""Configuration of the architecture search."""

from typing import Literal

from pydantic import Field

from components.base.section import Section


class TuningConfig(Section):
    """Which search, how long."""

    algorithm: Literal["random", "bayesian", "hyperband"] = "random"
    max_trials: int = Field(4, ge=1, description="trials of random and bayesian search")
    epochs: int = Field(4, ge=1, description="epochs of one trial; of the longest trial for hyperband")
    hyperband_factor: int = Field(3, ge=2)
    hyperband_iterations: int = Field(1, ge=1)
    max_parameters: int = Field(3_000_000, ge=1_000, description="larger candidates are drawn again before training")
    min_stages: int = Field(3, ge=2, le=6)
    max_stages: int = Field(5, ge=2, le=6)
    widths: tuple[int, ...] = (16, 24, 32)
    kernel_sizes: tuple[int, ...] = (3, 5)
    max_dropout: float = Field(0.5, ge=0, lt=1)
    learning_rates: tuple[float, ...] = (3e-4, 1e-3, 3e-3)
    batch_size: int = Field(32, ge=1)
