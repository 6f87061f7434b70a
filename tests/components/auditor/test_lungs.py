import numpy as np

from components.auditor.lungs import FixedLungs, KnownLungs
from components.explainer.phantom_lungs import PhantomLungs
from components.ingest.deidentify import PUBLIC_KEY, Pseudonyms
from components.phantom.config import PhantomConfig
from components.phantom.radiograph import expose
from components.phantom.roster import roster

CONFIG = PhantomConfig(images=36, image_px=96, seed=3)
EXPOSURES = roster(CONFIG.seed, CONFIG.images)
IDS = [Pseudonyms(PUBLIC_KEY).image_id(exposure.source, f"images/{exposure.file_name}") for exposure in EXPOSURES]


def test_what_is_no_lung_of_a_phantom_is_all_but_its_lungs():
    lungs = PhantomLungs(CONFIG, 96)
    np.testing.assert_array_equal(KnownLungs(lungs).outside(IDS[:2]), ~lungs.inside(IDS[:2]))


def test_the_fixed_mask_covers_the_lungs_and_leaves_the_corners():
    outside = FixedLungs(96).outside(IDS)
    shares = [outside[expose(exposure, 96, None).lungs].mean() for exposure in EXPOSURES[:12]]
    assert max(shares) < 0.01
    assert all(outside[corner] for corner in ((3, 3), (3, 92), (92, 3), (92, 92)))
    assert 0.15 < outside.mean() < 0.3
