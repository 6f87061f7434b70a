"""What ACE looks at: images of a class, their segments, and segments drawn at random. No network decides any of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from components.base.errors import UsageError
from components.explainer.config import AceConfig
from components.explainer.gradcam import Against
from components.explainer.superpixels import Segments, segment

Images = npt.NDArray[np.uint8]
Others = Sequence[npt.NDArray[np.float32]]

# A linear classifier, of which a third is held out, learns nothing from fewer.
_LEAST_EXAMPLES = 6
# Stream of draws.
_RANDOM_SETS = 1


@dataclass(frozen=True)
class Subjects:
    """Images and what is known of them.

    Attributes:
      images: uint8 [n, image_px, image_px], as the network reads them.
      others: what the network's other inputs take, float32 [n, ...] each.
      groups: [n], the patient of each image.
      columns: text columns [n] each, such as "source".
      truth: bool [n, image_px, image_px] each, what maps are held against, such as "lesion"; may be empty.
      anatomy: bool [n, image_px, image_px] each, such as "lung", that concepts are crossed with. No map is held against them.
    """

    images: Images
    others: Others
    groups: npt.NDArray[np.str_]
    columns: Mapping[str, Sequence[str]]
    truth: Mapping[str, npt.NDArray[np.bool_]]
    anatomy: Mapping[str, npt.NDArray[np.bool_]] = field(default_factory=dict)


@dataclass(frozen=True)
class Material:
    """What is held fixed when another network looks at it.

    Attributes:
      subjects: images of the class.
      class_index: the class.
      against: what is taken off its score, as in components.explainer.gradcam.GradCam.maps.
      fill: gray of what is not shown, the mean of the subjects' images, [0, 1]; random segments of other classes are filled with it too.
      segments: of the subjects.
      random_images: uint8 [m, image_px, image_px], of all classes.
      random_others: of these.
      random_segments: those that were drawn of the random images, one set after the other.
      random_sets: how many sets they are.
    """

    subjects: Subjects
    class_index: int
    against: Against
    fill: float
    segments: Segments
    random_images: Images
    random_others: Others
    random_segments: Segments
    random_sets: int

    @property
    def random_examples(self) -> int:
        """Segments in each random set."""
        return len(self.random_segments) // self.random_sets

    @property
    def map_shape(self) -> tuple[int, int, int]:
        """Shape of the maps: images, height_px, width_px."""
        return (len(self.subjects.images), *self.segments.image_shape)


def cut(
    subjects: Subjects,
    class_index: int,
    random_images: Images,
    random_others: Others,
    config: AceConfig,
    seed: int,
    against: Against = None,
) -> Material:
    """Cut the images, and draw disjoint random sets of the segments of others.

    Args:
      subjects: images of the class.
      class_index: the class.
      random_images: uint8 [m, image_px, image_px], of all classes, for the random sets.
      random_others: of these.
      config: resolutions, and how many sets of how many segments.
      seed: decides the draw.
      against: what is taken off the class score.
    Raises:
      UsageError: the random images have too few segments for the random sets.
    """
    of_random = segment(random_images, config.resolutions)
    examples = min(config.max_examples, len(of_random) // config.random_sets)
    if examples < _LEAST_EXAMPLES:
        raise UsageError(
            f"{len(of_random)} segments of {len(random_images)} images are too few for {config.random_sets} random sets of "
            f"{_LEAST_EXAMPLES} or more; lower explainer.ace.random_sets or raise explainer.ace.images"
        )
    drawn = np.random.default_rng(stream(seed, _RANDOM_SETS)).permutation(len(of_random))[: examples * config.random_sets]
    return Material(
        subjects=subjects,
        class_index=class_index,
        against=against,
        fill=float(subjects.images.mean() / 255),
        segments=segment(subjects.images, config.resolutions),
        random_images=random_images,
        random_others=random_others,
        random_segments=of_random.subset(drawn),
        random_sets=config.random_sets,
    )


def stream(seed: int, purpose: int) -> int:
    """Give each purpose draws of its own."""
    return int(np.random.SeedSequence([seed, purpose]).generate_state(1)[0])
