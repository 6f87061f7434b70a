import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from components.transform.config import HarmoniseConfig
from components.transform.preprocess import preprocessing_fn, standardised_pixels


def png(pixels, mode=None) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.asarray(pixels), mode).save(file, "PNG")
    return file.getvalue()


def inputs(tiny_module, indices, split="train", **changed):
    examples = [tiny_module.example(index, split) for index in indices]
    names = ("image/encoded", "id", "group", "source", "split", "view", "label", "sex")
    columns = {name: [example.features.feature[name].bytes_list.value[0] for example in examples] for name in names}
    numbers = {name: [list(example.features.feature[name].int64_list.value) for example in examples] for name in ("age", "findings")}
    numbers["age"] = [age for (age,) in numbers["age"]]
    told = {name: tf.constant(values, tf.int64) for name, values in numbers.items()}
    return told | {name: tf.constant(values) for name, values in (columns | changed).items()}


def pixels_of(serialised) -> np.ndarray:
    return np.stack([np.frombuffer(content, np.uint8) for content in serialised.numpy()])


def test_percentiles_become_black_and_white():
    ramp = np.arange(10_000).reshape(100, 100) // 100 + 50  # 100 of each value from 50 to 149
    result = standardised_pixels(tf.constant([png(ramp.astype(np.uint8))]), 100)[0, :, :, 0].numpy()
    # The darkest and brightest 100 pixels are one percent: 50 becomes 0, 149 becomes 255.
    assert [result[row, 0] for row in (0, 1, 50, 99)] == [0, round(255 / 99), round(50 * 255 / 99), 255]


def test_one_bright_mark_does_not_decide_the_contrast():
    plain = np.tile(np.arange(100, dtype=np.uint8), [100, 1])
    marked = plain.copy()
    marked[:5, -10:] = 255
    both = standardised_pixels(tf.constant([png(plain), png(marked)]), 100).numpy()
    np.testing.assert_array_equal(both[0][5:], both[1][5:])


def test_images_of_any_kind_become_the_same_square():
    gray = np.random.default_rng(1).integers(0, 255, [60, 40]).astype(np.uint8)
    gray = np.kron(gray[::10, ::10], np.ones([10, 10], np.uint8))
    rgba = np.stack([gray, gray, gray, np.full_like(gray, 255)], axis=-1)
    jpeg = io.BytesIO()
    Image.fromarray(gray).convert("RGB").save(jpeg, "JPEG", quality=95)
    encoded = [png(gray), png(rgba), png(gray.astype(np.uint16) * 257), jpeg.getvalue()]
    results = standardised_pixels(tf.constant(encoded), 30).numpy().astype(int)
    assert results.shape == (4, 30, 30, 1)
    assert np.abs(results[1:3] - results[0]).max() <= 1
    assert np.abs(results[3] - results[0]).mean() < 5


def test_an_even_image_is_black():
    assert not standardised_pixels(tf.constant([png(np.full([50, 50], 7, np.uint8))]), 16).numpy().any()


def test_bytes_are_row_major_pixels(tiny_module):
    raw = inputs(tiny_module, [0, 1])
    outputs = preprocessing_fn(raw, tiny_module.custom_config())
    expected = standardised_pixels(raw["image/encoded"], tiny_module.IMAGE_PX).numpy().reshape(2, -1)
    np.testing.assert_array_equal(pixels_of(outputs["image"]), expected)


def test_labels_follow_the_configured_order(tiny_module):
    outputs = preprocessing_fn(inputs(tiny_module, [0, 1, 2, 3], label=["covid19", "normal", "", "other"]), tiny_module.custom_config())
    assert outputs["label_index"].numpy().tolist() == [2, 0, -1, -1]


def test_what_the_trainer_reads_beside_the_image_passes_through(tiny_module):
    raw = inputs(tiny_module, [0, 1])
    outputs = preprocessing_fn(raw, tiny_module.custom_config())
    for name in ("id", "group", "source", "split", "view", "sex", "age", "findings"):
        assert outputs[name].numpy().tolist() == raw[name].numpy().tolist()


