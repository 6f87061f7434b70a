"""Tell from the pixels whether two radiographs are one."""

import cmath
import math

import cv2
import numpy as np

from benchmarks.copies_of import Pixels
from components.ingest.copies.contrast import LONGER_SIDE_PX, even_out, shrink
from components.ingest.copies.match import Match

# Between what was seen: 25 pairs that look like one radiograph to the eye correlate at 0.88 and more; of 170 pairs of exposures of
# one patient, laid on each other as well as five keypoints allow, none correlates above 0.84.
MIN_CORRELATION = 0.86


def correlation(a: Pixels, b: Pixels, found: Match) -> float:
    """Correlate two radiographs over what both show.

    Args:
      a: uint8 [height_px, width_px], the first of the pair.
      b: uint8 [height_px, width_px], the second.
      found: how the first lies on the second.
    Returns:
      Normalised cross-correlation of the pixels with even local contrast, range [-1, 1]; 0 where less than a tenth overlaps.
    """
    small_a, small_b = (cv2.resize(each, (LONGER_SIDE_PX,) * 2) if found.squared else each for each in (shrink(a), shrink(b)))
    turn = found.scale * cmath.exp(1j * math.radians(found.rotation))
    matrix = np.array([[turn.real, -turn.imag, found.shift[0]], [turn.imag, turn.real, found.shift[1]]])
    size = (small_b.shape[1], small_b.shape[0])
    moved = cv2.warpAffine(even_out(small_a), matrix, size, flags=cv2.INTER_LINEAR).astype(np.float64)
    # A few pixels less than the overlap: at the rim the local contrast depends on what lies outside.
    rim = cv2.erode(np.ones(small_a.shape, np.uint8), np.ones((9, 9), np.uint8), borderValue=0)
    both = cv2.warpAffine(rim, matrix, size, flags=cv2.INTER_NEAREST) > 0
    if both.mean() < 0.1:
        return 0.0
    return float(np.corrcoef(moved[both], even_out(small_b)[both])[0, 1])
