"""Measure how quickly a network trains on our batches, beside the same network fed from arrays in memory.

python -m benchmarks.training [--image-px 224] [--images 256] [--rounds 5]
"""

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.ratios import Ratio, print_ratios
from components.trainer.architectures import own_cnn
from components.trainer.config import TrainerConfig
from components.trainer.dataset import without_rows
from components.trainer.examples import Examples
from components.trainer.network import METADATA_SIZE
from components.trainer.objective import compile_model
from components.trainer.training import Setting, batches, train

CLASSES = ("normal", "pneumonia", "covid19")
BATCH = 32
WANTED = 0.97
MODES = {
    "off": ("off", "light"),
    "transform": ("transform", "light"),
    "online, light": ("online", "light"),
    "both, light": ("both", "light"),
    "online, radiograph": ("online", "radiograph"),
    "online, domain": ("online", "domain"),
}


def main() -> int:
    """Print images a second by mode, and the ratios; return 1 where one that is wanted falls short."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__)
    parser.add_argument("--image-px", type=int, default=224)
    parser.add_argument("--images", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if options.images % BATCH:
        parser.error(f"--images must be a multiple of {BATCH}, so that every mode takes the same batches")
    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(1)  # the order of the arrays and dropout draw from it
    examples = synthetic(options.images, options.image_px)
    model = own_cnn.build(own_cnn.DEFAULTS, setting("off", "light", options.image_px).spec)
    compile_model(model, len(CLASSES), TrainerConfig(), 1e-3)

    arrays = (np.array(examples.pixels, np.float32)[examples.first] / 255, examples.targets("multiclass", len(CLASSES)))
    weights = np.ones(len(examples), np.float32)
    epochs: dict[str, Callable[[], Any]] = {
        "arrays in memory": lambda: model.fit(*arrays, sample_weight=weights, batch_size=BATCH, verbose=0)
    }
    for name, (augmentation, policy) in MODES.items():
        data = without_rows(batches(examples, setting(augmentation, policy, options.image_px), BATCH))
        epochs[name] = lambda data=data: model.fit(data, verbose=0)
    seconds = measure(epochs, options.rounds)

    what = f"{options.images} images of {options.image_px} px, batches of {BATCH}"
    print(f"{model.count_params():,} parameters, {what}, median of {options.rounds} rounds")
    for name, times in seconds.items():
        print(f"{name:<24} {options.images / statistics.median(times):8.1f} images/s")
    ratios = {name: paired(seconds["arrays in memory"], times) for name, times in seconds.items() if name in MODES}
    same = identical(examples, options.image_px)
    print(f"two trainings of one seed: {'identical weights' if same else 'DIFFERENT WEIGHTS'}")
    wanted = [Ratio(f"images a second, augmentation {name}, over arrays in memory", ratios[name], WANTED, True) for name in ratios]
    return print_ratios(wanted) | int(not same)


def setting(augmentation: Any, policy: Any, image_px: int) -> Setting:
    """Make the setting of a training."""
    return Setting(TrainerConfig(online_policy=policy, batch_size=BATCH, epochs=1), CLASSES, image_px, augmentation, seed=1)


def synthetic(count: int, image_px: int) -> Examples:
    """Make examples of noise with two views each; speed does not look at them."""
    random = np.random.default_rng(1)
    versions = np.full(count, 3)
    return Examples(
        ids=np.array([b"%08d" % number for number in range(count)]),
        labels=np.arange(count) % len(CLASSES),
        findings=np.full([count, 14], -1),
        sources=np.full(count, "a"),
        metadata=np.zeros([count, METADATA_SIZE], np.float32),
        pixels=tf.constant(random.integers(0, 256, [3 * count, image_px, image_px, 1], np.uint8)),
        first=3 * np.arange(count),
        versions=versions,
    )


def measure(epochs: dict[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """Time an epoch of each in turn, round after round, so that all see the same machine; the first round warms up."""
    seconds: dict[str, list[float]] = {name: [] for name in epochs}
    for turn in range(rounds + 1):
        for name, run in epochs.items():
            started = time.perf_counter()
            run()
            if turn:
                seconds[name].append(time.perf_counter() - started)
    return seconds


def paired(reference: list[float], times: list[float]) -> float:
    """Give the median over the rounds of how many times as quick as the reference."""
    return statistics.median(own / other for own, other in zip(reference, times, strict=True))


def identical(examples: Examples, image_px: int) -> bool:
    """Train twice with one seed, with every augmentation, and compare every weight."""
    few = examples.subset(np.arange(4 * BATCH))
    runs = [train(few, few, setting("both", "radiograph", image_px), {}).model.get_weights() for _ in range(2)]
    keras.backend.clear_session()
    return all(np.array_equal(left, right) for left, right in zip(*runs, strict=True))


if __name__ == "__main__":
    raise SystemExit(main())
