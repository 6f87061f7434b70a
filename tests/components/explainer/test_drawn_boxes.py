import numpy as np
import pytest
import tensorflow as tf

from components.base.errors import UserError
from components.explainer.drawn_boxes import box_masks, read_boxes
from components.ingest.example import encode_example
from components.ingest.records import Box
from schemas import features


def write_examples(path, records):
    with tf.io.TFRecordWriter(str(path), "GZIP") as writer:
        for image_id, boxes in records.items():
            ends = (lambda box: box.x, lambda box: box.y, lambda box: box.x + box.width, lambda box: box.y + box.height)
            sides = {name: [float(end(box)) for box in boxes] for name, end in zip(features.BOX_SIDES, ends, strict=True)}
            writer.write(encode_example({features.ID: image_id, features.BOX_LABEL: [box.label for box in boxes], **sides}))


def test_boxes_stored_by_ingest_come_back(tmp_path) -> None:
    boxes = {
        "00aa": (Box("Pneumonia", 0.25, 0.5, 0.25, 0.25), Box("Mass", 0.0, 0.0, 1.0, 0.125)),
        "00bb": (),
        "00cc": (Box("Mass", 0, 0, 1, 1),),
    }
    write_examples(tmp_path / "part-0.gz", {key: boxes[key] for key in ("00aa", "00bb")})
    write_examples(tmp_path / "part-1.gz", {"00cc": boxes["00cc"]})
    assert read_boxes(list(tmp_path.iterdir()), ["00bb", "00aa"]) == {"00aa": boxes["00aa"]}


def test_masks_hold_the_chosen_findings_alone() -> None:
    boxes = {"id-a": (Box("Pneumonia", 0.25, 0.5, 0.25, 0.25), Box("Infiltration", 0, 0, 1, 0.125))}
    masks = box_masks(boxes, ["id-none", "id-a"], 8, labels={"Pneumonia"})
    assert not masks[0].any()
    assert np.argwhere(masks[1]).tolist() == [[4, 2], [4, 3], [5, 2], [5, 3]]
    assert box_masks(boxes, ["id-a"], 8).sum() == 4 + 8


def test_refuses_a_damaged_file(tmp_path) -> None:
    damaged = tmp_path / "part.gz"
    write_examples(damaged, {"00aa": ()})
    damaged.write_bytes(damaged.read_bytes()[:-12])
    with pytest.raises(UserError, match="ingested test examples cannot be read"):
        read_boxes([damaged], ["00aa"])
