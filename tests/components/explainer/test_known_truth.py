"""What is known of phantom images: evidence that a map can hit, and lungs that it cannot."""

import pytest
import tensorflow as tf

from components.explainer.known_truth import find_known
from components.explainer.phantom_truth import Phantom
from components.ingest.deidentify import PUBLIC_KEY, Pseudonyms
from components.phantom.config import PhantomConfig
from components.phantom.generate import generate
from components.phantom.roster import roster
from components.transform.config import HarmoniseConfig
from schemas import features

CONFIG = PhantomConfig(images=36, image_px=64, seed=5)
EXPOSURES = roster(CONFIG.seed, CONFIG.images)


def ids(*labels):
    key = Pseudonyms(PUBLIC_KEY)
    return [key.image_id(each.source, f"images/{each.file_name}") for each in EXPOSURES if each.label in labels]


@pytest.fixture(scope="module")
def phantom(tmp_path_factory):
    return Phantom(generate(CONFIG, tmp_path_factory.mktemp("phantom")), CONFIG)


def test_a_lung_is_no_evidence(phantom):
    known = find_known(ids("covid19"), 48, HarmoniseConfig(), phantom, ())
    assert list(known.evidence) == ["lesion", "mark"]
    assert list(known.anatomy) == ["lung"]
    assert known.anatomy["lung"].shape == known.evidence["mark"].shape == (len(ids("covid19")), 48, 48)
    assert 0.2 < known.anatomy["lung"].mean() < 0.5


def test_what_no_image_has_is_left_out_and_masked_marks_too(phantom):
    known = find_known(ids("normal"), 48, HarmoniseConfig(mask_marks=True), phantom, ())
    assert not known.evidence
    assert list(known.anatomy) == ["lung"]


@pytest.mark.parametrize(
    ("harmonise", "evidence"),
    [
        ({}, ["lesion", "mark"]),
        ({"mask_marks": True}, ["lesion"]),
        ({"mask_border": 0.1}, ["lesion"]),
        ({"mask_marks": True, "mask_border": 0.1}, ["lesion"]),
        ({"crop": "centre"}, ["lesion", "mark"]),
    ],
)
def test_a_mark_is_known_where_it_is_still_in_the_image(phantom, harmonise, evidence):
    known = find_known(ids("covid19"), 48, HarmoniseConfig(**harmonise), phantom, ())
    assert list(known.evidence) == evidence


def write_boxes(path):
    """Ingested examples, the first with a box of pneumonia, the second with one of something else."""
    with tf.io.TFRecordWriter(str(path), "GZIP") as writer:
        for image_id, labels in (("one", [b"Pneumonia"]), ("two", [b"Effusion"]), ("three", [])):
            values = {features.ID: bytes_of([image_id.encode()]), features.BOX_LABEL: bytes_of(labels)}
            for side, edge in zip(features.BOX_SIDES, (0.25, 0.5, 0.5, 1.0), strict=True):
                values[side] = tf.train.Feature(float_list=tf.train.FloatList(value=[edge] * len(labels)))
            writer.write(tf.train.Example(features=tf.train.Features(feature=values)).SerializeToString())
    return [path]


def bytes_of(values):
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))


def test_without_a_phantom_the_boxes_of_pneumonia_are_known(tmp_path):
    known = find_known(["three", "one", "two"], 48, HarmoniseConfig(), None, write_boxes(tmp_path / "boxes.gz"))
    assert list(known.evidence) == ["pneumonia box"]
    assert not known.anatomy
    masks = known.evidence["pneumonia box"]
    assert masks.sum(axis=(1, 2)).tolist() == [0, 12 * 24, 0]
    assert masks[1, 24:, 12:24].all()
    assert not find_known(["two"], 48, HarmoniseConfig(), None, [tmp_path / "boxes.gz"]).evidence


def test_nothing_is_known_through_a_crop_that_follows_the_image(phantom):
    known = find_known(ids("covid19"), 48, HarmoniseConfig(crop="lungs"), phantom, ())
    assert not known.evidence
    assert not known.anatomy
