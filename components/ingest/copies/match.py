"""Tell whether two fingerprints show one radiograph."""

import cmath
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from components.ingest.copies.candidates import NEAR_BITS
from components.ingest.copies.contrast import LONGER_SIDE_PX
from components.ingest.copies.fingerprint import Fingerprint
from components.ingest.copies.perceptual_hash import distance

MIN_INLIERS = 8
MIN_SUPPORT = 0.25
_MAX_RATIO = 0.9
# Of the best matches: every two of them are tried.
_MOST_SAMPLED = 48
_TOLERANCE_PX = 1.0
_MIN_SCALE, _MAX_SCALE = 0.4, 2.5
_MAX_ROTATION = math.radians(15)
_MIN_SPREAD_PX = 6.0
_MIN_BASELINE_PX = 20.0
_REFITS = 3
# Ratio of the ratios of sides above which one image may be the other squashed, as distributors do who make all images square.
_SQUASHED = 1.02

Points = npt.NDArray[np.complex128]
_Mask = npt.NDArray[np.bool_]
_Places = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Match:
    """Why two fingerprints show one radiograph.

    Attributes:
      kind: "near", where the perceptual hashes differ in few bits as well, or "keypoints".
      support: share of the keypoints seen in both images that fall on each other, weighted by how well, range [0.25, 1].
      inliers: keypoints that fall on each other; 0 where equal pixels, not keypoints, decided.
      scale: of the second image over the first, both at a longer side of 256 pixels, range [0.4, 2.5].
      rotation: from the first image to the second, degrees, range [-15, 15].
      shift: x and y of the first image's corner in the second, pixels of its frame.
      squared: whether all that holds once both are stretched to squares: one is the other squashed.
    """

    kind: str
    support: float
    inliers: int
    scale: float
    rotation: float
    shift: tuple[float, float]
    squared: bool = False


def match(a: Fingerprint, b: Fingerprint) -> Match | None:
    """Match two fingerprints by their keypoints.

    Nearest descriptors that pass the ratio test both ways (Lowe 2004, section 7.1) propose pairs of points; every two of them
    give a change of scale, rotation and place without mirroring, and the one that most pairs agree with is refitted. It is
    RANSAC (Fischler and Bolles 1981, doi:10.1145/358669.358692) with all samples instead of random ones: at most 1,128, and the
    same result for ever. Agreement is weighted as in MSAC (Torr and Zisserman 2000, doi:10.1006/cviu.1999.0832), which keeps
    apart copies, whose points fall within half a pixel, from two exposures of one patient, whose points nearly do.

    Returns:
      None where the images are no copies, or show too little to tell.
    """
    kind = "near" if int(distance(a.look, b.look)) <= NEAR_BITS else "keypoints"
    if a.digest == b.digest:
        return Match(kind, 1.0, 0, 1.0, 0.0, (0.0, 0.0))
    if min(len(a.places), len(b.places)) < MIN_INLIERS:
        return None
    rows, columns = _nearest(a.descriptors, b.descriptors)
    if len(rows) < MIN_INLIERS:
        return None
    found = _fit(kind, _Frame.of(a), _Frame.of(b), rows, columns)
    if found is None and _shapes_differ(a, b):
        found = _fit(kind, _Frame.of(a, True), _Frame.of(b, True), rows, columns)
    return found


@dataclass(frozen=True)
class _Frame:
    """Keypoints, complex128 [n], and the sides of the frame in which they lie, pixels."""

    points: Points
    width: float
    height: float
    squared: bool

    @classmethod
    def of(cls, fingerprint: Fingerprint, squared: bool = False) -> "_Frame":
        width, height = (LONGER_SIDE_PX,) * 2 if squared else (fingerprint.width, fingerprint.height)
        x, y = fingerprint.positions.astype(np.float64).T
        return cls(x * (width / fingerprint.width) + 1j * y * (height / fingerprint.height), width, height, squared)

    def inside(self, points: Points) -> int:
        return int(((points.real >= 0) & (points.real < self.width) & (points.imag >= 0) & (points.imag < self.height)).sum())


def _shapes_differ(a: Fingerprint, b: Fingerprint) -> bool:
    return max(a.width * b.height, b.width * a.height) > _SQUASHED * min(a.width * b.height, b.width * a.height)


