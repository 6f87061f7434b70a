"""Measure ACE for one class on the default network: as it runs by default, and in the published form beside the published code.

python -m benchmarks.ace [--images 50] [--image-px 96] [--rounds 1]

By default a segment is taken out of its image and seen at the last layer, and untrained networks are asked too: that time is held
against the goal of 3 minutes. The published code shows the segment alone and enlarged (`patches: resized`), and asks no untrained
network; its ratios compare like with like, ours in that form, at the earlier layer, and say nothing of the default.

The published code cuts masks of whole images, compares every pair of them, renders every patch from the whole image, keeps all
patches in memory, and asks for the gradient image by image. Its network sees up to 100 patches at a time; one patch at a time, as its
preparation goes, stands beside. What follows (k-means, TCAV, curves) is the same for both.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from benchmarks.ace_reference import patches_one_by_one, segments_one_by_one
from benchmarks.ratios import Ratio, print_ratios
from components.explainer.ace import explain_class
from components.explainer.config import AceConfig
from components.explainer.feature_maps import earlier_layer, flat_graph
from components.explainer.layer_view import LayerView
from components.explainer.material import Subjects
from components.explainer.patches import batches
from components.explainer.superpixels import RESOLUTIONS, segment
from components.explainer.untrained import untrained_views
from components.phantom.radiograph import expose
from components.phantom.roster import roster
from components.trainer.architectures import own_cnn
from components.trainer.network import LOGITS, NetworkSpec

CLASS_INDEX, SEED = 1, 1
PUBLISHED_BATCH = 100
DEFAULT, WHOLE = "default: all of ACE", "resized: all of ACE"
OURS, PUBLISHED, PATCH_BY_PATCH = "resized: ours", "resized: published", "resized: patch by patch"
LONGEST_S = 180.0
Floats = npt.NDArray[np.float32]


def main() -> int:
    """Print seconds and ratios; return 1 where one falls short."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ace", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--images", type=int, default=50)
    parser.add_argument("--image-px", type=int, default=96)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    images = np.stack([expose(exposure, options.image_px, None).pixels for exposure in roster(1, 2 * options.images)])
    images, random_images = images[: options.images], images[options.images :]
    model = own_cnn.build(own_cnn.DEFAULTS, NetworkSpec(options.image_px, 3, seed=1))
    by_default = AceConfig(images=options.images, resolutions=RESOLUTIONS)
    config = by_default.model_copy(update={"min_members": 20, "reclusterings": 10, "random_orders": 10, "patches": "resized"})
    view = LayerView(model, earlier_layer(flat_graph(model)).name, config.batch_size)
    default_view = LayerView(model, by_default.layer, by_default.batch_size)
    patients = np.array([str(row // 2) for row in range(len(images))])
    subjects = Subjects(images, (), patients, {"source": ["one"] * len(images)}, {})
    fill = float(images.mean() / 255)

    seconds: dict[str, list[float]] = {}
    found: dict[str, tuple[Floats, Floats]] = {}
    forms: dict[str, Callable[[], tuple[Floats, Floats]]] = {
        OURS: lambda: in_batches(view, images, fill, config),
        PUBLISHED: lambda: one_by_one(model, view.layer, images, fill, PUBLISHED_BATCH),
        PATCH_BY_PATCH: lambda: one_by_one(model, view.layer, images, fill, 1),
    }
    view.probabilities(images[:1, ..., None].astype(np.float32) / 255)
    for round_ in range(1, options.rounds + 1):
        for name, form in forms.items():
            started = time.perf_counter()
            found[name] = form()
            seconds.setdefault(name, []).append(time.perf_counter() - started)
            say(round_, options.rounds, name, seconds)
        started = time.perf_counter()
        whole = explain_class(view, subjects, CLASS_INDEX, random_images, (), config, SEED)
        seconds.setdefault(WHOLE, []).append(time.perf_counter() - started)
        say(round_, options.rounds, WHOLE, seconds)
        started = time.perf_counter()
        untrained = untrained_views(model, default_view.layer, by_default.batch_size, range(SEED, SEED + by_default.untrained))
        default = explain_class(default_view, subjects, CLASS_INDEX, random_images, (), by_default, SEED, "others", untrained)
        seconds.setdefault(DEFAULT, []).append(time.perf_counter() - started)
        say(round_, options.rounds, DEFAULT, seconds)
    for name in (PUBLISHED, PATCH_BY_PATCH):
        for ours, theirs in zip(found[OURS], found[name], strict=True):
            np.testing.assert_allclose(ours, theirs, atol=1e-3 * float(np.abs(theirs).max()))
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    print(f"{len(images)} images of {options.image_px} px, {len(whole.segments)} segments")
    how = f"patches {by_default.patches}, layer {default_view.layer}, {by_default.untrained} untrained networks"
    print(f"default: {how}, {len(default.found)} concepts")
    print(f"resized: as the published code, layer {view.layer}, no untrained networks, {len(whole.found)} concepts")
    for name, median in medians.items():
        print(f"{name:<24} {median:8.2f} s{'' if name in (WHOLE, DEFAULT) else ' for segments, patches, activations and gradients'}")
    # Both forms then wait for the same network most of the time; it is no faster for either.
    print(f"published form with its batches of {PUBLISHED_BATCH}, over ours: {medians[PUBLISHED] / medians[OURS]:.2f}")
    ours, shared = medians[OURS], medians[WHOLE] - medians[OURS]
    return print_ratios(
        [
            Ratio("default: all of ACE for one class, over 3 minutes", medians[DEFAULT] / LONGEST_S, 1, False),
            Ratio("resized: segments to gradients, patch by patch over ours", medians[PATCH_BY_PATCH] / ours, 3, True),
            Ratio("resized: all of ACE, patch by patch over ours", (medians[PATCH_BY_PATCH] + shared) / medians[WHOLE], 3, True),
        ]
    )


def say(round_: int, rounds: int, name: str, seconds: dict[str, list[float]]) -> None:
    """Print what has just been measured: the slowest form takes minutes."""
    print(f"round {round_} of {rounds}, {name}: {seconds[name][-1]:.1f} s", file=sys.stderr, flush=True)


def in_batches(view: LayerView, images: npt.NDArray[np.uint8], fill: float, config: AceConfig) -> tuple[Floats, Floats]:
    """Compute pooled activations of every segment and the gradients of every image, as components.explainer.ace does."""
    segments = segment(images, config.resolutions)
    parts = [view.pooled(patches[..., None]) for patches in batches(images, segments, images.shape[1], fill, config.batch_size, "resized")]
    return np.concatenate(parts), view.gradients(images[..., None].astype(np.float32) / 255, np.full(len(images), CLASS_INDEX))


def one_by_one(model: keras.Model, layer: str, images: npt.NDArray[np.uint8], fill: float, batch: int) -> tuple[Floats, Floats]:
    """Compute the same by masks of whole images, with the network called on `batch` patches at a time."""
    graph = keras.Model(model.inputs, [model.get_layer(layer).output, model.get_layer(LOGITS).output])
    patches = patches_one_by_one(images, segments_one_by_one(images), images.shape[1], fill)[..., None]
    parts = [np.mean(graph([patches[start : start + batch]], training=False)[0], axis=(1, 2)) for start in range(0, len(patches), batch)]
    return np.concatenate(parts), gradients_one_by_one(graph, images)


def gradients_one_by_one(graph: keras.Model, images: npt.NDArray[np.uint8]) -> Floats:
    """Ask for the gradient of the class score by the pooled activations, image by image."""
    rows: list[Floats] = []
    for image in images[..., None].astype(np.float32) / 255:
        with tf.GradientTape() as tape:
            activations, scores = graph([image[None]], training=False)
            score = scores[0, CLASS_INDEX]
        rows.append(tf.reduce_sum(tape.gradient(score, activations)[0], axis=(0, 1)).numpy())
    return np.stack(rows)


if __name__ == "__main__":
    raise SystemExit(main())
