import numpy as np
import pytest

from components.base.errors import UserError
from components.explainer.phantom_lungs import PhantomLungs
from components.explainer.truth import Window
from components.ingest.deidentify import PUBLIC_KEY, Pseudonyms
from components.phantom.config import PhantomConfig
from components.phantom.radiograph import expose
from components.phantom.roster import roster

CONFIG = PhantomConfig(images=36, image_px=96, seed=3)
EXPOSURES = roster(CONFIG.seed, CONFIG.images)
IDS = [Pseudonyms(PUBLIC_KEY).image_id(exposure.source, f"images/{exposure.file_name}") for exposure in EXPOSURES]


def test_lungs_of_phantoms_are_those_that_were_drawn_and_a_rim():
    inside = PhantomLungs(CONFIG, 96).inside(IDS[:6])
    for place, exposure in enumerate(EXPOSURES[:6]):
        radiograph = expose(exposure, 96, "ring")
        assert inside[place][radiograph.lungs].all()
        lesions = np.any([np.zeros((96, 96), np.bool_), *radiograph.lesion_masks], axis=0)
        assert inside[place][lesions].all()
        # The mark is no part of them, nor is most of what is no lung.
        box = radiograph.mark_box
        assert inside[place][box.y : box.y + box.h, box.x : box.x + box.w].mean() < 0.1
        assert inside[place][~radiograph.lungs].mean() < 0.25


def test_lungs_come_in_the_order_of_the_ids():
    lungs = PhantomLungs(CONFIG, 48)
    np.testing.assert_array_equal(lungs.inside(IDS[:3][::-1]), lungs.inside(IDS[:3])[::-1])
    assert (lungs.inside(IDS[:1]) != lungs.inside(IDS[3:4])).any()


def test_lungs_are_followed_through_a_crop():
    whole = PhantomLungs(CONFIG, 120).inside(IDS[:2])
    cropped = PhantomLungs(CONFIG, 96, Window(0.1, 0.1, 0.9, 0.9)).inside(IDS[:2])
    np.testing.assert_array_equal(cropped, whole[:, 12:108, 12:108])


def test_another_phantom_or_key_is_not_taken_for_this_one():
    with pytest.raises(UserError, match="1 of 2 images are not of the phantom that is configured, first 0000"):
        PhantomLungs(CONFIG, 96).inside([IDS[0], "0" * 16])
    with pytest.raises(UserError, match="give the configuration of the run"):
        PhantomLungs(CONFIG, 96, pseudonyms=Pseudonyms(b"k" * 32)).inside(IDS[:1])
