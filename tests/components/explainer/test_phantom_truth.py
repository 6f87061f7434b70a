import csv

import numpy as np
import pytest
from PIL import Image

from components.base.errors import UserError
from components.explainer.phantom_lungs import PhantomLungs
from components.explainer.phantom_truth import Phantom, phantom_masks
from components.ingest.deidentify import PUBLIC_KEY, Pseudonyms
from components.ingest.listing import list_images
from components.ingest.records import DataSource
from components.phantom.config import PhantomConfig
from components.phantom.generate import generate
from schemas.classes import parse_classes

SIDE = 64
CONFIG = PhantomConfig(images=36, image_px=SIDE, seed=5)


@pytest.fixture(scope="module")
def phantom(tmp_path_factory):
    return Phantom(generate(CONFIG, tmp_path_factory.mktemp("phantom")), CONFIG)


@pytest.fixture(scope="module")
def images(phantom):
    """What ingest makes of the folder: the ids of the outputs."""
    classes = parse_classes(("normal", "pneumonia", "covid19"))
    return list_images([DataSource("manifest", phantom.folder)], classes, (), Pseudonyms(PUBLIC_KEY)).images


def test_lesions_of_the_ids_that_ingest_gives(phantom, images) -> None:
    chosen = images[::-3]
    masks = phantom_masks(phantom, [image.id for image in chosen], "lesion", SIDE)
    for image, mask in zip(chosen, masks, strict=True):
        original = np.asarray(Image.open(phantom.folder / "truth" / "masks" / image.record.name.split("/")[-1])) > 127
        assert (mask == original).all()
        assert mask.any() == (image.label != "normal")


def test_marks_are_the_boxes_of_the_table(phantom, images) -> None:
    with (phantom.folder / "truth" / "boxes.csv").open(newline="", encoding="utf-8") as file:
        boxes = {row["filename"]: row for row in csv.DictReader(file) if row["kind"] == "mark"}
    masks = phantom_masks(phantom, [image.id for image in images], "mark", SIDE)
    for image, mask in zip(images, masks, strict=True):
        x, y, w, h = (int(boxes[image.record.name][side]) for side in "xywh")
        assert mask[y : y + h, x : x + w].all()
        assert mask.sum() == w * h


def test_lungs_are_those_that_the_maker_drew(phantom, images) -> None:
    ids = [image.id for image in images]
    lungs, lesions, marks = (phantom_masks(phantom, ids, kind, SIDE) for kind in ("lung", "lesion", "mark"))
    np.testing.assert_array_equal(lungs, PhantomLungs(CONFIG, SIDE).inside(ids))
    assert lungs.any(axis=(1, 2)).all()
    assert lungs[lesions].all()
    assert lungs[marks].mean() < 0.1


def test_lungs_of_another_configuration_are_refused(phantom, images) -> None:
    with pytest.raises(UserError, match="give the configuration of the run"):
        phantom_masks(Phantom(phantom.folder, CONFIG.model_copy(update={"seed": 6})), [images[0].id], "lung", SIDE)


def test_the_size_of_the_network(phantom, images) -> None:
    ids = [image.id for image in images if image.label == "covid19"]
    full, half = (phantom_masks(phantom, ids, "lesion", side) for side in (SIDE, SIDE // 2))
    assert half.shape == (len(ids), SIDE // 2, SIDE // 2)
    assert half.mean(axis=(1, 2)) == pytest.approx(full.mean(axis=(1, 2)), abs=0.02)


def test_refuses_ids_of_other_data_and_of_another_key(phantom, images) -> None:
    with pytest.raises(UserError, match="1 of 2 images are not of this phantom folder, first 0123"):
        phantom_masks(phantom, [images[0].id, "0123"], "lesion", SIDE)
    with pytest.raises(UserError, match="give the folder of the run"):
        phantom_masks(phantom, [images[0].id], "lesion", SIDE, pseudonyms=Pseudonyms(b"k" * 32))


def test_refuses_a_folder_that_lost_a_mask(tmp_path) -> None:
    folder = generate(CONFIG, tmp_path)
    name = next((folder / "truth" / "masks").iterdir())
    with (folder / "metadata.csv").open(newline="", encoding="utf-8") as file:
        row = next(row for row in csv.DictReader(file) if row["filename"].endswith(name.name))
    name.unlink()
    image_id = Pseudonyms(PUBLIC_KEY).image_id(row["source"], row["filename"])
    with pytest.raises(UserError, match=f"mask of image {image_id} cannot be read"):
        phantom_masks(Phantom(folder, CONFIG), [image_id], "lesion", SIDE)
