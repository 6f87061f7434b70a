"""Measure how quickly explanations are made beside the plain ways to make them, what memory ACE takes, and whether Grad-CAM hits lesions.

python -m benchmarks.explainer [--image-px 96] [--images 128] [--rounds 5] [--seeds 2020] [--set KEY=VALUE ...] [--output DIR]

The last is a whole run of the pipeline on the phantom for each seed, some minutes each; see benchmarks.pointing, and for memory
benchmarks.ace_memory.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial

import keras
import numpy as np
import tensorflow as tf

from benchmarks.ace_memory import memory_ratios
from benchmarks.pointing import add_options, pointing_ratios
from benchmarks.ratios import Ratio, print_ratios
from components.explainer.gradcam import GradCam
from components.explainer.model_inputs import Floats
from components.trainer.architectures import own_cnn
from components.trainer.network import LOGITS, NetworkSpec
from components.trainer.networks import build_network

CLASS_COUNT = 3
BATCH = 16
MEMORY_IMAGES = 24


def main() -> int:
    """Print times and ratios by method; return 1 where a ratio falls short."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.explainer", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--image-px", type=int, default=96)
    parser.add_argument("--images", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=5)
    add_options(parser, [2020])
    options = parser.parse_args()
    ratios = [
        *gradcam_ratios(options.image_px, options.images, options.rounds),
        *memory_ratios(MEMORY_IMAGES, options.image_px),
        *pointing_ratios(options.seeds, options.set, options.output),
    ]
    return print_ratios(ratios)


def gradcam_ratios(image_px: int, count: int, rounds: int) -> Sequence[Ratio]:
    """Compare Grad-CAM with a loop over the images, and one batch of it with a forward and a backward pass.

    The backward pass is that of a training step: the gradient of the class scores by all trainable weights, through the whole
    network. Grad-CAM's own gradient stops at the feature maps. The gradient by the image is printed beside.
    """
    model = build_network("own_cnn", own_cnn.DEFAULTS, NetworkSpec(image_px, CLASS_COUNT, seed=1)).model
    # The maps of a net that was not trained may be empty everywhere, and would then be equal whatever was computed.
    kernel, bias = model.get_layer(LOGITS).get_weights()
    model.get_layer(LOGITS).set_weights([np.abs(kernel), bias])
    images = np.random.default_rng(1).random((count, image_px, image_px, 1), np.float32)
    labels = np.arange(count) % CLASS_COUNT
    gradcam = GradCam(model)
    by_image = partial(per_image_maps, model, gradcam.layer)
    maps = gradcam.maps(images, labels, BATCH)
    difference = np.abs(maps - by_image(images, labels)).max()
    print(f"own_cnn, {model.count_params():,} parameters, {image_px} px, batches of {BATCH}, median of {rounds} rounds")
    print(f"{maps.any(axis=(1, 2)).sum()} of {count} maps show evidence; largest difference from the loop's: {difference:.1e}")

    seconds = measure(
        {"Grad-CAM": lambda: gradcam.maps(images, labels, BATCH), "loop over the images": lambda: by_image(images, labels)}, rounds
    )
    for name, times in seconds.items():
        print(f"{name:<40} {count / statistics.median(times):8.1f} images/s")

    batch, classes = images[:BATCH], labels[:BATCH]
    passes = {
        "forward, backward to the weights": compiled_pass(model, model.trainable_variables),
        "forward, backward to the image": compiled_pass(model, None),
        "forward": compiled_forward(model),
    }
    tensors = tf.constant(batch), tf.constant(classes, tf.int32)
    runs: dict[str, Callable[[], object]] = {name: partial(run, *tensors) for name, run in passes.items()}
    runs["Grad-CAM"] = lambda: gradcam.maps(batch, classes, BATCH)
    in_batch = measure(runs, 4 * rounds)
    for name, times in in_batch.items():
        print(f"one batch, {name:<36} {1000 * statistics.median(times):8.1f} ms")
    return [
        Ratio("images a second, Grad-CAM over a loop with a gradient tape", paired(seconds, "loop over the images", "Grad-CAM"), 2, True),
        Ratio(
            "time of a batch, Grad-CAM over forward plus backward",
            paired(in_batch, "Grad-CAM", "forward, backward to the weights"),
            1.3,
            False,
        ),
    ]


def per_image_maps(model: keras.Model, layer: str, images: Floats, labels: Sequence[int]) -> Floats:
    """Explain image by image without compiling, as tutorials do; the same maps as GradCam's."""
    graph = keras.Model(model.inputs, [model.get_layer(layer).output, model.get_layer(LOGITS).output])
    maps = []
    for image, label in zip(images, labels, strict=True):
        with tf.GradientTape() as tape:
            activations, scores = graph([image[None]], training=False)
            score = scores[0, label]
        weights = tf.reduce_mean(tape.gradient(score, activations), axis=(0, 1, 2))
        evidence = tf.nn.relu(tf.reduce_sum(activations[0] * weights, axis=-1))
        map_ = tf.image.resize(evidence[..., None], image.shape[:2])[..., 0]
        maps.append(tf.math.divide_no_nan(map_, tf.reduce_max(map_)).numpy())
    return np.stack(maps)


def compiled_pass(model: keras.Model, variables: Sequence[object] | None) -> Callable[[tf.Tensor, tf.Tensor], object]:
    """Compile a forward pass and the gradient of the class scores by the weights, or by the image where there are none."""
    graph = keras.Model(model.inputs, model.get_layer(LOGITS).output)

    @tf.function
    def run(images: tf.Tensor, labels: tf.Tensor) -> object:
        with tf.GradientTape() as tape:
            tape.watch(images)
            scores = tf.gather(graph([images], training=False), labels, batch_dims=1)
        return tape.gradient(scores, images if variables is None else [variable.value for variable in variables])

    return run


def compiled_forward(model: keras.Model) -> Callable[[tf.Tensor, tf.Tensor], object]:
    """Compile a forward pass alone."""
    graph = keras.Model(model.inputs, model.get_layer(LOGITS).output)
    return tf.function(lambda images, labels: tf.gather(graph([images], training=False), labels, batch_dims=1))


def measure(runs: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Time each in turn, round after round, so that all see the same machine; the first round warms up."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(rounds + 1):
        print(f"round {turn} of {rounds}{': warming up' if not turn else ''}", file=sys.stderr, flush=True)
        for name, run in runs.items():
            started = time.perf_counter()
            run()
            if turn:
                seconds[name].append(time.perf_counter() - started)
    return seconds


def paired(seconds: dict[str, list[float]], above: str, below: str) -> float:
    """Give the median over the rounds of one time over the other."""
    return statistics.median(one / other for one, other in zip(seconds[above], seconds[below], strict=True))


if __name__ == "__main__":
    raise SystemExit(main())
