"""Lay a map of evidence over a radiograph."""

import io

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

_VIEW_PX = 256
_OPACITY = 0.65
# Equidistant knots of the inferno colour map (Smith and van der Walt 2015, CC0) but its palest: lightness rises all the way, so that it
# reads in print and with any colour vision, and yellow stays apart from white bone.
_KNOTS = ("000004", "1f0c48", "550f6d", "88226a", "ba3655", "e35933", "f98c0a", "f9c932")
# Cyan, which the map never has, within a dark rim, so that it is seen on bone and on lung; pixels of the enlarged picture.
_OUTLINE, _OUTLINE_PX, _RIM_PX = (0, 229, 255), 2, 1
_RAMP = np.array([[int(knot[place : place + 2], 16) for place in (0, 2, 4)] for knot in _KNOTS], np.float32)


def colours(strength: npt.ArrayLike) -> npt.NDArray[np.uint8]:
    """Colour evidence by its strength; for overlays and their legend.

    Args:
      strength: float [...], range [0, 1]; what lies outside is clipped.
    Returns:
      uint8 [..., 3], RGB, from nearly black over purple and orange to yellow.
    """
    place = np.clip(np.asarray(strength, np.float32), 0, 1) * (len(_RAMP) - 1)
    knots = np.arange(len(_RAMP))
    channels = [np.interp(place, knots, _RAMP[:, channel]) for channel in range(3)]
    rgb: npt.NDArray[np.uint8] = np.rint(np.stack(channels, axis=-1)).astype(np.uint8)
    return rgb


def overlay_png(image: npt.NDArray[np.uint8], strength: npt.NDArray[np.float32], outlined: npt.NDArray[np.bool_] | None = None) -> bytes:
    """Draw the map over the image: the stronger the evidence, the lighter and the less transparent its colour.

    Args:
      image: uint8 [height_px, width_px], gray.
      strength: float32 [height_px, width_px], range [0, 1]; where it is 0 the image is seen as it is.
      outlined: bool [height_px, width_px], what a thin line is drawn around, such as a lesion; None or all False for nothing.
    Returns:
      A PNG file, RGB, enlarged by a whole factor to at least 256 px a side; the same bytes for the same arrays.
    """
    size = _view_size(image.shape)
    gray = np.asarray(_enlarged(image), np.float32)[..., None]
    evidence = Image.fromarray(np.asarray(strength, np.float32)).resize(size, Image.Resampling.BILINEAR)
    values = np.clip(np.asarray(evidence), 0, 1)
    opacity = _OPACITY * values[..., None]
    mixed = (1 - opacity) * gray + opacity * colours(values).astype(np.float32)
    drawn = np.rint(mixed).astype(np.uint8)
    if outlined is not None and outlined.any():
        inside = np.asarray(Image.fromarray(outlined).resize(size, Image.Resampling.NEAREST))
        # What reaches the picture's edge is closed there.
        line = inside & ~ndimage.binary_erosion(inside, iterations=_OUTLINE_PX)
        drawn[ndimage.binary_dilation(inside, iterations=_RIM_PX) & ~inside] = 0
        drawn[line] = _OUTLINE
    return _png(Image.fromarray(drawn))


def pair_png(image: npt.NDArray[np.uint8], strength: npt.NDArray[np.float32]) -> bytes:
    """Draw the image alone and, right of it, under its map; the arguments are the first of `overlay_png`.

    Returns:
      A PNG file, RGB.
    """
    pictures = [Image.open(io.BytesIO(content)).convert("RGB") for content in (image_png(image), overlay_png(image, strength))]
    width, height = pictures[0].size
    pair = Image.new("RGB", (2 * width, height))
    for place, picture in enumerate(pictures):
        pair.paste(picture, (place * width, 0))
    return _png(pair)


def image_png(image: npt.NDArray[np.uint8]) -> bytes:
    """Draw the image alone, as large as its overlay.

    Args:
      image: uint8 [height_px, width_px], gray.
    Returns:
      A PNG file, one channel.
    """
    return _png(_enlarged(image))


def _view_size(shape: tuple[int, ...]) -> tuple[int, int]:
    factor = max(1, -(-_VIEW_PX // min(shape)))
    return shape[1] * factor, shape[0] * factor


def _enlarged(image: npt.NDArray[np.uint8]) -> Image.Image:
    return Image.fromarray(image).resize(_view_size(image.shape), Image.Resampling.BICUBIC)


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
