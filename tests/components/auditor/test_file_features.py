import numpy as np

from components.auditor.file_features import FileFacts, FileTable, one_hot


def test_sizes_modes_and_formats_that_training_has_are_told_apart():
    train = [FileFacts(1024, 1024, "L", "png"), FileFacts(1024, 1024, "L", "png"), FileFacts(600, 800, "RGB", "jpeg")]
    table = FileTable(train)
    found = table.features([*train[1:], FileFacts(50, 100, "CMYK", "gif")])
    np.testing.assert_allclose(found[:, 0], np.log([1024, 600, 50]), rtol=1e-6)
    np.testing.assert_allclose(found[:, 2], np.log([1, 0.75, 0.5]), rtol=1e-6, atol=1e-7)
    # The most frequent size first; modes L, RGB; formats jpeg, png.
    np.testing.assert_array_equal(found[:, 3:], [[1, 0, 1, 0, 0, 1], [0, 1, 0, 1, 1, 0], [0, 0, 0, 0, 0, 0]])


def test_the_order_of_the_images_does_not_matter():
    train = [FileFacts(side, side, "L", "png") for side in (10, 30, 20)]
    np.testing.assert_array_equal(FileTable(train).features(train), FileTable(train[::-1]).features(train))


def test_one_hot_of_the_unknown_is_nothing():
    np.testing.assert_array_equal(one_hot(["b", "z"], ["a", "b"]), [[0, 1], [0, 0]])
