"""Configuration of the audit."""

from pydantic import Field

from components.base.section import Section


class AuditorConfig(Section):
    """How the floors are made and compared."""

    border: float = Field(0.1, gt=0, lt=0.5, description="share of each side that the border ring keeps, and that is masked for the model")
    near: float = Field(0.1, ge=0, le=1, description="a floor whose macro recall is less than this below the model's comes near it")
    max_train_images: int = Field(10_000, ge=1, description="floors are trained on at most so many images, drawn by the seed")
    draws: int = Field(1000, ge=100, le=10_000, description="of patients, for the intervals")
    batch_size: int = Field(128, ge=1, description="images in memory at a time")
