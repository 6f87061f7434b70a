"""What an original may measure, and what is left of it once it is decoded."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from components.ingest.refusal import Refusal
from schemas.quarantine import Reason

GrayPixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Limits:
    """What an original may measure: sides in pixels, size in megapixels, longest side over shortest side."""

    min_side_px: int
    max_megapixels: float
    max_aspect_ratio: float


@dataclass(frozen=True)
class DecodedImage:
    """An image as it is used.

    Attributes:
      pixels: uint8 [height, width], upright, 0 black. Smaller than the original where `decode` was told how large the
        image is stored and a JPEG could be decoded at a half, a quarter or an eighth.
      mode: colour mode of the file, as Pillow names it.
      format: format of the file by its content, lower case.
      height_px: height of the original, upright, pixels.
      width_px: width of the original, upright, pixels.
      colourfulness: share of the pixels, 0 to 1, whose colour stands out from the image's prevailing tint.
      view: AP, PA or lateral by the DICOM header; empty where it does not say.
      sex: F or M by the DICOM header; empty where it does not say.
      age_years: by the DICOM header, 90 for all who are older; None where it does not say.
      burnt_in: the DICOM header says that the pixels hold annotations.
    """

    pixels: GrayPixels
    mode: str
    format: str
    height_px: int
    width_px: int
    colourfulness: float = 0.0
    view: str = ""
    sex: str = ""
    age_years: int | None = None
    burnt_in: bool = False


def check_size(width_px: int, height_px: int, limits: Limits) -> None:
    """Compare what a header claims with the limits.

    Raises:
      Refusal: too_large, too_small or aspect_ratio.
    """
    if width_px * height_px > limits.max_megapixels * 1e6:
        raise Refusal(Reason.TOO_LARGE, f"{width_px} x {height_px} pixels; the limit is {limits.max_megapixels:g} megapixels")
    if min(width_px, height_px) < limits.min_side_px:
        raise Refusal(Reason.TOO_SMALL, f"{width_px} x {height_px} pixels; the shorter side must have {limits.min_side_px}")
    if max(width_px, height_px) > limits.max_aspect_ratio * min(width_px, height_px):
        raise Refusal(
            Reason.ASPECT_RATIO,
            f"{width_px} x {height_px} pixels; the longer side may be {limits.max_aspect_ratio:g} times the shorter",
        )


@contextmanager
def damage_refused(what: str) -> Iterator[None]:
    """Refuse the file whose decoder fails.

    Decoders raise what their format suggests: OSError, SyntaxError, struct.error, ... Memory that runs out says nothing
    about the file and stays an error of the run.

    Raises:
      Refusal: truncated, or the one raised inside.
    """
    try:
        yield
    except (Refusal, MemoryError):
        raise
    except Exception as error:
        raise Refusal(Reason.TRUNCATED, f"the {what} data end early or are damaged") from error
