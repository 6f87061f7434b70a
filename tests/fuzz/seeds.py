"""Small valid files that the mutations start from."""

import io

import numpy as np
from PIL import Image
from pydicom.data import get_testdata_file
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID

_DICOM_UID = "1.2.840.10008.1.2"
IMPLICIT, EXPLICIT, BIG_ENDIAN = _DICOM_UID, f"{_DICOM_UID}.1", f"{_DICOM_UID}.2"
JPEG_BASELINE, JPEG_2000, RLE = f"{_DICOM_UID}.4.50", f"{_DICOM_UID}.4.90", f"{_DICOM_UID}.5"


def chest(height_px=48, width_px=40, bits=8):
    """Something with gradients and edges, uint8 or uint16."""
    y, x = np.mgrid[0:height_px, 0:width_px] / max(height_px, width_px)
    values = 0.5 + 0.3 * np.sin(9 * x) * np.cos(7 * y) + 0.2 * ((x - 0.4) ** 2 + (y - 0.5) ** 2 < 0.05)
    return (values / values.max() * (2**bits - 1)).astype(np.uint8 if bits <= 8 else np.uint16)


def saved(image, file_format, **options):
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def dicom(pixels, syntax=EXPLICIT, bits=8, photometric="MONOCHROME2", stream=None, **elements):
    """A DICOM file of pixels [height_px, width_px] or [height_px, width_px, 3]; elements go in by their keyword."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = UID(syntax)
    meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.1")
    meta.MediaStorageSOPInstanceUID = UID("1.2.3.4")
    dataset = FileDataset(
        "", {}, file_meta=meta, preamble=b"\0" * 128, is_implicit_VR=syntax == IMPLICIT, is_little_endian=syntax != BIG_ENDIAN
    )
    dataset.PatientID = "P-17"
    dataset.PatientName = "Somebody^Else"
    dataset.Rows, dataset.Columns = pixels.shape[:2]
    dataset.SamplesPerPixel = 1 if pixels.ndim == 2 else 3
    dataset.PhotometricInterpretation = photometric
    dataset.BitsAllocated = 8 * pixels.dtype.itemsize
    dataset.BitsStored, dataset.HighBit = bits, bits - 1
    dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
    if pixels.ndim == 3:
        dataset.PlanarConfiguration = 0
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    dataset.PixelData = pixels.astype(pixels.dtype.newbyteorder(">" if syntax == BIG_ENDIAN else "<")).tobytes()
    if syntax == RLE:
        meta.TransferSyntaxUID = UID(EXPLICIT)
        dataset.compress(UID(RLE), generate_instance_uid=False)
    elif stream is not None:
        dataset.PixelData = encapsulate([stream])
        dataset["PixelData"].is_undefined_length = True
    dataset["PixelData"].VR = "OW" if pixels.dtype.itemsize == 2 else "OB"
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def png_seeds():
    gray = chest()
    rgba = np.dstack([gray, gray, 255 - gray, np.maximum(gray, 90)])
    return [
        saved(Image.fromarray(gray), "PNG"),
        saved(Image.fromarray(chest(bits=16)), "PNG"),
        saved(Image.fromarray(rgba), "PNG"),
        saved(Image.fromarray(gray).convert("P"), "PNG"),
        saved(Image.fromarray(gray), "PNG", transparency=7),
    ]


def jpeg_seeds():
    image = Image.fromarray(chest())
    exif = Image.Exif()
    exif[0x0112] = 6
    return [
        saved(image, "JPEG"),
        saved(image.convert("RGB"), "JPEG", exif=exif),
        saved(image, "JPEG", progressive=True),
        saved(image.convert("RGB"), "JPEG", progressive=True, quality=90),
        saved(image.convert("RGB").convert("CMYK"), "JPEG"),
        saved(image.convert("RGB"), "JPEG", restart_marker_blocks=2),
    ]


def dicom_seeds():
    gray, deep = chest(), chest(bits=12)
    j2k = {"no_jp2": True, "irreversible": False}
    return [
        dicom(gray),
        dicom(deep, IMPLICIT, 12, "MONOCHROME1", WindowCenter=2000, WindowWidth=1500),
        dicom(deep, BIG_ENDIAN, 12, RescaleSlope=2, RescaleIntercept=-1024),
        dicom(np.dstack([gray] * 3), photometric="RGB"),
        dicom(gray, JPEG_BASELINE, stream=saved(Image.fromarray(gray), "JPEG")),
        dicom(gray, JPEG_2000, stream=saved(Image.fromarray(gray), "JPEG2000", **j2k)),
        dicom(deep, RLE, 12),
    ]


def slow_dicom_seeds():
    """Files that are decoded in a process of its own."""
    return [open(get_testdata_file(f"JPEGLSNearLossless_{bits}.dcm"), "rb").read() for bits in ("08", "16")]


def csv_seeds():
    return [
        b"filename,label,patient_id\nimages/a.png,normal,1\nimages/b.png,covid,2\n",
        b'\xef\xbb\xbffilename,label,"patient id"\r\n"a, ""b"".png",normal,1\r\n\r\nb.png,covid,\r\n',
        "filename,label\nröntgen_胸部.png,normal\n".encode("utf-16"),
        b"filename;label\na.png;normal\n",
    ]
