import pytest

from components.external.shared import KINDS, PATIENT, PIXELS, find_shared
from components.ingest.config import IngestConfig, SplitConfig
from components.ingest.folder import read_summary
from components.ingest.job import DataSource, ingest
from components.ingest.known_images import KnownImages
from components.phantom.config import PhantomConfig
from components.phantom.generate import generate
from components.trainer.training_data import load_training_data, write_training_data
from schemas.classes import parse_classes
from tests.components.external.conftest import DataFolder, rows_of


@pytest.fixture(scope="module")
def mixed(trained, mixture, tmp_path_factory):
    """The records of the mixture, under the key of the model's patients."""
    config = IngestConfig(workers=1, split=SplitConfig(only_test=True))
    classes = parse_classes(["normal", "pneumonia", "covid19"])
    return ingest([DataSource("manifest", mixture.root)], tmp_path_factory.mktemp("mixed"), config, classes, (), trained.private).folder


def find(mixed, model, key=""):
    key = key or read_summary(mixed)["pseudonym_key"]
    return find_shared(mixed, key, model, load_training_data(model), lambda _done, _total: None)


def test_every_kind_is_found_and_every_split_is_known(mixed, trained):
    shared = find(mixed, trained.model)
    assert [list(shared.kinds.values()).count(kind) for kind in KINDS] == [2, 1, 1, 1]
    assert len(shared.groups) == 4
    assert set(shared.splits) <= {"train", "eval", "test"}
    assert sum(shared.splits.values()) == 4


def renamed(trained, folder, source, named=3):
    """New exposures of three of the model's patients, the first `named` with their ids; their source bears the name given, or its own."""
    data = DataFolder(folder / "data")
    rows = list({row["patient_id"]: row for row in rows_of(trained.phantom)}.values())[:3]
    new = generate(PhantomConfig(images=36, image_px=256, seed=9), folder / "phantom")
    for number, (row, other) in enumerate(zip(rows, rows_of(new), strict=False)):
        data.take(new, other, patient_id=row["patient_id"] if number < named else "", source=source or row["source"])
    config = IngestConfig(workers=1, split=SplitConfig(only_test=True), max_quarantined=1)
    classes = parse_classes(["normal", "pneumonia", "covid19"])
    return ingest([DataSource("manifest", data.root)], folder / "out", config, classes, (), trained.private).folder


def test_known_patients_of_a_renamed_source_are_not_said_to_be_new(trained, tmp_path):
    same = find(renamed(trained, tmp_path / "same", ""), trained.model)
    assert (list(same.kinds.values()), dict(same.not_looked_for)) == ([PATIENT] * 3, {})
    other = find(renamed(trained, tmp_path / "other", "north wing"), trained.model)
    assert other.kinds == {}
    assert list(other.not_looked_for) == [PATIENT]
    for told in ("no source of the model's data is named north wing", "source_name=NAME", "source column of a manifest"):
        assert told in other.not_looked_for[PATIENT]


def test_images_that_name_no_patient_are_not_said_to_be_of_new_patients(trained, tmp_path):
    lone = renamed(trained, tmp_path, "", named=1)
    shared = find(lone, trained.model)
    assert list(shared.kinds.values()) == [PATIENT]
    assert shared.not_looked_for == {PATIENT: "no patient is named for 2 of the 3 images that were read"}
    known = load_training_data(trained.model)
    assert known.without_patient == 0
    told = {}
    for there in (7, None):
        facts = known.model_copy(update={"without_patient": there})
        key = read_summary(lone)["pseudonym_key"]
        told[there] = find_shared(lone, key, trained.model, facts, lambda _done, _total: None).not_looked_for[PATIENT]
    assert told[7].endswith("; and no patient is named for 7 of the 36 images that the model was made with")
    assert "does not travel with it (it is older; train it again)" in told[None]


def test_a_model_that_does_not_tell_the_names_of_its_sources_leaves_patients_unknown(mixed, trained, tmp_path):
    write_training_data(trained.records, tmp_path, "full")
    facts = load_training_data(tmp_path)
    assert not any(source in facts.model_dump_json() for source in read_summary(trained.records)["sources"])
    key = read_summary(mixed)["pseudonym_key"]
    shared = find_shared(mixed, key, tmp_path, facts.model_copy(update={"source_digests": None}), lambda _done, _total: None)
    assert "it is older" in shared.not_looked_for[PATIENT]


def test_patients_of_another_key_are_not_compared(mixed, trained):
    shared = find(mixed, trained.model, key="f" * 64)
    assert [list(shared.kinds.values()).count(kind) for kind in KINDS] == [2, 1, 0, 1]
    assert list(shared.not_looked_for) == [PATIENT]


@pytest.mark.parametrize(
    ("fingerprints", "counts", "lacking"), [("pixels", [2, 0, 1, 0], ["near copy", PATIENT]), ("none", [0] * 4, list(KINDS))]
)
def test_what_does_not_travel_is_not_looked_for_and_said_so(mixed, trained, tmp_path, fingerprints, counts, lacking):
    write_training_data(trained.records, tmp_path, fingerprints)
    shared = find(mixed, tmp_path)
    assert [list(shared.kinds.values()).count(kind) for kind in KINDS] == counts
    assert list(shared.not_looked_for) == lacking


def test_the_split_that_taught_most_is_named(mixed, trained, tmp_path):
    """The same pixels in train and test count as train."""
    write_training_data(trained.records, tmp_path, "pixels")
    path = tmp_path / "assets.extra" / "fingerprints.npz"
    known = KnownImages.load(path.parent)
    twice = KnownImages(
        pixels=known.pixels.repeat(2, axis=0),
        patients=known.patients.repeat(2),
        splits=known.splits.repeat(2),
        data=known.data,
        ends=known.ends,
    )
    twice.splits[0::2], twice.splits[1::2] = "test", "train"
    twice.save(path.parent)
    shared = find(mixed, tmp_path, key="f" * 64)
    assert (list(shared.kinds.values()), shared.splits) == ([PIXELS] * 2, {"train": 2})
