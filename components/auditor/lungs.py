"""Where the lungs lie in what the network reads, so that they can be blacked out."""

from collections.abc import Sequence
from typing import Final, Literal, Protocol

import numpy as np
import numpy.typing as npt

from components.explainer.phantom_lungs import PhantomLungs
from components.explainer.truth import Window, seen_window
from components.transform.config import HarmoniseConfig

# Two ellipses in shares of the sides: the middle downwards, the middles to the right, and half of their height and width. Set by eye on
# frontal radiographs of five collections, so that the lung fields of an adult lie inside; the middle is the one of `transform/crop.py`.
_DOWN: Final = 0.47
_ACROSS: Final = (0.27, 0.73)
_REACH: Final = (0.39, 0.2)

Kind = Literal["two fixed ellipses", "the phantom's truth"]
Mask = npt.NDArray[np.bool_]


_LOBES: Final = Window(_ACROSS[0] - _REACH[1], _DOWN - _REACH[0], _ACROSS[1] + _REACH[1], _DOWN + _REACH[0])


class Lungs(Protocol):
    """Says where the lungs of images lie.

    Attributes:
      kind: how that is known.
      share: of the image that is blacked out; None where it differs from image to image.
    """

    kind: Kind
    share: float | None

    def outside(self, ids: Sequence[str]) -> Mask:
        """Mark what is no lung: bool [len(ids), image_px, image_px], or [image_px, image_px] where it is the same for all."""


class FixedLungs:
    """One mask for all images, where no truth is known: two lobes are blacked out (after Maguolo and Nanni 2020, arXiv:2004.12823).

    Neck, shoulders, mediastinum and abdomen stay visible. The lobes are wider than most lungs and black out 49 % of the whole image, 73 %
    of its central 80 %, and 73 % of a box around the lungs; lungs of an unusual place or size still look out.
    """

    kind: Kind = "two fixed ellipses"

    def __init__(self, image_px: int, harmonise: HarmoniseConfig | None = None) -> None:
        """Draw the mask.

        Args:
          image_px: side of the network's input, pixels.
          harmonise: how an image is cropped before; None for not at all.
        """
        seen = _window(harmonise or HarmoniseConfig())
        place = (np.arange(image_px) + 0.5) / image_px
        down = (seen.top + place * (seen.bottom - seen.top) - _DOWN) / _REACH[0]
        across = [(seen.left + place * (seen.right - seen.left) - middle) / _REACH[1] for middle in _ACROSS]
        self._outside: Mask = np.all([down[:, np.newaxis] ** 2 + lobe**2 > 1 for lobe in across], axis=0)
        self.share: float | None = float(1 - self._outside.mean())

    def outside(self, ids: Sequence[str]) -> Mask:  # noqa: ARG002 (the protocol's)
        """Mark what is no lung in any image."""
        return self._outside


class KnownLungs:
    """The lungs of each phantom image, as its maker draws them."""

    kind: Kind = "the phantom's truth"
    share: float | None = None

    def __init__(self, lungs: PhantomLungs) -> None:
        """Take the lungs of the phantom folder that was ingested, for images of the network's side."""
        self._lungs = lungs

    def outside(self, ids: Sequence[str]) -> Mask:
        """Mark what is no lung in each image.

        Raises:
          UserError: an image is not of this phantom.
        """
        return ~self._lungs.inside(ids)


def _window(harmonise: HarmoniseConfig) -> Window:
    """Say what the network sees of an image on which the lobes lie: a box around the lungs is filled by them, a body is a whole image."""
    if harmonise.crop == "lungs":
        return _LOBES
    return Window() if harmonise.crop == "body" else seen_window(harmonise)
