"""Tell what a file is by its first bytes."""

import re

from components.ingest.refusal import Refusal
from schemas.quarantine import Reason

_HTML = re.compile(rb"\s*(<!doctype html|<html|<head|<body)", re.IGNORECASE)

_READ = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
)
_NOT_READ = (
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"8BPS", "Photoshop"),
    (b"\0\0\x01\0", "Windows icon"),
    (b"II+\0", "BigTIFF"),
    (b"MM\0+", "BigTIFF"),
    (b"\x5c\x01", "NIfTI"),
    (b"P5", "portable graymap"),
    (b"P6", "portable pixmap"),
)
_NOT_AN_IMAGE = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\0\x05\x16\x07", "a macOS resource fork"),
    (b"\xd0\xcf\x11\xe0", "a Windows thumbnail cache or Office file"),
)


def identify(data: bytes) -> str:
    """Name the image format, as Pillow does.

    Args:
      data: the whole file, or its first 4,096 bytes.
    Returns:
      One of PNG, JPEG, GIF, BMP, TIFF, WEBP, DICOM.
    Raises:
      Refusal: empty, unsupported_format or not_an_image.
    """
    head = data[:4096]
    if not head:
        raise Refusal(Reason.EMPTY, "zero bytes")
    if head[128:132] == b"DICM":  # first, because the 128 bytes before it may be the start of a TIFF
        return "DICOM"
    for start, name in _READ:
        if head.startswith(start):
            return name
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp":
        raise Refusal(Reason.UNSUPPORTED_FORMAT, "HEIF or AVIF")
    for start, name in _NOT_READ:
        if head.startswith(start):
            raise Refusal(Reason.UNSUPPORTED_FORMAT, name)
    for start, name in _NOT_AN_IMAGE:
        if head.startswith(start):
            raise Refusal(Reason.NOT_AN_IMAGE, name)
    if _HTML.match(head):
        raise Refusal(Reason.NOT_AN_IMAGE, "an HTML page")
    raise Refusal(Reason.NOT_AN_IMAGE, "text" if _is_text(head) else "no known format")


def _is_text(head: bytes) -> bool:
    return not any(byte < 9 or 13 < byte < 32 for byte in head)
