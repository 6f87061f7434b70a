"""The study of a phantom's class: what is known of its images reaches measures, concepts and gallery."""

import json
import logging
from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from components.base.progress import LOGGER_NAME
from components.explainer.concept_study import Study, write_concepts
from components.explainer.config import AceConfig, ExplainerConfig, GradcamConfig
from components.explainer.explanations import write_explanations
from components.explainer.faithfulness.config import FaithfulnessConfig
from components.explainer.faithfulness.localisation import mass_accuracy
from components.explainer.known_truth import find_known
from components.explainer.phantom_truth import Phantom
from components.explainer.trained_model import TrainedModel
from components.ingest.deidentify import PUBLIC_KEY, Pseudonyms
from components.phantom.config import PhantomConfig
from components.phantom.generate import generate
from components.phantom.roster import roster
from components.predictions.table import Predictions
from components.transform.config import HarmoniseConfig

CLASSES = ("normal", "pneumonia", "covid19")
PX = 32
PHANTOM = PhantomConfig(images=72, image_px=64, seed=5, shortcut=0.25)
EXPOSURES = roster(PHANTOM.seed, PHANTOM.images)
KEY = Pseudonyms(PUBLIC_KEY)
IDS = [KEY.image_id(each.source, f"images/{each.file_name}") for each in EXPOSURES]
LABELS = np.array([each.label for each in EXPOSURES])
CONFIG = ExplainerConfig(
    gradcam=GradcamConfig(images_per_cell=2),
    ace=AceConfig(
        max_classes=2, images=12, resolutions=(8, 16), clusters=4, random_sets=5, min_members=6, reclusterings=1, random_orders=1
    ),
    faithfulness=FaithfulnessConfig(steps=4, draws=400, randomisations=1, ace_stages=0),
)
CYAN = (0, 229, 255)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A phantom, its images as Transform writes them, and a network that was not trained."""
    folder = tmp_path_factory.mktemp("study")
    phantom = Phantom(generate(PHANTOM, folder / "phantom"), PHANTOM)
    pixels = []
    with tf.io.TFRecordWriter(str(folder / "test.gz"), "GZIP") as writer:
        for image_id, exposure in zip(IDS, EXPOSURES, strict=True):
            with Image.open(phantom.folder / "images" / exposure.file_name) as image:
                pixels.append(np.asarray(image.convert("L").resize((PX, PX))))
            values = {"id": image_id.encode(), "image": pixels[-1].tobytes(), "source": b"a", "sex": b"M", "view": b"PA"}
            feature = {key: tf.train.Feature(bytes_list=tf.train.BytesList(value=[value])) for key, value in values.items()}
            feature["age"] = tf.train.Feature(int64_list=tf.train.Int64List(value=[50]))
            writer.write(tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString())
    keras.utils.set_random_seed(5)
    inputs = keras.Input((PX, PX, 1), name="image")
    maps = keras.layers.Conv2D(4, 3, padding="same", activation="relu", name="conv")(inputs)
    maps = keras.layers.Conv2D(4, 3, padding="same", activation="relu", name="last")(keras.layers.MaxPooling2D()(maps))
    logits = keras.layers.Dense(3, name="logits")(keras.layers.GlobalAveragePooling2D(name="embedding")(maps))
    model = keras.Model(inputs, keras.layers.Activation("softmax", name="probabilities")(logits))
    return folder, phantom, model


def table(wrong):
    """Every image is answered as it is labelled, but the first `wrong` of covid19 as normal."""
    label_index = np.array([CLASSES.index(label) for label in LABELS])
    answers = label_index.copy()
    answers[np.flatnonzero(label_index == 2)[:wrong]] = 0
    return Predictions(
        classes=np.array(CLASSES),
        id=np.array(IDS),
        group=np.array(IDS),
        source=np.array(["a"] * len(IDS)),
        split=np.array(["test"] * len(IDS)),
        view=np.array(["PA"] * len(IDS)),
        label=LABELS,
        label_index=label_index,
        probabilities=np.eye(3)[answers],
        embedding=np.zeros((len(IDS), 4), np.float32),
    )


def study(place, wrong, **harmonise):
    folder, phantom, model = place
    trained = TrainedModel(model, CLASSES, PX, HarmoniseConfig(**harmonise))
    return Study(trained, table(wrong), [folder / "test.gz"], (), phantom, CONFIG, seed=3)


@pytest.fixture(scope="module")
def written(place, tmp_path_factory):
    """What is written of two classes, and the reports of progress on the way."""
    folder, reports, logger = tmp_path_factory.mktemp("written"), [], logging.getLogger(LOGGER_NAME)
    listener = logging.Handler()
    listener.emit = lambda record: reports.append(record.progress) if hasattr(record, "progress") else None
    logger.addHandler(listener)
    write_concepts(study(place, wrong=24), folder)
    logger.removeHandler(listener)
    return json.loads((folder / "concepts.json").read_text()), reports


@pytest.fixture(scope="module")
def document(written):
    return written[0]


def test_every_long_part_says_how_far_it_is(written):
    _, reports = written
    for text, total in (("ACE: vectors trained", None), ("altered images", 12 * 3), ("random layers, all maps anew", 3)):
        found = [each for each in reports if text in each.text and total in (None, each.total)]
        assert found, text
        assert found[-1].done == found[-1].total
        assert {each.stage for each in found} == {"explainer"}


def rows_of(document, label, **wanted):
    rows = document["classes"][label]["faithfulness"]["rows"]
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]


def test_lesions_and_marks_of_a_phantom_are_known(document):
    assert document["mark_shortcut"] == 0.25
    assert list(document["classes"]) == ["covid19", "pneumonia"]
    for each in document["classes"].values():
        assert each["truth"] == {"lesion": 12, "mark": 12}
        for concept in each["concepts"]:
            assert {region["region"] for region in concept["crossing"]["regions"]} >= {"lung", "lesion", "mark"}
    # A lung is crossed with and a control, and no map is held against it.
    assert {row["truth"] for row in document["classes"]["covid19"]["faithfulness"]["rows"]} == {"", "lesion", "mark"}


def test_lesions_of_right_answers_alone_and_marks_of_all(document):
    assert document["classes"]["covid19"]["answered_right"] == 0
    for method in ("Grad-CAM", "ACE", "image centre", "random map"):
        assert [row["images"] for row in rows_of(document, "covid19", method=method, truth="lesion")] == [0, 0, 0]
        assert [row["images"] for row in rows_of(document, "pneumonia", method=method, truth="lesion")] == [12, 12, 12]
        for label in ("covid19", "pneumonia"):
            assert [row["images"] for row in rows_of(document, label, method=method, truth="mark")] == [12, 12, 12]


def test_the_lungs_of_these_images_are_a_control_of_lesions(place, document):
    known = find_known(IDS, PX, HarmoniseConfig(), place[1], ())
    for label in ("pneumonia", "covid19"):
        assert {row["truth"] for row in rows_of(document, label, method="the lungs")} == {"lesion"}
    # Every image of the class is judged, so that the figure is that of their own lungs.
    (row,) = rows_of(document, "pneumonia", method="the lungs", measure="relevance_mass")
    wanted = mass_accuracy(known.anatomy["lung"][LABELS == "pneumonia"], known.evidence["lesion"][LABELS == "pneumonia"])
    assert np.nanmin(wanted) < row["value"] < np.nanmax(wanted)
    of_lung = [one for one in document["classes"]["pneumonia"]["faithfulness"]["comparisons"] if one["second"] == "the lungs"]
    assert [(one["first"], one["truth"]) for one in of_lung] == [("Grad-CAM", "lesion")] * 3 + [("ACE", "lesion")] * 3


def test_gradcam_of_every_class_with_lesions_is_held_against_them(place, document, tmp_path):
    """Of studied classes the figures are those of the study; the marks, which normal has too, are no finding."""
    given = study(place, wrong=0)
    one = given.config.model_copy(update={"ace": given.config.ace.model_copy(update={"max_classes": 1})})
    found = write_concepts(replace(given, config=one), tmp_path)
    assert list(found["classes"]) == ["covid19"]
    assert list(found["places"]) == ["pneumonia", "covid19"]
    for label, wanted in (("pneumonia", document), ("covid19", found)):
        rows = found["places"][label]["rows"]
        assert {row["truth"] for row in rows} == {"lesion"}
        assert {row["method"] for row in rows} == {"Grad-CAM", "image centre", "random map", "the lungs", "chance"}
        for row in rows:
            assert [row] == rows_of(wanted, label, method=row["method"], measure=row["measure"], truth="lesion")
    assert document["places"]["covid19"]["answered_right"] == 0
    assert document["places"]["pneumonia"]["answered_right"] == document["places"]["pneumonia"]["images"] == 12


def test_what_is_not_known_is_not_judged(place, tmp_path):
    given = study(place, 0, crop="lungs")
    one = given.config.model_copy(update={"ace": given.config.ace.model_copy(update={"max_classes": 1})})
    assert write_concepts(replace(given, config=one), tmp_path)["places"] == {}


def test_the_classes_are_corrected_together(document):
    every = [one for each in document["classes"].values() for one in each["faithfulness"]["comparisons"] if one["p"] is not None]
    least = min(every, key=lambda one: one["p"])
    assert least["corrected_p"] == pytest.approx(min(1, len(every) * least["p"]))
    by_class = [sum(one["p"] is not None for one in each["faithfulness"]["comparisons"]) for each in document["classes"].values()]
    assert len(every) == sum(by_class) > max(by_class)


def test_masked_marks_are_no_truth(place, tmp_path):
    assert write_concepts(study(place, 0, mask_marks=True), tmp_path)["classes"]["covid19"]["truth"] == {"lesion": 12}


@pytest.mark.parametrize(("harmonise", "known"), [({}, True), ({"mask_marks": True}, True), ({"crop": "lungs"}, False)])
def test_the_gallery_outlines_the_lesions_and_no_mark(place, tmp_path, harmonise, known):
    given = study(place, 0, **harmonise)
    document = write_explanations(given.model, given.table, given.files, (), given.phantom, CONFIG.gradcam, 3, tmp_path)
    assert {example["label"] for example in document["examples"]} == set(CLASSES)
    truth = find_known(IDS, PX, HarmoniseConfig(), given.phantom, ()).evidence["lesion"]
    for example in document["examples"]:
        assert example["outlined"] == (["lesion"] if known and example["label"] != "normal" else [])
        with Image.open(tmp_path / example["overlay"]) as picture:
            cyan = (np.asarray(picture) == CYAN).all(axis=2)
        assert cyan.any() == bool(example["outlined"])
        factor = cyan.shape[0] // PX
        assert not (cyan & ~np.kron(truth[IDS.index(example["id"])], np.ones((factor, factor), np.bool_))).any()
