import csv
import hashlib
import logging
from collections import Counter

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from components.base.errors import UsageError
from components.base.progress import LOGGER_NAME
from components.phantom import generate as module
from components.phantom.config import PhantomConfig
from components.phantom.generate import generate, phantom_digest

SMALL = PhantomConfig(images=45, image_px=64, shortcut=0.0, seed=3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return generate(SMALL, tmp_path_factory.mktemp("phantom"))


def rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def digests(folder):
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


def test_same_configuration_same_bytes(folder, tmp_path):
    again = generate(SMALL, tmp_path)
    assert again.name == folder.name == phantom_digest(SMALL)
    assert digests(again) == digests(folder)


@pytest.mark.parametrize("change", [{"seed": 4}, {"image_px": 65}, {"shortcut": 0.5}, {"images": 46}])
def test_another_configuration_has_another_name(change):
    assert phantom_digest(SMALL.model_copy(update=change)) != phantom_digest(SMALL)


def test_more_images_leave_those_of_fewer_as_they_are(folder, tmp_path):
    more = digests(generate(SMALL.model_copy(update={"images": 54}), tmp_path))
    images = {name: digest for name, digest in digests(folder).items() if name.endswith(".png")}
    assert len(images) == 90
    assert images.items() <= more.items()


def test_another_seed_draws_other_images(folder, tmp_path):
    other = digests(generate(SMALL.model_copy(update={"seed": 4}), tmp_path))
    images = {digest for name, digest in digests(folder).items() if name.startswith("images/")}
    assert not images & set(other.values())


def test_metadata_lists_every_image(folder):
    table = rows(folder / "metadata.csv")
    assert list(table[0]) == ["filename", "label", "source", "patient_id", "view", "mark"]
    assert sorted(row["filename"] for row in table) == sorted(f"images/{path.name}" for path in (folder / "images").iterdir())
    assert len(table) == 45
    assert all(row["filename"].startswith("images/phantom_") and row["source"].startswith("phantom_site_") for row in table)
    cells = Counter((row["source"], row["label"]) for row in table)
    assert len(cells) == 9
    assert {row["view"] for row in table} == {"AP", "PA"}


def test_images_and_masks_are_gray_8_bit(folder):
    for row in rows(folder / "metadata.csv"):
        with Image.open(folder / row["filename"]) as image, Image.open(folder / "truth" / "masks" / image.filename.split("/")[-1]) as mask:
            assert (image.mode, image.size, image.format) == ("L", (64, 64), "PNG")
            assert (mask.mode, mask.size) == ("L", (64, 64))
            values = set(np.unique(np.asarray(mask)))
            assert values == ({0} if row["label"] == "normal" else {0, 255})


def test_boxes_hold_the_mark_and_the_lesions(folder):
    boxes = rows(folder / "truth" / "boxes.csv")
    for row in rows(folder / "metadata.csv"):
        own = [box for box in boxes if box["filename"] == row["filename"]]
        assert [box["mark"] for box in own if box["kind"] == "mark"] == [row["mark"]]
        pixels = np.asarray(Image.open(folder / row["filename"]))
        mask = np.asarray(Image.open(folder / "truth" / "masks" / row["filename"].split("/")[-1])) > 0
        outside = mask.copy()
        for box in own:
            x, y, w, h = (int(box[key]) for key in "xywh")
            if box["kind"] == "mark":
                inside = pixels[y : y + h, x : x + w] >= 238
                assert inside.any(axis=0).all()
                assert inside[[0, -1]].any(axis=1).all()
            else:
                assert mask[y : y + h, x : x + w].any(axis=0).all()
                outside[y : y + h, x : x + w] = False
        assert not outside.any()
        assert len(own) == 1 + {"normal": 0, "pneumonia": 1}.get(row["label"], len(own) - 1)
        assert row["label"] != "covid19" or 4 <= len(own) <= 7


def test_shortcut_1_writes_the_mark_of_the_class(tmp_path):
    table = rows(generate(SMALL.model_copy(update={"shortcut": 1.0}), tmp_path) / "metadata.csv")
    assert {(row["label"], row["mark"]) for row in table} == {("normal", "bars"), ("pneumonia", "ring"), ("covid19", "arrow")}


def test_the_readme_says_what_it_is(folder):
    text = (folder / "README.txt").read_text(encoding="utf-8")
    assert "phantom" in text
    assert "nobody's chest" in text
    assert "45 images" in text


def test_a_whole_folder_is_used_again_and_a_damaged_one_is_made_again(tmp_path):
    made = generate(SMALL, tmp_path)
    before = digests(made)
    stamp = (made / "metadata.csv").stat().st_mtime_ns
    assert generate(SMALL, tmp_path) == made
    assert (made / "metadata.csv").stat().st_mtime_ns == stamp
    next((made / "images").iterdir()).unlink()
    assert generate(SMALL, tmp_path) == made
    assert digests(made) == before
    assert [path.name for path in tmp_path.iterdir()] == [made.name]


def test_an_interrupted_run_leaves_nothing(tmp_path, monkeypatch):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "box_rows", interrupt)
    with pytest.raises(KeyboardInterrupt):
        generate(SMALL, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_two_at_once_end_with_one_whole_folder(tmp_path, monkeypatch):
    write = module._write

    def late(config, exposures, partial):
        monkeypatch.setattr(module, "_write", write)
        generate(config, tmp_path)
        write(config, exposures, partial)

    monkeypatch.setattr(module, "_write", late)
    made = generate(SMALL, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [made.name]


def test_a_file_in_the_way_is_an_error_of_the_user(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        generate(SMALL, tmp_path / "file" / "phantom")


def test_progress_is_reported(tmp_path):
    steps = []
    handler = logging.Handler()
    handler.emit = lambda record: steps.append(record.progress)
    logging.getLogger(LOGGER_NAME).addHandler(handler)
    try:
        generate(SMALL, tmp_path)
    finally:
        logging.getLogger(LOGGER_NAME).removeHandler(handler)
    assert [(step.stage, step.done, step.total) for step in steps] == [("phantom", done, 45) for done in (0, 20, 40, 45)]


@pytest.mark.parametrize(
    "change", [{"images": 35}, {"image_px": 63}, {"image_px": 1025}, {"shortcut": -0.1}, {"shortcut": 1.1}, {"seed": -1}, {"size": 1}]
)
def test_configuration_is_bounded(change):
    with pytest.raises(ValidationError):
        PhantomConfig(**change)
