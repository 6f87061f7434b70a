"""Decode one image file to gray pixels, by its content and never by its name."""

import io
import threading
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from components.ingest import png_checksums, sniff
from components.ingest.gray import is_deep_colour, to_gray, upright
from components.ingest.refusal import Refusal
from schemas.quarantine import Reason

GrayPixels = npt.NDArray[np.uint8]

_HEADER_LOCK = threading.Lock()


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
      pixels: uint8 [height_px, width_px], upright, 0 black.
      mode: colour mode of the file, as Pillow names it.
      format: format of the file by its content, lower case.
    """

    pixels: GrayPixels
    mode: str
    format: str


def decode(data: bytes, limits: Limits) -> DecodedImage:
    """Decode a PNG, JPEG, WebP, BMP, GIF or TIFF of one frame.

    Colour becomes ITU-R 601 luma, transparency is laid on black, more than 8 bits are scaled from the range of the
    data to 0..255, and the EXIF orientation is applied. The limits are checked on the header, before any pixel.

    Args:
      data: the whole file.
      limits: what the original may measure.
    Raises:
      Refusal: its `reason` is one of schemas.quarantine.Reason.
    """
    file_format = sniff.identify(data)
    with _open(data, file_format) as image:
        _check_header(image, limits)
        if file_format == "PNG":
            png_checksums.check(data)
        mode = image.mode
        try:
            frames = getattr(image, "n_frames", 1)
            if frames == 1:
                deep_colour = is_deep_colour(image)
                image.load()
                pixels = upright(to_gray(image, deep_colour), image)
        except Refusal:
            raise
        except Exception as error:  # Pillow's decoders raise what their format suggests: OSError, SyntaxError, struct.error, ...
            raise Refusal(Reason.TRUNCATED, f"the {file_format} data end early or are damaged") from error
    if frames != 1:
        raise Refusal(Reason.MULTIPLE_FRAMES, f"{frames} frames or pages")
    if pixels.min() == pixels.max():
        raise Refusal(Reason.NO_CONTRAST, "every pixel has the same value")
    return DecodedImage(pixels, mode, "jpeg" if file_format == "MPO" else file_format.lower())


def encode_png(pixels: GrayPixels, max_side_px: int) -> bytes:
    """Encode gray pixels as PNG, shrunk (antialiased) where the longer side is longer than the limit.

    Args:
      pixels: uint8 [height_px, width_px].
      max_side_px: longer side as stored, at most.
    Returns:
      The same bytes for the same pixels; nothing of the original file's metadata.
    """
    image = Image.fromarray(pixels)
    longer = max(image.size)
    if longer > max_side_px:
        width, height = (max(1, round(side * max_side_px / longer)) for side in image.size)
        image = image.resize((width, height), Image.Resampling.BICUBIC)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=3)
    return buffer.getvalue()


def _open(data: bytes, file_format: str) -> Image.Image:
    # Our own limit replaces Pillow's, which warns at 89 megapixels whatever the configuration says.
    with _HEADER_LOCK:
        pillow_limit = Image.MAX_IMAGE_PIXELS
        Image.MAX_IMAGE_PIXELS = None
        try:
            return Image.open(io.BytesIO(data), formats=["JPEG", "MPO"] if file_format == "JPEG" else [file_format])
        except Exception as error:  # as in decode
            raise Refusal(Reason.TRUNCATED, f"the {file_format} header is damaged") from error
        finally:
            Image.MAX_IMAGE_PIXELS = pillow_limit


def _check_header(image: Image.Image, limits: Limits) -> None:
    width, height = image.size
    if width * height > limits.max_megapixels * 1e6:
        raise Refusal(Reason.TOO_LARGE, f"{width} x {height} pixels; the limit is {limits.max_megapixels:g} megapixels")
    if min(width, height) < limits.min_side_px:
        raise Refusal(Reason.TOO_SMALL, f"{width} x {height} pixels; the shorter side must have {limits.min_side_px}")
    if max(width, height) > limits.max_aspect_ratio * min(width, height):
        raise Refusal(
            Reason.ASPECT_RATIO, f"{width} x {height} pixels; the longer side may be {limits.max_aspect_ratio:g} times the shorter"
        )
