from components.ingest.config import SplitConfig
from components.ingest.duplicates import CopyCandidate, Grouping, join_copies
from components.ingest.ledger import Ledger
from components.ingest.listing import ListedImage
from components.ingest.place import place
from components.ingest.records import Record


def listed(name, group, split="", source="s", label="normal"):
    return ListedImage(name, group, True, label, f"/{name}", Record(name, label, source, split=split))


def places(images, config=None, book=None, grouping=None):
    config = config or SplitConfig()
    grouping = grouping or Grouping.without_copies(image.patient_group for image in images)
    placement = place(images, grouping, config, book or Ledger.of(config))
    assert placement.overruled == bool(book and book.groups)
    return {image.id: image.split for image in placement.images}, placement.straddling


def test_official_splits_bind_and_the_ledger_binds_more():
    images = [listed("a", "a", "test"), listed("b", "b", "train"), listed("c", "c", "test")]
    book = Ledger.of(SplitConfig())
    book.add({"c": "train"}, ["c"])
    found, straddling = places(images, book=book)
    assert found["a"] == "test"
    assert found["b"] in ("train", "eval")
    assert found["c"] == "train"
    assert straddling == 0


def test_a_copy_in_another_collection_takes_its_test_image_to_train():
    images = [listed("a", "a", "test", "one"), listed("b", "b", "train", "two"), *(listed(f"t{n}", f"t{n}", "test") for n in range(9))]
    candidates = [CopyCandidate(image.id, image.patient_group, image.label) for image in images]
    found, straddling = places(images, grouping=join_copies(candidates, [(0, 1)], {}, ()))
    assert found["a"] == found["b"] != "test"
    assert straddling == 1


def test_train_and_eval_share_what_the_authors_called_train():
    images = [listed(f"{n:03d}", f"g{n:03d}", "test" if n < 20 else "train") for n in range(100)]
    found, _ = places(images)
    counts = {split: list(found.values()).count(split) for split in ("train", "eval", "test")}
    assert counts["test"] == 20
    assert 8 <= counts["eval"] <= 16


def test_with_folds_every_group_is_tested_once():
    images = [listed(f"{n}", f"g{n // 2}", "test") for n in range(40)]
    tested = [{name for name, split in places(images, SplitConfig(folds=4, fold=fold))[0].items() if split == "test"} for fold in range(4)]
    assert set.union(*tested) == {image.id for image in images}
    assert sum(map(len, tested)) == 40
    assert [len(part) for part in tested] == [10, 10, 10, 10]