def test_columns_of_width_one_are_taken_as_well(tiny_module):
    raw = inputs(tiny_module, [0, 1])
    wide = preprocessing_fn(
        {name: column if name == "findings" else column[:, tf.newaxis] for name, column in raw.items()}, tiny_module.custom_config()
    )
    flat = preprocessing_fn(raw, tiny_module.custom_config())
    for name in flat:
        assert wide[name].to_list() == flat[name].to_list() if name == "views" else bool(tf.reduce_all(wide[name] == flat[name]))


@pytest.mark.parametrize(("augmentation", "expected"), [("off", 0), ("online", 0), ("transform", 3), ("both", 3)])
def test_views_are_drawn_where_the_switch_asks_for_them(tiny_module, augmentation, expected):
    config = tiny_module.custom_config(augmentation, views=3)
    raw = inputs(tiny_module, [0, 1, 2]) | {"split": tf.constant(["train", "eval", "train"])}
    outputs = preprocessing_fn(raw, config)
    assert outputs["views"].row_lengths().numpy().tolist() == [expected, 0, expected]


@pytest.mark.parametrize("split", ["eval", "test", ""])
def test_only_train_gets_views(tiny_module, split):
    outputs = preprocessing_fn(inputs(tiny_module, [0, 1], split), tiny_module.custom_config())
    assert outputs["views"].row_lengths().numpy().tolist() == [0, 0]


def test_a_view_depends_on_the_id_and_the_seed_not_on_its_neighbours(tiny_module):
    alone = preprocessing_fn(inputs(tiny_module, [4]), tiny_module.custom_config())["views"].to_list()[0]
    among = preprocessing_fn(inputs(tiny_module, [1, 2, 4]), tiny_module.custom_config())["views"].to_list()[2]
    assert alone == among
    assert alone[0] != alone[1]
    other_seed = preprocessing_fn(inputs(tiny_module, [4]), tiny_module.custom_config(seed=8))["views"].to_list()[0]
    assert other_seed != alone
    other_id = preprocessing_fn(inputs(tiny_module, [4], id=["f" * 16]), tiny_module.custom_config())["views"].to_list()[0]
    assert other_id != alone


def test_a_view_still_shows_its_image(tiny_module):
    outputs = preprocessing_fn(inputs(tiny_module, [0]), tiny_module.custom_config())
    original = pixels_of(outputs["image"])[0].astype(float)
    for view in pixels_of(outputs["views"][0]):
        assert not np.array_equal(view, original)
        assert np.corrcoef(view, original)[0, 1] > 0.3


def test_the_policy_of_the_configuration_varies_the_views_and_not_the_image(tiny_module):
    raw = inputs(tiny_module, [4])
    found = {policy: preprocessing_fn(raw, tiny_module.custom_config(policy=policy)) for policy in ("light", "radiograph", "domain")}
    views = {policy: outputs["views"].to_list()[0] for policy, outputs in found.items()}
    assert len({tuple(each) for each in views.values()}) == 3
    assert len({outputs["image"].numpy()[0] for outputs in found.values()}) == 1


@pytest.mark.parametrize("switch", [{"histogram": "equalise"}, {"mask_border": 0.2}], ids=str)
def test_the_switches_of_harmonisation_reach_the_image(tiny_module, switch):
    raw = inputs(tiny_module, [4])
    outputs = preprocessing_fn(raw, tiny_module.custom_config(harmonise=switch))
    expected = standardised_pixels(raw["image/encoded"], tiny_module.IMAGE_PX, HarmoniseConfig(**switch)).numpy().reshape(1, -1)
    np.testing.assert_array_equal(pixels_of(outputs["image"]), expected)
    assert np.any(expected != standardised_pixels(raw["image/encoded"], tiny_module.IMAGE_PX).numpy().reshape(1, -1))
