"""ACE's segments and patches one by one, as the published code makes them: what our form is measured against.

Every segment is a mask of the whole image, every pair of masks is compared pixel by pixel, every patch is cut from the whole image
and resized by itself. Where the published code is at fault (the last segment of each image, the last row and column of each box,
bicubic overshoot) this form is not, so that both give equal results.
"""

import numpy as np
import numpy.typing as npt
from PIL import Image
from skimage.segmentation import slic

from components.explainer.superpixels import COMPACTNESS, MAX_OVERLAP, RESOLUTIONS, SIGMA_PX, Segments

Masks = list[npt.NDArray[np.bool_]]


def segments_one_by_one(images: npt.NDArray[np.uint8]) -> list[Masks]:
    """Cut images and drop near-duplicates.

    Args:
      images: uint8 [n, height_px, width_px].
    Returns:
      For each image its masks, bool [height_px, width_px], in the order of resolutions and labels.
    """
    return [_unique_masks(image) for image in images]


def patches_one_by_one(images: npt.NDArray[np.uint8], masks: list[Masks], image_px: int, fill: float) -> npt.NDArray[np.float32]:
    """Render every mask; all patches are kept in memory, float32 [s, image_px, image_px], range [0, 1]."""
    return np.stack([_patch(image, mask, image_px, fill) for image, of_image in zip(images, masks, strict=True) for mask in of_image])


def same_segments(segments: Segments, masks: list[Masks]) -> bool:
    """Whether both forms found the same segments, in the same order."""
    expected = [(row, mask) for row, of_image in enumerate(masks) for mask in of_image]
    return len(expected) == len(segments) and all(
        segments.image[place] == row and np.array_equal(segments.full_mask(place), mask) for place, (row, mask) in enumerate(expected)
    )


def _unique_masks(image: npt.NDArray[np.uint8]) -> Masks:
    contrast = (int(image.max()) - int(image.min())) / 255 or 1.0
    kept: Masks = []
    for count in RESOLUTIONS:
        labels = slic(image / 255, n_segments=count, compactness=COMPACTNESS / contrast, sigma=SIGMA_PX, start_label=0, channel_axis=None)
        fresh: Masks = []
        for label in range(labels.max() + 1):
            mask = labels == label
            if mask.any() and all(_jaccard(seen, mask) <= MAX_OVERLAP for seen in kept):
                fresh.append(mask)
        kept.extend(fresh)
    return kept


def _jaccard(first: npt.NDArray[np.bool_], second: npt.NDArray[np.bool_]) -> float:
    return float((first & second).sum() / (first | second).sum())


def _patch(image: npt.NDArray[np.uint8], mask: npt.NDArray[np.bool_], image_px: int, fill: float) -> npt.NDArray[np.float32]:
    alone = np.where(mask, image.astype(np.float32) / 255, np.float32(fill))
    rows, columns = np.where(mask)
    crop = alone[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    return np.asarray(Image.fromarray(crop).resize((image_px, image_px), Image.Resampling.BILINEAR))
