from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from components.phantom.anatomy import draw_body, draw_chest
from components.phantom.lesions import LOBES
from components.phantom.marks import MARKS
from components.phantom.radiograph import expose
from components.phantom.roster import roster

IMAGE_PX = 128
EIGHT = np.ones((3, 3))  # pixels that touch at a corner are one piece
EXPOSURES = roster(2020, 108)
RADIOGRAPHS = [expose(exposure, IMAGE_PX, None) for exposure in EXPOSURES]


def of_class(label):
    return [(e, r) for e, r in zip(EXPOSURES, RADIOGRAPHS, strict=True) if e.label == label]


def union(radiograph):
    return np.any(radiograph.lesion_masks, axis=0)


def midline(radiograph):
    """The column between the lungs: the middle of the gap at the height of the apices."""
    pieces, count = ndimage.label(radiograph.lungs, EIGHT)
    assert count == 2
    centres = ndimage.center_of_mass(radiograph.lungs, pieces, [1, 2])
    return (centres[0][1] + centres[1][1]) / 2


def test_every_radiograph_has_two_dark_lungs_within_bright_tissue():
    for radiograph in RADIOGRAPHS:
        pieces, count = ndimage.label(radiograph.lungs, EIGHT)
        assert count == 2
        assert 0.10 < radiograph.lungs.mean() < 0.45
        column = round(midline(radiograph))
        assert radiograph.pixels[radiograph.lungs].mean() < radiograph.pixels[40:100, column - 3 : column + 4].mean() - 60
        left, right = (np.nonzero(pieces == piece)[1].mean() for piece in (1, 2))
        assert abs(left - right) > IMAGE_PX / 4


def test_normal_has_no_lesion():
    assert all(not radiograph.lesion_masks for _, radiograph in of_class("normal"))


def test_pneumonia_is_one_piece_in_one_lung():
    sides = set()
    for _, radiograph in of_class("pneumonia"):
        mask = union(radiograph)
        assert ndimage.label(mask, EIGHT)[1] == 1
        columns = np.nonzero(mask)[1]
        middle = midline(radiograph)
        assert columns.max() < middle or columns.min() > middle
        sides.add(bool(columns.min() > middle))
        assert 0.03 < mask.sum() / radiograph.lungs.sum() < 0.35
    assert sides == {True, False}


@pytest.mark.parametrize("image_px", [64, IMAGE_PX, 256])
def test_covid19_is_three_to_six_pieces_in_both_lungs(image_px):
    numbers = set()
    for exposure, drawn in of_class("covid19"):
        radiograph = drawn if image_px == IMAGE_PX else expose(exposure, image_px, None)
        pieces, count = ndimage.label(union(radiograph), EIGHT)
        assert count == len(radiograph.lesion_masks)
        assert 3 <= count <= 6
        numbers.add(count)
        middle = midline(radiograph)
        assert {centre[1] > middle for centre in ndimage.center_of_mass(pieces > 0, pieces, range(1, count + 1))} == {True, False}
    assert numbers == {3, 4, 5, 6}


def test_covid19_lies_at_the_edge_of_the_lungs():
    for exposure, radiograph in of_class("covid19"):
        across = draw_chest(*draw_body(exposure), IMAGE_PX).across
        assert across[union(radiograph)].mean() > 0.65
        assert abs(across[radiograph.lungs].mean() - 0.5) < 0.1


def test_lesions_lie_in_the_lungs_and_brighten_exactly_there():
    for exposure, radiograph in [*of_class("pneumonia"), *of_class("covid19")]:
        healthy = expose(exposure, IMAGE_PX, None, with_lesions=False)
        assert not healthy.lesion_masks
        mask = union(radiograph)
        assert not (mask & ~radiograph.lungs).any()
        change = radiograph.pixels.astype(float) - healthy.pixels
        for lesion in radiograph.lesion_masks:
            assert change[lesion].mean() > 8
        far = ~ndimage.binary_dilation(mask, iterations=14)
        assert np.abs(change[far]).max() <= 1
        assert change[mask].mean() > 4 * change[~mask].mean()


def test_contrast_of_lesions_varies():
    changes = []
    for exposure, radiograph in of_class("pneumonia"):
        healthy = expose(exposure, IMAGE_PX, None, with_lesions=False)
        changes.append((radiograph.pixels.astype(float) - healthy.pixels)[union(radiograph)].mean())
    assert max(changes) > 1.5 * min(changes)


def test_the_mark_changes_nothing_but_its_box():
    for exposure in EXPOSURES[:9]:
        bare = expose(exposure, IMAGE_PX, None)
        assert bare.mark_box is None
        for mark in MARKS:
            marked = expose(exposure, IMAGE_PX, mark)
            box = marked.mark_box
            changed = marked.pixels != bare.pixels
            assert changed.any()
            changed[box.y : box.y + box.h, box.x : box.x + box.w] = False
            assert not changed.any()


def test_a_patients_images_differ_but_share_the_lesions_lobe():
    first = next(e for e in EXPOSURES if e.label == "pneumonia" and e.image == 0)
    a, b = (expose(replace(first, image=image), 64, None) for image in (0, 1))
    assert (a.pixels != b.pixels).any()
    both = union(a) & union(b)
    assert both.sum() > 0.3 * min(union(a).sum(), union(b).sum())


def test_sites_differ_in_exposure_and_noise():
    def noise(radiograph):
        return np.std(radiograph.pixels - ndimage.uniform_filter(radiograph.pixels.astype(float), 3), where=radiograph.lungs)

    exposure = EXPOSURES[0]
    drawn = [expose(replace(exposure, site=site), IMAGE_PX, None) for site in range(3)]
    brightness = [radiograph.pixels[radiograph.lungs].mean() for radiograph in drawn]
    assert max(brightness) > 1.15 * min(brightness)
    assert max(map(noise, drawn)) > 1.3 * min(map(noise, drawn))


def test_each_lobe_lies_in_its_lung():
    assert all(0 < top < bottom < 1 and side in (-1, 1) for (side, _), (top, bottom) in LOBES.items())
