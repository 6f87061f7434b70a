"""Make copies of a radiograph as they turn up in public collections: cropped, shrunk, re-encoded, re-exposed, turned, framed."""

import itertools
from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
_Change = Callable[[Pixels, np.random.Generator], Pixels]

CROP_SIDES = "crop 70 % of each side"
_AREA_SIDE = 0.7**0.5


def crop(side: float, centred: bool) -> _Change:
    """Keep `side` of each side, around the centre or at a seeded place."""

    def change(pixels: Pixels, random: np.random.Generator) -> Pixels:
        height, width = (max(1, round(length * side)) for length in pixels.shape)
        free = np.array(pixels.shape) - (height, width)
        top, left = free // 2 if centred else random.integers(0, free + 1)
        return pixels[top : top + height, left : left + width]

    return change


def halve(pixels: Pixels, _: np.random.Generator) -> Pixels:
    """Shrink to half of each side."""
    height, width = (max(1, round(length / 2)) for length in pixels.shape)
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def compress(pixels: Pixels, _: np.random.Generator) -> Pixels:
    """Encode as JPEG of quality 50 and decode."""
    _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 50])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)


def expose(gamma: float) -> _Change:
    """Raise the pixels, as a share of white, to the power of gamma."""
    table = np.rint(255 * (np.arange(256) / 255) ** gamma).astype(np.uint8)
    return lambda pixels, _: table[pixels]


def turn(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """Turn by 5 degrees to a seeded side about the centre; what comes in from outside is black."""
    height, width = pixels.shape
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), 5.0 * random.choice([-1, 1]), 1.0)
    return np.asarray(cv2.warpAffine(pixels, matrix, (width, height), flags=cv2.INTER_LINEAR), np.uint8)


def frame(gray: int) -> _Change:
    """Add a border of one gray, a tenth of each side wide."""

    def change(pixels: Pixels, _: np.random.Generator) -> Pixels:
        rows, columns = (round(length / 10) for length in pixels.shape)
        return np.pad(pixels, ((rows, rows), (columns, columns)), constant_values=gray)

    return change


def squash(pixels: Pixels, _: np.random.Generator) -> Pixels:
    """Make a tenth narrower, as images become that a distributor brings to one shape."""
    height, width = pixels.shape
    return np.asarray(cv2.resize(pixels, (max(1, round(0.9 * width)), height), interpolation=cv2.INTER_AREA), np.uint8)


SINGLE: dict[str, _Change] = {
    "crop 70 % of the area, centre": crop(_AREA_SIDE, True),
    "crop 70 % of the area, off centre": crop(_AREA_SIDE, False),
    f"{CROP_SIDES}, centre": crop(0.7, True),
    f"{CROP_SIDES}, off centre": crop(0.7, False),
    "half size": halve,
    "JPEG quality 50": compress,
    "gamma 0.6": expose(0.6),
    "gamma 1.6": expose(1.6),
    "turn by 5 degrees": turn,
    "black border": frame(0),
    "white border": frame(255),
    "a tenth narrower": squash,
}

# One change of each family, so that a pair of them is a pair of different things.
_FAMILIES: dict[str, tuple[str, ...]] = {
    "crop": ("crop 70 % of the area, centre", "crop 70 % of the area, off centre"),
    "side crop": (f"{CROP_SIDES}, centre", f"{CROP_SIDES}, off centre"),
    "half": ("half size",),
    "JPEG": ("JPEG quality 50",),
    "gamma": ("gamma 0.6", "gamma 1.6"),
    "turn": ("turn by 5 degrees",),
    "border": ("black border", "white border"),
}
COMBINED = tuple(pair for pair in itertools.combinations(_FAMILIES, 2) if pair != ("crop", "side crop"))


def combined_name(pair: tuple[str, str]) -> str:
    """Name a pair of families."""
    return f"{pair[0]} + {pair[1]}"


KINDS = (*SINGLE, *map(combined_name, COMBINED))
_FAMILIES_OF = {combined_name(pair): pair for pair in COMBINED}


def copy_of(pixels: Pixels, kind: str, random: np.random.Generator) -> Pixels:
    """Make one copy.

    Args:
      pixels: uint8 [height_px, width_px].
      kind: one of KINDS; of a combined kind either change may come first.
      random: chooses places, sides, order and the members of families.
    """
    if kind in SINGLE:
        return SINGLE[kind](pixels, random)
    changes = [SINGLE[random.choice(_FAMILIES[family])] for family in _FAMILIES_OF[kind]]
    for index in random.permutation(2):
        pixels = changes[index](pixels, random)
    return pixels


def copies_of(pixels: Pixels, random: np.random.Generator) -> dict[str, Pixels]:
    """Make one copy of each of KINDS; arguments as for copy_of."""
    return {kind: copy_of(pixels, kind, random) for kind in KINDS}