def _fit(kind: str, a: _Frame, b: _Frame, rows: _Places, columns: _Places) -> Match | None:
    points_a, points_b = a.points[rows], b.points[columns]
    fit = _best_fit(points_a[:_MOST_SAMPLED], points_b[:_MOST_SAMPLED])
    if fit is None:
        return None
    turn, shift = _refit(points_a, points_b, fit)
    tolerance = _TOLERANCE_PX * max(1.0, abs(turn))
    error = np.abs(turn * points_a + shift - points_b) / tolerance
    inliers = error < 1
    if inliers.sum() < MIN_INLIERS or _spread(points_a[inliers]) < _MIN_SPREAD_PX or not _plausible(turn):
        return None
    seen_in_both = min(b.inside(turn * a.points + shift), a.inside((b.points - shift) / turn))
    support = float((1 - error[inliers] ** 2).sum() / max(seen_in_both, MIN_INLIERS))
    if support < MIN_SUPPORT:
        return None
    rotation = math.degrees(cmath.phase(turn))
    return Match(kind, min(1.0, support), int(inliers.sum()), abs(turn), rotation, (shift.real, shift.imag), a.squared)


def _nearest(a: npt.NDArray[np.uint8], b: npt.NDArray[np.uint8]) -> tuple[_Places, _Places]:
    # Whole numbers below 2 ** 24 are exact in float32: the result is the same whatever the order of summation.
    x, y = a.astype(np.float32), b.astype(np.float32)
    apart = (x * x).sum(axis=1)[:, None] + (y * y).sum(axis=1)[None] - 2 * x @ y.T
    rows, columns = np.arange(len(a)), apart.argmin(axis=1)
    mutual = apart.argmin(axis=0)[columns] == rows
    rows, columns = rows[mutual], columns[mutual]
    best = apart[rows, columns]
    apart[rows, columns] = np.inf
    second = np.minimum(apart.min(axis=1)[rows], apart.min(axis=0)[columns])
    good = best < _MAX_RATIO**2 * second
    order = np.argsort(best[good], kind="stable")
    return rows[good][order], columns[good][order]


def _best_fit(a: Points, b: Points) -> tuple[complex, complex] | None:
    one, other = np.triu_indices(len(a), 1)
    base_a, base_b = a[other] - a[one], b[other] - b[one]
    long = (np.abs(base_a) > _MIN_BASELINE_PX) & (np.abs(base_b) > _MIN_BASELINE_PX)
    turns, one = base_b[long] / base_a[long], one[long]
    plausible = (np.abs(turns) > _MIN_SCALE) & (np.abs(turns) < _MAX_SCALE) & (np.abs(np.angle(turns)) < _MAX_ROTATION)
    turns, one = turns[plausible], one[plausible]
    if len(turns) == 0:
        return None
    shifts = b[one] - turns * a[one]
    tolerances = _TOLERANCE_PX * np.maximum(1, np.abs(turns))
    agree: _Mask = np.abs(turns[:, None] * a + shifts[:, None] - b) < tolerances[:, None]
    best = agree.sum(axis=1).argmax()
    return complex(turns[best]), complex(shifts[best])


def _refit(a: Points, b: Points, fit: tuple[complex, complex]) -> tuple[complex, complex]:
    for _ in range(_REFITS):
        agree = np.abs(fit[0] * a + fit[1] - b) < _TOLERANCE_PX * max(1.0, abs(fit[0]))
        if agree.sum() < MIN_INLIERS:
            break
        centre_a, centre_b = a[agree].mean(), b[agree].mean()
        from_a, from_b = a[agree] - centre_a, b[agree] - centre_b
        turn = complex(np.vdot(from_a, from_b) / np.vdot(from_a, from_a).real)
        fit = turn, complex(centre_b - turn * centre_a)
    return fit


def _plausible(turn: complex) -> bool:
    return _MIN_SCALE < abs(turn) < _MAX_SCALE and abs(cmath.phase(turn)) < _MAX_ROTATION


def _spread(points: Points) -> float:
    """Deviation across the points' narrow side: a line of text or one marker is no radiograph."""
    return float(np.sqrt(max(0.0, np.linalg.eigvalsh(np.cov(np.stack([points.real, points.imag])))[0])))
