"""Grad-CAM on models whose maps are known."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.base.errors import UsageError
from components.explainer.gradcam import GradCam
from components.explainer.overflow import OverflowedError

SEED = 7


def pooled_model(kernel, bias, dense, input_px=2, stride=1):
    """A 1 x 1 convolution, global average pooling and one dense layer, with the given weights."""
    kernel, dense = np.asarray(kernel, np.float32), np.asarray(dense, np.float32)
    inputs = keras.Input((input_px, input_px, 1))
    maps = keras.layers.Conv2D(len(kernel), 1, strides=stride, name="conv")(inputs)
    pooled = keras.layers.GlobalAveragePooling2D(name="embedding")(maps)
    logits = keras.layers.Dense(dense.shape[1], name="logits")(pooled)
    model = keras.Model(inputs, keras.layers.Activation("softmax", name="probabilities")(logits))
    model.get_layer("conv").set_weights([kernel.reshape(1, 1, 1, -1), np.asarray(bias, np.float32)])
    model.get_layer("logits").set_weights([dense, np.zeros(dense.shape[1], np.float32)])
    return model


def residual_model(head="activation", seed=SEED):
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((12, 12, 1))
    first = keras.layers.Conv2D(6, 3, padding="same", name="first")(inputs)
    first = keras.layers.ReLU(name="first_relu")(keras.layers.BatchNormalization(name="first_norm")(first))
    pooled = keras.layers.MaxPooling2D(name="pool")(first)
    branch = keras.layers.Conv2D(6, 3, padding="same", name="second")(pooled)
    total = keras.layers.Add(name="sum")([pooled, keras.layers.BatchNormalization(name="second_norm")(branch)])
    total = keras.layers.ReLU(name="last_relu")(total)
    features = keras.layers.GlobalAveragePooling2D(name="embedding")(total)
    if head == "dense":
        outputs = keras.layers.Dense(3, activation="softmax", name="logits")(features)
    else:
        logits = keras.layers.Dense(3, name="logits")(features)
        closing = {"activation": keras.layers.Activation("softmax"), "softmax": keras.layers.Softmax(), "none": lambda tensor: tensor}
        outputs = closing[head](logits)
    return keras.Model(inputs, outputs)


def enlargement(count):
    """Weights [2 * count, count] of bilinear doubling: a quarter of the way to the neighbouring centre, the border repeated."""
    weights = np.zeros((2 * count, count))
    for place in range(count):
        weights[2 * place, [max(place - 1, 0), place]] += [0.25, 0.75]
        weights[2 * place + 1, [place, min(place + 1, count - 1)]] += [0.75, 0.25]
    weights[[0, -1], [0, -1]] = 1
    return weights


ENLARGE_6_TO_12 = enlargement(6)


def images_of(count, px=12, seed=SEED):
    return np.random.default_rng(seed).random((count, px, px, 1), np.float32)


def test_two_by_two_maps_by_hand():
    # A1 = x, A2 = 3 - x/2. Class 0: 2/4 A1 + 1/4 A2 = 0.375 x + 0.75. Class 1: -1/4 A1 + 1/4 A2 = 0.75 - 0.375 x, cut at 0.
    model = pooled_model(kernel=[1, -0.5], bias=[0, 3], dense=[[2, -1], [1, 1]])
    image = np.array([[1, 2], [3, 4]], np.float32)[None, :, :, None]
    maps = GradCam(model).maps(np.concatenate([image, image]), [0, 1])
    np.testing.assert_allclose(maps[0], np.array([[1.125, 1.5], [1.875, 2.25]]) / 2.25, atol=1e-6)
    np.testing.assert_allclose(maps[1], [[1, 0], [0, 0]], atol=1e-6)


def test_gradients_that_differ_by_place_are_averaged():
    # A1 = x, A2 = 4 - x, read by place with weights of mean 3 and -1: 3 x - (4 - x) = 4 x - 4.
    inputs = keras.Input((2, 2, 1))
    maps = keras.layers.Conv2D(2, 1, name="conv")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(1, name="logits")(keras.layers.Flatten()(maps)))
    model.get_layer("conv").set_weights([np.array([1, -1], np.float32).reshape(1, 1, 1, 2), np.array([0, 4], np.float32)])
    by_place = np.array([[1, -4], [2, 0], [3, 0], [6, 0]], np.float32)
    model.get_layer("logits").set_weights([by_place.reshape(8, 1), np.zeros(1, np.float32)])
    found = GradCam(model).maps(np.array([[1, 2], [3, 4]], np.float32)[None, :, :, None], [0])
    np.testing.assert_allclose(found[0], [[0, 1 / 3], [2 / 3, 1]], atol=1e-6)


def test_upsampling_is_bilinear_between_centres():
    model = pooled_model(kernel=[1], bias=[0], dense=[[1, -1]], input_px=4, stride=2)
    image = np.zeros((1, 4, 4, 1), np.float32)
    image[0, 2, :, 0] = 4  # the convolution sees rows 0 and 2
    maps = GradCam(model).maps(image, [0])
    np.testing.assert_allclose(maps[0], np.repeat([[0], [0.25], [0.75], [1]], 4, axis=1), atol=1e-6)


@pytest.mark.parametrize("head", ["activation", "dense", "softmax", "none"])
def test_equals_cam_where_one_dense_layer_follows_the_pooling(head):
    model = residual_model(head)
    images = images_of(6)
    classes = np.array([0, 1, 2, 0, 1, 2])
    gradcam = GradCam(model)
    features = keras.Model(model.input, model.get_layer("last_relu").output)(images).numpy()
    kernel = model.get_layer("logits").kernel.numpy()
    cam = np.maximum(np.einsum("nhwk,kn->nhw", features, kernel[:, classes]), 0)
    cam = ENLARGE_6_TO_12 @ cam @ ENLARGE_6_TO_12.T
    peak = cam.max(axis=(1, 2), keepdims=True)
    assert gradcam.layer == "last_relu"
    assert (peak > 0).any()
    np.testing.assert_allclose(gradcam.maps(images, classes), np.divide(cam, peak, out=np.zeros_like(cam), where=peak > 0), atol=1e-5)


def test_no_positive_evidence_gives_zeros():
    model = pooled_model(kernel=[1], bias=[0], dense=[[-1, 1]])
    maps = GradCam(model).maps(np.ones((2, 2, 2, 1), np.float32), [0, 1])
    np.testing.assert_array_equal(maps[0], 0)
    np.testing.assert_array_equal(maps[1], 1)


RESIDUAL = residual_model()
GRADCAM = GradCam(RESIDUAL)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 9), st.integers(1, 10), st.integers(0, 2**16), st.integers(0, 2))
def test_a_map_depends_on_its_own_image_alone(count, batch_size, seed, label):
    images = images_of(count, seed=seed)
    labels = (np.arange(count) + label) % 3
    maps = GRADCAM.maps(images, labels, batch_size)
    alone = np.concatenate([GRADCAM.maps(images[row : row + 1], labels[row : row + 1], 1) for row in range(count)])
    np.testing.assert_allclose(maps, alone, atol=1e-5)
    assert maps.shape == (count, 12, 12)
    assert maps.dtype == np.float32
    assert maps.min() >= 0
    peaks = maps.max(axis=(1, 2))
    assert np.all(np.isclose(peaks, 1, atol=1e-6) | (peaks == 0))


def test_no_images_no_maps():
    assert GRADCAM.maps(np.zeros((0, 12, 12, 1), np.float32), np.zeros(0, int)).shape == (0, 12, 12)


def test_a_layer_is_chosen_by_name():
    chosen = GradCam(RESIDUAL, "first")
    assert chosen.layer == "first"
    assert not np.allclose(chosen.maps(images_of(3), [0, 1, 2]), GRADCAM.maps(images_of(3), [0, 1, 2]), atol=1e-2)


def test_an_unknown_layer_names_the_nearest():
    with pytest.raises(UsageError, match="no layer 'secnd'; did you mean 'second'"):
        GradCam(RESIDUAL, "secnd")
    with pytest.raises(UsageError, match="did you mean"):
        GradCam(RESIDUAL, "zzz")


def test_a_layer_without_feature_maps_is_refused():
    with pytest.raises(UsageError, match="'embedding' has no feature maps"):
        GradCam(RESIDUAL, "embedding")


def test_maps_change_with_the_weights():
    """Adebayo et al. 2018 (arXiv:1810.03292): an explanation that survives randomised weights explains the image, not the model."""
    model = residual_model()
    gradcam = GradCam(model)
    images = images_of(8)
    labels = np.arange(8) % 3
    before = gradcam.maps(images, labels)
    generator = np.random.default_rng(SEED)
    model.set_weights(
        [generator.normal(size=weight.shape).astype(np.float32) ** 2 for weight in model.get_weights()[:-2]] + model.get_weights()[-2:]
    )
    after = gradcam.maps(images, labels)
    assert np.abs(after - before).max() > 0.5
    assert np.abs(after - before).mean() > 0.05


def test_a_trained_model_is_seen_looking_at_the_square():
    keras.utils.set_random_seed(SEED)
    generator = np.random.default_rng(SEED)
    images = generator.random((256, 16, 16, 1), np.float32) * 0.3
    labels = np.arange(256) % 2
    corners = generator.integers(0, 12, (256, 2))
    for image, (top, left), label in zip(images, corners, labels, strict=True):
        if label:
            image[top : top + 4, left : left + 4] += 0.7
    inputs = keras.Input((16, 16, 1))
    maps = keras.layers.Conv2D(8, 5, padding="same", activation="relu")(inputs)
    maps = keras.layers.Conv2D(8, 3, padding="same", activation="relu")(keras.layers.MaxPooling2D()(maps))
    outputs = keras.layers.Dense(2, activation="softmax")(keras.layers.GlobalAveragePooling2D()(maps))
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.Adam(0.005), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(images, labels, batch_size=32, epochs=15, verbose=0)
    assert model.evaluate(images, labels, verbose=0)[1] > 0.9
    rows = np.flatnonzero(labels)
    peaks = [np.unravel_index(found.argmax(), found.shape) for found in GradCam(model).maps(images[rows], labels[rows])]
    inside = [
        all(start - 1 <= place <= start + 4 for start, place in zip(corners[row], peak, strict=True))
        for row, peak in zip(rows, peaks, strict=True)
    ]
    assert np.mean(inside) > 0.9


@pytest.mark.parametrize(
    ("images", "labels", "batch_size", "message"),
    [
        (np.zeros((2, 12, 12)), [0, 1], 4, r"images must be \[n, 12, 12, 1\]"),
        (np.zeros((2, 10, 12, 1)), [0, 1], 4, "images must be"),
        (np.zeros((2, 12, 12, 1)), [0], 4, r"class_indices must be \[2\]"),
        (np.zeros((2, 12, 12, 1)), [0, 3], 4, r"0\.\.2"),
        (np.zeros((2, 12, 12, 1)), [-1, 0], 4, r"0\.\.2"),
        (np.zeros((2, 12, 12, 1)), [0, 1], 0, "batch_size"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(images, labels, batch_size, message):
    with pytest.raises(UsageError, match=message):
        GRADCAM.maps(images, labels, batch_size)


def test_a_diverged_model_is_refused():
    model = pooled_model(kernel=[1], bias=[0], dense=[[np.nan, 1]])
    with pytest.raises(OverflowedError, match="not finite; the model's training has diverged"):
        GradCam(model).maps(np.ones((1, 2, 2, 1), np.float32), [0])


def gated_model():
    """The class score is the mean of the map times the second input, so that the sign of the evidence hangs on it."""
    image, gate = keras.Input((2, 2, 1)), keras.Input((1,))
    maps = keras.layers.Conv2D(1, 1, use_bias=False, kernel_initializer="ones")(image)
    pooled = keras.layers.GlobalAveragePooling2D()(maps)
    return keras.Model([gate, image], keras.layers.Concatenate()([keras.layers.Multiply()([pooled, gate]), gate]))


def test_other_inputs_stand_beside_the_image_whatever_their_order():
    image = np.array([[[[1.0], [2.0]], [[0.0], [4.0]]]] * 2, np.float32)
    maps = GradCam(gated_model()).maps(image, [0, 0], others=[[[2.0], [-1.0]]])
    np.testing.assert_allclose(maps[0], image[0, ..., 0] / 4)
    np.testing.assert_array_equal(maps[1], np.zeros((2, 2)))


@pytest.mark.parametrize("others", [(), ([[1.0]],), ([[1.0], [2.0]], [[1.0], [2.0]])])
def test_other_inputs_that_do_not_fit_are_refused(others):
    with pytest.raises(UsageError, match="others must be 1 arrays of 2 rows"):
        GradCam(gated_model()).maps(np.zeros((2, 2, 2, 1)), [0, 0], others=others)


def test_what_all_scores_share_does_not_move_the_contrast_with_the_others():
    model, images, classes = residual_model(), images_of(4), np.array([0, 1, 2, 0])
    before = GradCam(model).maps(images, classes, against="others")
    plain = GradCam(model).maps(images, classes)
    kernel, bias = model.get_layer("logits").get_weights()
    shared = np.random.default_rng(SEED).normal(size=[len(kernel), 1]).astype(np.float32)
    model.get_layer("logits").set_weights([kernel + shared, bias])
    np.testing.assert_allclose(GradCam(model).maps(images, classes, against="others"), before, atol=1e-4)
    assert np.abs(GradCam(model).maps(images, classes) - plain).max() > 0.1


def test_the_others_of_two_classes_are_the_other_one():
    model, images = pooled_model([1.0, -0.5], [0.1, 0.2], [[1.0, -2.0], [0.3, 0.7]], input_px=6), images_of(3, 6)
    one = GradCam(model).maps(images, [0, 1, 0], against="others")
    np.testing.assert_allclose(one, GradCam(model).maps(images, [0, 1, 0], against=[1, 0, 1]), atol=1e-6)


def test_a_contrast_with_nothing_is_refused():
    model, images = residual_model(), images_of(1)
    with pytest.raises(UsageError, match="'all'"):
        GradCam(model).maps(images, [0], against="all")
    alone = pooled_model([1.0], [0.0], [[1.0]])
    with pytest.raises(UsageError, match="where there are others"):
        GradCam(alone).maps(images_of(1, 2), [0], against="others")
