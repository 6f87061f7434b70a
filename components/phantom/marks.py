"""The marks burnt in at the border, and how they go with the class.

The rule, with `shortcut` s in [0, 1]: each image draws, apart from everything else, whether its mark is bound to the
class (probability s). A bound image bears its class's own mark (normal: bars, pneumonia: ring, covid19: arrow).
An unbound one bears one of the three with equal chance, whatever its class and site. So

    P(mark of the class) = s + (1 - s) / 3,    P(each other mark) = (1 - s) / 3.

At 0 mark and class are independent; at 1 the mark always tells the class. The site decides where the mark lies and
how large it is, never which one it is. A larger s only binds more images: no other image changes its mark.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from components.phantom.roster import CLASSES, Exposure
from components.phantom.site import Site

# No letters: an L or an R would name a side of the patient.
_GLYPHS = {
    "bars": ("11111111", "11111111", "00000000", "00000000", "00000000", "00000000", "11111111", "11111111"),
    "ring": ("00111100", "01111110", "11000011", "11000011", "11000011", "11000011", "01111110", "00111100"),
    "arrow": ("00011000", "00111100", "01111110", "11111111", "00011000", "00011000", "00011000", "00011000"),
}
MARKS = tuple(_GLYPHS)
MARK_OF_CLASS = dict(zip(CLASSES, MARKS, strict=True))
_GLYPH_CELLS = 8


@dataclass(frozen=True)
class Box:
    """A rectangle of whole pixels: left, top, width, height."""

    x: int
    y: int
    w: int
    h: int


def choose_mark(exposure: Exposure, shortcut: float) -> str:
    """Choose the mark of an image by the rule above: one of MARKS."""
    rng = exposure.image_rng("mark")
    bound = rng.random() < shortcut
    free = MARKS[int(rng.integers(len(MARKS)))]
    return MARK_OF_CLASS[exposure.label] if bound else free


def burn_mark(pixels: NDArray[np.uint8], mark: str, exposure: Exposure, site: Site) -> Box:
    """Draw a mark into the image, in place.

    Args:
      pixels: uint8 [image_px, image_px].
      mark: one of MARKS.
      exposure: the image; it gives the mark its small shift and its brightness.
      site: gives the mark its place and size.
    Returns:
      The smallest rectangle that holds the mark.
    """
    image_px = pixels.shape[0]
    rng = exposure.image_rng("mark place")
    size = max(_GLYPH_CELLS, round(site.mark_size * image_px))
    room = image_px - size
    left, top = np.clip(np.rint((np.array(site.mark_place) + rng.uniform(-0.015, 0.015, 2)) * room).astype(int), 1, room - 1)
    value = int(rng.integers(238, 256))
    cells = np.arange(size) * _GLYPH_CELLS // size
    glyph = np.array([[cell == "1" for cell in row] for row in _GLYPHS[mark]])[np.ix_(cells, cells)]
    pixels[top : top + size, left : left + size][glyph] = value
    return Box(int(left), int(top), size, size)
