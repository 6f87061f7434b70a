"""Two machines with the same images and keys of their own: which divisions are alike, and which hang on the key."""

import io

import numpy as np
import pytest

from components.phantom.generate import generate
from pipeline.config import load_config
from pipeline.console import Console
from pipeline.data import prepare
from pipeline.experiments.arrays import load_images
from pipeline.experiments.cell import identify
from pipeline.experiments.division import divisions
from pipeline.experiments.experiment import DivisionConfig

OPEN = ["train", "eval"]


@pytest.fixture(scope="module")
def machines(tmp_path_factory):
    """The images of two machines: the same files, ingested with two keys."""
    folder = tmp_path_factory.mktemp("two_keys")
    settings = ["phantom={images: 96, image_px: 64}", "transform={image_px: 16, views: 1}"]
    files = generate(load_config(None, {}, settings).phantom, folder / "phantom")
    found = []
    for name in ("here", "there"):
        config = load_config(None, {}, [*settings, f"data.private_dir={folder / name / 'private'}"], [f"manifest={files}"])
        records = prepare(config, folder / name / "out", Console(io.StringIO())).records.folder
        found.append((config, load_images(records, config, (), folder / name / "prepared")))
    return found


@pytest.mark.parametrize(
    ("division", "alike"),
    [
        ({"kind": "folds", "folds": 3, "by": ["image", "patient"]}, True),
        ({"kind": "leave_one_source_out"}, True),
        ({"kind": "folds", "folds": 3, "within": OPEN}, False),
        ({"kind": "leave_one_source_out", "within": OPEN}, False),
        ({"kind": "splits"}, False),
    ],
)
def test_what_is_cut_from_all_images_is_alike_and_what_keeps_to_the_splits_of_the_ingest_is_not(machines, division, alike):
    identities = []
    for config, images in machines:
        found = divisions(DivisionConfig(**division), images.groups, images.labels, images.examples.sources, images.splits)
        identities.append([identify(config, 1, one, images) for one in found])
    assert (identities[0] == identities[1]) is alike


def test_the_images_are_the_same_and_only_their_splits_are_not(machines):
    (_, here), (_, there) = machines
    assert here.digest == there.digest
    assert not np.array_equal(here.splits, there.splits)
