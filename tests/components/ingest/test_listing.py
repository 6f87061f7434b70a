import pytest

from components.base.errors import UsageError
from components.ingest.deidentify import Pseudonyms
from components.ingest.listing import list_images
from components.ingest.records import DataSource
from schemas.quarantine import Reason

PSEUDONYMS = Pseudonyms(b"k" * 32)


def listed(classes, *folders, columns=()):
    return list_images([DataSource("manifest", folder.root) for folder in folders], classes, columns, PSEUDONYMS)


def reasons(listing):
    return sorted((image.record.name, image.reason) for image in listing.refused)


def test_every_row_is_kept_refused_or_skipped(data_folder, classes):
    data = data_folder()
    data.add("a.png")
    data.add("b.png", label="tuberculosis")
    data.add("c.png", label="")
    data.row(filename="gone.png", label="normal", source="north")
    listing = listed(classes, data)
    assert listing.rows == 4
    assert [image.record.name for image in listing.images] == ["a.png"]
    assert listing.skipped == {"label is in no class": 1}
    assert reasons(listing) == [("c.png", Reason.BAD_ROW)]
    assert listing.absent == {"north": 1}


def test_a_file_listed_twice_counts_once(data_folder, classes):
    data = data_folder()
    data.add("a.png")
    data.row(filename="./a.png", label="normal", source="north")
    (data.root / "link.png").symlink_to("a.png")
    data.row(filename="link.png", label="normal", source="north")
    listing = listed(classes, data)
    assert [image.record.name for image in listing.images] == ["a.png"]
    assert reasons(listing) == [("./a.png", Reason.REPEATED), ("link.png", Reason.REPEATED)]


def test_a_file_listed_with_two_labels_is_refused_altogether(data_folder, classes):
    data = data_folder()
    data.add("a.png", label="normal")
    data.row(filename="a.png", label="pneumonia", source="north")
    listing = listed(classes, data)
    assert not listing.images
    assert reasons(listing) == [("a.png", Reason.REPEATED)] * 2


def test_two_folders_may_not_claim_one_name_of_one_source(data_folder, classes):
    one, other = data_folder("one"), data_folder("other")
    one.add("a.png", source="north")
    other.add("a.png", source="north", pixels_of="other")
    other.add("b.png", source="north")
    listing = listed(classes, one, other)
    assert [image.record.name for image in listing.images] == ["a.png", "b.png"]
    assert reasons(listing) == [("a.png", Reason.REPEATED)]


def test_sources_keep_patients_of_one_number_apart(data_folder, classes):
    data = data_folder()
    data.add("a.png", source="north", patient_id="7")
    data.add("b.png", source="north", patient_id="7")
    data.add("c.png", source="south", patient_id="7")
    a, b, c = listed(classes, data).images
    assert a.patient_group == b.patient_group != c.patient_group
    assert len({a.id, b.id, c.id}) == 3


def test_an_image_without_patient_is_a_group_of_its_own(data_folder, classes):
    data = data_folder()
    data.add("a.png")
    data.add("b.png")
    a, b = listed(classes, data).images
    assert a.patient_group != b.patient_group


def test_rows_without_a_name_have_ids_of_their_own(data_folder, classes):
    data = data_folder()
    data.row(filename="", label="normal", source="")
    data.row(filename="", label="normal", source="")
    listing = listed(classes, data)
    assert len({image.id for image in listing.refused}) == 2
    assert {image.source for image in listing.refused} == {"unknown"}


def test_no_row_and_no_folder_are_usage_errors(data_folder, classes, tmp_path):
    data = data_folder()
    (data.root / "metadata.csv").write_text("filename,label,source,patient_id\n")
    with pytest.raises(UsageError, match="no image is listed"):
        listed(classes, data)
    with pytest.raises(UsageError, match="no such folder"):
        list_images([DataSource("manifest", tmp_path / "absent")], classes, (), PSEUDONYMS)
