"""Configuration of the explanations."""

from pydantic import Field

from components.base.section import Section


class GradcamConfig(Section):
    """Grad-CAM of a sample of test images."""

    images_per_cell: int = Field(2, ge=1, description="images of each class x source x right or wrong")
    max_images: int = Field(60, ge=1)
    layer: str = Field("", description="name of the layer; empty is the last convolutional one")
    batch_size: int = Field(16, ge=1)


class ExplainerConfig(Section):
    """The methods, one section each."""

    gradcam: GradcamConfig = GradcamConfig()
