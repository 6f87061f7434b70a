"""Configuration of preprocessing and augmentation."""

from pydantic import Field

from components.base.section import Section


class TransformConfig(Section):
    """Size of the network's input, and the materialised augmented views."""

    image_px: int = Field(96, ge=16, le=1024, description="side of the square input of the network, pixels")
    views: int = Field(2, ge=1, le=64, description="augmented views of each training image, where augmentation is transform or both")
