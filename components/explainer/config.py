"""Configuration of the explanations."""

from typing import Annotated, Final, Literal

from pydantic import Field, field_validator

from components.base.section import Section
from components.explainer.faithfulness.config import FaithfulnessConfig
from components.explainer.patches import Form

KIND_NAMES: Final = {
    "gradcam": "Grad-CAM",
    "hirescam": "HiResCAM",
    "gradcam++": "Grad-CAM++",
    # Of the command for single images alone: they are no evidence for the answer.
    "counterfactual": "counterfactual Grad-CAM",
    "guided": "guided Grad-CAM",
}


class GradcamConfig(Section):
    """Grad-CAM of a sample of test images."""

    images_per_cell: int = Field(2, ge=1, description="images of each class x source x right or wrong")
    max_images: int = Field(60, ge=1)
    layer: str = Field("", description="name of the layer; empty is the last convolutional one, earlier the last of larger maps before it")
    kind: Literal["gradcam", "hirescam", "gradcam++"] = Field("gradcam", description="how feature maps are weighed; see gradcam.py")
    against: Literal["none", "others"] = Field("others", description="what is taken off the class score: the mean score of all others")
    batch_size: int = Field(16, ge=1)


class AceConfig(Section):
    """ACE: concepts of a class, and TCAV of each."""

    max_classes: int = Field(1, ge=0, description="from the last of data.classes on; 0: all")
    images: int = Field(20, ge=4, description="test images of a class, stratified by source")
    resolutions: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        (15, 50), min_length=1, description="superpixels of an image, about, at each resolution; no number twice"
    )
    patches: Form = Field("removed", description="the image without the segment; or it alone, in_place or resized as in the paper")
    layer: str = Field("", description="as explainer.gradcam.layer")
    clusters: int = Field(25, ge=2, description="of k-means")
    max_examples: int = Field(40, ge=6, description="segments nearest the centre that stand for a concept")
    min_members: int = Field(10, ge=6, description="clusters of fewer segments are dropped")
    random_sets: int = Field(20, ge=5, description="sets of random segments that a concept is told from")
    untrained: int = Field(5, ge=0, description="untrained networks whose strongest effects a concept must exceed; 0: none is asked")
    min_accuracy: float = Field(0.7, ge=0.5, lt=1, description="held-out accuracy under which a concept activation vector is dropped")
    reclusterings: int = Field(20, ge=1, description="by bootstrap of patients, for the stability of each concept")
    random_orders: int = Field(5, ge=1, description="of concepts, beside the curves of sufficiency and destruction")
    batch_size: int = Field(64, ge=1, description="patches in memory at a time")

    @field_validator("resolutions")
    @classmethod
    def _resolutions_differ(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(value)) < len(value):
            raise ValueError("a resolution stands there twice; each would cut the same segments again")
        return value


class ExplainerConfig(Section):
    """The methods, one section each."""

    gradcam: GradcamConfig = GradcamConfig()
    ace: AceConfig = AceConfig()
    faithfulness: FaithfulnessConfig = FaithfulnessConfig()
