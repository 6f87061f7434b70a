from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from components.phantom.roster import CLASSES, SITES, roster, stream


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**40), images=st.integers(36, 500))
def test_every_cell_is_near_equal(seed, images):
    exposures = roster(seed, images)
    assert len(exposures) == images
    cells = Counter((exposure.source, exposure.label) for exposure in exposures)
    assert set(cells) == {(site, label) for site in SITES for label in CLASSES}
    assert max(cells.values()) - min(cells.values()) <= 5


def test_three_blocks_hold_six_images_a_cell():
    assert set(Counter((exposure.source, exposure.label) for exposure in roster(7, 54)).values()) == {6}


def test_a_patient_has_one_site_one_label_and_one_to_three_images():
    exposures = roster(2020, 360)
    patients = {patient: [e for e in exposures if e.patient_id == patient] for patient in {e.patient_id for e in exposures}}
    assert {len(images) for images in patients.values()} == {1, 2, 3}
    assert all(len({(e.source, e.label) for e in images}) == 1 for images in patients.values())
    assert len({e.file_name for e in exposures}) == 360


def test_a_longer_roster_begins_with_the_shorter_one():
    assert roster(5, 300)[:100] == roster(5, 100)
    assert roster(5, 100) != roster(6, 100)


def test_names_tell_neither_class_nor_site():
    exposures = roster(2020, 3600)
    for attribute in ("label", "source"):
        shares = Counter()
        for value in {getattr(e, attribute) for e in exposures}:
            assert not any(value in e.file_name for e in exposures)
            ordered = sorted(exposures, key=lambda e: e.file_name)
            shares[value] = sum(getattr(e, attribute) == value for e in ordered[:1800]) / 1800
        assert all(abs(share - 1 / 3) < 0.06 for share in shares.values())  # 5 standard errors


def test_view_is_independent_of_the_class():
    exposures = roster(2020, 3600)
    for label in CLASSES:
        views = [e.view for e in exposures if e.label == label]
        assert abs(views.count("AP") / len(views) - 0.4) < 0.07  # 5 standard errors
        assert set(views) == {"AP", "PA"}


def test_streams_do_not_meet():
    draws = {
        stream(*arguments).random() for arguments in [(1, "a"), (1, "b"), (2, "a"), (1, "a", 0), (1, "a", 0, 0), (1, "a", 1), (11, "a")]
    }
    assert len(draws) == 7
    assert stream(1, "a", 2).random() == stream(1, "a", 2).random()
