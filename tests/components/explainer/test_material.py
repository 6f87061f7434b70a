"""Random sets are drawn without replacement: sets that share examples differ less than chance, and concepts stand out too easily."""

import numpy as np

from components.explainer.config import AceConfig
from components.explainer.material import Subjects, cut

CONFIG = AceConfig(resolutions=(10, 30), random_sets=5, max_examples=12)
IMAGES = np.random.default_rng(1).integers(0, 256, (6, 24, 24), np.uint8)


def cut_with(seed):
    subjects = Subjects(IMAGES, (), np.array([f"p{row}" for row in range(6)]), {}, {})
    return cut(subjects, 0, IMAGES, (), CONFIG, seed)


def names(segments):
    """Image, box and mask, which no two segments share."""
    boxes, masks = segments.box.tolist(), [mask.tobytes() for mask in segments.masks]
    return [(int(image), *box, mask) for image, box, mask in zip(segments.image, boxes, masks, strict=True)]


def test_random_sets_are_disjoint():
    for seed in range(5):
        material = cut_with(seed)
        drawn = names(material.random_segments)
        assert len(drawn) == material.random_sets * material.random_examples == 60
        assert len(set(drawn)) == len(drawn)


def test_random_sets_are_drawn_by_the_seed_from_all_images():
    first, again, other = (cut_with(seed) for seed in (1, 1, 2))
    assert names(first.random_segments) == names(again.random_segments) != names(other.random_segments)
    assert set(first.random_segments.image.tolist()) == set(range(6))


def test_one_gray_fills_all_segments_that_of_the_explained_class():
    subjects = Subjects(np.full((2, 24, 24), 51, np.uint8), (), np.array(["p0", "p1"]), {}, {})
    assert cut(subjects, 0, IMAGES, (), CONFIG, 1).fill == 0.2
