"""Configuration of the built-in phantom data."""

from pydantic import Field

from components.base.section import Section


class PhantomConfig(Section):
    """What the built-in data look like; used when no data set is named."""

    images: int = Field(360, ge=36, le=100_000, description="number of images")
    image_px: int = Field(256, ge=64, le=1024, description="side of the square images, pixels")
    shortcut: float = Field(0.0, ge=0, le=1, description="how strongly the mark at the border goes with the class; 0 not at all, 1 always")
    seed: int = Field(2020, ge=0, description="seed of the images")
