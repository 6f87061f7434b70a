"""What the model answers when the border of an image is filled with the mean of the image."""

import keras
import numpy as np
import numpy.typing as npt

from components.auditor.audit import BorderDrop
from components.auditor.image_features import Pixels, border_band
from components.evaluator.intervals import Resampling, interval_of_share, measure
from components.evaluator.paired import difference_of_shares

_METRICS = ("accuracy", "macro_recall")

Floats = npt.NDArray[np.float32]


def without_border(pixels: Pixels, share: float) -> Floats:
    """Fill the border.

    Args:
      pixels: uint8 [n, image_px, image_px].
      share: width of the band, share of the side.
    Returns:
      float32 [n, image_px, image_px, 1], range [0, 1].
    """
    scaled = pixels.astype(np.float32) / 255
    means = scaled.mean(axis=(1, 2), keepdims=True)
    return np.where(border_band(pixels.shape[1], share), means, scaled)[..., np.newaxis]


def answers_without_border(network: keras.Model, pixels: Pixels, metadata: Floats, share: float) -> Floats:
    """Ask the network about masked images.

    Args:
      network: from the image (and metadata, where it has a second input) to probabilities.
      pixels: uint8 [n, image_px, image_px].
      metadata: float32 [n, METADATA_SIZE].
      share: width of the band, share of the side.
    Returns:
      float32 [n, classes].
    """
    masked = without_border(pixels, share)
    found: Floats = np.asarray(network.predict_on_batch([masked, metadata] if len(network.inputs) > 1 else masked), np.float32)
    return found


def border_drop(
    label_index: npt.NDArray[np.int64], before: Floats, after: Floats, classes: tuple[str, ...], resampling: Resampling, share: float
) -> BorderDrop:
    """Compare the answers before and after, draw by draw.

    Args:
      label_index: int64 [n].
      before: float32 [n, classes], of the images as they are.
      after: float32 [n, classes], of the masked images.
      classes: their names.
      resampling: the draws of these n images.
      share: width of the band, share of the side.
    """
    intact, masked = (measure(label_index, answers, classes, resampling) for answers in (before, after))
    return BorderDrop(
        share=share,
        before={name: interval_of_share(intact[name]) for name in _METRICS},
        after={name: interval_of_share(masked[name]) for name in _METRICS},
        drop={name: difference_of_shares(intact[name], masked[name]) for name in _METRICS},
    )
