"""Cut radiographs into segments of several sizes, the raw material of concepts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.segmentation import slic

from components.base import progress
from components.base.errors import UsageError

# Counts of segments an image (Ghorbani et al. 2019, section 4): texture, parts and whole objects.
RESOLUTIONS = (15, 50, 80)
# The published code cuts colour images at compactness 20 in Lab, whose lightness runs from 0 to 100. Lightness follows the
# coded gray of an sRGB image, scaled to 0..100, within 3.4, so on gray in 0..1 that is 20 / 100.
COMPACTNESS = 0.2
# Both as in the published code: the blur before cutting, in pixels, and the Jaccard index above which a segment is a near-duplicate.
SIGMA_PX = 1.0
MAX_OVERLAP = 0.5

Labels = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Segments:
    """Segments of images, in the order of images, resolutions and labels.

    Attributes:
      image: int32 [s], row of the image.
      resolution: int32 [s], the count of segments that was asked for.
      box: int32 [s, 4], top, left, bottom, right in pixels; bottom and right are excluded. The mask touches all four sides.
      masks: bool [bottom - top, right - left] each, [s] of them.
      image_count: images that were cut.
      image_shape: height_px, width_px.
      duplicates: segments that were dropped because they nearly repeat one that was kept.
    """

    image: npt.NDArray[np.int32]
    resolution: npt.NDArray[np.int32]
    box: npt.NDArray[np.int32]
    masks: tuple[npt.NDArray[np.bool_], ...]
    image_count: int
    image_shape: tuple[int, int]
    duplicates: int

    def __len__(self) -> int:
        return len(self.masks)

    def subset(self, rows: npt.NDArray[np.int64]) -> "Segments":
        """Take some segments, in the order of `rows`."""
        masks = tuple(self.masks[row] for row in rows)
        return replace(self, image=self.image[rows], resolution=self.resolution[rows], box=self.box[rows], masks=masks)

    def full_mask(self, row: int) -> npt.NDArray[np.bool_]:
        """Return the mask of one segment on the whole image: bool [height_px, width_px]."""
        full = np.zeros(self.image_shape, np.bool_)
        top, left, bottom, right = self.box[row]
        full[top:bottom, left:right] = self.masks[row]
        return full


def segment(
    images: npt.ArrayLike,
    resolutions: Sequence[int] = RESOLUTIONS,
    compactness: float = COMPACTNESS,
    sigma_px: float = SIGMA_PX,
    max_overlap: float = MAX_OVERLAP,
) -> Segments:
    """Cut every image at every resolution and drop what nearly repeats a segment of an earlier resolution.

    SLIC (Achanta et al. 2012, TPAMI 34:2274) for ACE (Ghorbani et al. 2019, arXiv:1902.03129, section 3). Nothing is random.

    Args:
      images: uint8 [n, height_px, width_px].
      resolutions: segments of an image, about, each 1 or more; what the first ones cut is kept.
      compactness: gray in 0..1 that weighs as much as the spacing of the segments; the larger, the squarer they are.
      sigma_px: width of the blur before cutting, pixels; 0 for none.
      max_overlap: Jaccard index (0, 1] above which a segment is dropped for one that was kept before.
    Returns:
      The segments; at the first resolution all of them, so that every pixel of every image is covered.
    Raises:
      UsageError: the arguments are out of their ranges.
    """
    pixels = np.asarray(images)
    _check(pixels, resolutions, compactness, sigma_px, max_overlap)
    image, resolution, boxes, masks = [], [], [], []
    duplicates = 0
    for row, one in enumerate(pixels):
        maps = [label_map(one, count, compactness, sigma_px) for count in resolutions]
        for count, labels, kept in zip(resolutions, maps, distinct(maps, max_overlap), strict=True):
            for label, box in enumerate(ndimage.find_objects(labels + 1)):
                if not kept[label]:
                    duplicates += 1
                    continue
                image.append(row)
                resolution.append(count)
                boxes.append((box[0].start, box[1].start, box[0].stop, box[1].stop))
                masks.append(labels[box] == label)
        progress.report("explainer", row + 1, len(pixels), "images, superpixels")
    return Segments(
        np.array(image, np.int32),
        np.array(resolution, np.int32),
        np.array(boxes, np.int32).reshape(-1, 4),
        tuple(masks),
        len(pixels),
        (pixels.shape[1], pixels.shape[2]),
        duplicates,
    )


def label_map(image: npt.NDArray[np.uint8], count: int, compactness: float = COMPACTNESS, sigma_px: float = SIGMA_PX) -> Labels:
    """Cut one image at one resolution.

    Args:
      image: uint8 [height_px, width_px].
      count: segments, about.
      compactness: as in `segment`.
      sigma_px: as in `segment`.
    Returns:
      int64 [height_px, width_px], labels 0, 1, ... without a gap.
    """
    # scikit-image stretches each image to 0..1 first. Undone by the compactness, which so keeps one unit for all images: an almost flat
    # image is cut into squares and not along its noise, and one white letter does not change how the lungs are cut.
    contrast = float(np.ptp(image)) / 255 or 1.0
    gray = image.astype(np.float64) / 255
    labels = slic(gray, n_segments=count, compactness=compactness / contrast, sigma=sigma_px, start_label=0, channel_axis=None)
    dense = np.unique(labels, return_inverse=True)[1]
    return np.asarray(dense, np.int64).reshape(image.shape)


def distinct(maps: Sequence[Labels], max_overlap: float = MAX_OVERLAP) -> list[npt.NDArray[np.bool_]]:
    """Find the segments of one image that no kept segment of an earlier map nearly repeats.

    Args:
      maps: int [height_px, width_px] each, labels 0, 1, ... without a gap. Segments of one map do not overlap.
      max_overlap: Jaccard index above which a segment is dropped.
    Returns:
      For each map bool [labels], whether the segment is kept.
    """
    areas = [np.bincount(labels.ravel()) for labels in maps]
    kept: list[npt.NDArray[np.bool_]] = []
    for place, labels in enumerate(maps):
        repeats = np.zeros(len(areas[place]), np.bool_)
        for earlier, keepers, area in zip(maps, kept, areas, strict=False):
            shared = overlaps(earlier, labels, len(area), len(repeats))
            jaccard = shared / (area[:, None] + areas[place] - shared)
            repeats |= (jaccard[keepers] > max_overlap).any(axis=0)
        kept.append(~repeats)
    return kept


def overlaps(first: npt.NDArray[np.int64], second: npt.NDArray[np.int64], first_count: int, second_count: int) -> Labels:
    """Count the places that two labellings share, for every pair of labels at once: int64 [first_count, second_count].

    Args:
      first: int64 [...], labels 0 .. first_count - 1.
      second: int64, of the same shape, labels 0 .. second_count - 1.
      first_count: labels of the first.
      second_count: labels of the second.
    """
    pairs = np.bincount((first * second_count + second).ravel(), minlength=first_count * second_count)
    return pairs.reshape(first_count, second_count).astype(np.int64)


def _check(pixels: npt.NDArray[np.uint8], resolutions: Sequence[int], compactness: float, sigma_px: float, max_overlap: float) -> None:
    if pixels.ndim != 3 or pixels.dtype != np.uint8 or 0 in pixels.shape[1:]:
        raise UsageError(f"images must be uint8 [n, height_px, width_px], not {pixels.dtype} {list(pixels.shape)}")
    if not resolutions or min(resolutions) < 1:
        raise UsageError(f"resolutions must be counts of segments, 1 or more each, not {list(resolutions)}")
    if not (compactness > 0 and sigma_px >= 0 and 0 < max_overlap <= 1):
        raise UsageError("compactness must be above 0, sigma_px 0 or more, max_overlap in (0, 1]")
