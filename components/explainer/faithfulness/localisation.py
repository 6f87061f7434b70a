"""Does a map lie where the truth is? Three measures against masks of what is known to matter.

Only positive values count. An image without truth is not judged (NaN). An image without a map is no hit (0): a method must not
win by silence. All three are larger where the truth is larger, so read them beside `chance` and the controls.
"""

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from components.base.errors import UsageError
from components.explainer.faithfulness.evidence import checked_maps, positive, without

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def pointing_game(maps: npt.ArrayLike, truth: npt.ArrayLike, tolerance_px: float = 0.0) -> Floats:
    """Say whether the highest pixel of a map lies in the truth (Zhang et al. 2016, arXiv:1608.00507).

    Where several pixels are highest, such as those of one superpixel, the value is the share of them that hit: what drawing one
    of them would score on average.

    Args:
      maps: float [n, height_px, width_px], any sign.
      truth: bool of the same shape.
      tolerance_px: a miss by at most this distance counts as a hit; the paper forgives 15 px of images some 500 px wide.
    Returns:
      float64 [n], [0, 1].
    Raises:
      UsageError: the shapes differ.
    """
    values, masks = _pair(maps, truth)
    highest = values.max(axis=(1, 2), keepdims=True, initial=0)
    tied = (values == highest) & (values > 0)
    return without(_share(tied, widened(masks, tolerance_px)), _no_truth(masks))


def mass_accuracy(maps: npt.ArrayLike, truth: npt.ArrayLike) -> Floats:
    """Take the share of a map's positive values that lies in the truth (Arras et al. 2022, arXiv:2003.07258).

    Args:
      maps: float [n, height_px, width_px], any sign.
      truth: bool of the same shape.
    Returns:
      float64 [n], [0, 1].
    Raises:
      UsageError: the shapes differ.
    """
    values, masks = _pair(maps, truth)
    return without(_share(values, masks), _no_truth(masks))


def rank_accuracy(maps: npt.ArrayLike, truth: npt.ArrayLike) -> Floats:
    """Take the share of the K highest pixels that lie in a truth of K pixels (Arras et al. 2022, arXiv:2003.07258).

    Of pixels that are equal at the K-th place, as many as there is room for are drawn, and the value is the average over such
    draws. A pixel without evidence is no hit, so a map of few positive pixels scores low.

    Args:
      maps: float [n, height_px, width_px], any sign.
      truth: bool of the same shape.
    Returns:
      float64 [n], [0, 1].
    Raises:
      UsageError: the shapes differ.
    """
    values, masks = _pair(maps, truth)
    return np.array([_rank_accuracy(each.ravel(), mask.ravel()) for each, mask in zip(values, masks, strict=True)], np.float64)


def chance(truth: npt.ArrayLike, tolerance_px: float = 0.0) -> Floats:
    """Expect the score of the pointing game for a pixel drawn at random: the share of the image that the truth covers.

    Args:
      truth: bool [n, height_px, width_px].
      tolerance_px: as in `pointing_game`.
    Returns:
      float64 [n], (0, 1]; NaN without truth.
    """
    masks = np.asarray(truth, np.bool_)
    return without(widened(masks, tolerance_px).mean(axis=(1, 2)), _no_truth(masks))


def widened(truth: Flags, tolerance_px: float) -> Flags:
    """Add all pixels whose centres lie within a distance of a mask [n, height_px, width_px]."""
    if not tolerance_px:
        return truth
    near = [ndimage.distance_transform_edt(~mask) <= tolerance_px if mask.any() else mask for mask in truth]
    return np.stack(near) if near else truth


def _rank_accuracy(flat: Floats, mask: Flags) -> float:
    room = int(mask.sum())
    if not room:
        return float("nan")
    last = np.partition(flat, -room)[-room]
    above, tied = flat > last, (flat == last) & (flat > 0)
    hits = float((above & mask).sum())
    if tied.any():
        hits += (room - int(above.sum())) * float(mask[tied].mean())
    return hits / room


def _pair(maps: npt.ArrayLike, truth: npt.ArrayLike) -> tuple[Floats, Flags]:
    values, masks = positive(checked_maps(maps)), np.asarray(truth, np.bool_)
    if values.shape != masks.shape:
        raise UsageError(
            f"maps of shape {list(values.shape)} and truth of shape {list(masks.shape)}; bring the truth to the size of the maps"
        )
    return values, masks


def _share(values: npt.NDArray[np.bool_] | Floats, masks: Flags) -> Floats:
    total = values.sum(axis=(1, 2), dtype=np.float64)
    inside = np.where(masks, values, 0).sum(axis=(1, 2), dtype=np.float64)
    return np.where(total > 0, inside / np.where(total > 0, total, 1), 0)


def _no_truth(masks: Flags) -> Flags:
    found: Flags = ~masks.any(axis=(1, 2))
    return found
