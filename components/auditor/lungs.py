"""Where the lungs lie in what the network reads, so that they can be blacked out."""

from collections.abc import Sequence
from typing import Final, Literal, Protocol

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from components.explainer.truth import Window
from components.ingest.deidentify import PUBLIC_KEY, Pseudonyms
from components.phantom.anatomy import draw_body, draw_chest
from components.phantom.config import PhantomConfig
from components.phantom.roster import Exposure, roster

# A lung's rim is soft: so much of the side around it is taken as lung too.
_RIM: Final = 0.02
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


class PhantomLungs:
    """The lungs of each phantom image, drawn again from its roster: they depend on neither lesions nor marks."""

    kind: Literal["a fixed central mask", "the phantom's truth"] = "the phantom's truth"

    def __init__(self, config: PhantomConfig, image_px: int, window: Window | None = None) -> None:
        """Learn whose lungs there are.

        Args:
          config: of the phantom folder that was ingested.
          image_px: side of the network's input, pixels.
          window: what the network sees of the image; None for all.
        """
        seen = window or Window()
        key = Pseudonyms(PUBLIC_KEY)
        self._exposures: dict[str, Exposure] = {
            key.image_id(exposure.source, f"images/{exposure.file_name}"): exposure for exposure in roster(config.seed, config.images)
        }
        self._image_px = image_px
        self._drawn_px = round(image_px / (seen.right - seen.left))
        self._top, self._left = (round(edge * self._drawn_px) for edge in (seen.top, seen.left))
        self._rim = max(1, round(_RIM * self._drawn_px))

    def outside(self, ids: Sequence[str]) -> Mask:
        """Mark what is no lung in each image.

        Raises:
          KeyError: an image is not of this phantom.
        """
        rows, columns = slice(self._top, self._top + self._image_px), slice(self._left, self._left + self._image_px)
        return np.stack([~self._lungs(self._exposures[image_id])[rows, columns] for image_id in ids])

    def _lungs(self, exposure: Exposure) -> Mask:
        body, frame = draw_body(exposure)
        lung = draw_chest(body, frame, self._drawn_px).lung > np.float32(0.5)
        grown: Mask = ndimage.binary_dilation(lung, iterations=self._rim)
        return grown
