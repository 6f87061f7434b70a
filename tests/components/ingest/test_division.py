"""Which images share a group, and where the groups go."""

import io
import json
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from components.base.errors import DataRefusedError, UsageError
from components.ingest.deidentify import PUBLIC_KEY, Pseudonyms
from components.ingest.ledger import ledger_path, load_ledger


def test_a_patient_has_one_split(run, data_folder, examples):
    records = run(data_folder().fill(8, images=3))
    splits = {}
    for example in examples(records).values():
        splits.setdefault(example["group"], set()).add(example["split"])
    assert len(splits) == 16
    assert all(len(held) == 1 for held in splits.values())


def test_copies_share_a_group_and_a_split(run, data_folder, examples):
    data = data_folder().fill(8)
    data.add("copy-a.png", patient_id="one", pixels_of="same")
    data.add("copy-b.png", patient_id="two", source="south", pixels_of="same")
    for index in range(2):
        data.add(f"south{index}.png", patient_id=f"s{index}", source="south")
    records = run(data)
    assert records.summary["duplicates"] == {
        "copies": 1,
        "joined_groups": 1,
        "sets": 1,
        "largest_set": 2,
        "label_conflicts": 0,
        "straddling_official_splits": 0,
        "official_splits_overruled": 0,
    }
    by_group = Counter(example["group"] for example in examples(records).values())
    assert sorted(by_group.values()) == [1] * 18 + [2]


def test_copies_with_several_labels_are_quarantined_with_both_names(run, data_folder, private_dir, examples, table):
    data = data_folder().fill(8)
    data.add("sick.png", label="pneumonia", patient_id="one", pixels_of="same")
    data.add("well.png", label="normal", patient_id="two", pixels_of="same")
    records = run(data, max_quarantined=0.2)
    assert records.summary["quarantined"] == {"label_conflict": 2}
    assert records.summary["duplicates"]["label_conflicts"] == 2
    assert len(examples(records)) == 16
    [path] = (private_dir / "quarantine").iterdir()
    rows = {row["file"]: row for row in table(path)}
    assert rows["sick.png"]["other_file"] == "well.png"
    assert rows["well.png"]["other_file"] == "sick.png"
    public = {row["id"]: row for row in table(records.folder / "quarantine.csv")}
    sick, well = rows["sick.png"]["id"], rows["well.png"]["id"]
    assert public[sick]["detail"] == f"image {well} is a copy of it, and has class 'normal'"


def radiograph(seed):
    """A smooth drawing with enough corners for keypoints."""
    noise = np.random.default_rng(seed)
    rough = Image.fromarray(noise.integers(0, 256, (40, 32), dtype=np.uint8))
    return rough.resize((320, 400), Image.Resampling.BICUBIC)


