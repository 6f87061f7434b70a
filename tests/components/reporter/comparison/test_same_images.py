from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from components.ingest.example import encode_example
from components.ingest.tfrecord import write_record
from components.reporter.comparison.same_images import pair_images
from components.reporter.comparison.side import Side
from schemas import features


def with_predictions(side: Side, **arrays: object) -> Side:
    return replace(side, predictions=replace(side.predictions, **arrays))


def with_records(side: Side, folder: Path, digest: str, pixels: list[bytes], rename: str = "") -> Side:
    """Give a side records of its own: other pseudonyms, and pixels of these digests."""
    names = [f"{rename}{name}" for name in side.predictions.id.tolist()]
    (folder / "fingerprints" / "test").mkdir(parents=True)
    with (folder / "fingerprints" / "test" / "part-0.tfrecord").open("wb") as file:
        for name, content in zip(names, pixels, strict=True):
            write_record(file, encode_example({features.ID: name, features.PIXELS: content}))
    return replace(with_predictions(side, id=np.array(names)), records=folder, data=replace(side.data, digest=digest))


def test_the_same_records_are_paired_by_id_whatever_the_order(sides: tuple[Side, Side]) -> None:
    first, second = sides
    turned = replace(second, predictions=second.predictions.subset(np.arange(len(second.predictions))[::-1]))
    found = pair_images(first, turned)
    assert found.same
    assert found.shared == found.first == found.second == len(first.predictions)
    ours, theirs = first.predictions.subset(found.sorted_rows), turned.predictions.subset(found.order)
    assert ours.id.tolist() == theirs.id.tolist()


def test_other_keys_are_seen_through_by_the_pixels(sides: tuple[Side, Side], tmp_path: Path) -> None:
    first, second = sides
    pixels = [bytes([number, 1]) for number in range(len(first.predictions))]
    one = with_records(first, tmp_path / "a", "a", pixels)
    other = with_records(second, tmp_path / "b", "b", pixels, rename="z")
    other = with_predictions(other, group=np.array([f"g{name}" for name in other.predictions.group]))
    assert pair_images(one, other).same


def test_equal_names_are_no_equal_images(sides: tuple[Side, Side], tmp_path: Path) -> None:
    first, second = sides
    n = len(first.predictions)
    one = with_records(first, tmp_path / "a", "a", [bytes([number, 1]) for number in range(n)])
    other = with_records(second, tmp_path / "b", "b", [bytes([number, 1 if number < 5 else 2]) for number in range(n)])
    found = pair_images(one, other)
    assert not found.same
    assert found.shared == 5
    assert found.order is None
    assert found.why == "the test images are not the same"


def test_without_fingerprints_it_cannot_be_told(sides: tuple[Side, Side], tmp_path: Path) -> None:
    first, second = sides
    one = with_records(first, tmp_path / "a", "a", [bytes([number, 1]) for number in range(len(first.predictions))])
    found = pair_images(one, replace(second, records=tmp_path / "gone"))
    assert (found.same, found.shared) == (False, None)
    assert "cannot be told" in found.why


@pytest.mark.parametrize(
    ("column", "why"),
    [
        ("label", "their labels are not"),
        ("source", "names of their sources are not"),
        ("classes", "classes are not"),
        ("group", "by patient"),
    ],
)
def test_the_same_images_otherwise_described_are_not_paired(sides: tuple[Side, Side], column: str, why: str) -> None:
    first, second = sides
    values = getattr(second.predictions, column).copy()
    values[0] = values[-1] if column != "classes" else "other"
    assert why in pair_images(first, with_predictions(second, **{column: values})).why
