import importlib.util
import io
import struct
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_voi_lut

from components.ingest import dicom_pixels
from components.ingest.decode import Limits, decode
from components.ingest.dicom import LEAVES_THE_HEADER, read_patient_id
from components.ingest.dicom_header import read_header
from components.ingest.refusal import Refusal
from schemas.quarantine import Reason

_SPEC = importlib.util.spec_from_file_location("dicom_files", Path(__file__).resolve().parents[2] / "fuzz" / "seeds.py")
files = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(files)

LIMITS = Limits(min_side_px=4, max_megapixels=1.0, max_aspect_ratio=10.0)
GRAY = files.chest()
DEEP = files.chest(bits=12)
UID = "1.2.840.10008.1.2"


def refused(data, limits=LIMITS):
    with pytest.raises(Refusal) as caught:
        decode(data, limits)
    return caught.value


def by_range(values):
    values = values.astype(float)
    return np.rint((values - values.min()) * 255 / (values.max() - values.min()))


def jpeg(pixels, **options):
    return files.saved(Image.fromarray(pixels), "JPEG", **options)


def j2k(pixels):
    return files.saved(Image.fromarray(pixels), "JPEG2000", no_jp2=True, irreversible=False)


@pytest.mark.parametrize("syntax", [files.IMPLICIT, files.EXPLICIT, files.BIG_ENDIAN, files.RLE])
def test_lossless_transfer_syntaxes_give_their_pixels(syntax):
    image = decode(files.dicom(DEEP, syntax, 12), LIMITS)
    np.testing.assert_array_equal(image.pixels, by_range(DEEP))
    assert (image.mode, image.format, image.height_px, image.width_px) == ("I;16", "dicom", 48, 40)


def test_embedded_jpegs_give_their_pixels():
    lossy = decode(files.dicom(GRAY, files.JPEG_BASELINE, stream=jpeg(GRAY, quality=95)), LIMITS).pixels
    assert np.abs(lossy.astype(int) - by_range(GRAY)).max() < 16
    lossless = decode(files.dicom(GRAY, files.JPEG_2000, stream=j2k(GRAY)), LIMITS).pixels
    np.testing.assert_array_equal(lossless, by_range(GRAY))
    sixteen = files.chest(bits=16)
    deep = decode(files.dicom(sixteen, files.JPEG_2000, 16, stream=j2k(sixteen)), LIMITS).pixels
    np.testing.assert_array_equal(deep, by_range(sixteen))


