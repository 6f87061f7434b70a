import numpy as np
import pytest

from components.auditor.lungs import FixedLungs, PhantomLungs
from components.explainer.truth import Window
from components.ingest.deidentify import PUBLIC_KEY, Pseudonyms
from components.phantom.config import PhantomConfig
from components.phantom.radiograph import expose
from components.phantom.roster import roster

CONFIG = PhantomConfig(images=36, image_px=96, seed=3)
EXPOSURES = roster(CONFIG.seed, CONFIG.images)
IDS = [Pseudonyms(PUBLIC_KEY).image_id(exposure.source, f"images/{exposure.file_name}") for exposure in EXPOSURES]


def test_lungs_of_phantoms_are_those_that_were_drawn_and_a_rim():
    outside = PhantomLungs(CONFIG, 96).outside(IDS[:6])
    for place, exposure in enumerate(EXPOSURES[:6]):
        radiograph = expose(exposure, 96, "ring")
        assert not outside[place][radiograph.lungs].any()
        lesions = np.any([np.zeros((96, 96), np.bool_), *radiograph.lesion_masks], axis=0)
        assert not outside[place][lesions].any()
        # The mark stays to be seen, and so does most of what is no lung.
        box = radiograph.mark_box
        assert outside[place][box.y : box.y + box.h, box.x : box.x + box.w].mean() > 0.9
        assert outside[place].sum() > 0.75 * (~radiograph.lungs).sum()


def test_lungs_are_followed_through_a_crop():
    whole = PhantomLungs(CONFIG, 120).outside(IDS[:2])
    cropped = PhantomLungs(CONFIG, 96, Window(0.1, 0.1, 0.9, 0.9)).outside(IDS[:2])
    np.testing.assert_array_equal(cropped, whole[:, 12:108, 12:108])


def test_another_phantom_is_not_taken_for_this_one():
    with pytest.raises(KeyError):
        PhantomLungs(CONFIG, 96).outside(["0" * 16])


def test_the_fixed_mask_covers_the_lungs_and_leaves_the_corners():
    outside = FixedLungs(96).outside(IDS)
    shares = [outside[expose(exposure, 96, None).lungs].mean() for exposure in EXPOSURES[:12]]
    assert max(shares) < 0.01
    assert all(outside[corner] for corner in ((3, 3), (3, 92), (92, 3), (92, 92)))
    assert 0.15 < outside.mean() < 0.3
