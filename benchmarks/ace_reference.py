"""ACE's segments and patches one by one, as the published code makes them: what our form is measured against.

python -m benchmarks.ace_reference [--images 50] [--image-px 96] [--rounds 3]

Every segment is a mask of the whole image, every pair of masks is compared pixel by pixel, every patch is cut from the whole image
and resized by itself. Where the published code is at fault (the last segment of each image, the last row and column of each box,
bicubic overshoot) this form is not, so that both give equal results.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image
from skimage.segmentation import slic

from benchmarks.ratios import Ratio, print_ratios
from components.explainer.patches import batches
from components.explainer.superpixels import COMPACTNESS, MAX_OVERLAP, RESOLUTIONS, SIGMA_PX, Segments, segment
from components.phantom.radiograph import expose
from components.phantom.roster import roster

BATCH = 64
# What the whole of ACE must reach (without the network, which both forms would call alike); wanted here of these parts alone.
WANTED = 3.0
_FILL = 0.47

Masks = list[npt.NDArray[np.bool_]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ace_reference", description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=50)
    parser.add_argument("--image-px", type=int, default=96)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(arguments)
    images = np.stack([expose(exposure, options.image_px, None).pixels for exposure in roster(1, options.images)])
    parts = {"segments": ([], []), "patches": ([], []), "both": ([], [])}
    for _ in range(options.rounds):
        ours, reference, count = _measure(images)
        for name, (quick, slow) in parts.items():
            quick.append(ours[name])
            slow.append(reference[name])
    print(f"{len(images)} images of {options.image_px} px, {count} segments; median of {options.rounds} rounds, seconds")
    medians = {name: (statistics.median(quick), statistics.median(slow)) for name, (quick, slow) in parts.items()}
    for name, (quick, slow) in medians.items():
        print(f"{name:12s} ours {quick:7.2f}   one by one {slow:7.2f}")
    quick, slow = medians["both"]
    return print_ratios([Ratio("segments and patches: time one by one over ours", slow / quick, WANTED, True)])


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


def _measure(images: npt.NDArray[np.uint8]) -> tuple[dict[str, float], dict[str, float], int]:
    image_px = images.shape[1]
    start = time.perf_counter()
    segments = segment(images)
    cut = time.perf_counter()
    for _ in batches(images, segments, image_px, _FILL, BATCH):
        pass
    rendered = time.perf_counter()
    masks = segments_one_by_one(images)
    cut_reference = time.perf_counter()
    patches = patches_one_by_one(images, masks, image_px, _FILL)
    end = time.perf_counter()
    if not same_segments(segments, masks) or len(patches) != len(segments):
        raise RuntimeError("the two forms disagree; one of them is wrong")
    ours = {"segments": cut - start, "patches": rendered - cut, "both": rendered - start}
    reference = {"segments": cut_reference - rendered, "patches": end - cut_reference, "both": end - rendered}
    return ours, reference, len(segments)


if __name__ == "__main__":
    sys.exit(main())
