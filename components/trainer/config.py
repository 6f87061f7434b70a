"""Configuration of the final training."""

from typing import Literal

from pydantic import Field

from components.base.section import Section


class TrainerConfig(Section):
    """How the best candidate of the search is trained."""

    epochs: int = Field(16, ge=1)
    batch_size: int = Field(16, ge=1)
    balance: Literal["none", "class_weight"] = "class_weight"
    schedule: Literal["constant", "cosine"] = "cosine"
    warmup_epochs: int = Field(1, ge=0, description="epochs of linear warm-up of the cosine schedule")
    patience: int = Field(8, ge=1, description="epochs without a better macro recall on eval before training stops")
    label_smoothing: float = Field(0.0, ge=0, lt=1)
