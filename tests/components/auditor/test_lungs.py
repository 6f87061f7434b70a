import numpy as np
import pytest

from components.auditor.image_features import border_band
from components.auditor.lungs import FixedLungs, KnownLungs
from components.explainer.phantom_lungs import PhantomLungs
from components.ingest.deidentify import PUBLIC_KEY, Pseudonyms
from components.phantom.config import PhantomConfig
from components.phantom.radiograph import expose
from components.phantom.roster import roster
from components.transform.config import HarmoniseConfig

CONFIG = PhantomConfig(images=36, image_px=96, seed=3)
EXPOSURES = roster(CONFIG.seed, CONFIG.images)
IDS = [Pseudonyms(PUBLIC_KEY).image_id(exposure.source, f"images/{exposure.file_name}") for exposure in EXPOSURES]


def test_what_is_no_lung_of_a_phantom_is_all_but_its_lungs():
    lungs = PhantomLungs(CONFIG, 96)
    np.testing.assert_array_equal(KnownLungs(lungs).outside(IDS[:2]), ~lungs.inside(IDS[:2]))


def test_two_lobes_cover_the_lungs_and_leave_the_rest_of_the_chest():
    mask = FixedLungs(96)
    outside = mask.outside(IDS)
    shares = [outside[expose(exposure, 96, None).lungs].mean() for exposure in EXPOSURES[:12]]
    assert np.mean(shares) < 0.05
    assert max(shares) < 0.15
    seen = {"neck": (3, 48), "mediastinum": (45, 48), "shoulders": (10, 6), "abdomen": (90, 30), "corner": (3, 92)}
    assert {place for place, pixel in seen.items() if not outside[pixel]} == set()
    assert not outside[45, 26]
    assert not outside[45, 69]
    assert mask.share == pytest.approx(1 - outside.mean()) == pytest.approx(0.49, abs=0.01)


def test_what_stays_visible_is_not_the_border_alone():
    outside = FixedLungs(96).outside(IDS)
    assert (outside & ~border_band(96, 0.1)).sum() / outside.sum() == pytest.approx(1 / 3, abs=0.03)


def test_the_lobes_follow_the_crop_where_it_is_known():
    def cropped(crop, image_px):
        return FixedLungs(image_px, HarmoniseConfig(crop=crop)).outside(IDS)

    np.testing.assert_array_equal(cropped("body", 100), cropped("none", 100))
    np.testing.assert_array_equal(cropped("centre", 80), cropped("none", 100)[10:90, 10:90])
    lungs = cropped("lungs", 100)
    # A box around the lungs is filled: the lobes touch all four of its sides.
    assert [bool(side.all()) for side in (lungs[0], lungs[-1], lungs[:, 0], lungs[:, -1])] == [False] * 4
    assert lungs.mean() == pytest.approx(0.27, abs=0.01)
