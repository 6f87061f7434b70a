"""Networks trained on phantoms whose marks tell the class, or not: both methods must find the marks, or the lesions.

All lesions lie in the lungs. So the maps must find more of them than a plain map of the lungs, which asks no network.
"""

from dataclasses import dataclass

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage

from components.explainer.ace import explain_class
from components.explainer.config import AceConfig
from components.explainer.faithfulness.localisation import chance, mass_accuracy, pointing_game
from components.explainer.gradcam import GradCam
from components.explainer.layer_view import LayerView
from components.explainer.material import Subjects
from components.explainer.untrained import untrained_views
from components.phantom.anatomy import draw_body, draw_chest
from components.phantom.marks import MARK_OF_CLASS, choose_mark
from components.phantom.radiograph import expose
from components.phantom.roster import CLASSES, roster
from components.trainer.architectures import own_cnn
from components.trainer.network import NetworkSpec

PX, IMAGES = 64, 360
CONFIG = AceConfig(images=24, resolutions=(15, 50, 80), random_orders=1)


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


def drawn(exposures, shortcut, mark=None):
    """Expose phantoms as the phantom has them: lesions, and marks that tell the class as often as the shortcut says."""
    return [expose(exposure, PX, mark or choose_mark(exposure, shortcut)) for exposure in exposures]


def truth_of(radiograph, kind):
    truth = np.zeros((PX, PX), np.bool_)
    if kind == "lesion":
        return np.logical_or.reduce([truth, *radiograph.lesion_masks])
    box = radiograph.mark_box
    truth[box.y : box.y + box.h, box.x : box.x + box.w] = True
    return truth


def lungs_of(exposures):
    """Return the lungs without the rim that known_truth adds to them: the sharper control."""
    return np.stack([draw_chest(*draw_body(exposure), PX).lung > 0.5 for exposure in exposures])


def trained(kind, epochs):
    exposures = roster(11, IMAGES)
    radiographs = drawn(exposures, float(kind == "mark"))
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
    """Return maps of the right answers of classes that have a truth, their truth and lungs, and the side of a cell of the maps, pixels."""
    explainer = GradCam(planted.network)
    rows = np.flatnonzero((planted.answers == planted.labels) & planted.truth.any(axis=(1, 2)))
    maps = explainer.maps(planted.pixels[rows], planted.labels[rows], against="others")
    cells = keras.Model(planted.network.input, planted.network.get_layer(explainer.layer).output).output.shape[1]
    return maps, planted.truth[rows], lungs_of([planted.exposures[row] for row in rows]), PX // cells


def ace(planted, label):
    """Find the concepts of a class; returns them, and truth and lungs of its images."""
    rows = np.flatnonzero(planted.labels == CLASSES.index(label))[: CONFIG.images]
    lungs = lungs_of([planted.exposures[row] for row in rows])
    sources = {"source": planted.sources[rows].tolist()}
    subjects = Subjects(planted.images[rows], (), planted.patients[rows], sources, {"planted": planted.truth[rows]}, {"lung": lungs})
    view = LayerView(planted.network)
    untrained = untrained_views(planted.network, view.layer, CONFIG.batch_size, range(2))
    found = explain_class(view, subjects, CLASSES.index(label), planted.images[:48], (), CONFIG, 3, "others", untrained)
    return found, subjects.truth["planted"], lungs


def covered(concept):
    """Say how much of the truth a concept covers, how much of the images, and how much of the lungs."""
    regions = {region.region: region for region in concept.crossing.regions}
    return regions["planted"].covered, regions["planted"].base_covered, regions["lung"].covered


def test_the_network_reads_the_mark(marks):
    assert (marks.answers == marks.labels).mean() > 0.95
    other = {label: MARK_OF_CLASS[CLASSES[(place + 1) % 3]] for place, label in enumerate(CLASSES)}
    swapped = [drawn([exposure], 1.0, other[exposure.label])[0].pixels for exposure in marks.exposures]
    answers = marks.network.predict(np.stack(swapped)[..., None].astype(np.float32) / 255, verbose=0).argmax(axis=1)
    # The lesions are there too, and some answers stay with them.
    assert (answers == (marks.labels + 1) % 3).mean() > 0.5


def test_grad_cam_points_at_the_mark(marks):
    maps, truth, _, cell = gradcam(marks)
    assert pointing_game(maps, truth, cell / 2).mean() > 0.75
    near = np.stack([ndimage.binary_dilation(mask, np.ones((3, 3)), cell) for mask in truth])
    # Not most of the relevance: docs/explanations.md says how much lies within the box and within a cell.
    assert mass_accuracy(maps, truth).mean() > 3 * truth.mean()
    assert mass_accuracy(maps, near).mean() > 3 * near.mean()


@pytest.mark.parametrize("label", ["normal", "pneumonia"])
def test_the_mark_is_the_first_concept(marks, label):
    found, truth, _ = ace(marks, label)
    assert found.found[0].score.verdict == "for the class"
    of_mark, of_images, _ = covered(found.found[0])
    assert of_mark > 0.2
    assert of_mark > 5 * of_images
    assert np.nanmean(pointing_game(found.maps, truth, 2)) > 5 * np.nanmean(chance(truth, 2))


def test_grad_cam_points_at_lesions(lesions):
    assert (lesions.answers == lesions.labels).mean() > 0.8
    maps, truth, lungs, cell = gradcam(lesions)
    # Not so its relevance mass, of which the lungs alone hold more (docs/explanations.md).
    assert pointing_game(maps, truth, cell / 2).mean() > pointing_game(lungs, truth, cell / 2).mean()


@pytest.mark.parametrize(("label", "times"), [("pneumonia", 2), ("covid19", 1)])
def test_ace_finds_the_lesions(lesions, label, times):
    found, truth, lungs = ace(lesions, label)
    assert np.nanmean(pointing_game(found.maps, truth, 2)) > np.nanmean(pointing_game(lungs, truth, 2))
    # Effects beyond the untrained networks; that the group does not come back as one is no matter here (docs/explanations.md).
    strong = [each for each in found.found if each.score.verdict in ("for the class", "dissolves") and each.score.effect > 0]
    assert found.found[0] is strong[0]
    # Of covid19 no concept is much more than one of the lungs (docs/explanations.md).
    assert max(of_lesions / of_lungs for of_lesions, _, of_lungs in map(covered, strong)) > times
