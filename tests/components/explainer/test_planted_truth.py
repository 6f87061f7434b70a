"""Networks that read what was planted in phantoms, marks or lesions: both methods must say so."""

from dataclasses import dataclass

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage

from components.explainer.ace import explain_class
from components.explainer.config import AceConfig
from components.explainer.faithfulness.localisation import mass_accuracy, pointing_game
from components.explainer.feature_maps import earlier_layer, flat_graph
from components.explainer.gradcam import GradCam
from components.explainer.layer_view import LayerView
from components.explainer.material import Subjects
from components.phantom.marks import MARK_OF_CLASS, choose_mark
from components.phantom.radiograph import expose
from components.phantom.roster import CLASSES, roster
from components.trainer.architectures import own_cnn
from components.trainer.network import NetworkSpec

PX, IMAGES = 64, 360
CONFIG = AceConfig(images=24, resolutions=(15, 50, 80), reclusterings=1, random_orders=1)


@dataclass(frozen=True)
class Planted:
    """A trained network, and test images that it never saw, with their classes, patients and truth."""

    network: keras.Model
    images: np.ndarray
    labels: np.ndarray
    patients: np.ndarray
    sources: np.ndarray
    truth: np.ndarray
    exposures: list

    @property
    def pixels(self):
        return self.images[..., None].astype(np.float32) / 255

    @property
    def answers(self):
        return self.network.predict(self.pixels, verbose=0).argmax(axis=1)


def drawn(exposures, kind, mark=None):
    """Expose phantoms: with marks that tell the class and no lesion, or with lesions and marks at random."""
    marks = [mark or choose_mark(exposure, float(kind == "mark")) for exposure in exposures]
    return [expose(exposure, PX, sign, with_lesions=kind == "lesion") for exposure, sign in zip(exposures, marks, strict=True)]


def truth_of(radiograph, kind):
    truth = np.zeros((PX, PX), np.bool_)
    if kind == "lesion":
        return np.logical_or.reduce([truth, *radiograph.lesion_masks])
    box = radiograph.mark_box
    truth[box.y : box.y + box.h, box.x : box.x + box.w] = True
    return truth


def trained(kind, epochs):
    exposures = roster(11, IMAGES)
    radiographs = drawn(exposures, kind)
    images = np.stack([radiograph.pixels for radiograph in radiographs])
    labels = np.array([CLASSES.index(exposure.label) for exposure in exposures])
    patients = np.array([exposure.patient_id for exposure in exposures])
    names = np.unique(patients)
    np.random.default_rng(0).shuffle(names)
    test = np.isin(patients, names[: len(names) // 4])
    # As trainings are, whatever other tests have switched on before.
    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(1)
    network = own_cnn.build({**own_cnn.DEFAULTS, "stages": 3, "width": 16}, NetworkSpec(PX, len(CLASSES), 1))
    network.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy")
    network.fit(images[~test, ..., None].astype(np.float32) / 255, labels[~test], epochs=epochs, batch_size=16, verbose=0)
    rows = np.flatnonzero(test)
    truth = np.stack([truth_of(radiographs[row], kind) for row in rows])
    sources = np.array([exposures[row].source for row in rows])
    return Planted(network, images[rows], labels[rows], patients[rows], sources, truth, [exposures[row] for row in rows])


@pytest.fixture(scope="module")
def marks():
    return trained("mark", 25)


@pytest.fixture(scope="module")
def lesions():
    return trained("lesion", 30)


def gradcam(planted):
    """Return maps of the right answers of classes that have a truth, their truth, and the side of a cell of the maps, pixels."""
    explainer = GradCam(planted.network)
    rows = np.flatnonzero((planted.answers == planted.labels) & planted.truth.any(axis=(1, 2)))
    maps = explainer.maps(planted.pixels[rows], planted.labels[rows])
    cells = keras.Model(planted.network.input, planted.network.get_layer(explainer.layer).output).output.shape[1]
    return maps, planted.truth[rows], PX // cells


def concepts(planted, label):
    """Find the concepts of a class; gives the first, and how much of the truth and of the images it covers."""
    rows = np.flatnonzero(planted.labels == CLASSES.index(label))[: CONFIG.images]
    subjects = Subjects(
        planted.images[rows], (), planted.patients[rows], {"source": planted.sources[rows].tolist()}, {"planted": planted.truth[rows]}
    )
    view = LayerView(planted.network, earlier_layer(flat_graph(planted.network)).name)
    found = explain_class(view, subjects, CLASSES.index(label), planted.images[:48], (), CONFIG, seed=3)
    region = next(region for region in found.found[0].crossing.regions if region.region == "planted")
    return found.found[0], region.covered, region.base_covered


def test_the_network_reads_the_mark_alone(marks):
    assert (marks.answers == marks.labels).mean() > 0.95
    other = {label: MARK_OF_CLASS[CLASSES[(place + 1) % 3]] for place, label in enumerate(CLASSES)}
    swapped = [drawn([exposure], "mark", other[exposure.label])[0].pixels for exposure in marks.exposures]
    answers = marks.network.predict(np.stack(swapped)[..., None].astype(np.float32) / 255, verbose=0).argmax(axis=1)
    assert (answers == marks.labels).mean() < 0.1


def test_grad_cam_points_at_the_mark(marks):
    maps, truth, cell = gradcam(marks)
    assert pointing_game(maps, truth, cell / 2).mean() > 0.9
    near = np.stack([ndimage.binary_dilation(mask, np.ones((3, 3)), cell) for mask in truth])
    assert mass_accuracy(maps, near).mean() > 0.5
    assert near.mean() < 0.15


def test_the_mark_is_the_first_concept(marks):
    first, covered, base = concepts(marks, "covid19")
    assert first.score.verdict == "for the class"
    assert covered > 0.25
    assert covered > 5 * base


def test_grad_cam_points_at_lesions(lesions):
    assert (lesions.answers == lesions.labels).mean() > 0.8
    maps, truth, cell = gradcam(lesions)
    hit = pointing_game(maps, truth, cell / 2).mean()
    near = np.stack([ndimage.binary_dilation(mask, np.ones((3, 3)), cell // 2) for mask in truth])
    assert hit > 2 * near.mean()
