"""Count the verdicts of ACE on networks that were fitted to shuffled labels, beside those fitted to the true ones.

python -m benchmarks.shuffled_labels [--seeds 1 2] [--epochs 20]

Every seed shuffles the labels of 360 phantoms anew and fits the default architecture to them, to the true labels too. A network of
shuffled labels has learned its training images by heart and nothing that holds. `docs/explanations.md` holds what this printed.
"""

import argparse

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from components.explainer.ace import ClassConcepts, explain_class
from components.explainer.config import AceConfig
from components.explainer.layer_view import LayerView
from components.explainer.material import Subjects
from components.explainer.scored_concepts import as_pixels
from components.explainer.tcav import LEVEL
from components.explainer.untrained import untrained_views
from components.phantom.marks import choose_mark
from components.phantom.radiograph import expose
from components.phantom.roster import CLASSES, roster
from components.trainer.architectures import own_cnn
from components.trainer.network import NetworkSpec

IMAGES, IMAGE_PX, CLASS_INDEX = 360, 64, 2
CONFIG = AceConfig(images=24, random_orders=1)
Labels = npt.NDArray[np.int64]


def main() -> int:
    """Print the verdicts by seed and labels."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.shuffled_labels", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2], help="of labels and weights, two trainings each")
    parser.add_argument("--epochs", type=int, default=20)
    options = parser.parse_args()
    exposures = roster(11, IMAGES)
    images = np.stack([expose(exposure, IMAGE_PX, choose_mark(exposure, 0.0)).pixels for exposure in exposures])
    labels = np.array([CLASSES.index(exposure.label) for exposure in exposures])
    patients = np.array([exposure.patient_id for exposure in exposures])
    names = np.unique(patients)
    np.random.default_rng(0).shuffle(names)
    test = np.isin(patients, names[: len(names) // 4])
    rows = np.flatnonzero(test & (labels == CLASS_INDEX))[: CONFIG.images]
    subjects = Subjects(images[rows], (), patients[rows], {"source": ["one"] * len(rows)}, {})
    tf.config.experimental.enable_op_determinism()
    for seed in options.seeds:
        shuffled = np.random.default_rng(seed).permutation(labels)
        for name, given in (("shuffled", shuffled), ("true", labels)):
            network, fitted = fit(as_pixels(images[~test]), given[~test], seed, options.epochs)
            right = float((network.predict(as_pixels(images[test]), verbose=0).argmax(axis=1) == labels[test]).mean())
            view = LayerView(network)
            untrained = untrained_views(network, view.layer, CONFIG.batch_size, range(CONFIG.untrained))
            found = explain_class(view, subjects, CLASS_INDEX, images[test][: 2 * CONFIG.images], (), CONFIG, 3, "others", untrained)
            print(
                f"seed {seed}, {name} labels: accuracy {fitted:.2f} on these in training, {right:.2f} on the true ones of the test images"
            )
            print(f"  {verdicts(found)}", flush=True)
    return 0


def fit(pixels: npt.NDArray[np.float32], labels: Labels, seed: int, epochs: int) -> tuple[keras.Model, float]:
    """Fit a network; returned beside it is its accuracy on the labels that it was given, in the last epoch."""
    keras.utils.set_random_seed(seed)
    network = own_cnn.build({**own_cnn.DEFAULTS, "stages": 3, "width": 16}, NetworkSpec(IMAGE_PX, len(CLASSES), seed))
    network.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = network.fit(pixels, labels, epochs=epochs, batch_size=16, verbose=0).history
    return network, float(history["accuracy"][-1])


def verdicts(found: ClassConcepts) -> str:
    """Say how many concepts pass each rule."""
    floor, scores = found.floor, found.seen.scores
    beyond = sum(each.q is not None and each.q <= LEVEL and abs(each.effect) > floor for each in scores)
    strongest = max((abs(each.effect) for each in scores), default=0.0)
    return (
        f"{len(scores)} concepts, {found.seen.significant} with q <= {LEVEL}, {beyond} of them beyond the floor of {floor:.2f} "
        f"(strongest {strongest:.2f}), {found.seen.told} with a verdict for or against the class"
    )


if __name__ == "__main__":
    raise SystemExit(main())
