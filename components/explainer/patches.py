"""Show a segment to the network: the image without it, or the segment alone, in its place or as large as an image."""

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from components.base.errors import UsageError
from components.explainer.superpixels import Segments

Floats = npt.NDArray[np.float32]
# "resized" is the paper's form. A network for photographs meets things at any size and place; one for radiographs meets a lesion or a
# side marker at one size and near one place, and need not know it again when it is eight times as large. Nor need it know a lesion again
# that lies on flat gray: "removed" leaves the rest of the radiograph as it is, and asks what is lost.
Form = Literal["removed", "in_place", "resized"]


def render(
    images: npt.NDArray[np.uint8],
    segments: Segments,
    rows: Sequence[int] | npt.NDArray[np.int64],
    image_px: int,
    fill: float,
    form: Form = "resized",
) -> Floats:
    """Cut segments out, and fill what is not shown with one gray.

    "removed" shows the image without the segment. "in_place" leaves it alone where it is, at its size. "resized" enlarges its box to
    the network's input (Ghorbani et al. 2019, arXiv:1902.03129, section 3), and the box loses its aspect ratio. The published code
    enlarges bicubically, which overshoots at the sharp edge between segment and mean and so shows gray levels that no radiograph has
    there; here it is bilinear.

    Args:
      images: uint8 [n, height_px, width_px], those that were cut.
      segments: of these images.
      rows: int [k], which segments.
      image_px: side of the network's input, pixels.
      fill: that gray, such as the mean of the images, [0, 1].
      form: "removed", "in_place" or "resized".
    Returns:
      float32 [k, image_px, image_px], range [0, 1].
    Raises:
      UsageError: the images are not those of the segments, or the arguments are out of their ranges.
    """
    _check(images, segments, image_px, fill)
    patches = np.empty((len(rows), image_px, image_px), np.float32)
    for patch, row in zip(patches, rows, strict=True):
        if form != "resized":
            image = images[segments.image[row]].astype(np.float32) / 255
            shown = segments.full_mask(row) == (form == "in_place")
            whole = np.where(shown, image, np.float32(fill))
            patch[:] = whole if whole.shape == patch.shape else _resized(whole, image_px)
            continue
        top, left, bottom, right = segments.box[row]
        inside = images[segments.image[row], top:bottom, left:right].astype(np.float32) / 255
        alone = np.where(segments.masks[row], inside, np.float32(fill))
        patch[:] = _resized(alone, image_px)
    return patches


def batches(
    images: npt.NDArray[np.uint8], segments: Segments, image_px: int, fill: float, batch_size: int, form: Form = "resized"
) -> Iterator[Floats]:
    """Render all segments in their order, `batch_size` of them in memory at a time.

    Args:
      images: as in `render`.
      segments: as in `render`.
      image_px: as in `render`.
      fill: as in `render`.
      batch_size: patches of a batch, 1 or more; the last may be smaller.
      form: as in `render`.
    Yields:
      float32 [at most batch_size, image_px, image_px].
    Raises:
      UsageError: as `render`, or batch_size is below 1.
    """
    if batch_size < 1:
        raise UsageError("batch_size must be 1 or more")
    for start in range(0, len(segments), batch_size):
        yield render(images, segments, range(start, min(start + batch_size, len(segments))), image_px, fill, form)


def _resized(image: Floats, image_px: int) -> Floats:
    resized: Floats = np.asarray(Image.fromarray(image).resize((image_px, image_px), Image.Resampling.BILINEAR))
    return resized


def _check(images: npt.NDArray[np.uint8], segments: Segments, image_px: int, fill: float) -> None:
    wanted = (segments.image_count, *segments.image_shape)
    if images.shape != wanted or images.dtype != np.uint8:
        raise UsageError(f"images must be those that were cut, uint8 {list(wanted)}, not {images.dtype} {list(images.shape)}")
    if image_px < 1 or not 0 <= fill <= 1:
        raise UsageError("image_px must be 1 or more, fill in [0, 1]")
