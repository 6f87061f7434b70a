import numpy as np
import pytest

from components.base.errors import DataRefusedError
from components.trainer import dataset


def rows(count, views=2):
    """Image k is all k, its views k + 100 and k + 200."""
    flat = [np.full([4, 4], number, np.uint8) for number in range(count)]
    return [(f"{number:04d}", number % 3, image, [image + 100 * (view + 1) for view in range(views)]) for number, image in enumerate(flat)]


def read(examples_file, folder, *parts):
    return dataset.read_examples([examples_file(folder / f"part-{place}.gz", part) for place, part in enumerate(parts)], 4)


def epoch(batches):
    """Pixel value of each image (0 to 255), label and weight, in order."""
    images, labels, *weights = (np.concatenate(parts) for parts in zip(*batches.as_numpy_iterator(), strict=True))
    values = np.round(images[:, 0, 0, 0] * 255).astype(int).tolist()
    return values, labels.argmax(axis=1).tolist(), weights[0].tolist() if weights else None


def test_evaluation_takes_the_images_in_the_order_of_the_ids(examples_file, tmp_path):
    all_rows = rows(10)
    examples = read(examples_file, tmp_path, all_rows[7:] + all_rows[:2], all_rows[2:7])
    values, labels, weights = epoch(dataset.evaluation_dataset(examples, 3, 4))
    assert values == list(range(10))
    assert labels == [number % 3 for number in range(10)]
    assert weights is None


def test_patterns_are_taken_and_every_view_is_read(examples_file, tmp_path):
    read(examples_file, tmp_path, rows(4), rows(8)[4:])
    examples = dataset.read_examples([str(tmp_path / "*")], 4)
    assert len(examples) == 8
    assert examples.versions.tolist() == [3] * 8
    assert examples.pixels.shape == (24, 4, 4, 1)
    assert dataset.label_counts(examples, 4) == [3, 3, 2, 0]


def test_examples_without_views_are_read(examples_file, tmp_path):
    assert read(examples_file, tmp_path, rows(4, views=0)).versions.tolist() == [1] * 4


def test_no_examples_are_refused(examples_file, tmp_path):
    with pytest.raises(DataRefusedError, match="no images"):
        read(examples_file, tmp_path, [])


def test_neither_number_nor_order_of_files_changes_a_training(examples_file, tmp_path):
    all_rows = rows(12)
    one = read(examples_file, tmp_path / "one", all_rows)
    three = read(examples_file, tmp_path / "three", all_rows[8:], all_rows[:5], all_rows[5:8])
    for online in (False, True):
        first, second = (dataset.training_dataset(examples, 3, 4, 7, online=online) for examples in (one, three))
        for _ in range(3):
            for left, right in zip(first.as_numpy_iterator(), second.as_numpy_iterator(), strict=True):
                np.testing.assert_array_equal(left[0], right[0])
                np.testing.assert_array_equal(left[1], right[1])


def test_each_epoch_has_every_example_once_in_another_order(examples_file, tmp_path):
    batches = dataset.training_dataset(read(examples_file, tmp_path, rows(12)), 3, 4, 7, use_views=False)
    first, second = epoch(batches)[0], epoch(batches)[0]
    assert sorted(first) == sorted(second) == list(range(12))
    assert first != second
    other_seed = dataset.training_dataset(read(examples_file, tmp_path, rows(12)), 3, 4, 8, use_views=False)
    assert epoch(other_seed)[0] != first


def test_every_version_of_an_image_has_its_turn_and_its_own_label(examples_file, tmp_path):
    batches = dataset.training_dataset(read(examples_file, tmp_path, rows(12)), 3, 4, 7)
    epochs = [epoch(batches)[:2] for _ in range(60)]
    values, labels = (np.concatenate(parts) for parts in zip(*epochs, strict=True))
    np.testing.assert_array_equal(labels, values % 100 % 3)
    np.testing.assert_array_equal(np.bincount(values % 100), [60] * 12)
    np.testing.assert_allclose(np.bincount(values // 100), [240] * 3, rtol=0.2)


def test_views_that_are_not_there_are_an_error(examples_file, tmp_path):
    with pytest.raises(ValueError, match="no example has augmented views"):
        dataset.training_dataset(read(examples_file, tmp_path, rows(4, views=0)), 3, 2, 7)


def test_weights_follow_the_label(examples_file, tmp_path):
    examples = read(examples_file, tmp_path, rows(12))
    _, labels, weights = epoch(dataset.training_dataset(examples, 3, 4, 7, class_weights=[0.5, 1.5, 3.0]))
    assert weights == [[0.5, 1.5, 3.0][label] for label in labels]
    assert set(epoch(dataset.training_dataset(examples, 3, 4, 7))[2]) == {1.0}


def test_a_rest_waits_for_another_epoch_but_a_small_set_is_one_batch(examples_file, tmp_path):
    examples = read(examples_file, tmp_path, rows(10))
    batches = dataset.training_dataset(examples, 3, 4, 7, use_views=False)
    assert int(batches.cardinality()) == 2
    assert len({value for _ in range(6) for value in epoch(batches)[0]}) == 10
    assert len(epoch(dataset.training_dataset(examples, 3, 16, 7))[0]) == 10


def test_online_variation_differs_between_epochs(small_examples):
    still = dataset.training_dataset(small_examples, 3, 24, 7, use_views=False)
    moved = dataset.training_dataset(small_examples, 3, 24, 7, use_views=False, online=True)
    plain, first, second = (next(batches.as_numpy_iterator())[0] for batches in (still, moved, moved))
    assert first.shape == plain.shape
    assert not np.allclose(plain, first)
    by_brightness = [np.sort(images.mean(axis=(1, 2, 3))) for images in (first, second)]
    assert not np.allclose(*by_brightness, atol=1e-4)