def encoded(image, kind="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def test_a_crop_and_a_saving_anew_share_the_group_of_their_original(run, data_folder, examples):
    data = data_folder()
    for index in range(16):
        label = ("normal", "pneumonia")[index % 2]
        data.add(f"{index}.png", label=label, patient_id=f"p{index}", content=encoded(radiograph(index)))
    data.add("crop.png", patient_id="stranger", source="south", content=encoded(radiograph(0).crop((20, 30, 290, 370))))
    data.add("again.jpg", patient_id="other", source="west", content=encoded(radiograph(2).resize((160, 200)), "JPEG", quality=50))
    config = {"max_side_px": 512, "split": {"train": 0.6, "eval": 0.2, "test": 0.2}}
    records = run(data, **config)
    assert records.summary["duplicates"]["copies"] == 2
    by_group = Counter(example["group"] for example in examples(records).values())
    assert sorted(by_group.values()) == [1] * 14 + [2, 2]
    assert run(data, output="pixels", near_copies=False, **config).summary["duplicates"]["copies"] == 0


def test_copies_of_images_that_are_not_listed_any_more_stay_on_their_side(run, data_folder, examples):
    """Renamed files and other saved versions, in the same output folder, without the originals."""
    old, new = data_folder("old"), data_folder("new")
    for index in range(30):
        label = ("normal", "pneumonia")[index % 2]
        old.add(f"{index}.png", label=label, patient_id=f"p{index}", content=encoded(radiograph(index)))
        if index < 15:
            new.add(f"renamed{index}.png", label=label, content=encoded(radiograph(index)))
        else:
            new.add(f"{index}.jpg", label=label, source="west", content=encoded(radiograph(index).resize((240, 300)), "JPEG", quality=60))
    first = examples(run(old, private=None, max_side_px=512))
    second = examples(run(new, private=None, max_side_px=512))
    pseudonyms = Pseudonyms(PUBLIC_KEY)
    assert len(second) == 30
    for index in range(30):
        copy = pseudonyms.image_id("north", f"renamed{index}.png") if index < 15 else pseudonyms.image_id("west", f"{index}.jpg")
        assert second[copy]["split"] == first[pseudonyms.image_id("north", f"{index}.png")]["split"]


def test_an_official_split_that_comes_too_late_is_told(run, data_folder, caplog):
    data = data_folder().fill(20)
    run(data)
    for row in data.rows:
        row["split"] = "test"
    data.row(**data.rows.pop())
    records = run(data)
    overruled = records.summary["duplicates"]["official_splits_overruled"]
    assert overruled > 20
    assert f"{overruled} groups have another split in the ledger than the official one" in caplog.text


def test_an_official_split_is_kept_and_eval_is_taken_from_its_train(run, data_folder, examples):
    data = data_folder()
    for index in range(40):
        label = ("normal", "pneumonia")[index % 2]
        data.add(f"{index}.png", label=label, patient_id=f"p{index}", split="test" if index < 10 else "train")
    data.add("both.png", patient_id="p0", split="train")
    records = run(data, private=None)
    found = examples(records)
    splits = {index: found[Pseudonyms(PUBLIC_KEY).image_id("north", f"{index}.png")]["split"].decode() for index in range(40)}
    assert {splits[index] for index in range(1, 10)} == {"test"}
    assert Counter(splits[index] for index in range(10, 40))["test"] == 0
    assert 2 <= Counter(splits.values())["eval"] <= 10
    assert splits[0] in ("train", "eval")
    assert records.summary["duplicates"]["straddling_official_splits"] == 1
    other = run(data, output="other", private=None, split={"official": False})
    assert {example["split"] for example in examples(other).values()} == {b"train", b"eval", b"test"}
    assert other.summary["duplicates"]["straddling_official_splits"] == 0


def test_a_split_column_with_eval_is_kept_to_the_letter(run, data_folder, examples):
    data = data_folder()
    for index in range(24):
        split = ("train", "eval", "test", "train")[index // 2 % 4]
        data.add(f"{index}.png", label=("normal", "pneumonia")[index % 2], patient_id=f"p{index}", split=split)
    found = examples(run(data, private=None))
    for index in range(24):
        example = found[Pseudonyms(PUBLIC_KEY).image_id("north", f"{index}.png")]
        assert example["split"].decode() == data.rows[index]["split"]


def test_folds_obey_groups_and_stay_where_they_are(run, data_folder, examples):
    one, two = data_folder("one").fill(12, images=2), data_folder("two").fill(4, prefix="more")
    folds = [run(one, split={"folds": 5, "fold": fold}) for fold in range(5)]
    tested = Counter()
    fold_of = {}
    for number, records in enumerate(folds):
        for key, example in examples(records).items():
            assert fold_of.setdefault(key, example["fold"]) == example["fold"]
            tested[key] += example["split"] == b"test"
            assert (example["split"] == b"test") == (example["fold"] == number)
            assert (example["split"] == b"eval") == (example["fold"] == (number + 1) % 5)
    assert set(tested.values()) == {1}
    groups = {}
    for example in examples(folds[0]).values():
        assert groups.setdefault(example["group"], example["fold"]) == example["fold"]
    assert set(groups.values()) == set(range(5))
    more = examples(run(one, two, split={"folds": 5, "fold": 2}))
    assert {key: more[key]["fold"] for key in fold_of} == fold_of


def test_more_data_move_no_patient(run, data_folder, tmp_path, examples):
    first = run(data_folder("one").fill(8))
    before = load_ledger(ledger_path(tmp_path / "output")).groups
    splits_before = {key: example["split"] for key, example in examples(first).items()}
    second = run(data_folder("one"), data_folder("two").fill(10, prefix="more"))
    after = load_ledger(ledger_path(tmp_path / "output")).groups
    assert before.items() <= after.items()
    assert len(after) == 16 + 20
    found = examples(second)
    assert {key: found[key]["split"] for key in splits_before} == splits_before
    assert first.folder.is_dir()


def test_a_newcomer_that_ties_two_splits_is_quarantined(run, data_folder, private_dir, examples, table):
    data = data_folder().fill(10)
    first = run(data)
    by_split = {example["split"]: example["id"].decode() for example in examples(first).values()}
    index = {row["id"]: row for row in table(private_dir / "index" / f"{first.digest}.csv")}
    train, test = index[by_split[b"train"]], index[by_split[b"test"]]
    label = train["file"].split("-")[1]
    data.add("tie.png", label=label, patient_id=test["patient_id"], pixels_of=train["file"])
    second = run(data, max_quarantined=0.2)
    assert second.summary["quarantined"] == {"ties_splits": 1}
    assert set(examples(second)) == set(examples(first))


def test_the_ledger_refuses_another_division(run, data_folder):
    data = data_folder().fill(8)
    run(data)
    with pytest.raises(UsageError, match="for ever"):
        run(data, split={"seed": 9})


def test_a_lost_ledger_is_restored_from_the_records(run, data_folder, tmp_path):
    data = data_folder().fill(8)
    run(data)
    path = ledger_path(tmp_path / "output")
    kept = path.read_bytes()
    path.unlink()
    assert run(data).reused
    assert path.read_bytes() == kept
    path.unlink()
    run(data, data_folder("two").fill(3, prefix="more"))
    assert json.loads(kept)["groups"].items() <= json.loads(path.read_text())["groups"].items()


def test_a_ledger_that_contradicts_the_records_is_refused(run, data_folder, tmp_path):
    data = data_folder().fill(8)
    run(data)
    path = ledger_path(tmp_path / "output")
    content = json.loads(path.read_text())
    group = next(iter(content["groups"]))
    book = load_ledger(path)
    book.groups[group] = "test" if content["groups"][group] != "test" else "train"
    book.save(path)
    with pytest.raises(DataRefusedError, match="another split for 1 of 16 groups"):
        run(data)