@pytest.mark.parametrize(
    "name",
    [
        *("MR_small.dcm", "MR_small_RLE.dcm", "MR_small_bigendian.dcm", "MR_small_implicit.dcm", "MR_small_jp2klossless.dcm"),
        *("MR_small_jpeg_ls_lossless.dcm", "JPEGLSNearLossless_16.dcm", "JPGExtended.dcm", "CT_small.dcm", "693_J2KI.dcm"),
        *("SC_rgb_rle.dcm", "SC_rgb_jpeg_gdcm.dcm", "SC_rgb_jls_lossy_line.dcm", "SC_rgb_dcmtk_+eb+cr.dcm", "examples_rgb_color.dcm"),
        *("SC_rgb_small_odd_big_endian.dcm", "SC_jpeg_no_color_transform.dcm", "J2K_pixelrep_mismatch.dcm", "examples_overlay.dcm"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_the_pixels_are_those_that_pydicom_reads(name):
    path = get_testdata_file(name, download=False)
    if path is None:
        pytest.skip(f"this pydicom comes without {name}")
    dataset = pydicom.dcmread(path)
    expected = dataset.pixel_array
    if expected.ndim == 3:
        expected = expected @ [0.299, 0.587, 0.114]
    elif "WindowWidth" in dataset:
        expected = apply_voi_lut(expected * float(dataset.get("RescaleSlope", 1)) + float(dataset.get("RescaleIntercept", 0)), dataset)
    pixels = decode(Path(path).read_bytes(), Limits(1, 1.0, 1000.0)).pixels
    assert np.corrcoef(pixels.ravel(), expected.ravel().astype(float))[0, 1] > 0.997


def test_monochrome1_is_inverted():
    np.testing.assert_array_equal(decode(files.dicom(DEEP, bits=12, photometric="MONOCHROME1"), LIMITS).pixels, 255 - by_range(DEEP))


def test_signed_pixels_and_unused_bits_are_understood():
    signed = DEEP.astype(np.int16) - 2048
    np.testing.assert_array_equal(decode(files.dicom(signed, bits=12), LIMITS).pixels, by_range(signed))
    dirty = DEEP | np.uint16(0x5000)
    np.testing.assert_array_equal(decode(files.dicom(dirty, bits=12), LIMITS).pixels, by_range(DEEP))


def test_padding_is_black_and_no_part_of_the_range():
    padded = DEEP.copy()
    padded[:5] = 4095
    padded[5:] //= 2
    pixels = decode(files.dicom(padded, bits=12, photometric="MONOCHROME1", PixelPaddingValue=4095), LIMITS).pixels
    assert pixels[:5].max() == 0
    np.testing.assert_array_equal(pixels[5:], 255 - by_range(padded[5:]))


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
def test_windows_are_those_of_the_standard(function):
    elements = {"WindowCenter": 900, "WindowWidth": 1200, "VOILUTFunction": function, "RescaleSlope": 2, "RescaleIntercept": -500}
    data = files.dicom(DEEP, bits=12, **elements)
    windowed = apply_voi_lut(DEEP * 2.0 - 500, pydicom.dcmread(io.BytesIO(data)))
    low, high = -500, 2 * 4095 - 500  # pydicom maps to what the stored bits can be
    np.testing.assert_allclose(decode(data, LIMITS).pixels, (windowed - low) / (high - low) * 255, atol=0.51)


def test_the_first_of_several_windows_counts():
    one, both = (
        files.dicom(DEEP, bits=12, WindowCenter=centre, WindowWidth=width) for centre, width in [(900, 700), ([900, 3000], [700, 20])]
    )
    np.testing.assert_array_equal(decode(one, LIMITS).pixels, decode(both, LIMITS).pixels)


def test_a_window_that_leaves_nothing_is_ignored():
    np.testing.assert_array_equal(decode(files.dicom(DEEP, bits=12, WindowCenter=-9000, WindowWidth=10), LIMITS).pixels, by_range(DEEP))


@pytest.mark.parametrize("syntax", [files.IMPLICIT, files.EXPLICIT, files.BIG_ENDIAN])
def test_look_up_tables_are_looked_up(syntax):
    table = Dataset()
    table.LUTDescriptor = [4096, 0, 16]
    table["LUTDescriptor"].VR = "US"
    values = (65535 - np.arange(4096) * 16).astype(">u2" if syntax == files.BIG_ENDIAN else "<u2")
    table.add_new(0x00283006, "OW", values.tobytes())
    data = files.dicom(DEEP, syntax, 12, VOILUTSequence=[table])
    np.testing.assert_allclose(decode(data, LIMITS).pixels, (65535 - DEEP * 16.0) / 65535 * 255, atol=0.51)


def test_a_palette_is_looked_up():
    ramp = np.arange(256, dtype="<u2") * 257
    elements = {}
    for colour, values in (("Red", ramp), ("Green", ramp[::-1]), ("Blue", 0 * ramp)):
        elements[f"{colour}PaletteColorLookupTableDescriptor"] = [256, 0, 16]
        elements[f"{colour}PaletteColorLookupTableData"] = values.tobytes()
    image = decode(files.dicom(GRAY, photometric="PALETTE COLOR", **elements), LIMITS)
    np.testing.assert_allclose(image.pixels, 0.299 * GRAY + 0.587 * (255 - GRAY.astype(float)), atol=0.51)
    assert image.mode == "P"


@pytest.mark.parametrize("planar", [0, 1])
def test_colour_becomes_luma(planar):
    colour = np.dstack([GRAY, GRAY[::-1], GRAY // 2])
    stored = colour if not planar else np.ascontiguousarray(colour.transpose(2, 0, 1)).reshape(colour.shape)
    image = decode(files.dicom(stored, photometric="RGB", PlanarConfiguration=planar), LIMITS)
    np.testing.assert_array_equal(image.pixels, np.asarray(Image.fromarray(colour).convert("L")))
    assert image.mode == "RGB"
    assert 0 < image.colourfulness < 1


@pytest.mark.parametrize(
    ("elements", "view"),
    [
        *(({"ViewPosition": text}, view) for text, view in [("PA", "PA"), ("AP", "AP"), ("LL", "lateral"), ("RL", "lateral")]),
        *(({"ViewPosition": text}, "") for text in ["", "LLD", "SOMEBODY"]),
        ({}, ""),
    ],
)
def test_the_view_is_told_by_its_position(elements, view):
    assert decode(files.dicom(GRAY, **elements), LIMITS).view == view


@pytest.mark.parametrize("syntax", [files.IMPLICIT, files.EXPLICIT, files.BIG_ENDIAN])
@pytest.mark.parametrize(("code", "view"), [("399173006", "lateral"), ("R-10214", "PA"), ("399348003", "AP"), ("17", "")])
def test_the_view_is_told_by_its_code(code, view, syntax):
    item = Dataset()
    item.CodeValue = code
    assert decode(files.dicom(GRAY, syntax, ViewCodeSequence=[item]), LIMITS).view == view


@pytest.mark.parametrize(
    ("text", "years"),
    [("062Y", 62), ("018M", 1), ("100D", 0), ("62", 62), ("089Y", 89), ("097Y", 90), ("148Y", None), ("", None), ("x", None)],
)
def test_ages_are_years_and_end_at_ninety(text, years):
    item = files.dicom(GRAY, PatientSex="F").replace(b"\x10\0\x40\0CS", b"\x10\0\x40\0CS")
    data = item.replace(b"\x28\0\x02\0US", b"\x10\0\x10\x10AS" + struct.pack("<H", len(text)) + text.encode() + b"\x28\0\x02\0US", 1)
    image = decode(data, LIMITS)
    assert (image.age_years, image.sex) == (years, "F")


def test_burnt_in_annotations_are_told():
    assert decode(files.dicom(GRAY, BurnedInAnnotation="YES"), LIMITS).burnt_in
    assert not decode(files.dicom(GRAY, BurnedInAnnotation="NO"), LIMITS).burnt_in


def test_nothing_but_the_list_is_read_from_a_header():
    header = read_header(files.dicom(GRAY, StudyDescription="Somebody", PatientSex="M"), LEAVES_THE_HEADER | dicom_pixels.TAGS)
    assert 0x00100010 not in header.values
    assert 0x00100020 not in header.values
    assert 0x00081030 not in header.values
    assert set(header.values) <= LEAVES_THE_HEADER | dicom_pixels.TAGS
    assert not any(tag >> 16 in (0x0010, 0x0020) for tag in LEAVES_THE_HEADER - {0x00100040, 0x00101010})


def test_limits_are_checked_by_rows_and_columns_before_the_pixels():
    data = files.dicom(GRAY)
    for rows, columns, reason in [(60000, 60000, Reason.TOO_LARGE), (2, 40, Reason.TOO_SMALL), (4, 400, Reason.ASPECT_RATIO)]:
        edited = data.replace(b"\x28\0\x10\0US\2\0\x30\0", b"\x28\0\x10\0US\2\0" + struct.pack("<H", rows))
        edited = edited.replace(b"\x28\0\x11\0US\2\0\x28\0", b"\x28\0\x11\0US\2\0" + struct.pack("<H", columns))
        assert refused(edited).reason is reason


@pytest.mark.parametrize("syntax", [files.JPEG_BASELINE, files.JPEG_2000])
def test_an_embedded_stream_must_have_the_size_of_the_header(syntax):
    other = files.chest(64, 64)
    stream = jpeg(other) if syntax == files.JPEG_BASELINE else j2k(other)
    assert refused(files.dicom(GRAY, syntax, stream=stream)).reason is Reason.TRUNCATED


@pytest.mark.parametrize("syntax", [files.IMPLICIT, files.EXPLICIT, files.RLE])
def test_half_a_file_is_refused(syntax):
    data = files.dicom(DEEP, syntax, 12)
    for length in (131, 140, 300, len(data) // 2, len(data) - 20):
        assert refused(data[:length]).reason in (Reason.TRUNCATED, Reason.NOT_AN_IMAGE)


@pytest.mark.parametrize("options", [{}, {"tile_size": (16, 16)}])
@pytest.mark.parametrize("end", [b"", b"\xff\xd9"])
def test_a_cut_jpeg_2000_stream_is_refused(options, end):
    stream = files.saved(Image.fromarray(GRAY), "JPEG2000", no_jp2=True, irreversible=False, **options)
    assert decode(files.dicom(GRAY, files.JPEG_2000, stream=stream), LIMITS).pixels.shape == GRAY.shape
    for share in (0.5, 0.9):
        cut = stream[: int(len(stream) * share)] + end
        assert refused(files.dicom(GRAY, files.JPEG_2000, stream=cut)).reason is Reason.TRUNCATED


@pytest.mark.parametrize("end", [b"", b"\xff\xd9"])
def test_a_cut_jpeg_stream_is_refused(end):
    stream = jpeg(GRAY)
    cut = stream[: len(stream) - 60] + end
    assert refused(files.dicom(GRAY, files.JPEG_BASELINE, stream=cut)).reason is Reason.TRUNCATED


@pytest.mark.parametrize("end", [b"", b"\xff\xd9"])
@pytest.mark.parametrize(
    "name", ["JPEGLSNearLossless_08.dcm", "JPEGLSNearLossless_16.dcm", "MR_small_jpeg_ls_lossless.dcm", "SC_rgb_jpeg_gdcm.dcm"]
)
def test_a_cut_stream_of_the_native_decoder_is_refused(name, end):
    path = get_testdata_file(name, download=False)
    if path is None:
        pytest.skip(f"this pydicom comes without {name}")
    data = Path(path).read_bytes()
    dataset = pydicom.dcmread(io.BytesIO(data))
    stream = next(pydicom.encaps.generate_frames(dataset.PixelData, number_of_frames=1))
    dataset.PixelData = pydicom.encaps.encapsulate([stream[: len(stream) // 2] + end])
    buffer = io.BytesIO()
    dataset.save_as(buffer)
    assert refused(buffer.getvalue()).reason is Reason.TRUNCATED


def test_several_frames_are_refused():
    assert refused(files.dicom(GRAY, NumberOfFrames=2)).reason is Reason.MULTIPLE_FRAMES


def test_one_value_has_no_contrast():
    assert refused(files.dicom(np.full((8, 8), 5, np.uint16), bits=12)).reason is Reason.NO_CONTRAST


@pytest.mark.parametrize(
    ("uid", "named"), [(f"{UID}.1.99", f"{UID}.1.99"), (f"{UID}.4.100", f"{UID}.4.100"), ("1.3.46.67089.1", "of a private kind")]
)
def test_an_unknown_transfer_syntax_is_named(uid, named):
    old = f"{UID}.1\0".encode()
    data = files.dicom(GRAY)
    at = data.index(old)
    value = uid.encode() + b"\0" * (len(uid) % 2)
    edited = data[: at - 2] + struct.pack("<H", len(value)) + value + data[at + len(old) :]
    refusal = refused(edited)
    assert (refusal.reason, refusal.detail) == (Reason.UNSUPPORTED_FORMAT, f"DICOM transfer syntax {named}")


def test_a_crash_of_the_native_decoder_is_a_damaged_file(monkeypatch, tmp_path):
    program = tmp_path / "crash.py"
    program.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    monkeypatch.setattr("components.ingest.native_jpeg._PROGRAM", program)
    data = Path(get_testdata_file("JPEGLSNearLossless_08.dcm")).read_bytes()
    assert refused(data).reason is Reason.TRUNCATED


def test_patient_ids_are_read_from_the_header_alone(tmp_path):
    path = tmp_path / "a"
    for syntax in (files.IMPLICIT, files.EXPLICIT, files.BIG_ENDIAN):
        data = files.dicom(GRAY, syntax)
        path.write_bytes(data[: data.index(b"P-17") + 4] + b"damage")
        assert read_patient_id(path) == "P-17"


@pytest.mark.parametrize(
    "data", [b"", b"no DICOM", b"\0" * 128 + b"DICM", b"\0" * 128 + b"DICM" + b"\xff" * 500, files.saved(Image.fromarray(GRAY), "PNG")]
)
def test_what_has_no_patient_id_has_an_empty_one(tmp_path, data):
    path = tmp_path / "a"
    path.write_bytes(data)
    assert read_patient_id(path) == ""
    assert read_patient_id(tmp_path / "absent") == ""
