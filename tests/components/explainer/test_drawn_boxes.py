import numpy as np
import pytest
import tensorflow as tf

from components.base.errors import DataRefusedError, UserError
from components.explainer.drawn_boxes import box_masks, by_id, nih_boxes, read_boxes
from components.ingest.example import encode_example
from components.ingest.readers import nih_chestxray14
from components.ingest.records import Box
from schemas import features

HEADER = "Image Index,Finding Label,Bbox [x,y,w,h],,,\n"
TABLE = HEADER + "a.png,Pneumonia,256,512,256,256\na.png,Infiltrate,0,0,1024,128\nb.png,Mass,100.5,200,50,50\n"
ENTRIES = (
    "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position\n"
    "a.png,Pneumonia|Infiltration,0,1,50,M,PA\nb.png,Mass,0,2,50,F,PA\nc.png,No Finding,0,3,50,F,PA\n"
)


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "BBox_List_2017.csv"
    path.write_text(TABLE)
    return path


def write_examples(path, records):
    with tf.io.TFRecordWriter(str(path), "GZIP") as writer:
        for image_id, boxes in records.items():
            ends = (lambda box: box.x, lambda box: box.y, lambda box: box.x + box.width, lambda box: box.y + box.height)
            sides = {name: [float(end(box)) for box in boxes] for name, end in zip(features.BOX_SIDES, ends, strict=True)}
            writer.write(encode_example({features.ID: image_id, features.BOX_LABEL: [box.label for box in boxes], **sides}))


def test_the_table_is_read_as_the_reader_of_its_layout_does(table, tmp_path) -> None:
    (tmp_path / "Data_Entry_2017.csv").write_text(ENTRIES)
    records = {record.name.split("/")[-1]: record.boxes for record in nih_chestxray14.read(tmp_path, ())}
    found = nih_boxes(table)
    assert found == {name: boxes for name, boxes in records.items() if boxes}
    assert found["a.png"][0] == Box("Pneumonia", 0.25, 0.5, 0.25, 0.25)


def test_boxes_stored_by_ingest_come_back(tmp_path) -> None:
    boxes = {
        "00aa": (Box("Pneumonia", 0.25, 0.5, 0.25, 0.25), Box("Mass", 0.0, 0.0, 1.0, 0.125)),
        "00bb": (),
        "00cc": (Box("Mass", 0, 0, 1, 1),),
    }
    write_examples(tmp_path / "part-0.gz", {key: boxes[key] for key in ("00aa", "00bb")})
    write_examples(tmp_path / "part-1.gz", {"00cc": boxes["00cc"]})
    assert read_boxes(list(tmp_path.iterdir()), ["00bb", "00aa"]) == {"00aa": boxes["00aa"]}


def test_masks_hold_the_chosen_findings_alone(table) -> None:
    boxes = {"id-a": nih_boxes(table)["a.png"]}
    masks = box_masks(boxes, ["id-none", "id-a"], 8, labels={"Pneumonia"})
    assert not masks[0].any()
    assert np.argwhere(masks[1]).tolist() == [[4, 2], [4, 3], [5, 2], [5, 3]]
    assert box_masks(boxes, ["id-a"], 8).sum() == 4 + 8


def test_names_are_found_in_the_private_index(table, tmp_path) -> None:
    index = tmp_path / "index.csv"
    index.write_text(
        "id,file,source,patient_id\n11,images/nih_a.png,nih_chestxray14,1\n22,images/nih_a.png,elsewhere,1\n33,images/a.png,nih_chestxray14,1\n"
    )
    boxes = nih_boxes(table)
    assert by_id(boxes, index, prefix="nih_") == {"11": boxes["a.png"]}
    assert by_id(boxes, index) == {"33": boxes["a.png"]}


def test_refuses_a_box_that_is_none_and_a_damaged_file(tmp_path) -> None:
    table = tmp_path / "boxes.csv"
    table.write_text(HEADER + "a.png,Mass,1,2,x,4\n")
    with pytest.raises(DataRefusedError, match="line 2: the box cannot be read"):
        nih_boxes(table)
    damaged = tmp_path / "part.gz"
    write_examples(damaged, {"00aa": ()})
    damaged.write_bytes(damaged.read_bytes()[:-12])
    with pytest.raises(UserError, match="ingested test examples cannot be read"):
        read_boxes([damaged], ["00aa"])
