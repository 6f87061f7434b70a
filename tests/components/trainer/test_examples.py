import numpy as np
import pytest

from components.base.errors import UsageError
from components.trainer.examples import stated
from schemas import features


def test_a_subset_shares_the_pixels_and_keeps_the_rows_together(small_examples):
    part = small_examples.subset(np.array([3, 7]))
    assert part.pixels is small_examples.pixels
    assert part.ids.tolist() == [b"0003", b"0007"]
    assert part.sources.tolist() == ["b", "b"]
    for place, row in enumerate((3, 7)):
        np.testing.assert_array_equal(part.pixels[part.first[place]], small_examples.pixels[small_examples.first[row]])
        np.testing.assert_array_equal(part.metadata[place], small_examples.metadata[row])


def test_a_compact_subset_has_its_own_pixels_and_no_others(small_examples):
    part = small_examples.subset(np.array([3, 7, 20]))
    alone = part.compact()
    assert len(alone.pixels) == alone.versions.sum() == 9
    for place in range(3):
        for version in range(3):
            expected = part.pixels[part.first[place] + version]
            np.testing.assert_array_equal(alone.pixels[alone.first[place] + version], expected)
    np.testing.assert_array_equal(alone.ids, part.ids)


def test_targets_are_one_class_or_any_number_of_findings(small_examples):
    np.testing.assert_array_equal(small_examples.targets("multiclass", 3)[:3], np.eye(3))
    findings = small_examples.targets("multilabel", len(features.FINDINGS))
    np.testing.assert_array_equal(findings[:3, :3], [[1, 0, 0], [0, 1, 0], [0, 0, 0]])


def test_age_sex_and_view_are_numbers(small_examples):
    np.testing.assert_allclose(small_examples.metadata[2], [0.42, 1, 1, 0, 0, 0, 1, 0], rtol=1e-6)


def test_images_without_stated_findings_cannot_teach_findings(examples_file, tmp_path, small_examples):
    from components.trainer.examples import read_examples

    image = np.zeros([4, 4], np.uint8)
    rows = [("0", 0, image, []), ("1", 1, image, [])]
    some = read_examples([examples_file(tmp_path / "some.gz", rows, {"1": {"findings": [0] * 14}})], 4)
    assert stated(some, "multilabel").ids.tolist() == [b"1"]
    assert len(stated(some, "multiclass")) == 2
    none = read_examples([examples_file(tmp_path / "none.gz", rows)], 4)
    with pytest.raises(UsageError, match="nih_chestxray14"):
        stated(none, "multilabel")
