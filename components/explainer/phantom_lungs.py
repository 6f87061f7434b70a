"""Where the lungs of phantom images lie in what the network reads: drawn again by their maker, for they stand in no file."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy import ndimage

from components.base.errors import UserError
from components.explainer.truth import Mask, Window
from components.ingest.deidentify import PUBLIC_KEY, Pseudonyms
from components.phantom.anatomy import draw_body, draw_chest
from components.phantom.config import PhantomConfig
from components.phantom.roster import Exposure, roster

# A lung's rim is soft: so much of the side around it is taken as lung too.
_RIM: Final = 0.02


class PhantomLungs:
    """The lungs of each image of a phantom folder, by its roster: they depend on neither lesions nor marks."""

    def __init__(self, config: PhantomConfig, image_px: int, window: Window | None = None, pseudonyms: Pseudonyms | None = None) -> None:
        """Learn whose lungs there are.

        Args:
          config: of the phantom folder that was ingested.
          image_px: side of the network's input, pixels.
          window: what the network sees of the image; None for all.
          pseudonyms: the key of the ids; None for the public key of the built-in phantom.
        """
        seen = window or Window()
        key = pseudonyms or Pseudonyms(PUBLIC_KEY)
        self._exposures: dict[str, Exposure] = {
            key.image_id(exposure.source, f"images/{exposure.file_name}"): exposure for exposure in roster(config.seed, config.images)
        }
        self._image_px = image_px
        self._drawn_px = round(image_px / (seen.right - seen.left))
        self._top, self._left = (round(edge * self._drawn_px) for edge in (seen.top, seen.left))
        self._rim = max(1, round(_RIM * self._drawn_px))

    def inside(self, ids: Sequence[str]) -> Mask:
        """Mark the lungs of each image with their rim: bool [len(ids), image_px, image_px].

        Raises:
          UserError: an image is not of this phantom.
        """
        unknown = [image_id for image_id in ids if image_id not in self._exposures]
        if unknown:
            raise UserError(
                f"{len(unknown)} of {len(ids)} images are not of the phantom that is configured, first {unknown[0]}; "
                "give the configuration of the run (phantom.seed, phantom.images)"
            )
        found = np.zeros((len(ids), self._image_px, self._image_px), np.bool_)
        rows, columns = slice(self._top, self._top + self._image_px), slice(self._left, self._left + self._image_px)
        for place, image_id in enumerate(ids):
            found[place] = self._lungs(self._exposures[image_id])[rows, columns]
        return found

    def _lungs(self, exposure: Exposure) -> Mask:
        body, frame = draw_body(exposure)
        lung = draw_chest(body, frame, self._drawn_px).lung > np.float32(0.5)
        grown: Mask = ndimage.binary_dilation(lung, iterations=self._rim)
        return grown
