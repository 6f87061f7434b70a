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
    assert (a.names_patient, b.names_patient) == (False, False)


def test_rows_without_a_name_have_ids_of_their_own(data_folder, classes):
    data = data_folder()
    data.row(filename="", label="normal", source="")
    data.row(filename="", label="normal", source="")
    listing = listed(classes, data)
    assert len({image.id for image in listing.refused}) == 2
    assert {image.source for image in listing.refused} == {"unknown"}


def test_a_name_that_leads_outside_is_refused_whether_it_is_there_or_not(data_folder, classes, tmp_path):
    data = data_folder()
    (tmp_path / "secret.png").write_bytes(b"x")
    data.add("a.png")
    for name in ("../secret.png", "../gone.png", "/etc/hostname", "b/../../gone.png"):
        data.row(filename=name, label="normal", source="north")
    listing = listed(classes, data)
    assert {image.reason for image in listing.refused} == {Reason.OUTSIDE_ROOT}
    assert len(listing.refused) == 4
    assert not listing.absent


def test_a_label_without_an_entry_is_counted_by_name(tmp_path, classes):
    (tmp_path / "sub").mkdir()
    (tmp_path / "images").mkdir()
    for name in ("00000001_000.png", "00000002_000.png", "00000003_000.png"):
        (tmp_path / "images" / name).write_bytes(b"x")
    header = "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position\n"
    rows = "00000001_000.png,No Finding,0,1,50,M,PA\n00000002_000.png,Fracture,0,2,50,M,PA\n00000003_000.png,Edema,0,3,50,M,PA\n"
    (tmp_path / "Data_Entry_2017_v2020.csv").write_text(header + rows)
    listing = list_images([DataSource("nih_chestxray14", tmp_path)], classes, (), PSEUDONYMS)
    assert listing.skipped == {"label is not in its map": 1, "label is in no class": 1}
    assert listing.skipped_labels == {"label is not in its map": {"Fracture": 1}, "label is in no class": {"Edema": 1}}


def test_dicom_headers_tell_which_images_show_one_patient(data_folder, classes, monkeypatch):
    from components.ingest import listing as module

    data = data_folder()
    for name, patient in (("a.dcm", ""), ("b.dcm", ""), ("c.dcm", "told")):
        data.add(name, patient_id=patient)
    monkeypatch.setattr(module, "read_patient_id", lambda path: "of the header" if path.suffix == ".dcm" else "")
    first, second, third = listed(classes, data).images
    assert first.patient_group == second.patient_group == PSEUDONYMS.group_id("north", "of the header", "a.dcm")
    assert third.patient_group == PSEUDONYMS.group_id("north", "told", "c.dcm")
    assert all(image.names_patient for image in (first, second, third))


def test_no_row_and_no_folder_are_usage_errors(data_folder, classes, tmp_path):
    data = data_folder()
    (data.root / "metadata.csv").write_text("filename,label,source,patient_id\n")
    [fault] = listed(classes, data).faults
    assert "no image is listed; fill the csv" in fault
    data.row(filename="gone.png", label="normal", source="north")
    [fault] = listed(classes, data).faults
    assert "none of their files is there; unpack the images below this folder" in fault
    with pytest.raises(UsageError, match="no such folder"):
        list_images([DataSource("manifest", tmp_path / "absent")], classes, (), PSEUDONYMS)
