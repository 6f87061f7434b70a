import json
from pathlib import Path
from typing import Any

import pytest

from components.base.errors import UsageError
from pipeline.config import Config
from pipeline.served import Served, refuse_phantom_over_images, served_model


def ended(output: Path, run_id: str, pusher: str = "complete", **facts: Any) -> None:
    folder = output / "runs" / run_id
    folder.mkdir(parents=True)
    record = {"run_id": run_id, "state": "blessed", "pipeline_name": "cxr-a", "phantom": False, **facts}
    (folder / "run.json").write_text(json.dumps({**record, "nodes": [{"node": "pusher", "state": pusher}]}))


def test_the_run_that_pushed_last_made_the_served_model(tmp_path: Path) -> None:
    assert served_model(tmp_path) is None
    ended(tmp_path, "1")
    ended(tmp_path, "2", pipeline_name="cxr-b", phantom=True)
    ended(tmp_path, "3", pusher="cached")
    ended(tmp_path, "4", state="not blessed")
    ended(tmp_path, "5", state="running", pusher="absent")
    assert served_model(tmp_path) == Served("2", "cxr-b", True)


def test_a_phantom_does_not_take_the_place_of_a_model_of_images(tmp_path: Path) -> None:
    phantom, images = Config(), Config.model_validate({"data": {"sources": [{"reader": "manifest", "root": str(tmp_path)}]}})
    refuse_phantom_over_images(phantom, tmp_path)
    ended(tmp_path, "1", phantom=True)
    refuse_phantom_over_images(phantom, tmp_path)
    ended(tmp_path, "2")
    refuse_phantom_over_images(images, tmp_path)
    with pytest.raises(UsageError, match=r"holds the model of run 2, .* Give --output another folder"):
        refuse_phantom_over_images(phantom, tmp_path)
