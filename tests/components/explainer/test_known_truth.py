"""What is known of phantom images: evidence that a map can hit, and lungs that it cannot."""

import pytest

from components.explainer.known_truth import find_known
from components.explainer.phantom_truth import Phantom
from components.ingest.deidentify import PUBLIC_KEY, Pseudonyms
from components.phantom.config import PhantomConfig
from components.phantom.generate import generate
from components.phantom.roster import roster
from components.transform.config import HarmoniseConfig

CONFIG = PhantomConfig(images=36, image_px=64, seed=5)
EXPOSURES = roster(CONFIG.seed, CONFIG.images)


def ids(*labels):
    key = Pseudonyms(PUBLIC_KEY)
    return [key.image_id(each.source, f"images/{each.file_name}") for each in EXPOSURES if each.label in labels]


@pytest.fixture(scope="module")
def phantom(tmp_path_factory):
    return Phantom(generate(CONFIG, tmp_path_factory.mktemp("phantom")), CONFIG)


def test_a_lung_is_no_evidence(phantom):
    known = find_known(ids("covid19"), 48, HarmoniseConfig(), phantom, ())
    assert list(known.evidence) == ["lesion", "mark"]
    assert list(known.anatomy) == ["lung"]
    assert known.anatomy["lung"].shape == known.evidence["mark"].shape == (len(ids("covid19")), 48, 48)
    assert 0.2 < known.anatomy["lung"].mean() < 0.5


def test_what_no_image_has_is_left_out_and_masked_marks_too(phantom):
    known = find_known(ids("normal"), 48, HarmoniseConfig(mask_marks=True), phantom, ())
    assert not known.evidence
    assert list(known.anatomy) == ["lung"]


def test_nothing_is_known_through_a_crop_that_follows_the_image(phantom):
    known = find_known(ids("covid19"), 48, HarmoniseConfig(crop="lungs"), phantom, ())
    assert not known.evidence
    assert not known.anatomy
