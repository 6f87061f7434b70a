"""Known strings, planted wherever a data set can hold a name, and a whole run: nothing in the output folder bears one."""

import csv
import gzip
import io
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from PIL import Image, PngImagePlugin
from pydicom.datadict import dictionary_VM
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

# In lower case and in the parts of paths; a hex digest cannot hold it, since z is no hex digit.
CANARY = "zanary"
CLASSES = ("normal", "pneumonia", "covid19")
# Text values representations of DICOM (PS3.5, section 6.2), and how long a value may be.
TEXTS = {"LO": 60, "SH": 14, "ST": 60, "LT": 60, "UT": 60, "PN": 60, "UC": 60}


class Planter:
    """Numbers the planted strings, so that a hit says which one it was."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, length: int = 60) -> str:
        self.count += 1
        return f"{CANARY}{self.count:05d}"[:length]


def phantom_pixels(seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed)
    rough = Image.fromarray(noise.integers(0, 256, (9, 8), dtype=np.uint8)).resize((72, 80), Image.Resampling.BICUBIC)
    return np.asarray(rough)


def dicom(pixels: np.ndarray, plant: Planter) -> bytes:
    """A DICOM file with a planted string in every text element of the dictionary, at the top, and in private ones."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.1"
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data = FileDataset(None, {}, file_meta=meta, preamble=plant().encode().ljust(128, b"\0"))
    for tag, (representation, multiplicity, _, retired, keyword) in pydicom.datadict.DicomDictionary.items():
        if representation in TEXTS and not retired and keyword and tag >> 16 not in (0x0000, 0x0002, 0x0004, 0xFFFE):
            number = int(str(dictionary_VM(tag)).partition("-")[0]) if multiplicity[0].isdigit() else 1
            data.add_new(
                tag, representation, [plant(TEXTS[representation]) for _ in range(number)] if number > 1 else plant(TEXTS[representation])
            )
    data.SpecificCharacterSet = "ISO_IR 100"
    block = data.private_block(0x0099, plant(), create=True)
    block.add_new(0x01, "LO", plant())
    block.add_new(0x02, "UN", plant().encode())
    nested = pydicom.Dataset()
    nested.PatientName = plant()
    data.RequestAttributesSequence = [nested]
    data.PatientAge, data.PatientSex, data.ViewPosition = "093Y", "F", "AP"
    data.Rows, data.Columns = pixels.shape
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 8, 8, 7, 0
    data.PixelData = pixels.tobytes()
    buffer = io.BytesIO()
    data.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def png(pixels: np.ndarray, plant: Planter) -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("Patient", plant())
    info.add_text("Comment", plant(), zip=True)
    info.add_itxt(plant(), plant())
    exif = Image.Exif()
    exif[0x010E] = plant()
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", pnginfo=info, exif=exif)
    return buffer.getvalue()


def jpeg(pixels: np.ndarray, plant: Planter) -> bytes:
    exif = Image.Exif()
    for tag in (0x010E, 0x010F, 0x0110, 0x0131, 0x013B, 0x8298):  # description, make, model, software, artist, copyright
        exif[tag] = plant()
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", exif=exif, comment=plant().encode())
    return buffer.getvalue()


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Planter]:
    root = tmp_path_factory.mktemp("named") / f"{CANARY}00000"
    (root / "images").mkdir(parents=True)
    plant = Planter()
    rows = []
    for index in range(60):
        make, suffix = ((dicom, "dcm"), (png, "png"), (jpeg, "jpg"))[index % 3]
        name = f"images/{plant()}.{suffix}"
        (root / name).write_bytes(make(phantom_pixels(index), plant))
        label = CLASSES[index // 3 % 3]
        rows.append([name, label, "north", plant() if index % 2 else "", "PA", plant(), plant(), "94"])
    for name, content in ((f"{plant()}.png", b"no image"), (f"{plant()}.gif", b"GIF89a")):
        (root / name).write_bytes(content)
        rows.append([name, "normal", "north", plant(), "", plant(), plant(), "1"])
    rows.append([f"{plant()}.png", "normal", "north", plant(), "", plant(), "", ""])
    rows.append([rows[0][0], plant(), "north", plant(), "", plant(), "", ""])
    with (root / "metadata.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["filename", "label", "source", "patient_id", "view", "notes", plant(), "age"])
        writer.writerows(rows)
    return root, plant


def contents(path: Path) -> list[bytes]:
    """What a file holds: as it lies, and with every layer of compression that is used here taken off."""
    data = path.read_bytes()
    found = [data]
    if data.startswith(b"\x1f\x8b"):
        found.append(gzip.decompress(data))
    for start in (
        index for index in range(len(data) - 1) if data[index : index + 2] in (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
    ):
        unpacker = zlib.decompressobj()
        try:
            found.append(unpacker.decompress(data[start:], 1 << 20))
        except zlib.error:
            continue
    return found


def hits(folder: Path) -> list[str]:
    named = [str(path.relative_to(folder)) for path in folder.rglob("*") if CANARY in str(path.relative_to(folder)).lower()]
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            for data in contents(path):
                place = data.lower().find(CANARY.encode())
                wide = data.lower().find(CANARY.encode("utf-16-le"))
                if max(place, wide) >= 0:
                    named.append(f"{path.relative_to(folder)}: {data[max(0, place - 40) : place + 40]!r}")
                    break
    return named


def test_no_planted_string_is_left_by_a_whole_run(workshop: Any, planted: tuple[Path, Planter], tmp_path: Path) -> None:
    root, plant = planted
    assert plant.count > 10_000, "the dictionary of DICOM has hundreds of text elements"
    output = tmp_path / "output"
    small = ["--set", "ingest.max_quarantined=0.2", "--set", "ingest.images_per_shard=8"]
    done = workshop.run("--data", str(root), *small, output=output)
    assert done.code == 0, done.err
    summary = next(output.glob("records/*/summary.json")).read_text()
    assert '"written": 60' in summary
    assert hits(output) == []
    names = [path.read_text() for path in workshop.private.glob("index/*.csv")]
    assert any(CANARY in text for text in names), "the private index holds the names"


def test_a_planted_string_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"x" + CANARY.upper().encode())
    (tmp_path / "packed.gz").write_bytes(gzip.compress(CANARY.encode() * 3))
    (tmp_path / "inside").write_bytes(b"\0\0" + zlib.compress(CANARY.encode() * 9) + b"tail")
    (tmp_path / f"{CANARY}1").mkdir()
    assert len(hits(tmp_path)) == 4
