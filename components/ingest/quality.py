"""Flag what is odd about an image that can be used all the same.

The rates below were measured on 2026-11-25 on 2,121 public frontal radiographs of four collections, shrunk to 512 pixels,
and on altered copies of them.
"""

import cv2
import numpy as np

from components.ingest.decoded import DecodedImage, GrayPixels
from schemas import features

_MIN_SPREAD = 40
_MAX_LIKENESS = 0.0
_MIN_OVERLAY = 1e-4
# The mean of 1,000 of the radiographs, each on a grid of 8 x 8, less its mean and over its standard deviation, in
# hundredths; made even to left and right, so that a mirrored chest is as good.
_CHEST = np.array(
    [
        (-151, -117, -71, 16, 16, -71, -117, -151),
        (-56, -12, -33, 9, 9, -33, -12, -56),
        (-27, 2, -66, 10, 10, -66, 2, -27),
        (-34, -7, -58, 44, 44, -58, -7, -34),
        (-49, -11, -16, 80, 80, -16, -11, -49),
        (-63, 0, 33, 105, 105, 33, 0, -63),
        (-75, 40, 94, 132, 132, 94, 40, -75),
        (-74, 78, 129, 149, 149, 129, 78, -74),
    ],
    np.float64,
)


def flags(decoded: DecodedImage, shrunk: GrayPixels) -> frozenset[str]:
    """Judge one image.

    - flat: the 1st and the 99th percentile of the gray levels lie less than 40 levels of 255 apart. Flagged: none of
      the radiographs (the least spread is 72); all copies with an eighth of their contrast.
    - inverted: its 8 x 8 thumbnail correlates negatively with the mean chest. Of the 1,121 radiographs that the mean
      was not made of, none is flagged, and all of their 255 - x copies. None of 60 phantoms, and all of their copies.
    - colour_overlay: at least 1 in 10,000 pixels lies 40 levels or more from the median colour in the plane of Cb and Cr
      (`components.ingest.gray.colourfulness`). Flagged: 23 of the radiographs, of which 19 bear coloured arrows,
      scales or banners; all of 1,800 copies with the thin outline of a box drawn in one of six colours, half of them JPEGs.
    - lateral: the DICOM header says so. Pixels are not asked.
    - burnt_in: the DICOM header says so (Burned In Annotation). Pixels are not asked: side markers of lead look like
      letters that were burnt in, and nearly every radiograph bears one.

    Args:
      decoded: the image.
      shrunk: its pixels as stored, uint8 [height_px, width_px].
    Returns:
      Those of `schemas.features.QUALITY_FLAGS` that apply.
    """
    applies = {
        "flat": _spread(shrunk) < _MIN_SPREAD,
        "inverted": _likeness(shrunk) < _MAX_LIKENESS,
        "colour_overlay": decoded.colourfulness >= _MIN_OVERLAY,
        "lateral": decoded.view == "lateral",
        "burnt_in": decoded.burnt_in,
    }
    return frozenset(name for name in features.QUALITY_FLAGS if applies[name])


def _spread(shrunk: GrayPixels) -> int:
    cumulated = np.cumsum(cv2.calcHist([shrunk], [0], None, [256], [0, 256]).ravel())
    low, high = np.searchsorted(cumulated, (0.01 * shrunk.size, 0.99 * shrunk.size))
    return int(high - low)


def _likeness(shrunk: GrayPixels) -> float:
    """Return the correlation with the mean chest, -1 to 1."""
    thumbnail = cv2.resize(shrunk, _CHEST.shape[::-1], interpolation=cv2.INTER_AREA).astype(np.float64)
    thumbnail -= thumbnail.mean()
    chest = _CHEST - _CHEST.mean()
    return float((thumbnail * chest).sum() / max(1e-9, np.sqrt((thumbnail**2).sum() * (chest**2).sum())))
