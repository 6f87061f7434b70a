import numpy as np
import pytest

from components.base.errors import DataRefusedError
from components.trainer import dataset
from components.trainer.dataset import Variation
from components.trainer.examples import label_counts, read_examples


def rows(count, views=2):
    """Image k is all k, its views k + 100 and k + 200."""
    flat = [np.full([4, 4], number, np.uint8) for number in range(count)]
    return [(f"{number:04d}", number % 3, image, [image + 100 * (view + 1) for view in range(views)]) for number, image in enumerate(flat)]


def read(examples_file, folder, *parts):
    return read_examples([examples_file(folder / f"part-{place}.gz", part) for place, part in enumerate(parts)], 4)


def training(examples, batch_size=4, seed=7, views=True, **settings):
    """Batches of three classes; `settings` are of Variation or of training_dataset."""
    variation = Variation(views, settings.pop("online", None), settings.pop("mixup", 0.0))
    return dataset.training_dataset(examples, examples.targets("multiclass", 3), batch_size, seed, variation, **settings)


def evaluation(examples, batch_size=4):
    return dataset.evaluation_dataset(examples, examples.targets("multiclass", 3), batch_size)


def epoch(batches):
    """Pixel value of each image (0 to 255), label and weight, in order."""
    images, labels, *weights = (np.concatenate(parts) for parts in zip(*batches.as_numpy_iterator(), strict=True))
    values = np.round(images[:, 0, 0, 0] * 255).astype(int).tolist()
    if weights:
        np.testing.assert_array_equal(np.array(values) % 100, weights[1])
    return values, labels.argmax(axis=1).tolist(), weights[0].tolist() if weights else None


def test_evaluation_takes_the_images_in_the_order_of_the_ids(examples_file, tmp_path):
    all_rows = rows(10)
    examples = read(examples_file, tmp_path, all_rows[7:] + all_rows[:2], all_rows[2:7])
    values, labels, weights = epoch(evaluation(examples))
    assert values == list(range(10))
    assert labels == [number % 3 for number in range(10)]
    assert weights is None


def test_patterns_are_taken_and_every_view_is_read(examples_file, tmp_path):
    read(examples_file, tmp_path, rows(4), rows(8)[4:])
    examples = read_examples([str(tmp_path / "*")], 4)
    assert len(examples) == 8
    assert examples.versions.tolist() == [3] * 8
    assert examples.pixels.shape == (24, 4, 4, 1)
    assert label_counts(examples, 4) == [3, 3, 2, 0]


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
        first, second = (training(examples, online="light" if online else None) for examples in (one, three))
        for _ in range(3):
            for left, right in zip(first.as_numpy_iterator(), second.as_numpy_iterator(), strict=True):
                np.testing.assert_array_equal(left[0], right[0])
                np.testing.assert_array_equal(left[1], right[1])


def test_each_epoch_has_every_example_once_in_another_order(examples_file, tmp_path):
    batches = training(read(examples_file, tmp_path, rows(12)), views=False)
    first, second = epoch(batches)[0], epoch(batches)[0]
    assert sorted(first) == sorted(second) == list(range(12))
    assert first != second
    other_seed = training(read(examples_file, tmp_path, rows(12)), seed=8, views=False)
    assert epoch(other_seed)[0] != first


def test_every_version_of_an_image_has_its_turn_and_its_own_label(examples_file, tmp_path):
    batches = training(read(examples_file, tmp_path, rows(12)))
    epochs = [epoch(batches)[:2] for _ in range(60)]
    values, labels = (np.concatenate(parts) for parts in zip(*epochs, strict=True))
    np.testing.assert_array_equal(labels, values % 100 % 3)
    np.testing.assert_array_equal(np.bincount(values % 100), [60] * 12)
    np.testing.assert_allclose(np.bincount(values // 100), [240] * 3, rtol=0.2)


def test_views_that_are_not_there_are_an_error(examples_file, tmp_path):
    with pytest.raises(ValueError, match="no example has augmented views"):
        training(read(examples_file, tmp_path, rows(4, views=0)), 2)


def test_weights_follow_the_label(examples_file, tmp_path):
    examples = read(examples_file, tmp_path, rows(12))
    by_row = np.array([0.5, 1.5, 3.0], np.float32)[examples.labels]
    _, labels, weights = epoch(training(examples, weights=by_row))
    assert weights == [[0.5, 1.5, 3.0][label] for label in labels]
    assert set(epoch(training(examples))[2]) == {1.0}


def test_a_rest_waits_for_another_epoch_but_a_small_set_is_one_batch(examples_file, tmp_path):
    examples = read(examples_file, tmp_path, rows(10))
    batches = training(examples, views=False)
    assert int(batches.cardinality()) == 2
    assert len({value for _ in range(6) for value in epoch(batches)[0]}) == 10
    assert len(epoch(training(examples, 16))[0]) == 10


def test_online_variation_differs_between_epochs(small_examples):
    still = training(small_examples, 24, views=False)
    moved = training(small_examples, 24, views=False, online="light")
    plain, first, second = (next(batches.as_numpy_iterator())[0] for batches in (still, moved, moved))
    assert first.shape == plain.shape
    assert not np.allclose(plain, first)
    by_brightness = [np.sort(images.mean(axis=(1, 2, 3))) for images in (first, second)]
    assert not np.allclose(*by_brightness, atol=1e-4)


def test_drawing_by_probability_makes_rare_rows_as_likely_as_wanted(examples_file, tmp_path):
    examples = read(examples_file, tmp_path, rows(12))
    wanted = np.array([0.5, 0.3] + [0.02] * 10)
    batches = training(examples, 12, views=False, probabilities=wanted)
    drawn = np.concatenate([epoch(batches)[0] for _ in range(150)])
    np.testing.assert_allclose(np.bincount(drawn, minlength=12) / len(drawn), wanted, atol=0.04)
    again = [epoch(training(examples, 12, views=False, probabilities=wanted))[0] for _ in range(2)]
    assert again[0] == again[1] == drawn[:12].tolist()


def test_metadata_stand_beside_their_image(small_examples):
    inputs, labels, _, rows_of_batch = next(training(small_examples, 8, metadata=True).as_numpy_iterator())
    np.testing.assert_array_equal(inputs["metadata"], small_examples.metadata[rows_of_batch])
    np.testing.assert_array_equal(labels.argmax(axis=1), small_examples.labels[rows_of_batch])
    np.testing.assert_allclose(inputs["metadata"][:, 0], (40 + rows_of_batch) / 100, rtol=1e-6)


def test_mixup_blends_images_with_their_labels(small_examples):
    images, labels, *_ = next(training(small_examples, 24, mixup=0.5).as_numpy_iterator())
    np.testing.assert_allclose(labels.sum(axis=1), 1.0, rtol=1e-6)
    assert ((labels > 0.05) & (labels < 0.95)).any()
    assert images.shape == (24, 8, 8, 1)


def test_model_fit_is_given_no_rows(small_examples):
    assert len(next(iter(dataset.without_rows(training(small_examples))))) == 3
