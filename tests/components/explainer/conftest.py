import json

import numpy as np
import pytest
import yaml
from PIL import Image

from components.trainer.export import save_keras
from components.transform.config import HarmoniseConfig
from tests.components.explainer.command import CLASSES, PX, RUN, build


@pytest.fixture
def place(tmp_path):
    """A model in a run of an output folder, and two images."""
    keras_folder = tmp_path / "out" / "pipeline" / "name" / "trainer" / "model" / "3" / "keras"
    save_keras(build(), keras_folder, CLASSES, PX, HarmoniseConfig(histogram="equalise").model_dump(), {})
    run = tmp_path / "out" / "runs" / "20260101-000000-00"
    run.mkdir(parents=True)
    (run / "run.json").write_text(json.dumps({"model": "pipeline/name/trainer/model/3"}))
    (run / "config.yaml").write_text(yaml.safe_dump({"explainer": {"gradcam": RUN}, "ingest": {"max_side_px": 64}}))
    random = np.random.default_rng(1)
    for name in ("MUSTERMANN_1.png", "other.jpg"):
        Image.fromarray(random.integers(0, 256, (50, 60), np.uint8)).save(tmp_path / name)
    return tmp_path
