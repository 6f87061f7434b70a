"""Where the lungs lie in what the network reads, so that they can be blacked out."""

from collections.abc import Sequence
from typing import Final, Literal, Protocol

import numpy as np
import numpy.typing as npt

from components.explainer.phantom_lungs import PhantomLungs

# A rounded rectangle (a superellipse of power 4) in shares of the side: the middle, and half of its height and width.
_MIDDLE: Final = (0.48, 0.5)
_REACH: Final = (0.46, 0.47)
_POWER: Final = 4

Mask = npt.NDArray[np.bool_]


class Lungs(Protocol):
    """Says where the lungs of images lie."""

    kind: Literal["a fixed central mask", "the phantom's truth"]

    def outside(self, ids: Sequence[str]) -> Mask:
        """Mark what is no lung: bool [len(ids), image_px, image_px], or [image_px, image_px] where it is the same for all."""


class FixedLungs:
    """One mask for all images: where no truth is known, the middle is blacked out (Maguolo and Nanni 2020, arXiv:2004.12823).

    It is wide, so that lungs do not look out of it: what is left is the frame, and the corners.
    """

    kind: Literal["a fixed central mask", "the phantom's truth"] = "a fixed central mask"

    def __init__(self, image_px: int) -> None:
        """Draw the mask for images of a side, pixels."""
        place = (np.arange(image_px) + 0.5) / image_px
        down, across = (np.abs((place - middle) / reach) ** _POWER for middle, reach in zip(_MIDDLE, _REACH, strict=True))
        self._outside: Mask = down[:, np.newaxis] + across > 1

    def outside(self, ids: Sequence[str]) -> Mask:  # noqa: ARG002 (the protocol's)
        """Mark what is no lung in any image."""
        return self._outside


class KnownLungs:
    """The lungs of each phantom image, as its maker draws them."""

    kind: Literal["a fixed central mask", "the phantom's truth"] = "the phantom's truth"

    def __init__(self, lungs: PhantomLungs) -> None:
        """Take the lungs of the phantom folder that was ingested, for images of the network's side."""
        self._lungs = lungs

    def outside(self, ids: Sequence[str]) -> Mask:
        """Mark what is no lung in each image.

        Raises:
          UserError: an image is not of this phantom.
        """
        return ~self._lungs.inside(ids)
