"""Configuration of preprocessing and augmentation."""

from typing import Literal

from pydantic import Field

from components.base.section import Section


class HarmoniseConfig(Section):
    """What makes the images of different sources alike, each a switch; computed alike for training and serving.

    In this order: crop, resolution, JPEG, histogram, marks, border.
    """

    crop: Literal["none", "centre", "body", "lungs"] = "none"
    resolution_px: int = Field(0, ge=0, le=1024, description="every image is first reduced to this side; 0: not")
    jpeg_quality: int = Field(0, ge=0, le=100, description="every image is encoded anew at this quality; 0: not")
    histogram: Literal["stretch", "equalise", "clahe", "match"] = "stretch"
    mask_marks: bool = Field(False, description="small saturated marks near the border (letters, side markers) are filled in")
    mask_border: float = Field(0.0, ge=0, lt=0.5, description="share of the side that is blacked out along each border")


class TransformConfig(Section):
    """Size of the network's input, harmonisation, and the materialised augmented views."""

    image_px: int = Field(96, ge=16, le=1024, description="side of the square input of the network, pixels")
    views: int = Field(2, ge=1, le=64, description="augmented views of each training image, where augmentation is transform or both")
    policy: Literal["light", "radiograph", "domain"] = Field("radiograph", description="of the views")
    harmonise: HarmoniseConfig = HarmoniseConfig()
