"""The collection of nasty inputs, each treated as its README.csv says."""

import ast
import csv
import os
import tarfile
from pathlib import Path

import numpy as np
import pytest

from components.ingest.decode import Limits, decode
from components.ingest.paths import resolve
from components.ingest.quality import flags
from components.ingest.refusal import Refusal
from components.ingest.shrink import shrink
from schemas.quarantine import Reason

TAR = Path(__file__).resolve().parents[4] / "shared" / "data" / "bad_inputs.tar"
LIMITS = Limits(min_side_px=32, max_megapixels=100.0, max_aspect_ratio=4.0)

# Where the README leaves the rule to the ingest: GIF and TIFF of one frame are read, several frames are not, and a
# checksum that fails is damage.
REFUSED = {
    "01_truncated.jpg": Reason.TRUNCATED,
    "02_truncated.png": Reason.TRUNCATED,
    "03_zero_bytes.png": Reason.EMPTY,
    "04_text.png": Reason.NOT_AN_IMAGE,
    "05_html_error.jpg": Reason.NOT_AN_IMAGE,
    "15_two_page.tif": Reason.MULTIPLE_FRAMES,
    "17_animated.gif": Reason.MULTIPLE_FRAMES,
    "18_one_pixel.png": Reason.TOO_SMALL,
    "19_wide_20000x10.png": Reason.TOO_SMALL,
    "20_bomb_30000x30000.png": Reason.TOO_LARGE,
    "21_header_lies_2147483647.png": Reason.TOO_LARGE,
    "22_bad_crc_idat.png": Reason.TRUNCATED,
    "22b_bad_crc_ihdr.png": Reason.TRUNCATED,
    "22c_corrupt_idat.png": Reason.TRUNCATED,
    "24_flat_black.png": Reason.NO_CONTRAST,
    "33_symlink_outside.png": Reason.OUTSIDE_ROOT,
    "34_symlink_dangling.png": Reason.MISSING,
    "35_symlink_loop": Reason.NOT_AN_IMAGE,
    "36_directory.png": Reason.NOT_AN_IMAGE,
    "42_no_pixeldata_rows_mismatch.dcm": Reason.TRUNCATED,
    "45_truncated.dcm": Reason.TRUNCATED,
    "._29_GRAY.JPG": Reason.NOT_AN_IMAGE,
    "Thumbs.db": Reason.NOT_AN_IMAGE,
}
# Everything else that is accepted bears no flag.
FLAGGED = {
    "25_inverted.png": {"inverted"},
    "26_colour_screenshot.png": {"colour_overlay"},
    "43_lateral_view.dcm": {"lateral"},
}
# For these the README is content with either, and we refuse; elsewhere "accept" in its text means that we must.
EITHER = {"15_two_page.tif", "17_animated.gif", "19_wide_20000x10.png", "22_bad_crc_idat.png", "24_flat_black.png"}


@pytest.fixture(scope="module")
def bad_inputs(tmp_path_factory):
    if not TAR.is_file():
        pytest.skip("../shared/data/bad_inputs.tar is absent")
    folder = tmp_path_factory.mktemp("bad")
    with tarfile.open(TAR) as archive:
        archive.extractall(folder)  # noqa: S202 - our own collection, with symbolic links on purpose
    return folder / "bad_inputs"


def read(root, name):
    return decode(resolve(root, name).read_bytes(), LIMITS)


def names_in_readme(root):
    with (root / "README.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            name = row["file"]
            if name.startswith(("'", "b'")):
                name = ast.literal_eval(name)
            yield os.fsdecode(name), row["what_a_good_ingest_does"]


def test_every_file_is_treated_as_the_readme_says(bad_inputs):
    wrong = []
    seen = set()
    for name, rule in names_in_readme(bad_inputs):
        seen.add(name)
        try:
            image = read(bad_inputs, name)
            outcome = None
            if flags(image, shrink(image.pixels, 512)) != FLAGGED.get(name, set()):
                wrong.append((name, "flags"))
        except Refusal as refusal:
            outcome = refusal.reason
        if outcome is not REFUSED.get(name):
            wrong.append((name, outcome))
        if outcome is None and rule.startswith("reject this one file"):
            wrong.append((name, rule))
        if outcome is not None and rule.startswith("accept") and name not in EITHER:
            wrong.append((name, rule))
    assert not wrong
    assert len(seen) == 53
    assert set(REFUSED) <= seen


def test_both_dicom_photometric_interpretations_look_alike(bad_inputs):
    one, two = (read(bad_inputs, name).pixels.ravel() for name in ("40_monochrome1_12bit.dcm", "41_monochrome2_window.dcm"))
    assert np.corrcoef(one, two)[0, 1] > 0.99


def test_a_dicom_header_tells_view_sex_and_age(bad_inputs):
    image = read(bad_inputs, "46_rsna_real_jpeg_compressed.dcm")
    assert (image.format, image.view, image.sex, image.age_years, image.burnt_in) == ("dicom", "PA", "M", 62, False)
    assert image.pixels.shape == (1024, 1024)


def test_a_cut_jpeg_with_an_end_marker_is_refused(bad_inputs):
    data = (bad_inputs / "01_truncated.jpg").read_bytes() + b"\xff\xd9"
    with pytest.raises(Refusal) as caught:
        decode(data, LIMITS)
    assert caught.value.reason is Reason.TRUNCATED


@pytest.mark.parametrize(
    "name", ["10_cmyk.jpg", "12_exif_orientation6.jpg", "09_palette.png", "07_gray16_full_range.png", "30_no_extension"]
)
def test_variants_of_one_radiograph_look_alike(bad_inputs, name):
    plain = read(bad_inputs, "11_progressive.jpg").pixels.astype(float)
    pixels = read(bad_inputs, name).pixels.astype(float)
    assert pixels.shape == plain.shape
    assert np.corrcoef(pixels.ravel(), plain.ravel())[0, 1] > 0.99


def test_twelve_bits_in_sixteen_look_like_sixteen(bad_inputs):
    twelve = read(bad_inputs, "06_gray16_12bit_range.png").pixels.astype(float)
    sixteen = read(bad_inputs, "07_gray16_full_range.png").pixels.astype(float)
    assert np.abs(twelve - sixteen).mean() < 1.5


def test_an_inverted_image_stays_inverted(bad_inputs):
    plain = read(bad_inputs, "30_no_extension").pixels
    inverted = read(bad_inputs, "25_inverted.png").pixels
    np.testing.assert_array_equal(inverted, 255 - plain)
