import pytest

from components.ingest.readers.boxes import box_from_pixels


def sides(box):
    return (box.x, box.y, box.width, box.height)


def test_pixels_become_fractions():
    assert sides(box_from_pixels("Mass", ("10", "20.0", "5", "40"), 100)) == (0.1, 0.2, pytest.approx(0.05), pytest.approx(0.4))


def test_what_reaches_over_the_edge_is_cut_off():
    assert sides(box_from_pixels("Mass", ("-10", "90", "20", "20"), 100)) == (0.0, 0.9, 0.1, pytest.approx(0.1))


@pytest.mark.parametrize(
    "numbers", [("1", "1", "0", "5"), ("1", "1", "5", "-5"), ("100", "1", "5", "5"), ("nan", "1", "1", "1"), ("", "", "", "")]
)
def test_what_is_no_box_is_none(numbers):
    assert box_from_pixels("Mass", numbers, 100) is None
