"""Decode a DICOM radiograph, and let no more of its header out than a fixed list."""

from pathlib import Path

from components.ingest import dicom_pixels
from components.ingest.decoded import DecodedImage, Limits, check_size, damage_refused
from components.ingest.demographics import parse_age
from components.ingest.dicom_header import Header, read_header
from components.ingest.refusal import Refusal
from schemas.quarantine import Reason

_PATIENT_ID = 0x00100020
_SEX = 0x00100040
_AGE = 0x00101010
_VIEW_POSITION = 0x00185101
_BURNT_IN = 0x00280301
_VIEW_CODES = 0x00540220
_CODE = 0x00080100

# All that leaves a header beside pixels, their size and their colour mode. What is not listed is never read.
LEAVES_THE_HEADER = frozenset({_SEX, _AGE, _VIEW_POSITION, _BURNT_IN, _VIEW_CODES, _CODE})

_VIEW_BY_POSITION = {"AP": "AP", "PA": "PA", "LL": "lateral", "RL": "lateral", "LAT": "lateral", "LATERAL": "lateral"}
# Context group 4010 of PS3.16, in SNOMED CT and in the older SNOMED RT.
_VIEW_BY_CODE = {
    "399348003": "AP",
    "272479007": "PA",
    "399067008": "lateral",
    "399173006": "lateral",
    "399198007": "lateral",
    "R-10206": "AP",
    "R-10214": "PA",
    "R-10232": "lateral",
    "R-10236": "lateral",
}
_PREAMBLE_BYTES = 132
_HEADER_START_BYTES = 1 << 18


def decode(data: bytes, limits: Limits) -> DecodedImage:
    """Decode one frame to gray.

    The stored values go through the rescale (or the modality look-up table), then through the first window or VOI
    look-up table; where there is none, or it leaves one gray, the range of the data without padding becomes 0..255.
    MONOCHROME1 is inverted. Colour becomes ITU-R 601 luma, a palette is looked up.

    Args:
      data: the whole file, with preamble.
      limits: what the original may measure; checked by Rows and Columns before any pixel is decoded, and the
        compressed stream must claim the same.
    Returns:
      The image; its mode is L to 8 bits, I;16 above, P or RGB.
    Raises:
      Refusal: its `reason` is one of schemas.quarantine.Reason.
    """
    with damage_refused("DICOM"):
        header = read_header(data, LEAVES_THE_HEADER | dicom_pixels.TAGS)
        dicom_pixels.check_syntax(header)
        layout = dicom_pixels.read_layout(header)
        check_size(layout.width_px, layout.height_px, limits)
        if layout.frames != 1:
            raise Refusal(Reason.MULTIPLE_FRAMES, f"{layout.frames} frames")
        pixels, mode, colourfulness = dicom_pixels.decode(data, header, layout)
        return DecodedImage(
            pixels,
            mode,
            "dicom",
            layout.height_px,
            layout.width_px,
            colourfulness,
            view=_view(header),
            sex=header.text(_SEX) if header.text(_SEX) in ("F", "M") else "",
            age_years=parse_age(header.text(_AGE)),
            burnt_in=header.text(_BURNT_IN) == "YES",
        )


def read_patient_id(path: Path) -> str:
    """Read the PatientID of a DICOM file, for telling which images show one patient; it must not reach an output.

    Only the first 256 KiB are read, and nothing of them but this element.

    Returns:
      The identifier; empty where the file cannot be read, is no DICOM, is damaged before it, or has none.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_PREAMBLE_BYTES)
            if data[128:] != b"DICM":
                return ""
            data += file.read(_HEADER_START_BYTES - _PREAMBLE_BYTES)
        value = read_header(data, frozenset({_PATIENT_ID}), last_tag=_PATIENT_ID).values.get(_PATIENT_ID, b"")
    except (OSError, ValueError, Refusal):
        return ""
    return value.decode("utf-8" if _is_utf8(value) else "latin-1").strip(" \0")


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _view(header: Header) -> str:
    codes = header.items.get(_VIEW_CODES)
    by_code = _VIEW_BY_CODE.get(codes.text(_CODE), "") if codes else ""
    return _VIEW_BY_POSITION.get(header.text(_VIEW_POSITION).upper(), "") or by_code
