"""What the study of concepts reads: patients, the class that is explained, and images for the random sets."""

import numpy as np
import pytest

from components.explainer import concept_study
from components.explainer.config import AceConfig, ExplainerConfig
from components.explainer.faithfulness.config import FaithfulnessConfig
from components.explainer.gradcam import GradCam
from components.explainer.trained_model import load_model
from components.predictions.table import Predictions
from tests.components.explainer.test_explanations import CLASSES, IDS, PIXELS, write_model, write_records

COUNT = len(IDS)
# Sorted by class, so that the first rows are of one class; two images a patient.
LABELS = np.repeat(np.arange(3), COUNT // 3)
SOURCES = np.array(["a", "b"] * (COUNT // 2))
PATIENTS = np.array([f"p{row // 2}" for row in range(COUNT)])
CONFIG = ExplainerConfig(
    ace=AceConfig(
        images=6,
        resolutions=(6, 12),
        clusters=3,
        random_sets=5,
        min_members=6,
        reclusterings=1,
        random_orders=1,
        untrained=2,
        max_classes=1,
    ),
    faithfulness=FaithfulnessConfig(steps=4, draws=200, ace_stages=1),
)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A study of one class, the images that ACE was given, and the model."""
    folder = tmp_path_factory.mktemp("study")
    model = write_model(folder)
    files = [write_records(folder / "examples.gz")]
    table = Predictions(
        classes=np.array(CLASSES),
        id=np.array(IDS),
        group=PATIENTS,
        source=SOURCES,
        split=np.array(["test"] * COUNT),
        view=np.array(["PA"] * COUNT),
        label=np.array(CLASSES)[LABELS],
        label_index=LABELS,
        probabilities=model(PIXELS[..., None].astype(np.float32) / 255).numpy(),
        embedding=np.zeros((COUNT, 4), np.float32),
    )
    study = concept_study.Study(load_model(folder / "keras"), table, files, files, None, CONFIG, 3)
    seen, seeds = [], {}
    with pytest.MonkeyPatch.context() as patch:
        real = concept_study.explain_class

        def record(view, subjects, class_index, random_images, *rest):
            seen.append((subjects, class_index, random_images, rest))
            return real(view, subjects, class_index, random_images, *rest)

        for name, place in (("untrained_views", 3), ("check_randomisation", 1)):
            original = getattr(concept_study, name)
            patch.setattr(concept_study, name, recorded(original, seeds.setdefault(name, []), place))
        patch.setattr(concept_study, "explain_class", record)
        document = concept_study.write_concepts(study, folder / "out")
    return document, seen, model, folder / "out", seeds


def recorded(function, calls, place):
    """Remember the seeds that a function is given, at that place of its arguments."""

    def call(*arguments):
        calls.append(list(arguments[place]))
        return function(*arguments)

    return call


def rows_of(images):
    """Say which rows of the table images are."""
    return [next(row for row, one in enumerate(PIXELS) if np.array_equal(one, image)) for image in images]


def test_random_sets_are_of_all_classes_and_sources(written):
    for _, _, images, _ in written[1]:
        rows = rows_of(images)
        assert len(rows) == len(set(rows)) == 12
        assert np.bincount(LABELS[rows]).tolist() == [4, 4, 4]
        assert sorted(SOURCES[rows].tolist()) == ["a"] * 6 + ["b"] * 6


def test_intervals_are_over_patients_and_not_over_images(written):
    document, seen, *_ = written
    for subjects, class_index, _, _ in seen:
        rows = rows_of(subjects.images)
        assert set(LABELS[rows]) == {class_index}
        assert subjects.groups.tolist() == PATIENTS[rows].tolist()
    for study in document["classes"].values():
        assert (study["images"], study["patients"]) == (6, 3)
        counted = {row["patients"] for row in study["faithfulness"]["rows"] if row["images"] == 6}
        assert counted == {3}


def test_the_class_that_is_studied_is_the_class_that_is_explained(written):
    document, seen, model, folder, _ = written
    assert list(document["classes"]) == ["covid19"]
    assert [class_index for _, class_index, _, _ in seen] == [2]
    for name, (_, class_index, _, _) in zip(document["classes"], seen, strict=True):
        with np.load(folder / f"{name}.npz", allow_pickle=False) as saved:
            images = PIXELS[[IDS.index(image_id) for image_id in saved["ids"]], ..., None].astype(np.float32) / 255
            expected = GradCam(model).maps(images, np.full(len(images), class_index), against="others")
            np.testing.assert_allclose(saved["gradcam"], expected, atol=1e-5)


def test_both_methods_explain_one_score_and_untrained_networks_are_counted(written):
    document, seen, *_ = written
    for _, _, _, (_, _, _, against, _) in seen:
        assert against == "others"
    for study in document["classes"].values():
        assert study["against"] == "others"
        assert len(study["untrained"]) == 2
        assert study["significant"] <= len(study["concepts"])


def test_untrained_networks_are_others_than_those_of_the_randomisation_check(written):
    untrained, check = (written[4][name] for name in ("untrained_views", "check_randomisation"))
    assert [len(set(seeds)) for seeds in untrained] == [2]
    assert [len(set(seeds)) for seeds in check] == [CONFIG.faithfulness.randomisations]
    assert not set(untrained[0]) & set(check[0])
